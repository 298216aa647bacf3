package dev.hubkit.junit;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.time.HubTime;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The hub of a test. Thread-safe; not to be closed by the test, for it is shared with others and
 * stopped when the last is over.
 */
public final class HubResource {
  // Also how long a JetStream request may take; 2 s by default, which a busy machine needs at
  // times.
  private static final Duration SLOW_MACHINE = Duration.ofSeconds(20);

  private final String name;
  private final Path root;
  private final Hub hub;
  private final Powers powers;
  private final List<Connection> connections = new ArrayList<>();
  private @Nullable Connection shared;
  private boolean closed;

  private HubResource(String name, Path root, Hub hub, Powers powers) {
    this.name = name;
    this.root = root;
    this.hub = hub;
    this.powers = powers;
  }

  static HubResource start(String name, HubOptions options) {
    Path root;
    try {
      root = Files.createTempDirectory("hub-junit-");
    } catch (IOException e) {
      throw new UncheckedIOException("No temporary directory for a hub", e);
    }
    Powers powers = Powers.over(options);
    boolean started = false;
    try {
      HubResource resource = new HubResource(name, root, Hub.start(root, powers.options()), powers);
      started = true;
      return resource;
    } finally {
      if (!started) {
        powers.close();
        delete(root);
      }
    }
  }

  /** The {@linkplain WithHub#name() name} it was declared with; empty for none. */
  public String name() {
    return name;
  }

  /** The directory it belongs to, which is deleted with it. */
  public Path root() {
    return root;
  }

  /** The hub itself. */
  public Hub hub() {
    return hub;
  }

  /** Where NATS clients connect to, such as {@code nats://127.0.0.1:4222}. */
  public String natsUrl() {
    return hub.natsUrl();
  }

  /** The port of {@link #natsUrl()}. */
  public int natsPort() {
    return hub.natsPort();
  }

  /** Where to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String fossilUrl() {
    return hub.fossilUrl();
  }

  /** The port of {@link #fossilUrl()}. */
  public int fossilPort() {
    return hub.fossilPort();
  }

  /** The URL of a service. */
  public URI url(Service service) {
    return URI.create(service == Service.NATS ? natsUrl() : fossilUrl());
  }

  /** The port of a service. */
  public int port(Service service) {
    return service == Service.NATS ? natsPort() : fossilPort();
  }

  /** The repository that is served. What is committed here, the next pull sees. */
  public FossilRepository repository() {
    return hub.repository();
  }

  /**
   * The hub's time, which flows until it is frozen and can be moved forward.
   *
   * @throws IllegalStateException if the hub was started with a time source of the test's own
   */
  public HubTime time() {
    return powers.time(hub);
  }

  /** What has happened in this hub: what clients said and were told, requests to the repository. */
  public Journal journal() {
    return powers.journal();
  }

  /** What can be broken in this hub; all of it is whole again after the test. */
  public Faults faults() {
    return powers.faults(hub);
  }

  /** One connection, shared by all who ask for it here and closed with the hub. */
  public synchronized Connection connection() {
    Connection existing = shared;
    if (existing == null) {
      existing = connect();
      shared = existing;
    }
    return existing;
  }

  /** A connection of its own, which the caller may close and which is closed with the hub. */
  public Connection connect() {
    return connect(
        new Options.Builder().connectionName("hub-junit").connectionTimeout(SLOW_MACHINE));
  }

  /** Like {@link #connect()}, with options of the caller's; the server is set here. */
  public Connection connect(Options.Builder options) {
    Connection connection;
    try {
      connection = Nats.connect(options.server(natsUrl()).build());
    } catch (IOException e) {
      throw new UncheckedIOException("The hub's NATS server cannot be reached", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting", e);
    }
    synchronized (this) {
      if (!closed) {
        connections.removeIf(c -> c.getStatus() == Connection.Status.CLOSED);
        connections.add(connection);
        return connection;
      }
    }
    close(connection);
    throw new IllegalStateException("This hub has been stopped");
  }

  /** JetStream over {@link #connection()}. */
  public JetStream jetStream() {
    try {
      return connection().jetStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The management of streams and consumers over {@link #connection()}. */
  public JetStreamManagement jetStreamManagement() {
    try {
      return connection().jetStreamManagement();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void close() {
    List<Connection> open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = List.copyOf(connections);
      connections.clear();
    }
    try {
      open.forEach(HubResource::close);
    } finally {
      try {
        hub.close();
      } finally {
        powers.close();
        delete(root);
      }
    }
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static HubOptions options(boolean fossil, boolean nats) {
    HubOptions.Builder options = HubOptions.forTests().toBuilder();
    if (!fossil) {
      options.fossil(Backend.off());
    }
    if (!nats) {
      options.nats(Backend.off());
    }
    return options.build();
  }

  private static void delete(Path top) {
    try {
      Files.walkFileTree(
          top,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
                throws IOException {
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("The hub's directory " + top + " cannot be deleted", e);
    }
  }

  @Override
  public String toString() {
    return "hub" + (name.isEmpty() ? "" : " \"" + name + "\"") + " in " + root;
  }
}
