package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.HubSnapshot;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.cluster.HubCluster;
import dev.hubkit.junit.fault.Faults;
import dev.hubkit.junit.history.History;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.replay.Replay;
import dev.hubkit.junit.replay.Replays;
import dev.hubkit.junit.stub.StubBuilder;
import dev.hubkit.junit.stub.Stubs;
import dev.hubkit.junit.time.HubTime;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.ConnectedClients;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.opentest4j.TestAbortedException;

/**
 * The hub of a test. Tests must not close it: other tests may share it, and the extension stops it
 * after the last of them. Thread-safe.
 */
@SuppressWarnings("exports") // the optional libraries
public final class HubResource {
  // jnats also derives the timeout of JetStream requests from it. Its default of 2 s is too short
  // for a busy machine.
  static final Duration SLOW_MACHINE = Duration.ofSeconds(20);

  private final StartedHub started;
  private final DeclaredUsers users;
  private final Stubs stubs;
  private final Replays replays;
  private final OpenConnections open = new OpenConnections(this);
  private final HubClients clients;

  HubResource(StartedHub started) {
    this.started = started;
    this.users = new DeclaredUsers(this);
    this.clients = new HubClients(started, users, open);
    this.replays = new Replays(started.controls().clock(), () -> hub().nats(), users::credentials);
    this.stubs =
        new Stubs(started.controls().stubs(), users::account, started.controls().journal());
  }

  /** Returns the {@linkplain WithHub#name() name} of the hub; empty for none. */
  public String name() {
    return started.name();
  }

  /** Returns the root directory of the hub, which the extension deletes with the hub. */
  public Path root() {
    return started.root();
  }

  /** Returns the hub as hub-core knows it. */
  public Hub hub() {
    return started.hub();
  }

  /** Returns the URL for NATS clients, such as {@code nats://127.0.0.1:4222}. */
  public String natsUrl() {
    awaitWarmUp();
    return hub().natsUrl();
  }

  /** Returns the port of {@link #natsUrl()}. */
  public int natsPort() {
    awaitWarmUp();
    return hub().natsPort();
  }

  // Clients of the test may give a request only 2 s; those of the toolkit have longer.
  static void awaitWarmUp() {
    if (NatsClient.isPresent()) {
      JetStreamWarmUp.await();
    }
  }

  /** Returns the URL to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String fossilUrl() {
    return hub().fossilUrl();
  }

  /** Returns the port of {@link #fossilUrl()}. */
  public int fossilPort() {
    return hub().fossilPort();
  }

  /** Returns the URL of a service; of several NATS servers, that of the first. */
  public URI url(Service service) {
    return URI.create(service == Service.NATS ? natsUrl().split(",", 2)[0] : fossilUrl());
  }

  /** Returns the port of a service. */
  public int port(Service service) {
    return service == Service.NATS ? natsPort() : fossilPort();
  }

  /**
   * Returns the repository that the hub serves. The next pull sees what a test commits here.
   *
   * @throws TestAbortedException if the Fossil server is external
   */
  public FossilRepository repository() {
    requireOwn(Service.FOSSIL, "the repository as an object");
    return hub().repository();
  }

  /** Returns whether a service is external: at a URL that the test run was given. */
  public boolean isExternal(Service service) {
    return started.isExternal(service);
  }

  /**
   * Skips the test if a service is external.
   *
   * @param what what the test needs of its own server, for the reason that JUnit shows
   * @throws TestAbortedException if the service is external
   */
  public void requireOwn(Service service, String what) {
    if (isExternal(service)) {
      throw JUnitExceptions.skipping(
          "Skipped against "
              + url(service)
              + ", a server outside of this JVM: the test needs "
              + what);
    }
  }

  /**
   * Returns the clock of the hub, which a test can freeze and advance.
   *
   * @throws TestAbortedException if a server is external
   * @throws IllegalStateException if the test started the hub with a time source of its own
   */
  public HubTime time() {
    requireOwn("control of the server's time");
    return started.controls().time(hub());
  }

  /**
   * Returns the journal of this hub: what clients sent and received, and the requests to the
   * repository.
   *
   * @throws TestAbortedException if a server is external
   */
  public Journal journal() {
    requireOwn("a journal of what the server does");
    return started.controls().journal();
  }

  /**
   * Begins to record a history, from now on; it ends with the hub, or with {@link History#stop()}.
   * {@link RecordHistory} records one of each test.
   *
   * @throws TestAbortedException if a server is external
   */
  public History recordHistory() {
    return TestHistory.begin(this, History.MOST_EVENTS);
  }

  /**
   * Returns the faults that a test can inject into this hub; the extension removes them after the
   * test.
   *
   * @throws TestAbortedException if a server is external
   */
  public Faults faults() {
    requireOwn("a server that can be broken");
    return started.controls().faults(hub());
  }

  /**
   * Returns the NATS servers of a hub that has several ({@link WithHub#servers()}).
   *
   * @throws TestAbortedException if the NATS server is external
   * @throws dev.hubkit.HubException if the hub has one server only
   */
  public HubCluster cluster() {
    requireOwn(Service.NATS, "servers that can be killed");
    hub().natsCluster();
    return started.controls().cluster(hub(), clients::askJetStream);
  }

