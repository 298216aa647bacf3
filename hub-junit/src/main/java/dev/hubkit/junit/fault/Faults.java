package dev.hubkit.junit.fault;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.time.DurationText;
import dev.hubkit.time.TimeSource;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Injects faults into a hub. Each fault stays active until it is closed:
 *
 * {@snippet id="fault/ConnectionFaultsTest.java#aCutClientReconnectsWhenItMay" :
 * try (Fault cut = hub.faults().cut(shop.connection)) {
 *   shop.await(Events.DISCONNECTED);
 *   // The client tries to reconnect, and the server rejects it.
 *   hub.journal().awaitSince(mark).connected().by("shop").atMost(SOON);
 *   assertThat(shop.connection.getStatus()).isNotEqualTo(Status.CONNECTED);
 *   assertThat(kitchen.connection.getStatus()).isEqualTo(Status.CONNECTED);
 *   assertThat(cut.isOpen()).isTrue();
 *   assertThat(hub.faults().open()).containsExactly(cut);
 * }
 * }
 *
 * <p>All faults end after the test at the latest. They concern connections over TCP; a connection
 * within the JVM can be cut, but not stalled, slowed down, delayed or corrupted.
 *
 * <p>Faults concern the hub, and so every test that uses it at the time. Thread-safe.
 */
@SuppressWarnings("exports") // the optional libraries
public final class Faults {
  private final FaultRegistry registry = new FaultRegistry();
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private final TimeSource time;
  private final CrashObserver crashes;
  private final Set<Fault> open = new LinkedHashSet<>();
  private @Nullable Hub hub;
  private boolean crashed;
  private volatile boolean disturbed;

  /**
   * Makes an object without active faults, for a hub that has not been started yet.
   *
   * @param time the clock of the hub
   * @param crashes is told of crashes and recoveries
   */
  public Faults(TimeSource time, CrashObserver crashes) {
    this.time = time;
    this.crashes = crashes;
  }

  /**
   * Returns the options with which a hub has to be started for these faults to take effect.
   *
   * @param beside puts more beside the faults
   */
  public HubOptions under(HubOptions options, UnaryOperator<FaultInjector> beside) {
    FaultInjector all = beside.apply(registry);
    return options.toBuilder()
        .tuneNats(nats -> nats.faultInjector(all).diskFaults(disk))
        .tuneFossil(fossil -> fossil.withFaultInjector(registry))
        .build();
  }

  /** Sets the hub, once it has started. */
  public synchronized void over(Hub started) {
    hub = started;
  }

  private synchronized Hub hub() {
    if (hub == null) {
      throw new IllegalStateException("The hub has not been started yet");
    }
    return hub;
  }

  private NatsServer nats() {
    return hub().nats();
  }

  FaultRegistry registry() {
    return registry;
  }

  /** Registers a fault that is active from now on. */
  Fault begin(String what, Runnable undo) {
    Fault[] made = new Fault[1];
    Fault fault =
        new Fault(
            what,
            () -> {
              synchronized (this) {
                open.remove(made[0]);
              }
              undo.run();
              crashes.ended(what);
            });
    made[0] = fault;
    synchronized (this) {
      open.add(fault);
    }
    crashes.began(what);
    return fault;
  }

  /** Begins a test, of which {@link #haveDisturbedConnections()} then knows nothing. */
  public void beginTest() {
    disturbed = false;
  }

  /** Returns whether a fault since the last {@link #beginTest()} may have ended connections. */
  public boolean haveDisturbedConnections() {
    return disturbed;
  }

  // ---- Connections

  /**
   * Resets a client's connection, and rejects the client when it reconnects, until the fault is
   * closed.
   */
  public Fault cut(Connection connection) {
    return cut(ClientSelector.of(connection));
  }

  /** Does the same as {@link #cut(Connection)} for all selected clients. */
  public Fault cut(ClientSelector clients) {
    return connection(clients + " is cut", ConnectionFault.rejected(clients), true);
  }

