package dev.hubkit.workspace;

import dev.hubkit.io.PlantedLinkException;
import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.SymbolicLinks;
import dev.hubkit.log.Log;
import dev.hubkit.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The {@code .orchestrator/} directory of a hub, and the paths of the files in it.
 *
 * <p>Immutable; safe to share between threads.
 */
public final class Workspace {
  /** The name of the directory a hub keeps under its root. */
  public static final String DIRECTORY = ".orchestrator";

  private static final Log log = Log.of(Workspace.class);

  private final Path root;
  private final Path directory;

  private Workspace(Path root) {
    this.root = root;
    this.directory = root.resolve(DIRECTORY);
  }

  /**
   * Returns the workspace of an existing directory; creates nothing.
   *
   * @throws WorkspaceException if {@code root} is not a directory
   */
  public static Workspace of(Path root) {
    if (!Files.isDirectory(root)) {
      throw new WorkspaceException(
          Reason.INACCESSIBLE, root + " is not a directory: give an existing one as the root");
    }
    try {
      return new Workspace(root.toRealPath());
    } catch (IOException e) {
      throw new WorkspaceException(
          Reason.INACCESSIBLE, "cannot read " + root + ": " + reason(e) + "; check permissions", e);
    }
  }

  /** The directory the hub belongs to, with all symbolic links resolved. */
  public Path root() {
    return root;
  }

  /** The hub's own directory under the root. */
  public Path directory() {
    return directory;
  }

  /** The Fossil repository. */
  public Path repository() {
    return directory.resolve("hub.fossil");
  }

  /** Where JetStream keeps its streams. */
  public Path natsStore() {
    return directory.resolve("nats-store");
  }

  /** The log of a detached hub and of every hub's starts and stops. */
  public Path log() {
    return directory.resolve("hub.log");
  }

  /** The process that serves Fossil. */
  public PidFile fossilPid() {
    return new PidFile(pidDirectory().resolve("fossil.pid"));
  }

  /** The process that serves NATS. */
  public PidFile natsPid() {
    return new PidFile(pidDirectory().resolve("nats.pid"));
  }

  Path pidDirectory() {
    return directory.resolve("pids");
  }

  Path fossilUrlFile() {
    return directory.resolve("hub-fossil-url");
  }

  Path natsUrlFile() {
    return directory.resolve("hub-nats-url");
  }

  Path ownerFile() {
    return directory.resolve("hub.json");
  }

  Path portsFile() {
    return directory.resolve("ports");
  }

  Path progressFile() {
    return directory.resolve("progress");
  }

  /**
   * The progress of seeding the repository; empty when none is under way, or it takes only a
   * moment.
   */
  public Optional<SeedProgress> seedProgress() {
    return inaccessibleIfFails("read", () -> SeedProgress.read(progressFile()));
  }

  Path troubleFile() {
    return directory.resolve("trouble");
  }

  /** The trouble that the owner reports; empty when everything can go on. */
  public Optional<String> trouble() {
    return inaccessibleIfFails("read", () -> Optional.ofNullable(AtomicFile.read(troubleFile())));
  }

  Path upstreamsFile() {
    return directory.resolve("upstreams");
  }

  /** How the hub and its upstreams are connected; empty when it has none. */
  public List<UpstreamState> upstreams() {
    return inaccessibleIfFails("read", () -> UpstreamState.read(upstreamsFile()));
  }

  Path lockFile() {
    return directory.resolve("hub.lock");
  }

  /** Returns whether the directory exists, so that a hub has been here. */
  public boolean exists() {
    return Files.isDirectory(directory);
  }

  /** Returns whether a process owns the workspace. */
  public boolean isOwned() {
    return inaccessibleIfFails("look at", () -> OwnerLock.isHeld(lockFile()));
  }

  /** The process that holds the lock, with or without a record, where the system tells. */
  public OptionalLong lockHolder() {
    return OwnerLock.holder(lockFile());
  }

  /**
   * The record of the owner, or of the last owner that did not clean up. Empty in a copy of the
   * directory, whose record belongs to another lock.
   */
  public Optional<Owner> owner() {
    return inaccessibleIfFails("read", this::readOwner);
  }

  private Optional<Owner> readOwner() throws IOException {
    Optional<Owner> owner = Owner.read(ownerFile());
    if (owner.isEmpty() || owner.get().lock() == null) {
      return owner;
    }
    return owner.filter(isOfLock(OwnerLock.identify(lockFile())));
  }

  private static Predicate<Owner> isOfLock(@Nullable String lock) {
    return owner -> lock == null || lock.equals(owner.lock());
  }

  /**
   * Makes this process the owner, and creates the directory if it is missing.
   *
   * @return empty when another process, or another hub of this one, is the owner
   * @throws WorkspaceException if the directory cannot be written
   */
  public Optional<Ownership> acquire() {
    return inaccessibleIfFails(
        "write",
        () -> {
          boolean created = !Files.exists(directory);
          makeDirectory();
          Optional<OwnerLock> lock = OwnerLock.tryAcquire(lockFile());
          return lock.map(held -> new Ownership(this, held, created));
        });
  }

  /**
   * Creates the directory, or makes sure that an existing one may be used: other users cannot enter
   * it, and planted no links while they could.
   */
  void makeDirectory() throws IOException {
    SymbolicLinks.check(directory);
    PrivateFiles.createDirectories(directory);
    if (!PrivateFiles.isOpenToOthers(directory)) {
      SymbolicLinks.checkEntries(directory);
      return;
    }
    // This also comes before it is closed to others, so that what is refused now is refused the
    // next time.
    SymbolicLinks.checkAll(directory);
    if (!PrivateFiles.keepToOwner(directory)) {
      log.warn(
          "Other users of this machine can enter {}: close it to them, as chmod go-rwx does",
          directory);
    }
    SymbolicLinks.checkAll(directory);
  }

  /** The ports that the last hub with free ports got; 0 for none. */
  public Ports lastPorts() {
    return inaccessibleIfFails("read", () -> Ports.read(portsFile()));
  }

  /** Deletes the files by which others find a running hub. */
  void deleteTraces() throws IOException {
    Optional<Owner> last = readOwner();
    if (last.isPresent()) {
      HubRegistry.ofThisUser().remove(last.get().instance());
    }
    for (Path file :
        List.of(
            fossilPid().path(),
            natsPid().path(),
            fossilUrlFile(),
            natsUrlFile(),
            progressFile(),
            troubleFile(),
            upstreamsFile(),
            ownerFile())) {
      Files.deleteIfExists(file);
    }
  }

  /** Deletes a file, or a directory with everything in it. Does nothing if it is missing. */
  public static void deleteTree(Path top) throws IOException {
    if (!Files.exists(top)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(top)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  static String reason(IOException e) {
    @Nullable String message = e.getMessage();
    String kind = e.getClass().getSimpleName().replace("Exception", "");
    return message == null ? kind : message.startsWith("/") ? kind + " " + message : message;
  }

  private <T> T inaccessibleIfFails(String verb, FileWork<T> work) {
    try {
      return work.run();
    } catch (PlantedLinkException e) {
      throw new WorkspaceException(Reason.INACCESSIBLE, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new WorkspaceException(
          Reason.INACCESSIBLE,
          "cannot "
              + verb
              + " "
              + directory
              + ": "
              + reason(e)
              + "; check its owner and permissions, and the space left",
          e);
    }
  }

  private interface FileWork<T> {
    T run() throws IOException;
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
