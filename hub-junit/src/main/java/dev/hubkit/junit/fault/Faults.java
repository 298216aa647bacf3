package dev.hubkit.junit.fault;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.time.TimeSource;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a test can break in its hub. Each fault holds until it is closed:
 *
 * {@snippet id="fault/ConnectionFaultsTest.java#aCutClientReconnectsWhenItMay" :
 * try (Fault cut = hub.faults().cut(shop.connection)) {
 *   shop.await(Events.DISCONNECTED);
 *   // It tries, and is turned away.
 *   hub.journal().awaitSince(mark).connected().by("shop").atMost(SOON);
 *   assertThat(shop.connection.getStatus()).isNotEqualTo(Status.CONNECTED);
 *   assertThat(kitchen.connection.getStatus()).isEqualTo(Status.CONNECTED);
 *   assertThat(cut.isOpen()).isTrue();
 *   assertThat(hub.faults().open()).containsExactly(cut);
 * }
 * }
 *
 * <p>All are taken back after the test at the latest. Connections are those over TCP; one within
 * the JVM can be cut, but not stalled, slowed down, delayed or corrupted.
 *
 * <p>Faults hold for the hub, so for every test that uses it at the time. Thread-safe.
 */
public final class Faults {
  private final FaultRegistry spoiler = new FaultRegistry();
  private final FaultyFileSystem disk = new FaultyFileSystem();
  private final TimeSource time;
  private final Set<Fault> open = new LinkedHashSet<>();
  private @Nullable Hub hub;
  private boolean crashed;

  /**
   * Makes the faults of a hub that is not started yet: none.
   *
   * @param time the hub's
   */
  public Faults(TimeSource time) {
    this.time = time;
  }

  /** The options a hub has to be started with, for these faults to have an effect. */
  public HubOptions under(HubOptions options) {
    return options.toBuilder()
        .tuneNats(nats -> nats.interference(spoiler).diskFaults(disk))
        .tuneFossil(fossil -> fossil.withInterference(spoiler))
        .build();
  }

  /** Says which hub it is, once it is started. */
  public synchronized void over(Hub started) {
    hub = started;
  }

  private synchronized Hub hub() {
    if (hub == null) {
      throw new IllegalStateException("The hub is not started yet");
    }
    return hub;
  }

  private NatsServer nats() {
    return hub().nats();
  }

  FaultRegistry spoiler() {
    return spoiler;
  }

