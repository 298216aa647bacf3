package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.peer.PeerLimits;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.peer.PeerWriter;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.text.GoNumber;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection between a hub and a leaf node, on either side. One thread reads from it, and one
 * writes what publishers have appended. Thread-safe.
 */
public final class Leaf
    implements RoutedSubscriber, Flushable, PeerWriter.Owner, AuthenticatedPeer {
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
  private static final byte[] HEAD = ascii("LMSG ");
  private static final int LINE_BEFORE_LOGIN = 32 * 1024;

  private final long id;
  private final LeafContext context;
  private final LeafSettings settings;
  private final PeerLimits limits;
  private final LeafWire wire;
  private final String nonce;
  private final PeerOutput output = new PeerOutput(MemoryBudget.BUFFERS);
  private final PeerInput input;
  private final AgreedCompression compression;
  private final PeerWriter writer;
  private final PeerHeartbeat heartbeat;
  private final LeafIdentity identity;
  private final LeafReceiver receiver;
  private final Introduction introduction;
  private final LeafProtocol protocol;
  private final long started;
  private final long startedNanos;
  private final AtomicReference<@Nullable String> closed = new AtomicReference<>();
  private volatile @Nullable LeafBinding binding;
  private volatile @Nullable RemoteSubscriptions wanted;
  private volatile @Nullable String proxyKey;
  private volatile boolean stale;
  private volatile boolean slow;
  private volatile long stopped;
  // Guarded by this object's monitor.
  private @Nullable AnnouncedInterest announced;
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
    this.id = id;
    this.context = context;
    this.settings = context.settings().get();
    this.wire = wire;
    this.limits = wire.isWebSocket() ? settings.webSocketLimits() : settings.limits();
    this.nonce = nonce;
    this.started = context.time().epochNanos();
    this.startedNanos = context.time().nanoTime();
    this.compression = compression;
    this.input = new PeerInput(wire.in(), LINE_BEFORE_LOGIN, context.activity()::done);
    this.identity = new LeafIdentity(this, context.server(), context.time(), this::expired);
    this.receiver = new LeafReceiver(this, id, identity, context.server(), context.time(), input);
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
      SUPERVISOR.run(this, this::endSubscriptions);
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

  /** Returns whether WebSocket compresses what is sent, so that nothing else does. */
  boolean compressesFrames() {
    return wire.compressesFrames();
  }

  /** Returns whether it goes through WebSocket. */
  public boolean isWebSocket() {
    return wire.isWebSocket();
  }

  /** Lets messages and subscriptions cross. On the reading thread. */
  void bind(LeafBinding agreed) {
    synchronized (this) {
      cancelPatience();
    }
    Account account = agreed.account();
    String loop = context.loops().of(account);
    RemoteSubscriptions taken =
        new RemoteSubscriptions(this, agreed, loop, identity::maxSubscriptions);
    binding = agreed;
    wanted = taken;
    protocol.bind(agreed, taken);
  }

  /** Tells the other side what the account subscribes to, and begins to look after it. */
  void announce() {
    LeafBinding agreed = binding();
    AnnouncedInterest told = new AnnouncedInterest(this, agreed, this::send);
    synchronized (this) {
      announced = told;
    }
    told.begin(context.loops().of(agreed.account()));
    heartbeat.begin();
    heartbeat.ping();
    // What came to an end meanwhile has not seen them.
    if (closed.get() != null) {
      endAnnouncement();
      endTimers();
    }
  }

  LeafBinding binding() {
    LeafBinding known = binding;
    if (known == null) {
      throw new IllegalStateException("Not introduced");
    }
    return known;
  }

  LeafContext context() {
    return context;
  }

  LeafIdentity identity() {
    return identity;
  }

  AgreedCompression compression() {
    return compression;
  }

  void adaptCompression() {
    compression.adapt(Duration.ofNanos(heartbeat.roundTripNanos()));
  }

  /** Compresses by a changed configuration; returns whether that takes another connection. */
  boolean compress(PeerCompression changed) {
    return compression.change(changed, Duration.ofNanos(heartbeat.roundTripNanos()));
  }

  // ---- Messages.

  @Override
  public Role role() {
    LeafBinding known = binding;
    return known == null ? Role.SPOKE : known.role();
  }

  @Override
  public String cluster() {
    LeafBinding known = binding;
    return known == null ? "" : known.cluster();
  }

  @Override
  public int members(Subscription subscription) {
    return (int) GoNumber.integer32(subscription.sid()).orElse(1);
  }

  @Override
  public void deliver(Subscription subscription, Message message, WorkBatch batch) {
    // What it has published itself does not come back to it by way of an import.
    if (!receiver.isWorkOf(batch)) {
      String queue = subscription.queue();
      String[] queues = queue == null ? new String[0] : new String[] {queue};
      forward("", "", message.subject(), message, queues, batch);
    }
  }

  @Override
  public void forward(
      String account,
      String origin,
      String route,
      Message message,
      String[] queues,
      WorkBatch batch) {
    LeafBinding agreed = binding;
    if (closed.get() != null || agreed == null || !agreed.permissions().maySend(route)) {
      return;
    }
    try {
      Message sent = message;
      if (message.headerLength() > 0 && !agreed.remoteAccount().isEmpty()) {
        sent = RequestInfo.inAccount(message, agreed.account().name(), agreed.remoteAccount());
      }
      MessageTrace trace = batch.trace();
      sent = trace == null ? sent : traced(trace, sent, agreed);
      if (sent == null) {
        return;
      }
      String tooMuch = output.forward(HEAD, route, sent, queues, limits.maxPending());
      if (!tooMuch.isEmpty()) {
        slow(tooMuch);
      }
      identity.grantReply(message, agreed.permissions());
      batch.defer(this);
    } catch (Throwable failure) {
      // Neither the publisher nor the other subscribers are to blame.
      broken(failure);
    }
  }

  // Null when it must not go there.
  private @Nullable Message traced(MessageTrace trace, Message message, LeafBinding agreed) {
    String hop = trace.hop(TraceSource.LEAF, id, agreed.remoteName(), agreed.traces());
    return hop.isEmpty() ? null : HeaderBlock.with(message, TraceHeaders.HOP, hop);
  }

  @Override
  public void flush(WorkBatch batch) {
    output.flush();
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

  private void slow(String why) {
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
    SUPERVISOR.run(this, this::endAnnouncement);
    SUPERVISOR.run(this, () -> context.table().end(this));
    if (!SUPERVISOR.run(this, writer::end)) {
      writer.cut();
    }
    LeafBinding known = binding;
    log.info(
        "{} - Leafnode connection closed: {}{}",
        this,
        reason,
        known == null ? "" : " - Remote: " + known.remoteName());
  }

  private void endAnnouncement() {
    AnnouncedInterest told;
    synchronized (this) {
      told = announced;
      announced = null;
    }
    if (told != null) {
      told.end();
    }
  }

  // On the reading thread, which holds no lock of an account.
  private void endSubscriptions() {
    RemoteSubscriptions taken = wanted;
    if (taken != null) {
      taken.end();
    }
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
  public long id() {
    return id;
  }

  @Override
  public boolean isOpen() {
    return closed.get() == null;
  }

  @Override
  public String kind() {
    return "Leafnode";
  }

  @Override
  public ConnectionType connectionType() {
    return wire.isWebSocket() ? ConnectionType.LEAFNODE_WS : ConnectionType.LEAFNODE;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return wire.remoteAddress();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return wire.tlsSession();
  }

  @Override
  public String nonce() {
    return nonce;
  }

  @Override
  public @Nullable String proxyKey() {
    return proxyKey;
  }

  @Override
  public void proxyKey(@Nullable String key) {
    proxyKey = key;
  }

  @Override
  public ConnectOptions options() {
    return identity.options();
  }

  @Override
  public @Nullable AuthenticatedUser user() {
    return identity.user();
  }

  @Override
  public void change(AuthenticatedUser changed) {
    identity.change(changed);
  }

  @Override
  public ServerInfo server() {
    return context.server().info();
  }

  @Override
  public @Nullable String closedBecause() {
    return closed.get();
  }

  @Override
  public long stopped() {
    return stopped;
  }

  @Override
  public long lastActivity() {
    return context.time().nanoTime() - heartbeat.idleNanos();
  }

  @Override
  public long pendingBytes() {
    return output.pending();
  }

  // Nobody waits for a leaf node: what it does not take in time closes it.
  @Override
  public long stalls() {
    return 0;
  }

  @Override
  public boolean isTlsFirst() {
    TlsContext tls = settings.tls();
    return !isSolicited() && tls != null && tls.settings().handshakeFirst();
  }

  /** Returns the account here; null before the other side has introduced itself. */
  public @Nullable Account account() {
    LeafBinding known = binding;
    return known == null ? null : known.account();
  }

  /** Returns the name of the other server; empty before it is known. */
  public String remoteName() {
    LeafBinding known = binding;
    return known == null ? "" : known.remoteName();
  }

  /** Returns whether this server has connected to the other. */
  public boolean isSolicited() {
    return introduction.isSolicited();
  }

  /** Returns whether this server is the leaf node of the two. */
  public boolean isSpoke() {
    LeafBinding known = binding;
    return known != null && known.isSpoke();
  }

  /** Returns whether the other side is not told what other leaf nodes subscribe to. */
  public boolean isIsolated() {
    LeafBinding known = binding;
    return known != null && known.isolated();
  }

  @Override
  public long started() {
    return started;
  }

  /** Returns how long it has been connected, in nanoseconds. */
  public long uptimeNanos() {
    return context.time().nanoTime() - startedNanos;
  }

  @Override
  public long roundTripNanos() {
    return heartbeat.roundTripNanos();
  }

  /** Returns how what the other side is sent is compressed, by nats-server's names. */
  public String compressionMode() {
    return compression.text();
  }

  @Override
  public long inMessages() {
    return receiver.messages();
  }

  @Override
  public long inBytes() {
    return receiver.bytes();
  }

  @Override
  public long outMessages() {
    return output.messages();
  }

  @Override
  public long outBytes() {
    return output.messageBytes();
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
  public List<Subscription> subscriptions() {
    RemoteSubscriptions taken = wanted;
    return taken == null ? List.of() : taken.all();
  }

  @Override
  public String toString() {
    return wire.label(id);
  }
}
