package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.peer.PeerWriter;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection between a hub and a leaf node, on either side. One thread reads from it, and one
 * writes what publishers have appended. Thread-safe.
 */
public final class Leaf extends LeafPeer implements LeafSubscriber.Connection, PeerWriter.Owner {
  /** Introduces both sides to each other, as the hub or as the leaf node. */
  interface Introduction extends LeafProtocol.Session {
    /** Begins it. */
    void begin() throws ProtocolException;

    /** Ends it, because the connection ends. */
    void cancel();

    /** Called once when the connection has ended. */
    void ended();
  }

  private static final Log log = Log.of(Leaf.class);
  private static final Supervisor SUPERVISOR = new Supervisor("leaf");
  private static final byte[] INTERNAL_ERROR = ascii("-ERR 'Internal Server Error'\r\n");
  private static final byte[] PING = ascii("PING\r\n");
  private static final int LINE_BEFORE_LOGIN = 32 * 1024;

  private final LeafContext context;
  private final LeafWire wire;
  private final PeerOutput output = new PeerOutput(MemoryBudget.BUFFERS);
  private final PeerInput input;
  private final AgreedCompression compression;
  private final PeerWriter writer;
  private final PeerHeartbeat heartbeat;
  private final LeafIdentity identity;
  private final LeafReceiver receiver;
  private final LeafSubscriber subscriber;
  private final Introduction introduction;
  private final LeafProtocol protocol;
  private final AtomicReference<@Nullable String> closed = new AtomicReference<>();
  private volatile boolean stale;
  private volatile boolean slow;
  private volatile long stopped;
  // Guarded by this object's monitor.
  private @Nullable Timer patience;

  /** Makes the introduction of a connection. */
  interface Introducer {
    Introduction of(Leaf leaf);
  }

  /**
   * Takes over a connection on which the hub has sent its first INFO.
   *
   * @param nonce what the leaf node is to sign
   */
  Leaf(
      long id,
      LeafContext context,
      LeafWire wire,
      AgreedCompression compression,
      String nonce,
      Introducer introducer) {
    super(id, nonce, context.time());
    this.context = context;
    LeafSettings settings = context.settings().get();
    this.wire = wire;
    PeerLimits limits = wire.isWebSocket() ? settings.webSocketLimits() : settings.limits();
    this.compression = compression;
    this.input = new PeerInput(wire.in(), LINE_BEFORE_LOGIN, context.activity()::done);
    this.identity = new LeafIdentity(this, context.server(), context.time(), this::expired);
    this.subscriber =
        new LeafSubscriber(this, output, limits.maxPending(), identity, this::isOwnWork);
    this.receiver =
        new LeafReceiver(subscriber, id, identity, context.server(), context.time(), input);
    this.heartbeat =
        new PeerHeartbeat(
            limits, context.time(), output, () -> send(PING), this::stale, why -> slow(why));
    this.introduction = introducer.of(this);
    this.protocol = new LeafProtocol(introduction, input, receiver, heartbeat);
    this.writer =
        new PeerWriter(
            this,
            output,
            wire.out(),
            wire.socket(),
            context.time(),
            context.activity()::done,
            context.threads().nameFor("leaf-" + id + "-out"));
  }

