package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A directory with the files of a check-in, and C fossil's record of it ({@code .fslckout}), so
 * that C fossil treats it as a checkout of its own. For one thread at a time.
 */
public final class Checkout {
  private final FossilRepository repository;
  private final Path directory;
  private final CheckoutRecord record;
  private final boolean symlinks;

  private Checkout(FossilRepository repository, Path directory, boolean symlinks) {
    this.repository = repository;
    this.directory = directory;
    this.record = new CheckoutRecord(directory);
    this.symlinks = symlinks;
  }

  /**
   * Puts a check-in into a directory that is not a checkout yet.
   *
   * @throws RepositoryException if it is a checkout, or an existing file is in the way
   * @throws IOException if a file cannot be written
   */
  public static Checkout create(FossilRepository repository, Path directory, ArtifactName checkIn)
      throws IOException {
    Files.createDirectories(directory);
    Checkout checkout = new Checkout(repository, directory.toRealPath(), symlinks(repository));
    if (checkout.record.exists()) {
      throw new RepositoryException(directory + " is a checkout already");
    }
    List<ManifestFile> files = repository.read(snapshot -> snapshot.checkInFiles(checkIn).all());
    for (ManifestFile file : files) {
      Path path = checkout.safePath(file.name());
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new RepositoryException(path + " is in the way");
      }
    }
    checkout.write(checkIn, files, Map.of());
    return checkout;
  }

  /**
   * Opens a checkout, made by Hub or C fossil, of this repository.
   *
   * @throws RepositoryException if the directory is not a checkout
   */
  public static Checkout open(FossilRepository repository, Path directory) throws IOException {
    Checkout checkout = new Checkout(repository, directory.toRealPath(), symlinks(repository));
    if (!checkout.record.exists()) {
      throw new RepositoryException(directory + " is not a checkout");
    }
    return checkout;
  }

  private static boolean symlinks(FossilRepository repository) {
    return repository.read(
        snapshot -> {
          String setting = snapshot.setting("allow-symlinks");
          return "1".equals(setting) || "on".equals(setting);
        });
  }

  /** Returns whether a directory is the top of a checkout, made by Hub or C fossil. */
  public static boolean isOne(Path directory) {
    return new CheckoutRecord(directory).exists();
  }

  /**
   * Returns the repository file of a checkout.
   *
   * @throws RepositoryException if the directory is not a checkout, or does not name its repository
   */
  public static Path repositoryOf(Path directory) {
    CheckoutRecord record = new CheckoutRecord(directory);
    if (!record.exists()) {
      throw new RepositoryException(directory + " is not a checkout");
    }
    return directory.resolve(record.repository());
  }

  /** The check-in that the files come from. */
  public ArtifactName checkIn() {
    return record.checkIn();
  }

  /** Returns the files that have changed since they were checked out, or are missing. */
  public List<String> changes() throws IOException {
    List<String> changes = new ArrayList<>();
    for (CheckoutRecord.Entry entry : record.entries()) {
      if (!isUnchanged(entry)) {
        changes.add(entry.path());
      }
    }
    return changes;
  }

  private boolean isUnchanged(CheckoutRecord.Entry entry) throws IOException {
    Path path = safePath(entry.path());
    byte[] there = contentOf(path);
    if (there == null) {
      return false;
    }
    return repository.read(snapshot -> Arrays.equals(there, snapshot.content().read(entry.rid())));
  }

  private static byte @Nullable [] contentOf(Path path) throws IOException {
    if (Files.isSymbolicLink(path)) {
      return Files.readSymbolicLink(path).toString().getBytes(StandardCharsets.UTF_8);
    }
    return Files.isRegularFile(path) ? Files.readAllBytes(path) : null;
  }

  /**
   * Makes a check-in of the files as they are in the directory: of recorded files that changed or
   * are missing, and of files that a user told C fossil to add, rename or remove. Afterwards this
   * is a checkout of the new check-in.
   *
   * @param branch the branch that begins with the check-in; null to stay on the present one
   * @return its name
   * @throws RepositoryException if nothing changed, the check-in would fork, or a merge is under
   *     way
   * @throws IOException if a file cannot be read
   */
  public ArtifactName commit(String user, String comment, @Nullable String branch)
      throws IOException {
    if (record.isMerging()) {
      throw new RepositoryException(
          "a merge is under way in " + directory + ", which only fossil can commit");
    }
    Commit commit = new Commit(user, comment).onTopOf(checkIn());
    if (branch != null) {
      commit.branch(branch);
    }
    for (CheckoutRecord.Entry entry : record.entries()) {
      Path path = safePath(entry.path());
      byte[] content = entry.isDeleted() ? null : contentOf(path);
      if (content == null) {
        if (entry.rid() != 0) {
          commit.delete(entry.origin());
        }
        continue;
      }
      if (!entry.origin().equals(entry.path())) {
        commit.rename(entry.origin(), entry.path());
      }
      Permission permission = permission(path, entry);
      if (!isUnchanged(entry) || permission != permission(entry)) {
        commit.put(entry.path(), permission, FileContent.of(content));
      }
    }
    if (commit.changes.isEmpty() && branch == null) {
      throw new RepositoryException("nothing has changed in " + directory);
    }
    ArtifactName made = repository.commit(branch == null ? commit : commit.allowEmpty());
    repository.<Boolean, IOException>read(
        snapshot -> {
          List<CheckoutRecord.Entry> entries = new ArrayList<>();
          for (ManifestFile file : snapshot.checkInFiles(made).all()) {
            entries.add(recorded(snapshot, file));
          }
          record.write(repository.file(), snapshot.content().rid(made), made, entries);
          return true;
        });
    return made;
  }

  private CheckoutRecord.Entry recorded(Snapshot snapshot, ManifestFile file) throws IOException {
    ArtifactName name = file.content();
    long mtime =
        Files.getLastModifiedTime(safePath(file.name()), LinkOption.NOFOLLOW_LINKS)
            .toInstant()
            .getEpochSecond();
    return new CheckoutRecord.Entry(
        file.name(),
        name == null ? 0 : snapshot.content().rid(name),
        file.permission() == Permission.EXECUTABLE,
        file.permission() == Permission.SYMLINK,
        mtime);
  }

  private static Permission permission(CheckoutRecord.Entry entry) {
    return entry.isLink()
        ? Permission.SYMLINK
        : entry.isExecutable() ? Permission.EXECUTABLE : Permission.REGULAR;
  }

  /** Returns the present permission of a file; the recorded one where the file system has none. */
  private Permission permission(Path path, CheckoutRecord.Entry entry) {
    if (Files.isSymbolicLink(path) || (entry.isLink() && !symlinks)) {
      return Permission.SYMLINK;
    }
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return permission(entry) == Permission.EXECUTABLE
          ? Permission.EXECUTABLE
          : Permission.REGULAR;
    }
    return Files.isExecutable(path) ? Permission.EXECUTABLE : Permission.REGULAR;
  }

  /**
   * Changes the files to those of another check-in.
   *
   * @throws RepositoryException if a file was changed, or an unrecorded file is in the way; then
   *     nothing has changed
   * @throws IOException if a file cannot be written
   */
  public void update(ArtifactName checkIn) throws IOException {
    List<String> changes = changes();
    if (!changes.isEmpty()) {
      throw new RepositoryException("changed in the checkout: " + String.join(", ", changes));
    }
    Map<String, CheckoutRecord.Entry> before = new HashMap<>();
    record.entries().forEach(entry -> before.put(entry.path(), entry));
    List<ManifestFile> files = repository.read(snapshot -> snapshot.checkInFiles(checkIn).all());
    for (ManifestFile file : files) {
      if (!before.containsKey(file.name())
          && Files.exists(directory.resolve(file.name()), LinkOption.NOFOLLOW_LINKS)
          && !Files.isDirectory(directory.resolve(file.name()), LinkOption.NOFOLLOW_LINKS)) {
        throw new RepositoryException(file.name() + " is in the way");
      }
    }
    files.forEach(file -> before.remove(file.name()));
    for (String gone : before.keySet()) {
      remove(gone);
    }
    Map<String, CheckoutRecord.Entry> kept = new HashMap<>();
    record.entries().forEach(entry -> kept.put(entry.path(), entry));
    kept.keySet().removeAll(before.keySet());
    write(checkIn, files, kept);
  }

  private void remove(String name) throws IOException {
    Path path = safePath(name);
    Files.deleteIfExists(path);
    for (Path parent = path.getParent();
        parent != null && !parent.equals(directory) && isEmpty(parent);
        parent = parent.getParent()) {
      Files.delete(parent);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }

  private void write(
      ArtifactName checkIn, List<ManifestFile> files, Map<String, CheckoutRecord.Entry> there)
      throws IOException {
    List<CheckoutRecord.Entry> entries =
        repository.<List<CheckoutRecord.Entry>, IOException>read(
            snapshot -> {
              List<CheckoutRecord.Entry> written = new ArrayList<>();
              for (ManifestFile file : files) {
                written.add(write(snapshot, file, there.get(file.name())));
              }
              return written;
            });
    long rid = repository.read(snapshot -> snapshot.content().rid(checkIn));
    record.write(repository.file(), rid, checkIn, entries);
    repository.update(transaction -> transaction.set("ckout:" + directory + "/", "1"));
  }

  private CheckoutRecord.Entry write(
      Snapshot snapshot, ManifestFile file, CheckoutRecord.@Nullable Entry there)
      throws IOException {
    ArtifactName name = file.content();
    long rid = name == null ? 0 : snapshot.content().rid(name);
    Path path = safePath(file.name());
    boolean link = file.permission() == Permission.SYMLINK;
    boolean executable = file.permission() == Permission.EXECUTABLE;
    if (there == null
        || there.rid() != rid
        || there.isLink() != link
        || there.isExecutable() != executable) {
      byte[] content = snapshot.content().read(rid);
      if (content == null) {
        throw new RepositoryException("the content of \"" + file.name() + "\" is missing");
      }
      Files.createDirectories(path.getParent());
      Files.deleteIfExists(path);
      if (link && symlinks) {
        Files.createSymbolicLink(path, Path.of(new String(content, StandardCharsets.UTF_8)));
      } else {
        Files.write(path, content);
        if (executable && !path.toFile().setExecutable(true, false)) {
          throw new IOException("cannot make " + path + " executable");
        }
      }
    }
    long mtime =
        Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant().getEpochSecond();
    return new CheckoutRecord.Entry(file.name(), rid, executable, link, mtime);
  }

  /**
   * Returns the path of a file, which is never outside of the directory, not even through a
   * symbolic link.
   */
  private Path safePath(String name) {
    if (!Names.isSimplePath(name)) {
      throw new RepositoryException("not a path: \"" + name + "\"");
    }
    Path path = directory.resolve(name).normalize();
    if (!path.startsWith(directory)) {
      throw new RepositoryException("\"" + name + "\" is outside of the checkout");
    }
    for (Path parent = path.getParent();
        parent != null && !parent.equals(directory);
        parent = parent.getParent()) {
      if (Files.isSymbolicLink(parent)) {
        throw new RepositoryException("\"" + name + "\" is behind a symbolic link");
      }
    }
    return path;
  }
}