  /** Begins a stub that answers requests on a subject; see {@link Stubs#stub}. */
  public StubBuilder stub(String subject) {
    return stubs().stub(subject);
  }

  /**
   * Returns the stubs for services.
   *
   * @throws TestAbortedException if the NATS server is external
   */
  public Stubs stubs() {
    requireOwn(Service.NATS, "stubs for services");
    if (hub().hasNatsCluster()) {
      throw new IllegalStateException(
          "Stubs answer within one server, and this hub has several: subscribe with a connection of"
              + " the test, or remove servers from @WithHub");
    }
    return stubs;
  }

  /** Returns the stubs, of which there are none where nobody can add any. */
  Stubs ownStubs() {
    return stubs;
  }

  /**
   * Returns the messages of a fixture, to be published again.
   *
   * @param fixture a file or resource, as in {@link WithFixture#value}
   */
  public Replay replay(String fixture) {
    return replay(FixtureFiles.require(fixture));
  }

  /** Returns the messages of a fixture, to be published again. */
  public Replay replay(Fixture fixture) {
    requireOwn(Service.NATS, "a replay");
    return replays.of(fixture);
  }

  /** Returns what the hub closes before it stops, such as an application that is connected. */
  public Dependents dependents() {
    return started.dependents();
  }

  /** Returns a connection that all callers share; the extension closes it with the hub. */
  public Connection connection() {
    return clients.shared();
  }

  /**
   * Opens a connection for the caller, who may close it; the extension closes it with the hub. It
   * is named after the test that the calling thread runs, where that is known.
   *
   * @throws dev.hubkit.HubException if the hub serves no NATS
   */
  public Connection connect() {
    return clients.connect();
  }

  /**
   * Returns the toolkit's own connection, which creates declared state and serves assertions and
   * reports. The {@linkplain #journal() journal} hides its traffic; assertions of your own can use
   * it for that reason. The extension closes it with the hub.
   */
  public Connection toolkitConnection() {
    return clients.toolkit();
  }

  /**
   * Opens a connection that JUnit's store closes.
   *
   * @param user the user name; empty for no particular user
   * @param client the name of the client
   */
  Connection connectFor(String user, String client) {
    return clients.connectFor(user, client);
  }

  /** Opens a connection like {@link #connect()} as one of the {@linkplain AsUser known} users. */
  public Connection connectAs(String user) {
    return clients.connectAs(user);
  }

  /**
   * Returns what one of the {@linkplain AsUser known} users logs in with, for the application under
   * test.
   */
  public UserLogin login(String user) {
    return users.login(user);
  }

  /**
   * Opens a connection like {@link #connect()} with the caller's options, to this hub. It keeps the
   * name that they have.
   *
   * @throws UncheckedIOException if the server is down or rejects the connection
   */
  public Connection connect(Options.Builder options) {
    return clients.connect(options);
  }

  /**
   * Returns the NATS clients that are connected to this hub.
   *
   * @throws TestAbortedException if the NATS server is external
   */
  public ConnectedClients clients() {
    requireOwn(Service.NATS, "the server's list of clients");
    List<NatsServer> servers = hub().natsServers();
    return servers.size() == 1
        ? servers.get(0).clients()
        : new ClientsOfServers(hub()::natsServers);
  }

  /** Returns JetStream over {@link #connection()}. */
  public JetStream jetStream() {
    try {
      return connection().jetStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the management of streams and consumers over {@link #connection()}. */
  public JetStreamManagement jetStreamManagement() {
    try {
      return connection().jetStreamManagement();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns an existing key-value bucket over {@link #connection()}. */
  public KeyValue keyValue(String bucket) {
    try {
      return connection().keyValue(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns an existing object store bucket over {@link #connection()}. */
  public ObjectStore objectStore(String bucket) {
    try {
      return connection().objectStore(bucket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Takes a snapshot of both servers: streams with their messages and consumers, and the
   * repository.
   *
   * @throws TestAbortedException if a server is external
   */
  public HubSnapshot snapshot() {
    requireOwn("a snapshot");
    return hub().snapshot();
  }

  /**
   * Rewinds both servers to a snapshot, in milliseconds and without a restart. Connections and
   * their subscriptions stay open.
   *
   * @throws TestAbortedException if a server is external
   */
  public void rewind(HubSnapshot snapshot) {
    requireOwn("a snapshot");
    started.controls().rewound();
    hub().rewind(snapshot);
    started.controls().histories().rewound();
  }

  void requireOwn(String what) {
    requireOwn(Service.NATS, what);
    requireOwn(Service.FOSSIL, what);
  }

  StartedHub started() {
    return started;
  }

  /** Ends what a test has left under way. */
  void endTest() {
    replays.stop();
  }

  DeclaredUsers users() {
    return users;
  }

  /** Returns the open connections. */
  Set<Connection> connections() {
    return open.all();
  }

  /** Closes the connections that were opened since {@link #connections()} returned these. */
  void closeConnectionsBut(Set<Connection> those) {
    open.closeBut(those);
  }

  void closeConnections() {
    replays.stop();
    open.close();
  }

  /** Closes a connection on both ends at once. */
  void close(Connection connection) {
    open.close(connection);
  }

  @Override
  public String toString() {
    return started.toString();
  }
}