  /** Resets the connections of the selected clients once; the clients may reconnect. */
  public void cutOnce(ClientSelector clients) {
    disturbed = true;
    crashes.happened(clients + " is cut once");
    connectionsOf(clients).forEach(dev.hubkit.nats.net.Connection::cut);
  }

  /**
   * Closes the connection of this hub to its upstream, or to each cluster whose leaf node it is,
   * and makes none until the fault is closed. Streams that mirror or source from there wait
   * meanwhile.
   */
  public Fault cutUpstream() {
    NatsServer server = nats();
    server.cutLeafRemotes(true);
    return begin("the upstream is cut", () -> server.cutLeafRemotes(false));
  }

  /** Refuses new connections; existing connections stay open. */
  public Fault refuse() {
    disturbed = true;
    registry.refusing.incrementAndGet();
    return begin("connections are refused", registry.refusing::decrementAndGet);
  }

  /** Stops all traffic to and from a client, whose connection stays open. */
  public Fault stall(Connection connection) {
    return stall(ClientSelector.of(connection));
  }

  /** Does the same as {@link #stall(Connection)} for all selected clients. */
  public Fault stall(ClientSelector clients) {
    return connection(clients + " is stalled", ConnectionFault.stalled(clients), false);
  }

  /**
   * Limits the traffic to and from a client.
   *
   * @param bytesPerSecond the limit in each direction, in the hub's time; positive
   */
  public Fault slow(Connection connection, long bytesPerSecond) {
    return slow(ClientSelector.of(connection), bytesPerSecond);
  }

  /** Does the same as {@link #slow(Connection, long)} for all selected clients. */
  public Fault slow(ClientSelector clients, long bytesPerSecond) {
    return connection(
        clients + " is slowed down to " + positive(bytesPerSecond) + " bytes/s",
        ConnectionFault.slow(clients, bytesPerSecond),
        false);
  }

  /** Delays all traffic to and from a client, in the hub's time. */
  public Fault delay(Connection connection, Duration delay) {
    return delay(ClientSelector.of(connection), delay);
  }

  /** Does the same as {@link #delay(Connection, Duration)} for all selected clients. */
  public Fault delay(ClientSelector clients, Duration delay) {
    if (delay.isNegative() || delay.isZero()) {
      throw new IllegalArgumentException("The delay must be positive: " + delay);
    }
    return connection(
        clients + " is delayed by " + DurationText.of(delay),
        ConnectionFault.delayed(clients, delay),
        false);
  }

  /**
   * Changes bytes on their way to a client, so that they no longer follow the NATS protocol. To
   * damage only the payloads of messages, see {@link #delivered}.
   *
   * @param everyByte the distance from one changed byte to the next; positive
   */
  public Fault corrupt(Connection connection, int everyByte) {
    return corrupt(ClientSelector.of(connection), everyByte);
  }

  /** Does the same as {@link #corrupt(Connection, int)} for all selected clients. */
  public Fault corrupt(ClientSelector clients, int everyByte) {
    positive(everyByte);
    return connection(
        clients + " is corrupted", ConnectionFault.corrupted(clients, everyByte), false);
  }

  /** Closes a client's connection once, as that of a slow consumer. */
  public void slowConsumer(Connection connection) {
    slowConsumer(ClientSelector.of(connection));
  }

  /** Does the same as {@link #slowConsumer(Connection)} for all selected clients. */
  public void slowConsumer(ClientSelector clients) {
    disturbed = true;
    crashes.happened(clients + " is closed as a slow consumer");
    connectionsOf(clients).forEach(dev.hubkit.nats.net.Connection::overrun);
  }

  private Fault connection(String what, ConnectionFault fault, boolean cut) {
    disturbed = true;
    registry.connections.add(fault);
    if (cut) {
      cutOnce(fault.clients());
    } else {
      apply();
    }
    return begin(
        what,
        () -> {
          registry.connections.remove(fault);
          apply();
        });
  }

