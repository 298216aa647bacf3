package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.io.PrivateFiles;
import dev.hubkit.nats.AccountPort;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsSnapshot;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a running hub that sees nothing of the rest: a NATS account with a port of its own, and
 * a repository of its own below a path of the hub's Fossil server, which begins as a copy of an
 * image. Each is made when it is first asked for.
 *
 * <p>A partition lasts until it or its hub is closed. Thread-safe.
 *
 * @see Hub#partition
 */
public final class HubPartition implements AutoCloseable {
  private final String name;
  private final Path file;
  private final @Nullable NatsServer nats;
  private final @Nullable FossilServer fossil;
  private final @Nullable RepositoryImage image;
  private final @Nullable TimeSource time;
  private @Nullable AccountPort account;
  private @Nullable Mounted mounted;
  private boolean closed;

  private record Mounted(FossilRepository repository, String url) {}

  HubPartition(
      String name,
      Path file,
      @Nullable NatsServer nats,
      @Nullable FossilServer fossil,
      @Nullable RepositoryImage image,
      @Nullable TimeSource time) {
    this.name = name;
    this.file = file;
    this.nats = nats;
    this.fossil = fossil;
    this.image = image;
    this.time = time;
  }

  /** The name of the account, and of the repository in its address. */
  public String name() {
    return name;
  }

  /**
   * The account and its port.
   *
   * @throws HubException if the hub does without NATS, or does not run its NATS itself
   * @throws IllegalStateException if this is closed
   */
  public synchronized AccountPort account() {
    AccountPort present = account;
    if (present == null) {
      ensureOpen();
      if (nats == null) {
        throw RunningHub.notHere("NATS server");
      }
      present = nats.open(name);
      account = present;
    }
    return present;
  }

  /** Where NATS clients of the partition connect to. Throws as {@link #account()} does. */
  public String natsUrl() {
    return account().url();
  }

  /** The port of {@link #natsUrl()}. */
  public int natsPort() {
    return account().port();
  }

  /**
   * The repository.
   *
   * @throws HubException if the hub does without Fossil, or does not run its Fossil itself
   * @throws IllegalStateException if this is closed
   */
  public FossilRepository repository() {
    return mounted().repository();
  }

  /** Where to clone from, such as {@code http://127.0.0.1:8765/name}. */
  public String fossilUrl() {
    return mounted().url();
  }

  /** The port of {@link #fossilUrl()}, which is that of the hub. */
  public int fossilPort() {
    return URI.create(fossilUrl()).getPort();
  }

  private synchronized Mounted mounted() {
    Mounted present = mounted;
    if (present == null) {
      ensureOpen();
      if (fossil == null || image == null) {
        throw RunningHub.notHere("repository");
      }
      present = mount(fossil, image);
      mounted = present;
    }
    return present;
  }

  private Mounted mount(FossilServer server, RepositoryImage begin) {
    FossilRepository repository;
    try {
      PrivateFiles.createDirectories(file.resolveSibling(".").normalize());
      begin.writeTo(file);
      repository = time == null ? FossilRepository.open(file) : FossilRepository.open(file, time);
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE, "no repository can be made in " + file + ": " + e.getMessage(), e);
    }
    boolean served = false;
    try {
      String url = server.serve(name, repository);
      served = true;
      return new Mounted(repository, url);
    } finally {
      if (!served) {
        repository.close();
        deleteFiles();
      }
    }
  }

  /**
   * Takes a snapshot. A part that was never asked for is empty, or the image it would begin with.
   */
  public synchronized HubSnapshot snapshot() {
    ensureOpen();
    return new HubSnapshot(
        nats == null
            ? null
            : new NatsSnapshot(
                account == null ? Map.of() : Map.of(NatsServer.GLOBAL_ACCOUNT, account.snapshot())),
        mounted == null ? image : mounted.repository().image());
  }

  /**
   * Puts the partition back to a snapshot of its own, or to a hub's snapshot of the global account,
   * as {@link Hub#rewind} does.
   */
  public synchronized void rewind(HubSnapshot snapshot) {
    ensureOpen();
    NatsSnapshot streams = snapshot.nats();
    if (streams != null && nats != null && (account != null || !streams.isEmpty())) {
      account().rewind(streams.of(NatsServer.GLOBAL_ACCOUNT));
    }
    RepositoryImage kept = snapshot.repository();
    if (kept != null && fossil != null && (mounted != null || kept != image)) {
      mounted().repository().rewind(kept);
    }
  }

  private void ensureOpen() {
    if (closed) {
      throw new IllegalStateException("The partition " + name + " is closed");
    }
  }

  /** Ends the partition: closes its connections and deletes its streams and its repository. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (account != null) {
        account.close();
      }
    } finally {
      if (mounted != null && fossil != null) {
        fossil.withdraw(name);
        mounted.repository().close();
        deleteFiles();
      }
    }
  }

  private void deleteFiles() {
    try {
      for (String suffix : new String[] {"", "-wal", "-shm", "-journal"}) {
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The repository " + file + " cannot be deleted", e);
    }
  }
}