  /** Notes a fault that holds from now on. */
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
            });
    made[0] = fault;
    synchronized (this) {
      open.add(fault);
    }
    return fault;
  }

  // ---- Connections

  /**
   * Cuts a client's connection, which the client sees reset, and turns the client away when it
   * reconnects, until the fault is closed.
   */
  public Fault cut(Connection connection) {
    return cut(ClientSelector.of(connection));
  }

  /** {@link #cut(Connection)} for any clients. */
  public Fault cut(ClientSelector who) {
    return connection(who + " is cut", ConnectionFault.away(who), true);
  }

  /** Cuts a client's connection once, and lets the client come back as it likes. */
  public void cutOnce(ClientSelector who) {
    clients(who).forEach(dev.hubkit.nats.net.Connection::cut);
  }

  /** Lets nobody connect; those who are connected stay. */
  public Fault refuse() {
    spoiler.refusing.incrementAndGet();
    return begin("connections are refused", spoiler.refusing::decrementAndGet);
  }

  /** Lets nothing through to a client nor from it; its connection stays open. */
  public Fault stall(Connection connection) {
    return stall(ClientSelector.of(connection));
  }

  /** {@link #stall(Connection)} for any clients. */
  public Fault stall(ClientSelector who) {
    return connection(who + " is stalled", ConnectionFault.stalled(who), false);
  }

  /**
   * Lets only so many bytes a second through to a client, and as many from it, in the hub's time.
   *
   * @param bytesPerSecond positive
   */
  public Fault slow(Connection connection, long bytesPerSecond) {
    return slow(ClientSelector.of(connection), bytesPerSecond);
  }

  /** {@link #slow(Connection, long)} for any clients. */
  public Fault slow(ClientSelector who, long bytesPerSecond) {
    return connection(
        who + " is slowed down to " + positive(bytesPerSecond) + " bytes/s",
        ConnectionFault.slow(who, bytesPerSecond),
        false);
  }

  /** Lets everything to a client and from it arrive so much later, in the hub's time. */
  public Fault delay(Connection connection, Duration delay) {
    return delay(ClientSelector.of(connection), delay);
  }

  /** {@link #delay(Connection, Duration)} for any clients. */
  public Fault delay(ClientSelector who, Duration delay) {
    if (delay.isNegative() || delay.isZero()) {
      throw new IllegalArgumentException("Not a delay: " + delay);
    }
    return connection(who + " is delayed by " + delay, ConnectionFault.late(who, delay), false);
  }

  /**
   * Changes every so manieth byte on its way to a client. That is no longer the NATS protocol; for
   * messages with damaged payloads see {@link #delivered}.
   *
   * @param everyByte positive
   */
  public Fault corrupt(Connection connection, int everyByte) {
    return corrupt(ClientSelector.of(connection), everyByte);
  }

  /** {@link #corrupt(Connection, int)} for any clients. */
  public Fault corrupt(ClientSelector who, int everyByte) {
    positive(everyByte);
    return connection(who + " is corrupted", ConnectionFault.corrupt(who, everyByte), false);
  }

  /** Cuts a client as one that does not take what it is sent fast enough, once. */
  public void slowConsumer(Connection connection) {
    slowConsumer(ClientSelector.of(connection));
  }

  /** {@link #slowConsumer(Connection)} for any clients. */
  public void slowConsumer(ClientSelector who) {
    clients(who).forEach(dev.hubkit.nats.net.Connection::overrun);
  }

  private Fault connection(String what, ConnectionFault fault, boolean cut) {
    spoiler.connections.add(fault);
    if (cut) {
      cutOnce(fault.who());
    } else {
      apply();
    }
    return begin(
        what,
        () -> {
          spoiler.connections.remove(fault);
          apply();
        });
  }

  private void apply() {
    if (!isCrashed()) {
      for (dev.hubkit.nats.net.Connection client : nats().clients().all()) {
        ConnectionFault.apply(spoiler.connections, client);
      }
    }
  }

  private List<dev.hubkit.nats.net.Connection> clients(ClientSelector who) {
    List<dev.hubkit.nats.net.Connection> found = new ArrayList<>();
    for (dev.hubkit.nats.net.Connection client : nats().clients().all()) {
      if (who.includes(client)) {
        found.add(client);
      }
    }
    return found;
  }

  private static long positive(long number) {
    if (number < 1) {
      throw new IllegalArgumentException("Not a positive number: " + number);
    }
    return number;
  }

  /**
   * Has the NATS server say good-bye to its clients (lame duck mode): it accepts no more, tells
   * those connected, closes them one after the other and ends. When the fault is closed, a server
   * runs again at the same address, with the streams that are in files.
   *
   * @param grace how long nobody is closed, in the hub's time
   * @param duration over which time connections are closed
   */
  public Fault lameDuck(Duration grace, Duration duration) {
    Hub over = hub();
    nats().lameDuck(grace, duration);
    return begin("the server is a lame duck", over::restartNats);
  }

  // ---- Messages

  /**
   * Messages that clients publish on a subject, which may have wildcards: API requests ({@code
   * $JS.API.>}) and acknowledgements ({@code $JS.ACK.>}) are such, too.
   */
  public MessageFaults published(String subject) {
    return new MessageFaults(this, spoiler.published, subject, "messages published", time);
  }

  /** Messages on their way to clients, by the subject they bear, which may have wildcards. */
  public MessageFaults delivered(String subject) {
    return new MessageFaults(this, spoiler.delivered, subject, "messages delivered", time);
  }

  // ---- Disk

  /** Has the disk under streams and consumers full. */
  public Fault diskFull() {
    return diskFull(0);
  }

  /**
   * Has the disk full after so many bytes more.
   *
   * @param bytesLeft not negative
   */
  public Fault diskFull(long bytesLeft) {
    if (bytesLeft < 0) {
      throw new IllegalArgumentException("Less than nothing can't be left: " + bytesLeft);
    }
    disk.leave(bytesLeft);
    return begin("the disk is full", () -> disk.leave(Long.MAX_VALUE));
  }

  /** Has every change on the disk under streams and consumers fail (EIO). */
  public Fault diskFails() {
    disk.fail(true);
    return begin("the disk fails", () -> disk.fail(false));
  }

  /**
   * Has the next write to the disk under streams and consumers fail (EIO) when so many bytes are
   * written.
   */
  public Fault tornWrite(int after) {
    if (after < 0) {
      throw new IllegalArgumentException("Not a number of bytes: " + after);
    }
    disk.tearNextWrite(after);
    return begin("a write is torn", () -> disk.tearNextWrite(-1));
  }

  // ---- Servers

  /**
   * Ends both servers as {@code kill -9} ends a process. Clients see their connections reset, and
   * are refused until {@link #recover()}. What was not written is lost, and with it streams in
   * memory and transactions of the repository that were not committed; what was acknowledged is
   * there again.
   */
  public void crash() {
    crash(false);
  }

  /**
   * {@link #crash()} of the whole machine: what streams and consumers have written since they were
   * last synced is lost as well, though it was acknowledged. As in nats-server, that is up to two
   * minutes of the hub's time, unless {@code sync_interval} is {@code always}.
   */
  public void losePower() {
    crash(true);
  }

  private void crash(boolean powerLoss) {
    Hub over = hub();
    synchronized (this) {
      crashed = true;
    }
    over.crash(powerLoss);
  }

  /** Starts both servers again after a crash, at the same addresses. */
  public void recover() {
    hub().recover();
    synchronized (this) {
      crashed = false;
    }
  }

  /** Whether the hub has crashed and not been recovered yet. */
  public synchronized boolean isCrashed() {
    return crashed;
  }

  // ---- Requests to the repository

  /** All HTTP requests. */
  public RequestFaults requests() {
    return new RequestFaults(this, "HTTP requests", (path, sync) -> true);
  }

  /** Requests of the sync protocol. */
  public RequestFaults syncRequests() {
    return new RequestFaults(this, "sync requests", (path, sync) -> sync);
  }

  /**
   * Requests for pages and files.
   *
   * @param path how the path begins, such as {@code /timeline}
   */
  public RequestFaults pageRequests(String path) {
    return new RequestFaults(
        this, "requests for " + path, (asked, sync) -> !sync && asked.startsWith(path));
  }

  // ---- The end

  /** The faults that hold now. */
  public synchronized List<Fault> open() {
    return List.copyOf(open);
  }

  /** Takes all faults back, the last one first, and recovers a hub that has crashed. */
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