  private void apply() {
    if (!isCrashed()) {
      for (NatsServer server : hub().natsServers()) {
        for (dev.hubkit.nats.net.Connection client : server.clients().all()) {
          ConnectionFault.apply(registry.connections, client);
        }
      }
    }
  }

  private List<dev.hubkit.nats.net.Connection> connectionsOf(ClientSelector clients) {
    List<dev.hubkit.nats.net.Connection> found = new ArrayList<>();
    for (NatsServer server : hub().natsServers()) {
      for (dev.hubkit.nats.net.Connection client : server.clients().all()) {
        if (clients.includes(client)) {
          found.add(client);
        }
      }
    }
    return found;
  }

  private static long positive(long number) {
    if (number < 1) {
      throw new IllegalArgumentException("The number must be positive: " + number);
    }
    return number;
  }

  /**
   * Puts the NATS server into lame duck mode: it accepts no more clients, informs those connected,
   * closes their connections one after the other and shuts down. When the fault is closed, a server
   * starts at the same address, with the streams that are in files.
   *
   * @param grace how long the server waits before it closes connections, in the hub's time
   * @param duration how long the server takes to close all connections, in the hub's time
   */
  public Fault lameDuck(Duration grace, Duration duration) {
    Hub over = hub();
    requireOneServer("a lame duck");
    disturbed = true;
    nats().lameDuck(grace, duration);
    return begin("the server is a lame duck", over::restartNats);
  }

  // ---- Messages

  /**
   * Selects messages that clients publish, for a fault. API requests ({@code $JS.API.>}) and
   * acknowledgements ({@code $JS.ACK.>}) are published, too.
   *
   * @param subject a subject, which may have wildcards
   */
  public MessageFaults published(String subject) {
    return new MessageFaults(this, registry.published, subject, "messages published", time);
  }

  /**
   * Selects messages on their way to clients, for a fault.
   *
   * @param subject the subject of the messages, which may have wildcards
   */
  public MessageFaults delivered(String subject) {
    return new MessageFaults(this, registry.delivered, subject, "messages delivered", time);
  }

  // ---- Disk

  /** Fills the disk of streams and consumers, so that writes fail (ENOSPC). */
  public Fault diskFull() {
    return diskFull(0);
  }

  /**
   * Fills the disk of streams and consumers, but for some bytes.
   *
   * @param bytesLeft how many bytes can still be written; not negative
   */
  public Fault diskFull(long bytesLeft) {
    if (bytesLeft < 0) {
      throw new IllegalArgumentException("bytesLeft must not be negative: " + bytesLeft);
    }
    requireOneServer("faults of the disk");
    disk.leave(bytesLeft);
    return begin("the disk is full", () -> disk.leave(Long.MAX_VALUE));
  }

  /** Makes every write to the disk of streams and consumers fail (EIO). */
  public Fault diskFails() {
    requireOneServer("faults of the disk");
    disk.fail(true);
    return begin("the disk fails", () -> disk.fail(false));
  }

  /**
   * Makes the next write to the disk of streams and consumers fail (EIO) half-way.
   *
   * @param after how many bytes are written before the write fails; not negative
   */
  public Fault tornWrite(int after) {
    if (after < 0) {
      throw new IllegalArgumentException("after must not be negative: " + after);
    }
    requireOneServer("faults of the disk");
    disk.tearNextWrite(after);
    return begin("a write is torn", () -> disk.tearNextWrite(-1));
  }

  private void requireOneServer(String what) {
    Hub over;
    synchronized (this) {
      over = hub;
    }
    if (over != null && over.hasNatsCluster()) {
      throw new IllegalStateException(
          "There is no way to choose the server for "
              + what
              + " in a hub with several: kill or stop one by hub.cluster().server(…)");
    }
  }

