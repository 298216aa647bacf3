package dev.hubkit.workspace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A workspace that this process owns, from before its servers start until after they have stopped.
 * {@link #close()} removes the files that it writes; repository, streams and log stay.
 *
 * <p>Not thread-safe: for the thread that starts and stops the hub.
 */
public final class Ownership implements AutoCloseable {
  private static final String WIPED = "wiped-";

  private final Workspace workspace;
  private final OwnerLock lock;
  private final boolean createdDirectory;
  private @Nullable Owner owner;

  Ownership(Workspace workspace, OwnerLock lock, boolean createdDirectory) {
    this.workspace = workspace;
    this.lock = lock;
    this.createdDirectory = createdDirectory;
  }

  /** The workspace. */
  public Workspace workspace() {
    return workspace;
  }

  /** Clears away what a crashed owner left, and records that this process starts. */
  public Owner announce(Instant now, String version) throws IOException {
    workspace.deleteTraces();
    deleteHalfMade();
    Owner starting =
        Owner.starting(
            UUID.randomUUID().toString(),
            workspace.root(),
            OwnerLock.identify(workspace.lockFile()),
            now,
            version);
    starting.write(workspace.ownerFile());
    owner = starting;
    return starting;
  }

  /** Records that the servers answer, and where: pid files, URL files, ports. */
  public Owner publish(@Nullable Endpoint fossil, @Nullable Endpoint nats, Ports ports)
      throws IOException {
    Owner ready = announced().ready(fossil, nats);
    ports.write(workspace.portsFile());
    if (fossil != null) {
      AtomicFile.write(workspace.fossilUrlFile(), fossil.url() + "\n");
      if (!fossil.external()) {
        workspace.fossilPid().write(ready.pid());
      }
    }
    if (nats != null) {
      AtomicFile.write(workspace.natsUrlFile(), nats.url() + "\n");
      if (!nats.external()) {
        workspace.natsPid().write(ready.pid());
      }
    }
    FailPoint.START_PUBLISHING.reach();
    // This comes last, since a process that waits for it reads the others next.
    ready.write(workspace.ownerFile());
    owner = ready;
    return ready;
  }

  /**
   * Records which part of the servers cannot go on. For any thread.
   *
   * @param trouble null when everything can go on
   */
  public void recordTrouble(@Nullable String trouble) throws IOException {
    if (trouble == null) {
      Files.deleteIfExists(workspace.troubleFile());
    } else {
      AtomicFile.write(workspace.troubleFile(), trouble + "\n");
    }
  }

  /** Records how the hub and its upstreams are connected. For any thread. */
  public void recordUpstreams(List<UpstreamState> states) throws IOException {
    UpstreamState.write(states, workspace.upstreamsFile());
  }

  /** Records that the servers are about to stop. */
  public void recordStopping() throws IOException {
    Owner leaving = announced().in(Owner.State.STOPPING);
    if (isRecorded() && workspace.exists()) {
      leaving.write(workspace.ownerFile());
    }
    owner = leaving;
  }

  /** Undoes a failed start: removes its traces, and the directory if this start created it. */
  public void abandon() throws IOException {
    if (createdDirectory) {
      deleteDirectory();
      return;
    }
    try {
      if (isRecorded()) {
        workspace.deleteTraces();
        deleteHalfMade();
      }
    } finally {
      lock.close();
    }
  }

  /** Deletes the directory with everything in it, and releases the lock. */
  public void deleteDirectory() throws IOException {
    try {
      workspace.deleteTraces();
      // The lock file goes last, so that no other process takes over a half-deleted directory.
      deleteAllButLock();
      Files.deleteIfExists(workspace.lockFile());
      Files.deleteIfExists(workspace.directory());
    } finally {
      lock.close();
    }
  }

  /**
   * Removes pid and URL files and the unfinished files of an interrupted start, and releases the
   * lock. May be called more than once.
   */
  @Override
  public void close() throws IOException {
    try {
      if (isRecorded()) {
        workspace.deleteTraces();
        deleteHalfMade();
      }
      FailPoint.STOP_CLEARED.reach();
    } finally {
      lock.close();
    }
  }

  /**
   * Deletes repository and streams, so that the next start seeds anew. An interrupted deletion
   * leaves each of them whole or not at all.
   */
  public void wipe() throws IOException {
    if (Files.exists(workspace.natsStore())) {
      AtomicFile.move(
          workspace.natsStore(), workspace.directory().resolve(WIPED + UUID.randomUUID()));
    }
    Files.deleteIfExists(workspace.repository());
    Seeding.deleteSidecars(workspace.repository());
    deleteHalfMade();
  }

  // A user may have deleted the directory and started another hub in its place.
  private boolean isRecorded() throws IOException {
    Owner mine = owner;
    Optional<Owner> recorded = Owner.read(workspace.ownerFile());
    return mine == null || recorded.isEmpty() || recorded.get().instance().equals(mine.instance());
  }

  private Owner announced() {
    if (owner == null) {
      throw new IllegalStateException("announce() comes first");
    }
    return owner;
  }

  private void deleteHalfMade() throws IOException {
    deleteHalfMade(workspace.directory());
    deleteHalfMade(workspace.pidDirectory());
  }

  private static void deleteHalfMade(Path directory) throws IOException {
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(directory, "{*.seeding*,.*.tmp," + WIPED + "*}")) {
      for (Path entry : entries) {
        Workspace.deleteTree(entry);
      }
    } catch (NoSuchFileException e) {
      // Nothing was written there, or a user has deleted or moved everything.
      return;
    }
  }

  private void deleteAllButLock() throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(workspace.directory())) {
      for (Path entry : entries) {
        if (!entry.equals(workspace.lockFile())) {
          Workspace.deleteTree(entry);
        }
      }
    }
  }
}
