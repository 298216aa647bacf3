package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.HubPartition;
import dev.hubkit.HubSnapshot;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.nats.net.Clients;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.ObjectStore;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * The hub of a test, or with {@link Isolation#PER_TEST} the test's part of it. Thread-safe; not to
 * be closed by the test, for it is shared with others and stopped when the last is over.
 */
public final class HubResource {
  // Also how long a JetStream request may take; 2 s by default, which a busy machine needs at
  // times.
  static final Duration SLOW_MACHINE = Duration.ofSeconds(20);

  private final StartedHub started;
  private final @Nullable HubPartition enclave;
  private final DeclaredUsers users;
  private final OpenConnections open = new OpenConnections(this);
  private @Nullable Connection shared;
  private @Nullable Connection managing;

  HubResource(StartedHub started, @Nullable HubPartition enclave) {
    this.started = started;
    this.enclave = enclave;
    this.users = new DeclaredUsers(this);
  }

  /** The {@linkplain WithHub#name() name} it was declared with; empty for none. */
  public String name() {
    return started.name();
  }

  /** The directory it belongs to, which is deleted with it. */
  public Path root() {
    return started.root();
  }

  /** The hub itself, with all that is in it. */
  public Hub hub() {
    return started.hub();
  }

  /** Where NATS clients connect to, such as {@code nats://127.0.0.1:4222}. */
  public String natsUrl() {
    return enclave == null ? hub().natsUrl() : enclave.natsUrl();
  }

  /** The port of {@link #natsUrl()}. */
  public int natsPort() {
    return enclave == null ? hub().natsPort() : enclave.natsPort();
  }

  /** Where to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String fossilUrl() {
    return enclave == null ? hub().fossilUrl() : enclave.fossilUrl();
  }

  /** The port of {@link #fossilUrl()}. */
  public int fossilPort() {
    return enclave == null ? hub().fossilPort() : enclave.fossilPort();
  }

  /** The URL of a service; of several NATS servers the first. */
  public URI url(Service service) {
    return URI.create(service == Service.NATS ? natsUrl().split(",", 2)[0] : fossilUrl());
  }

  /** The port of a service. */
  public int port(Service service) {
    return service == Service.NATS ? natsPort() : fossilPort();
  }

  /**
   * The repository that is served. What is committed here, the next pull sees.
   *
   * @throws TestAbortedException if the Fossil server is not the hub's own
   */
  public FossilRepository repository() {
    requireOwn(Service.FOSSIL, "the repository as an object");
    return enclave == null ? hub().repository() : enclave.repository();
  }

  /** Whether a service runs elsewhere, at a URL the run was given. */
  public boolean isExternal(Service service) {
    return started.isExternal(service);
  }

  /**
   * Skips the test where a service runs elsewhere.
   *
   * @param what what the test needs and cannot have there, for the reason that is shown
   * @throws TestAbortedException if it does
   */
  public void requireOwn(Service service, String what) {
    if (isExternal(service)) {
      throw new TestAbortedException(
          "Skipped against "
              + url(service)
              + ", which is no server of this JVM: the test needs "
              + what);
    }
  }

  /**
   * The hub's time, which flows until it is frozen and can be moved forward.
   *
   * @throws TestAbortedException if a server is not the hub's own
   * @throws IllegalStateException if the test has only a part of the hub, or the hub was started
   *     with a time source of the test's own
   */
  public HubTime time() {
    requireOwn("control of the server's time");
    requireWhole("time is");
    return started.powers().time(hub());
  }

  /**
   * What has happened in this hub, or in the test's part of it: what clients said and were told,
   * requests to the repository.
   *
   * @throws TestAbortedException if a server is not the hub's own
   */
  public Journal journal() {
    requireOwn("a journal of what the server does");
    Journal whole = started.powers().journal();
    return enclave == null ? whole : whole.within(enclave.name());
  }

  /**
   * What can be broken in this hub; all of it is whole again after the test.
   *
   * @throws TestAbortedException if a server is not the hub's own
   * @throws IllegalStateException if the test has only a part of the hub
   */
  public Faults faults() {
    requireOwn("a server that can be broken");
    requireWhole("faults are");
    return started.powers().faults(hub());
  }

  private void requireWhole(String what) {
    if (enclave != null) {
      throw new IllegalStateException(
          "This test has only a part of its hub (isolation = PER_TEST), and "
              + what
              + " of the whole; give the test a hub of its own, by @WithHub on the method");
    }
  }

  /** One connection, shared by all who ask for it here and closed with the hub. */
  public synchronized Connection connection() {
    Connection existing = shared;
    if (existing == null || existing.getStatus() == Connection.Status.CLOSED) {
      existing = connect();
      shared = existing;
    }
    return existing;
  }

  /**
   * A connection of its own, which the caller may close and which is closed with the hub.
   *
   * @throws dev.hubkit.HubException if the hub does without NATS
   */
  public Connection connect() {
    natsUrl();
    return connect(users.credentials(options()));
  }

  /** The connection over which what is declared is made, which no test gets to see. */
  synchronized Connection managing() {
    Connection existing = managing;
    if (existing == null || existing.getStatus() == Connection.Status.CLOSED) {
      existing = connectFor("");
      managing = existing;
    }
    return existing;
  }

  /** A connection for a scope of JUnit's, which closes it; empty for no user in particular. */
  Connection connectFor(String user) {
    Connection connection = user.isEmpty() ? connect() : connectAs(user);
    open.keep(connection);
    return connection;
  }

  /** {@link #connect()} as a user that is {@linkplain AsUser known}. */
  public Connection connectAs(String user) {
    return connect(users.credentials(options(), user));
  }

  private static Options.Builder options() {
    return new Options.Builder().connectionName("hub-junit").connectionTimeout(SLOW_MACHINE);
  }

  /** Like {@link #connect()}, with options of the caller's; the server is set here. */
  public Connection connect(Options.Builder options) {
    Connection connection;
    try {
      connection = Nats.connect(options.server(natsUrl()).build());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "NATS at " + natsUrl() + " does not let us in: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while connecting", e);
    }
    open.add(connection);
    return connection;
  }

  /**
   * The NATS clients that are connected to this hub, or to the test's part of it.
   *
   * @throws TestAbortedException if the NATS server is not the hub's own
   */
  public Clients clients() {
    requireOwn(Service.NATS, "the server's list of clients");
    return enclave == null ? hub().nats().clients() : enclave.account().clients();
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

  /** The key-value bucket of that name over {@link #connection()}, which has to be there. */
  public KeyValue keyValue(String bucket) {
    try {
      return connection().keyValue(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The object bucket of that name over {@link #connection()}, which has to be there. */
  public ObjectStore objectStore(String bucket) {
    try {
      return connection().objectStore(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What both servers hold now: streams with their messages and consumers, and the repository.
   *
   * @throws TestAbortedException if a server is not the hub's own
   */
  public HubSnapshot snapshot() {
    requireOwn("a snapshot");
    return enclave == null ? hub().snapshot() : enclave.snapshot();
  }

  /**
   * Puts both servers back to a snapshot, in milliseconds and without a restart. Connections stay
   * open, with their subscriptions.
   *
   * @throws TestAbortedException if a server is not the hub's own
   */
  public void rewind(HubSnapshot snapshot) {
    requireOwn("a snapshot");
    if (enclave == null) {
      hub().rewind(snapshot);
    } else {
      enclave.rewind(snapshot);
    }
  }

  void requireOwn(String what) {
    requireOwn(Service.NATS, what);
    requireOwn(Service.FOSSIL, what);
  }

  StartedHub started() {
    return started;
  }

  @Nullable HubPartition enclave() {
    return enclave;
  }

  DeclaredUsers users() {
    return users;
  }

  /** The connections that are open now. */
  Set<Connection> connections() {
    return open.all();
  }

  /** Closes those connections that were handed out since these were all. */
  void closeConnectionsBut(Set<Connection> those) {
    open.closeBut(those);
  }

  void closeConnections() {
    open.close();
  }

  /** Closes a connection, and has the server let it go at once. */
  void close(Connection connection) {
    open.close(connection);
  }

  /** Ends a test's part of a hub. */
  void closeEnclave() {
    try {
      closeConnections();
    } finally {
      if (enclave != null) {
        enclave.close();
      }
    }
  }

  @Override
  public String toString() {
    return (enclave == null ? "" : enclave.name() + " of ") + started;
  }
}