  // ---- By code

  /**
   * Asks an injector of yours about each connection, subscription and message, before the faults
   * above. It may stop connections, and so the toolkit's connections log no errors that follow.
   *
   * @param what describes the fault in messages
   */
  public Fault inject(String what, FaultInjector injector) {
    disturbed = true;
    registry.injectors.add(injector);
    return begin(what, () -> registry.injectors.remove(injector));
  }

  /**
   * Marks a place in the trace of the test, for what an injector does to one message or connection.
   *
   * @param what describes it, as in {@code delivery of orders.1 lost}
   */
  public void mark(String what) {
    crashes.happened(what);
  }

  // ---- Servers

  /**
   * Ends both servers as {@code kill -9} ends a process. Connections of clients are reset, and new
   * ones refused until {@link #recover()}. Everything unwritten is lost, including streams in
   * memory and uncommitted transactions of the repository; everything acknowledged is there again
   * after {@link #recover()}.
   *
   * @throws IllegalStateException if the hub has crashed already
   */
  public void crash() {
    crash(false);
  }

  /**
   * Ends both servers as a power failure does. Beyond {@link #crash()}, this also loses what
   * streams and consumers have written since their last sync, though it was acknowledged. As in
   * nats-server, that is up to two minutes of the hub's time, unless {@code sync_interval} is
   * {@code always}.
   */
  public void losePower() {
    crash(true);
  }

  private void crash(boolean powerLoss) {
    Hub over = hub();
    if (isCrashed()) {
      throw new IllegalStateException("The hub has crashed already: call hub.faults().recover()");
    }
    disturbed = true;
    synchronized (this) {
      crashed = true;
    }
    crashes.crashed(powerLoss);
    over.crash(powerLoss);
  }

  /** Returns a text about the crash and the active faults; empty for none. */
  public String describe() {
    if (isCrashed()) {
      return "the test has crashed the hub; call hub.faults().recover() first";
    }
    List<Fault> active = open();
    return active.isEmpty()
        ? ""
        : "active faults: "
            + active.stream().map(Fault::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    String text = describe();
    return text.isEmpty() ? "no active faults" : text;
  }

  /**
   * Starts both servers again after a crash, at the same addresses.
   *
   * @throws IllegalStateException if the hub has not crashed
   */
  public void recover() {
    if (!isCrashed()) {
      throw new IllegalStateException(
          "The hub has not crashed, so there is nothing to recover: call hub.faults().crash() or"
              + " losePower() before");
    }
    crashes.recovered();
    hub().recover();
    synchronized (this) {
      crashed = false;
    }
  }

  /** Returns whether the hub has crashed and has not been recovered yet. */
  public synchronized boolean isCrashed() {
    return crashed;
  }

  // ---- Requests to the repository

  /** Selects all HTTP requests, for a fault. */
  public RequestFaults requests() {
    return new RequestFaults(this, "HTTP requests", (path, sync) -> true);
  }

  /** Selects requests of the sync protocol, for a fault. */
  public RequestFaults syncRequests() {
    return new RequestFaults(this, "sync requests", (path, sync) -> sync);
  }

  /**
   * Selects requests for pages and files, for a fault.
   *
   * @param path the beginning of the path, such as {@code /timeline}
   */
  public RequestFaults pageRequests(String path) {
    return new RequestFaults(
        this, "requests for " + path, (asked, sync) -> !sync && asked.startsWith(path));
  }

  // ---- The end

  /** Returns the active faults. */
  public synchronized List<Fault> open() {
    return List.copyOf(open);
  }

  /** Ends all faults, the last one first, and recovers a hub that has crashed. */
  public void undo() {
    if (isCrashed()) {
      recover();
    }
    List<Fault> present = open();
    for (int i = present.size() - 1; i >= 0; i--) {
      present.get(i).close();
    }
  }
}
