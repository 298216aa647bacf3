package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.DelayedOutput;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerCompression.Mode;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.peer.PeerOutputStream;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.peer.PeerWriter;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one other server of the cluster. One thread reads from it, and one writes what
 * publishers have appended.
 */
public final class Route
    implements RoutedSubscriber,
        Flushable,
        SharedInterest.Listener,
        RouteReceiver.Peer,
        RouteProtocol.Introduction,
        PeerWriter.Owner,
        RouteTable.Entry {
  private static final Log log = Log.of(Route.class);
  private static final Supervisor SUPERVISOR = new Supervisor("route");
  private static final byte[] INTERNAL_ERROR = ascii("-ERR 'Internal Server Error'\r\n");
  private static final byte[] PING = ascii("PING\r\n");
  private static final String DUPLICATE = "there is a route already";
  private static final int LINE_BEFORE_LOGIN = 32 * 1024;

  // Compared by nobody.
  @SuppressWarnings("ArrayRecordComponent")
  private record Head(String account, String origin, byte[] bytes) {}

  private final long id;
  private final Cluster cluster;
  private final RouteSettings settings;
  private final Socket socket;
  private final @Nullable URI target;
  private final boolean configured;
  private final PeerOutput output = new PeerOutput(MemoryBudget.BUFFERS);
  private final PeerInput input;
  private final DelayedOutput link;
  private final AgreedCompression compression;
  private final PeerWriter writer;
  private final RouteLogin login;
  private final RouteReceiver receiver;
  private final RouteProtocol protocol;
  private final RemoteInterest wanted;
  private final PeerHeartbeat heartbeat;
  private final AtomicReference<@Nullable String> closed = new AtomicReference<>();
  private final long started;
  private final long startedNanos;

  private volatile boolean established;
  private volatile boolean stale;
  private volatile boolean slow;
  private volatile Permissions permissions;
  private volatile Head head = new Head("", "", new byte[0]);
  // Guarded by this object's monitor.
  private @Nullable Timer loginTimer;

  /**
   * Takes over a connected socket, after its TLS handshake if there is one.
   *
   * @param target the URL this server has connected to; null when the other server connected
   * @param configured whether the target is one of the configuration
   */
  Route(long id, Cluster cluster, Socket socket, @Nullable URI target, boolean configured)
      throws IOException {
    this.id = id;
    this.cluster = cluster;
    this.settings = cluster.settings();
    this.socket = socket;
    this.target = target;
    this.configured = configured;
    this.started = cluster.time().epochNanos();
    this.startedNanos = cluster.time().nanoTime();
    this.permissions = cluster.permissions();
    this.input = new PeerInput(socket.getInputStream(), LINE_BEFORE_LOGIN, cluster.work()::done);
    this.login = new RouteLogin(address());
    this.receiver = new RouteReceiver(this, this, cluster.server(), cluster.time(), input);
    this.wanted = new RemoteInterest(this, cluster::account, permissions);
    this.heartbeat =
        new PeerHeartbeat(
            settings.limits(),
            cluster.time(),
            output,
            () -> send(PING),
            this::stale,
            why -> slow(why));
    this.link =
        new DelayedOutput(
            socket.getOutputStream(), cluster.time(), e -> close(String.valueOf(e.getMessage())));
    PeerOutputStream compressing = new PeerOutputStream(link);
    this.compression = new AgreedCompression(compressing, settings.compression());
    this.protocol =
        new RouteProtocol(this, cluster, input, receiver, wanted, heartbeat, compression);
    this.writer =
        new PeerWriter(
            this,
            output,
            compressing,
            socket,
            cluster.time(),
            cluster.work()::done,
            cluster.threadName("route-" + id + "-out"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- Reading.

  /** Serves the route until its end, on the calling thread. */
  void serve() {
    try {
      writer.start();
      if (target == null) {
        sendInfo(compression.wanted().mode().text());
      }
      limitLogin();
      while (closed.get() == null) {
        if (input.isDrained()) {
          receiver.flush();
        }
        WorkStep.ROUTE_READ.reach();
        input.next();
        WorkStep.ROUTE_OPERATION.reach();
        protocol.handle();
      }
    } catch (ProtocolException e) {
      log.warn("{}: {}", this, e.getMessage());
      fail(e.error() == null ? "Unknown Protocol Operation" : e.error());
    } catch (EOFException e) {
      close("the other server has closed it");
    } catch (IOException e) {
      close(String.valueOf(e.getMessage()));
    } catch (Throwable failure) {
      broken(failure);
    } finally {
      SUPERVISOR.run(this, receiver::flush);
      close("the end");
      SUPERVISOR.run(this, wanted::end);
      writer.join();
      endTimers();
    }
  }

  // Begins when there is a thread that can tell the other server that it is over.
  private synchronized void limitLogin() {
    loginTimer =
        cluster
            .time()
            .schedule(
                settings.authTimeout(),
                new SupervisedTask(() -> fail("Authentication Timeout"), this));
  }

  // ---- Introduction.

  @Override
  public boolean logIn(RouteConnect credentials) throws ProtocolException {
    return login.check(settings, credentials.user(), credentials.password(), cluster.server());
  }

  @Override
  public String urlOf(RouteInfo info) {
    String host = HostPort.text(socket.getInetAddress());
    return info.port() <= 0 ? "" : "nats-route://" + new HostPort(host, info.port()) + "/";
  }

  @Override
  public boolean request(RouteInfo other) {
    if (!cluster.request(this, other)) {
      close(DUPLICATE);
      return false;
    }
    protocol.introduced();
    RouteConnect connect = RouteConnect.to(target, settings, cluster.clusterName());
    output.append(connect.line(cluster.serverId(), settings.tls() != null));
    return true;
  }

  @Override
  public void introduce() {
    output.append(info(compression.told()));
    heartbeat.ping();
  }

  @Override
  public void compress(Mode mode) throws IOException {
    byte[] told = info(compression.wanted().told(mode).text());
    // The server that has connected says what it chooses before it compresses, the other one then.
    if (target != null) {
      output.append(told);
    }
    try {
      output.awaitWritten();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted before a route was compressed", e);
    }
    compression.agree(mode);
    input.decompress();
    if (target == null) {
      send(told);
    }
  }

  private byte[] info(String mode) {
    return cluster.info(socket.getLocalAddress(), mode).line();
  }

  @Override
  public void answered() {
    compression.adapt(Duration.ofNanos(heartbeat.roundTripNanos()));
    cluster.work().done();
    if (!established) {
      join();
    }
  }

  @Override
  public void join() {
    if (cluster.accept(this)) {
      establish();
    } else {
      close(DUPLICATE);
    }
  }

  private void establish() {
    established = true;
    link(cluster.link(remoteName()));
    synchronized (this) {
      if (loginTimer != null) {
        loginTimer.cancel();
        loginTimer = null;
      }
    }
    cluster.interest().listen(this);
    cluster.established(this);
    heartbeat.begin();
    // What came to an end meanwhile has not seen them.
    if (closed.get() != null) {
      endTimers();
      cluster.interest().forget(this);
    }
  }

  // ---- Interest.

  @Override
  public void sendInterest() {
    cluster.interest().sendAll(this);
  }

  @Override
  public boolean wants(String subject) {
    return permissions.mayPublish(subject);
  }

  @Override
  public void onChange(byte[] line) {
    send(line);
  }

  /** Changes the permissions of this route. */
  void permissions(Permissions changed) {
    cluster.interest().change(this, () -> permissions = changed);
    wanted.permissions(changed);
  }

  @Override
  public int members(Subscription subscription) {
    return RemoteInterest.members(subscription);
  }

  @Override
  public @Nullable String origin(Subscription subscription) {
    return RemoteInterest.origin(subscription);
  }

  @Override
  public boolean knowsLeafNodes() {
    RouteInfo other = remote();
    return other != null && other.knowsLeafNodes();
  }

  // ---- Messages.

  @Override
  public Role role() {
    return Role.ROUTE;
  }

  @Override
  public void deliver(Subscription subscription, Message message, WorkBatch present) {
    throw new IllegalStateException("Other servers subscribe to what they import themselves");
  }

  @Override
  public void forward(
      String account,
      String origin,
      String route,
      Message message,
      String[] queues,
      WorkBatch present) {
    if (closed.get() != null || !wanted.mayReceive(route)) {
      return;
    }
    try {
      WorkStep.ROUTE_FORWARD.reach();
      MessageTrace trace = present.trace();
      Message sent = trace == null ? message : traced(trace, message);
      if (sent == null) {
        return;
      }
      String of = origin.isEmpty() || !knowsLeafNodes() ? "" : origin;
      String tooMuch =
          output.forward(
              head(account, of),
              !of.isEmpty(),
              route,
              sent,
              queues,
              settings.limits().maxPending());
      if (!tooMuch.isEmpty()) {
        slow(tooMuch);
      }
      present.defer(this);
    } catch (Throwable failure) {
      // Neither the publisher nor the other subscribers are to blame.
      broken(failure);
    }
  }

  // The account of the last message: the next is mostly in the same one.
  private byte[] head(String account, String origin) {
    Head known = head;
    if (!known.account.equals(account) || !known.origin.equals(origin)) {
      String begin = origin.isEmpty() ? "RMSG " : "LMSG " + origin + " ";
      known = new Head(account, origin, (begin + account + " ").getBytes(StandardCharsets.UTF_8));
      head = known;
    }
    return known.bytes;
  }

  // Null when it must not go there.
  private @Nullable Message traced(MessageTrace trace, Message message) {
    RouteInfo other = remote();
    String hop = trace.hop(TraceSource.ROUTE, id, remoteName(), other != null && other.traces());
    return hop.isEmpty() ? null : HeaderBlock.with(message, TraceHeaders.HOP, hop);
  }

  @Override
  public void flush(WorkBatch present) {
    output.flush();
  }

  // ---- Writing.

  /** Sends the other server the present INFO. */
  void sendInfo() {
    sendInfo("");
  }

  private void sendInfo(String mode) {
    send(info(mode));
  }

  @Override
  public void send(byte[] line) {
    try {
      WorkStep.ROUTE_TELL.reach();
      output.append(line);
      output.flush();
    } catch (Throwable failure) {
      // The other server would never learn of what it misses.
      broken(failure);
    }
  }

  // ---- Timers.

  private void stale() {
    stale = true;
    fail("Stale Connection");
  }

  private void slow(String why) {
    if (closed.get() == null) {
      slow = true;
      close("slow: " + why);
    }
  }

  private synchronized void endTimers() {
    heartbeat.end();
    if (loginTimer != null) {
      loginTimer.cancel();
    }
    writer.cancelTimer();
  }

  // ---- The end.

  /** Tells the other server why, and closes. */
  void fail(String error) {
    output.append(("-ERR '" + error + "'\r\n").getBytes(StandardCharsets.UTF_8));
    close(error);
  }

  /** Closes the route; what waits is written if the other server accepts it at once. Any thread. */
  @Override
  public void close(String reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    // Each whatever becomes of the others.
    boolean forgotten = SUPERVISOR.run(this, this::leave);
    boolean told = SUPERVISOR.run(this, () -> cluster.ended(this));
    boolean ending = SUPERVISOR.run(this, writer::end);
    if (!(forgotten && told && ending)) {
      SUPERVISOR.run(this, this::leave);
      SUPERVISOR.run(this, () -> cluster.ended(this));
      writer.cut();
    }
    SUPERVISOR.run(this, () -> logEnd(reason));
  }

  private void leave() {
    // Before anything can fail: the reading thread may wait for it.
    login.close();
    WorkStep.ROUTE_CLOSE.reach();
    endTimers();
    cluster.interest().forget(this);
  }

  private void logEnd(String reason) {
    if (established) {
      log.info("{}: closed: {}", this, reason);
    } else {
      log.debug("{}: closed: {}", this, reason);
    }
  }

  /** Logs a failure while serving this route, and ends it. Any thread. */
  @Override
  public void broken(Throwable failure) {
    SUPERVISOR.failed(this, failure, this);
  }

  /** Ends this route after a failure; this server or the other one connects again. Any thread. */
  @Override
  public void failed(Throwable failure) {
    try {
      output.append(INTERNAL_ERROR);
    } catch (Throwable noMemory) {
      log.trace("Can't say why", noMemory);
    }
    close("an internal error");
  }

  /** Closes it at once, whatever waits. */
  void abort(String reason) {
    close(reason);
    writer.cut();
  }

  // ---- What others ask.

  /** Compresses by a changed configuration; returns whether that takes another route. */
  boolean compress(PeerCompression changed) {
    return compression.change(changed, Duration.ofNanos(heartbeat.roundTripNanos()));
  }

  /**
   * Returns how what the other server is sent is compressed, by nats-server's names; empty before
   * both have agreed.
   */
  public String compressionMode() {
    return compression.text();
  }

  /** Has what this server sends arrive as the link lets it. */
  void link(RouteCondition condition) {
    link.change(condition.held(), condition.delayNanos());
  }

  /** Returns whether it has nothing to send, to handle or to wait for, or is closed. */
  boolean isIdle() {
    if (closed.get() != null) {
      return true;
    }
    try {
      // Over a slow or cut link an answer comes later.
      boolean answered = heartbeat.isAnswered() || cluster.link(remoteName()).isDisturbed();
      return answered && output.pending() == 0 && input.isWaiting();
    } catch (IOException e) {
      log.trace("{}: has been closed", this, e);
      return true;
    }
  }

  /** Returns its number, unique in the server among clients and routes. */
  @Override
  public long id() {
    return id;
  }

  /** Returns the INFO of the other server; null before it has come. */
  @Nullable RouteInfo remote() {
    return protocol.remote();
  }

  /** Returns the id of the other server; empty before it is known. */
  @Override
  public String remoteId() {
    RouteInfo info = remote();
    return info == null ? "" : info.serverId();
  }

  /** Returns the name of the other server; empty before it is known. */
  @Override
  public String remoteName() {
    RouteInfo info = remote();
    return info == null ? "" : info.serverName();
  }

  /** Returns whether this server has connected to the other. */
  @Override
  public boolean isSolicited() {
    return target != null;
  }

  /** Returns whether this server was configured to connect to the other. */
  public boolean isConfigured() {
    return configured;
  }

  /** Returns whether it was established at some time. */
  boolean hasHeld() {
    return established;
  }

  @Nullable URI target() {
    return target;
  }

  /** Returns the address of the other end. */
  public InetSocketAddress address() {
    return new InetSocketAddress(socket.getInetAddress(), socket.getPort());
  }

  /** Returns when it was connected, in nanoseconds since the epoch. */
  public long started() {
    return started;
  }

  /** Returns how long it has been connected, in nanoseconds. */
  @Override
  public long uptimeNanos() {
    return cluster.time().nanoTime() - startedNanos;
  }

  /** Returns how long nothing has arrived, in nanoseconds. */
  public long idleNanos() {
    return heartbeat.idleNanos();
  }

  /** Returns the last round trip of a ping in nanoseconds; 0 when none has been measured. */
  public long roundTripNanos() {
    return heartbeat.roundTripNanos();
  }

  /** Returns the bytes that wait to be written. */
  public long pendingBytes() {
    return output.pending();
  }

  public long inMessages() {
    return receiver.messages();
  }

  public long inBytes() {
    return receiver.bytes();
  }

  public long outMessages() {
    return output.messages();
  }

  public long outBytes() {
    return output.messageBytes();
  }

  @Override
  public PeerTotals totals() {
    return new PeerTotals(
        inMessages(), inBytes(), outMessages(), outBytes(), slow ? 1 : 0, stale ? 1 : 0);
  }

  /** Returns the subscriptions of the other server's clients. */
  public List<Subscription> subscriptions() {
    return wanted.subscriptions();
  }

  @Override
  public String toString() {
    String name = remoteName();
    return address() + " - rid:" + id + (name.isEmpty() ? "" : " - " + name);
  }
}