  private boolean isOwnWork(WorkBatch batch) {
    return receiver.isWorkOf(batch);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- Reading.

  /** Serves the connection until its end, on the calling thread. */
  void serve() {
    try {
      writer.start();
      introduction.begin();
      while (closed.get() == null) {
        if (input.isDrained()) {
          receiver.flush();
        }
        input.next();
        protocol.handle();
      }
    } catch (LeafLoopException e) {
      fail(String.valueOf(e.getMessage()), "Protocol Violation");
      introduction.error(String.valueOf(e.getMessage()));
    } catch (ProtocolException e) {
      log.error("{} - {}{}", this, wire.isWebSocket() ? "read error: " : "", e.getMessage());
      String error = e.error();
      if (error != null) {
        tell(error);
      }
      close(reasonOf(e));
    } catch (EOFException e) {
      close("Client Closed");
    } catch (WebSocketInputStream.ViolationException e) {
      log.error("{} - read error: {}", this, e.getMessage());
      close("Read Error");
    } catch (IOException e) {
      log.debug("{} - {}", this, e.getMessage());
      close("Read Error");
    } catch (Throwable failure) {
      broken(failure);
    } finally {
      SUPERVISOR.run(this, receiver::flush);
      close("Client Closed");
      SUPERVISOR.run(this, subscriber::endSubscriptions);
      SUPERVISOR.run(this, identity::leave);
      writer.join();
      writer.cancelTimer();
      SUPERVISOR.run(this, wire::endReading);
      SUPERVISOR.run(this, introduction::ended);
    }
  }

  // What parsing ends with is an error of reading where there are frames (readLoop).
  private String reasonOf(ProtocolException violation) {
    if (LeafReceiver.TOO_LARGE.equals(violation.error())) {
      return CloseReason.MAX_PAYLOAD_EXCEEDED.text();
    }
    return (wire.isWebSocket() ? CloseReason.READ_ERROR : CloseReason.PROTOCOL_VIOLATION).text();
  }

  // ---- What an introduction does.

  /** Closes the connection if it does not get further in time. */
  void limit(Duration time, Runnable late) {
    synchronized (this) {
      cancelPatience();
      patience = context.time().schedule(time, new SupervisedTask(late, this));
    }
    if (closed.get() != null) {
      endTimers();
    }
  }

  /** Reads S2 frames from now on. On the reading thread. */
  void decompress() {
    WebSocketStreams frames = wire.frames();
    if (frames == null) {
      input.decompress();
    } else {
      input.decompressBelow(frames.in().decompress());
    }
  }

  /** Lets messages and subscriptions cross. On the reading thread. */
  void bind(LeafBinding agreed) {
    synchronized (this) {
      cancelPatience();
    }
    String loop = context.loops().of(agreed.account());
    protocol.bind(agreed, subscriber.bind(agreed, loop, identity::maxSubscriptions));
  }

  /** Tells the other side what the account subscribes to, and begins to look after it. */
  void announce() {
    LeafBinding agreed = binding();
    subscriber.announce(agreed, context.loops().of(agreed.account()), this::send);
    heartbeat.begin();
    heartbeat.ping();
    // What came to an end meanwhile has not seen them.
    if (closed.get() != null) {
      subscriber.endAnnouncement();
      endTimers();
    }
  }

  LeafBinding binding() {
    LeafBinding known = subscriber.binding();
    if (known == null) {
      throw new IllegalStateException("Not introduced");
    }
    return known;
  }

  void adaptCompression() {
    compression.adapt(Duration.ofNanos(heartbeat.roundTripNanos()));
  }

  /** Compresses by a changed configuration; returns whether that takes another connection. */
  boolean compress(PeerCompression changed) {
    return compression.change(changed, Duration.ofNanos(heartbeat.roundTripNanos()));
  }

  // ---- Writing.

  /** Sends a line of the protocol. */
  void send(byte[] line) {
    try {
      output.append(line);
      output.flush();
    } catch (Throwable failure) {
      // The other side would never learn of what it misses.
      broken(failure);
    }
  }

  private void tell(String error) {
    output.append(("-ERR '" + error + "'\r\n").getBytes(StandardCharsets.UTF_8));
  }

  // ---- The end.

  private void expired() {
    refuse("User Authentication Expired", CloseReason.AUTHENTICATION_EXPIRED.text());
  }

  private void stale() {
    stale = true;
    fail("Stale Connection", "Stale Connection");
  }

  @Override
  public void slow(String why) {
    if (closed.get() == null) {
      slow = true;
      log.warn("{} - slow: {}", this, why);
      close("Slow Consumer (Pending Bytes)");
    }
  }

  /** Tells the other side what is wrong, logs it, and closes. */
  void fail(String error, String reason) {
    log.error("{} - {}", this, error);
    tell(error);
    close(reason);
  }

  /** Tells the other side what is wrong, without a word in the log, and closes. */
  void refuse(String error, String reason) {
    tell(error);
    close(reason);
  }

  /** Closes the connection; what waits is written if the other side accepts it at once. */
  @Override
  public void close(String reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    stopped = context.time().epochNanos();
    // Each whatever becomes of the others.
    SUPERVISOR.run(this, introduction::cancel);
    SUPERVISOR.run(this, this::endTimers);
    SUPERVISOR.run(this, subscriber::endAnnouncement);
    SUPERVISOR.run(this, () -> context.table().end(this));
    if (!SUPERVISOR.run(this, writer::end)) {
      writer.cut();
    }
    LeafBinding known = subscriber.binding();
    log.info(
        "{} - Leafnode connection closed: {}{}",
        this,
        reason,
        known == null ? "" : " - Remote: " + known.remoteName());
  }

  private synchronized void endTimers() {
    heartbeat.end();
    cancelPatience();
  }

  private void cancelPatience() {
    if (patience != null) {
      patience.cancel();
      patience = null;
    }
  }

  /** Logs a failure while serving this connection, and ends it. Any thread. */
  @Override
  public void broken(Throwable failure) {
    SUPERVISOR.failed(this, failure, this);
  }

  @Override
  public void failed(Throwable failure) {
    try {
      output.append(INTERNAL_ERROR);
    } catch (Throwable noMemory) {
      log.trace("Can't say why", noMemory);
    }
    close("Internal Server Error");
  }

  @Override
  public void written() throws IOException {
    wire.announceEnd(String.valueOf(closed.get()));
  }

  @Override
  public void close(CloseReason reason) {
    close(reason.text());
  }

  @Override
  public void fail(CloseReason reason, String error) {
    fail(error, reason.text());
  }

  /** Closes it at once, whatever waits. */
  void abort(String reason) {
    close(reason);
    writer.cut();
  }

  // ---- What others ask.

  /** Returns whether it has nothing to send, to handle or to wait for, or is closed. */
  boolean isIdle() {
    if (closed.get() != null) {
      return true;
    }
    try {
      return heartbeat.isAnswered() && output.pending() == 0 && input.isWaiting();
    } catch (IOException e) {
      log.trace("{}: has been closed", this, e);
      return true;
    }
  }

  @Override
  public boolean isOpen() {
    return closed.get() == null;
  }

  @Override
  public @Nullable String closedBecause() {
    return closed.get();
  }

  @Override
  public long stopped() {
    return stopped;
  }

  /** Returns whether it was closed because the other side did not read. */
  public boolean isSlow() {
    return slow;
  }

  /** Returns whether it was closed because the other side did not answer. */
  public boolean isStale() {
    return stale;
  }

  @Override
  LeafContext context() {
    return context;
  }

  @Override
  LeafWire wire() {
    return wire;
  }

  @Override
  LeafIdentity identity() {
    return identity;
  }

  @Override
  LeafSubscriber subscriber() {
    return subscriber;
  }

  @Override
  Traffic traffic() {
    return new Traffic(receiver, output, heartbeat);
  }

  @Override
  AgreedCompression compression() {
    return compression;
  }

  @Override
  public boolean isSolicited() {
    return introduction.isSolicited();
  }
}
