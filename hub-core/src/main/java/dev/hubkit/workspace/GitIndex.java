package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * The regular files in a git index. The only class that uses JGit, so that a hub that seeds nothing
 * from git does not load it.
 *
 * @param files in the order of their names
 * @param trustsFileMode whether git trusts the executable bit of files in the work tree ({@code
 *     core.fileMode})
 */
record GitIndex(List<Entry> files, boolean trustsFileMode) {
  /**
   * A regular file.
   *
   * @param name relative to the top of the work tree
   * @param executable whether it was executable when it was added
   */
  record Entry(String name, boolean executable) {}

  static GitIndex read(GitDirectory git) throws IOException {
    boolean trusts = config(git.configFile()).getBoolean("core", "filemode", true);
    if (!Files.exists(git.index())) {
      return new GitIndex(List.of(), trusts);
    }
    DirCache index = DirCache.read(git.index().toFile(), FS.DETECTED);
    List<Entry> files = new ArrayList<>(index.getEntryCount());
    String previous = "";
    for (int i = 0; i < index.getEntryCount(); i++) {
      DirCacheEntry entry = index.getEntry(i);
      int type = entry.getRawMode() & FileMode.TYPE_MASK;
      String name = entry.getPathString();
      // An unmerged file occurs up to three times.
      if (type == FileMode.TYPE_FILE && !name.equals(previous)) {
        files.add(new Entry(name, FileMode.EXECUTABLE_FILE.equals(entry.getRawMode())));
        previous = name;
      }
    }
    return new GitIndex(List.copyOf(files), trusts);
  }

  private static Config config(Path file) throws IOException {
    Config config = new Config();
    @Nullable String text = AtomicFile.read(file);
    if (text != null) {
      try {
        config.fromText(text);
      } catch (ConfigInvalidException e) {
        throw new IOException(file + " is not valid", e);
      }
    }
    return config;
  }
}
