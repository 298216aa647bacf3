package dev.hubkit;

import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.sync.Autosync;
import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.SeedFile;
import dev.hubkit.workspace.Seeding;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files of the first check-in, read from where the options say. */
final class FirstCheckIn {
  private FirstCheckIn() {}

  static void make(Workspace workspace, HubOptions options) throws IOException {
    if (options.fossilUpstream() != null) {
      Seeding.createEmpty(workspace, options.timeSource(), Autosync::awaitProject);
      return;
    }
    Seed seed = options.seed();
    if (seed instanceof Seed.GitWorkTree git) {
      Path directory = git.directory() == null ? workspace.root() : git.directory();
      GitWorkTree tree = GitWorkTree.containing(directory);
      List<SeedFile> files = tree.trackedFiles().stream().map(SeedFile::of).toList();
      create(workspace, "session base: " + tree.shortHead(), files, options);
    } else if (seed instanceof Seed.Directory directory) {
      create(workspace, "session base", below(directory.directory()), options);
    } else if (seed instanceof Seed.Files given) {
      List<SeedFile> files = new ArrayList<>();
      given.files().forEach((n, bytes) -> files.add(new SeedFile(n, false, FileContent.of(bytes))));
      create(
          workspace, files.isEmpty() ? "initial empty check-in" : "session base", files, options);
    }
  }

  private static void create(
      Workspace workspace, String comment, List<SeedFile> files, HubOptions options)
      throws IOException {
    Seeding.create(workspace, comment, files, options.timeSource(), options.seedListener());
  }

  private static List<SeedFile> below(Path top) throws IOException {
    List<SeedFile> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(top)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          String name =
              top.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
          files.add(new SeedFile(name, Files.isExecutable(path), FileContent.of(path)));
        }
      }
    }
    return files;
  }
}
