package dev.hubkit.workspace;

import dev.hubkit.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A git work tree, or a directory in one, read without the git command.
 *
 * <p>Uses only the index and the configuration reader of JGit: opening a whole JGit repository runs
 * git, probes the file system's clock and writes to the user's home, which takes seconds the first
 * time. The layout of the git directory is that of gitrepository-layout(5).
 *
 * <p>Immutable, but the files are not: each call looks at them anew.
 */
public final class GitWorkTree {
  private static final String NOT_GIT = " is not in a git work tree";
  private static final String REMEDY = "; run: git init && git add . && git commit -m init";

  private final Path root;
  private final Path top;
  private final GitDirectory git;

  private GitWorkTree(Path root, Path top, GitDirectory git) {
    this.root = root;
    this.top = top;
    this.git = git;
  }

  /**
   * Returns the work tree of which {@code root} is the top or a directory.
   *
   * @throws WorkspaceException with {@link Reason#NOTHING_TO_SEED} if there is none
   */
  public static GitWorkTree containing(Path root) {
    return find(root)
        .orElseThrow(() -> new WorkspaceException(Reason.NOTHING_TO_SEED, root + NOT_GIT + REMEDY));
  }

  /** Returns the work tree of which {@code root} is the top or a directory, if there is one. */
  public static Optional<GitWorkTree> find(Path root) {
    try {
      Path real = root.toRealPath();
      for (Path top = real; top != null; top = top.getParent()) {
        @Nullable GitDirectory git = GitDirectory.of(top);
        if (git != null) {
          return Optional.of(new GitWorkTree(real, top, git));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(root, e);
    }
  }

  /** The top of the work tree. */
  public Path top() {
    return top;
  }

  /**
   * Fails as {@link #trackedFiles()} and {@link #shortHead()} would when nothing is tracked; reads
   * only the header of the index.
   */
  public void requireSomethingTracked() {
    requireJGit();
    try {
      if (git.trackedEntries() == 0) {
        throw nothingTracked();
      }
      head();
    } catch (IOException e) {
      throw unreadable(top, e);
    }
  }

  /**
   * The abbreviated name of the commit that is checked out, as {@code git rev-parse --short HEAD}
   * has it.
   *
   * @throws WorkspaceException with {@link Reason#NOTHING_TO_SEED} if there is no commit yet
   */
  public String shortHead() {
    try {
      return git.abbreviate(head());
    } catch (IOException e) {
      throw unreadable(top, e);
    }
  }

  // Programs that do not seed repositories from git may leave JGit out.
  private void requireJGit() {
    try {
      Class.forName(
          "org.eclipse.jgit.dircache.DirCache", false, GitWorkTree.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new WorkspaceException(
          Reason.NOTHING_TO_SEED,
          "the git work tree "
              + top
              + " is read with JGit, which is missing: add org.eclipse.jgit:org.eclipse.jgit, or"
              + " seed the repository with something else",
          e);
    }
  }

  private String head() throws IOException {
    @Nullable String head = git.head();
    if (head == null) {
      throw new WorkspaceException(
          Reason.NOTHING_TO_SEED,
          "the git work tree " + top + " has no commit yet; run: git add . && git commit -m init");
    }
    return head;
  }

  /**
   * Every regular file under the root that git tracks, in the order of their names. Left out are
   * symbolic links, submodules, and files that are in the index but not, or not as regular files,
   * in the work tree.
   *
   * @throws WorkspaceException with {@link Reason#NOTHING_TO_SEED} if there is none
   */
  public List<TrackedFile> trackedFiles() {
    requireJGit();
    try {
      List<TrackedFile> files = read();
      if (files.isEmpty()) {
        throw nothingTracked();
      }
      return files;
    } catch (IOException e) {
      throw unreadable(top, e);
    }
  }

  private List<TrackedFile> read() throws IOException {
    GitIndex index = GitIndex.read(git);
    String prefix = top.equals(root) ? "" : slashed(top.relativize(root)) + "/";
    String own = prefix + Workspace.DIRECTORY + "/";
    Map<String, Boolean> directories = new HashMap<>();
    List<TrackedFile> files = new ArrayList<>(index.files().size());
    for (GitIndex.Entry entry : index.files()) {
      String name = entry.name();
      if (name.startsWith(prefix) && !name.startsWith(own) && inRealDirectory(name, directories)) {
        Path path = inWorkTree(name);
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          boolean executable =
              index.trustsFileMode() ? executable(path, entry.executable()) : entry.executable();
          files.add(new TrackedFile(name.substring(prefix.length()), path, executable));
        }
      }
    }
    return files;
  }

  // A file behind a symbolic link does not belong to this work tree, even if a tracked file has the
  // same name.
  private boolean inRealDirectory(String name, Map<String, Boolean> known) {
    int slash = name.lastIndexOf('/');
    if (slash < 0) {
      return true;
    }
    String directory = name.substring(0, slash);
    @Nullable Boolean answer = known.get(directory);
    if (answer == null) {
      answer =
          Files.isDirectory(inWorkTree(directory), LinkOption.NOFOLLOW_LINKS)
              && inRealDirectory(directory, known);
      known.put(directory, answer);
    }
    return answer;
  }

  /**
   * The path of a file that git names. Git's names are UTF-8, while Java encodes a file's name by
   * the locale, which may lack a letter of the name; only URIs carry the bytes through unchanged.
   */
  private Path inWorkTree(String name) {
    if (!top.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return top.resolve(name);
    }
    String base = top.toUri().toString();
    StringBuilder uri = new StringBuilder(base.endsWith("/") ? base : base + "/");
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || b == '/'
              || b == '.'
              || b == '-'
              || b == '_';
      if (plain) {
        uri.append((char) b);
      } else {
        uri.append('%').append(Character.forDigit((b >> 4) & 15, 16));
        uri.append(Character.forDigit(b & 15, 16));
      }
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static String slashed(Path relative) {
    return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
  }

  private static boolean executable(Path path, boolean indexed) throws IOException {
    @Nullable PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view == null) {
      return indexed;
    }
    PosixFileAttributes attributes = view.readAttributes();
    return attributes.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
  }

  /**
   * Makes git ignore the hub's directory in this clone, through {@code info/exclude}; the {@code
   * .gitignore} files belong to the user.
   */
  public void excludeWorkspace() throws IOException {
    String line = Workspace.DIRECTORY + "/";
    Path exclude = git.excludeFile();
    String text = excluded();
    if (!excludesWorkspace()) {
      Files.createDirectories(exclude.resolveSibling("."));
      String separator = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
      Files.writeString(
          exclude,
          separator + line + "\n",
          StandardCharsets.ISO_8859_1,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /** Returns whether {@link #excludeWorkspace()} makes git ignore the hub's directory. */
  public boolean excludesWorkspace() throws IOException {
    String line = Workspace.DIRECTORY + "/";
    return excluded()
        .lines()
        .map(String::strip)
        .anyMatch(l -> l.equals(line) || l.equals("/" + line));
  }

  private String excluded() throws IOException {
    try {
      return Files.readString(git.excludeFile(), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private WorkspaceException nothingTracked() {
    return new WorkspaceException(
        Reason.NOTHING_TO_SEED,
        "git tracks no file under " + root + "; run: git add . && git commit -m init");
  }

  private static WorkspaceException unreadable(Path top, IOException e) {
    return new WorkspaceException(
        Reason.INACCESSIBLE,
        "cannot read the git work tree " + top + ": " + Workspace.reason(e),
        e);
  }
}
