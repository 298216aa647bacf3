package dev.hubkit.nats.net;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.RequesterShare;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.TraceTarget;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.Nanos;
import dev.hubkit.work.Supervisor;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, whatever its transport. The reading thread handles what the client
 * sends; any thread appends what is sent to the client, which is written at the end of that
 * thread's batch. Thread-safe but for the methods that its transport calls on the reading thread.
 */
final class ClientConnection
    implements Connection,
        TraceTarget,
        Requester,
        Heartbeat.Target,
        BufferMemory.Holder,
        ClientPublisher.Counters {
  private static final Log log = Log.of(ClientConnection.class);
  static final String TOO_MANY_CLIENTS = "maximum account active connections exceeded";
  private static final Supervisor SUPERVISOR = new Supervisor("connection");
  private static final byte[] INTERNAL_ERROR = ClientWriter.errorLine("Internal Server Error");
  private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);

  private final long id;
  private final ClientContext context;
  private final Transport transport;
  private final @Nullable String nonce;
  private volatile Limits limits;
  private final @Nullable FaultInjector faults;
  private volatile @Nullable LinkFaults link;
  private final long started;
  private final ClientIdentity identity;
  private final ClientWriter out;
  private final Heartbeat heartbeat;
  private final ClientProtocol protocol;
  private final ClientReader in;
  private final ClientGreeting greeting;
  private final ClientSubscriptions subscriptions;
  private final ConnectionLifecycle lifecycle;

  private volatile ConnectOptions options = ConnectOptions.DEFAULT;
  private volatile boolean headers;
  private volatile @Nullable String proxyKey;
  private final AtomicLong inMessages = new AtomicLong();
  private final AtomicLong inBytes = new AtomicLong();

  ClientConnection(
      long id,
      ClientContext context,
      Function<ClientConnection, ConnectionLifecycle.Registration> registry,
      Transport transport,
      @Nullable String nonce) {
    this.id = id;
    this.context = context;
    this.transport = transport;
    this.nonce = nonce;
    this.limits = context.limits();
    this.faults = context.faults();
    this.started = context.time().epochNanos();
    this.identity = new ClientIdentity(this, context.time());
    this.greeting = new ClientGreeting(id, nonce, context, transport, identity);
    this.subscriptions = new ClientSubscriptions(this, this, identity);
    this.out = new ClientWriter(this, this, context, transport, identity);
    this.heartbeat = new Heartbeat(this, context);
    this.protocol =
        new ClientProtocol(
            this, new ClientPublisher(this, this, out, identity, context), context, limits);
    this.in = new ClientReader(this, context, transport, protocol, out);
    this.lifecycle =
        new ConnectionLifecycle(
            this,
            context,
            transport,
            registry.apply(this),
            new ConnectionLifecycle.Parts(in, out, heartbeat, identity, subscriptions),
            SUPERVISOR);
  }

  /**
   * Reserves the memory of an idle connection of this kind.
   *
   * @return false when there is no memory for one more
   */
  boolean reserve() {
    return lifecycle.reserve();
  }

  /** Greets the client and starts its timers. */
  void open() {
    context.deliveries().begin(out);
    AuthenticatedUser anonymous = context.authenticator().anonymous();
    if (anonymous == null) {
      protocol.expectConnect();
    } else {
      boolean counted = login(anonymous);
      log.trace("{}: anonymous, counted: {}", this, counted);
    }
    heartbeat.start();
    out.append(greeting.firstLine(limits));
    out.flush();
    if (anonymous == null) {
      // After INFO and the handshake, so that no error can come before or into them.
      transport.whenReady(() -> identity.awaitLogin(limits.authTimeout()));
    }
  }

  /** Sends INFO anew to a client that accepts it at any time. */
  void sendInfo() {
    if (protocol.isConnected() && options.protocol() >= 1) {
      out.append(greeting.line(limits));
      out.flush();
    }
  }

  @Override
  public boolean sendLameDuck() {
    if (!protocol.hasGreeted() || options.protocol() < 1) {
      return false;
    }
    out.appendUnobserved(greeting.lameDuckLine(limits));
    out.flush();
    return true;
  }

  @Override
  public ServerInfo server() {
    return context.info();
  }

  /** Returns the INFO that answers the first PING. */
  byte[] connectInfo() {
    return greeting.connectedLine(limits);
  }

  /**
   * Logs the client in as {@code user}, if the account accepts one more client. On the reading
   * thread.
   *
   * @return false when the account has as many clients as it may have
   */
  boolean login(AuthenticatedUser user) {
    if (!identity.login(user)) {
      return false;
    }
    context.deliveries().enter(out, user.account());
    protocol.login(user);
    return true;
  }

  /** Replaces the options that the client sent in CONNECT. On the reading thread. */
  void options(ConnectOptions changed) {
    options = changed;
    headers = changed.headers();
  }

  /** Returns the handler of the bytes that the transport reads. */
  ClientReader inbound() {
    return in;
  }

  @Override
  public void resumeReading() {
    try {
      transport.resumeReading();
    } catch (Throwable failure) {
      broken(failure);
    }
  }

  @Override
  public Limits limits() {
    return limits;
  }

  /** Changes the limits of the client. Any thread. */
  void limits(Limits changed) {
    limits = changed;
    protocol.markStale();
  }

  /**
   * Gives the user other permissions and limits as {@link #change} does, and counts it anew; ends
   * the connection if the account has too many, or the client has as many subscriptions as a
   * lowered limit allows (applyAccountLimits of nats-server).
   */
  void updateUser(AuthenticatedUser changed) {
    if (!identity.recount(changed.account())) {
      fail(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, TOO_MANY_CLIENTS);
      return;
    }
    int granted =
        ClientLimits.lower(changed.maxSubscriptions(), changed.account().limits().subscriptions());
    if (protocol.isLowered(granted) && subscriptions.all().size() >= granted) {
      fail(CloseReason.MAX_SUBSCRIPTIONS_EXCEEDED, "maximum subscriptions exceeded");
      return;
    }
    change(changed);
  }

  @Override
  public void change(AuthenticatedUser changed) {
    if (!changed.equals(identity.user())) {
      identity.change(changed);
      for (Subscription removed : subscriptions.removeForbidden(changed.permissions())) {
        out.appendUnobserved(ClientWriter.errorLine(forbidden(removed)));
      }
    }
    protocol.markStale();
    out.flush();
  }

  private static String forbidden(Subscription subscription) {
    String queue = subscription.queue();
    return "Permissions Violation for Subscription to "
        + Quoted.of(subscription.subject())
        + (queue == null ? "" : " using queue " + Quoted.of(queue))
        + " (sid "
        + Quoted.of(subscription.sid())
        + ")";
  }

  /**
   * Notes that the client has sent CONNECT. On the reading thread.
   *
   * @return false when that was too late
   */
  boolean beginLogin() {
    return identity.beginLogin();
  }

  /** Stops reading until the login is decided. On the reading thread. */
  void awaitLogin() {
    transport.awaitEnd();
  }

  @Override
  public void countIn(long messages, long bytes) {
    inMessages.addAndGet(messages);
    inBytes.addAndGet(bytes);
    context.countIn(messages, bytes);
    account().traffic().countPublished(messages, bytes);
  }

  /** Returns the server's pings to the client. */
  Heartbeat heartbeat() {
    return heartbeat;
  }

  // ---- Writing.

  @Override
  public void deliver(Subscription subscription, Message message, WorkBatch batch) {
    try {
      if (identity.isFiltered() && !identity.mayReceive(subscription, message)) {
        return;
      }
      Message passed = faults == null ? message : faults.delivering(this, subscription, message);
      if (passed != null) {
        out.send(subscription, passed, headers, batch);
      }
    } catch (Throwable failure) {
      // Neither the publisher nor the other subscribers are to blame.
      broken(failure);
    }
  }

  @Override
  public void deliver(Subscription subscription, Message message) {
    WorkBatch batch = new WorkBatch();
    out.send(subscription, message, headers, batch);
    batch.flush();
  }

  @Override
  public void publish(Message message) {
    WorkBatch batch = new WorkBatch();
    protocol.publishHeldBack(message, batch);
    batch.flush();
  }

  @Override
  public void holdOperations() {
    protocol.hold();
    transport.awaitEnd();
  }

  @Override
  public void resumeOperations() {
    if (protocol.letGo()) {
      resumeReading();
    }
  }

  @Override
  public String name() {
    return options.name();
  }

  @Override
  public String refusal(Subscription subscription, Message message) {
    if (identity.isFiltered() && !identity.mayReceive(subscription, message)) {
      return MessageTrace.DENIED;
    }
    if (out.isSkipped()) {
      return MessageTrace.NOT_STALLED;
    }
    if (!subscription.isOpen()) {
      return MessageTrace.SUBSCRIPTION_CLOSED;
    }
    if (!isOpen()) {
      return MessageTrace.CLIENT_CLOSED;
    }
    return out.isUsedUp(subscription) ? MessageTrace.USED_UP : "";
  }

  @Override
  public boolean isWebSocket() {
    return transport.type() == ConnectionType.WEBSOCKET;
  }

  @Override
  public void slow() {
    logExceededDeadline();
    context.countSlowConsumer();
    account().countSlowConsumer();
  }

  private void logExceededDeadline() {
    log.info(
        "{} - Slow Consumer Detected: WriteDeadline of {} exceeded with {} total bytes.",
        this,
        GoDuration.format(Nanos.of(limits.writeDeadline())),
        out.pending());
  }

  @Override
  public void slow(CloseReason reason) {
    if (isOpen()) {
      if (reason == CloseReason.SLOW_CONSUMER_PENDING_BYTES) {
        log.info(
            "{} - Slow Consumer Detected: MaxPending of {} Exceeded", this, limits.maxPending());
      } else {
        logExceededDeadline();
      }
      context.countSlowConsumer();
      account().countSlowConsumer();
      close(reason);
    }
  }

  /** Appends protocol text, to be written at the end of {@code batch}. */
  void send(byte[] text, WorkBatch batch) {
    out.send(text, batch);
  }

  /** Appends {@code -ERR} with the text, to be written at the end of {@code batch}. */
  void sendError(String text, WorkBatch batch) {
    out.sendError(text, batch);
  }

  @Override
  public void ping() {
    out.append(PING);
    out.flush();
    out.trim();
  }

  @Override
  public boolean isReachable() {
    LinkFaults below = link;
    return (below == null || !below.hasFaults()) && !protocol.isHeld();
  }

  // ---- Subscriptions.

  /** Returns the subscriptions by the ids the client chose. */
  ClientSubscriptions bySid() {
    return subscriptions;
  }

  /** Ends a subscription, now or after {@code max} messages. */
  void end(Subscription subscription, int max) {
    if (!out.limit(subscription, max)) {
      remove(subscription);
    }
  }

  @Override
  public void remove(Subscription subscription) {
    subscriptions.remove(subscription);
  }

  // ---- Memory.

  @Override
  public long heldBytes() {
    return out.held() + in.held() + transport.held();
  }

  @Override
  public void trim() {
    out.trim();
  }

  @Override
  public boolean isLoggedIn() {
    return identity.user() != null;
  }

  @Override
  public void closeUnauthenticated() {
    fail(CloseReason.AUTHENTICATION_TIMEOUT, "Authentication Timeout");
    release();
  }

  @Override
  public void closeForMemory() {
    if (!isOpen()) {
      release();
    } else if (out.held() >= in.held() + transport.held()) {
      slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
    } else {
      fail(CloseReason.MAX_PAYLOAD_EXCEEDED, "Maximum Payload Violation");
      release();
    }
  }

  // ---- The end.

  @Override
  public void fail(CloseReason reason, String error) {
    if (isOpen()) {
      out.append(ClientWriter.errorLine(error));
      close(reason);
    }
  }

  @Override
  public void broken(Throwable failure) {
    SUPERVISOR.failed(this, failure, this);
  }

  @Override
  public void failed(Throwable failure) {
    if (isOpen()) {
      try {
        out.append(INTERNAL_ERROR);
      } catch (Throwable noMemory) {
        log.trace("Can't say why", noMemory);
      }
      close(CloseReason.INTERNAL_ERROR);
    }
    release();
  }

  @Override
  public void close(CloseReason reason) {
    lifecycle.close(reason);
  }

  @Override
  public void release() {
    lifecycle.release();
  }

  @Override
  public boolean isOpen() {
    return lifecycle.reason() == null;
  }

  @Override
  public @Nullable CloseReason closeReason() {
    return lifecycle.reason();
  }

  @Override
  public void overrun() {
    slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
  }

  @Override
  public void cut() {
    LinkFaults below = link;
    if (below == null) {
      transport.close();
      close(CloseReason.CLIENT_CLOSED);
      release();
    } else {
      below.cut();
    }
  }

  void link(LinkFaults below) {
    link = below;
  }

  // ---- What others ask.

  @Override
  public @Nullable LinkFaults link() {
    return link;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public ConnectOptions options() {
    return options;
  }

  @Override
  public @Nullable AuthenticatedUser user() {
    return identity.user();
  }

  @Override
  public @Nullable String nonce() {
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
  public Transport transport() {
    return transport;
  }

  @Override
  public String accountName() {
    return account().name();
  }

  @Override
  public Account account() {
    return identity.account();
  }

  @Override
  public Collection<Subscription> subscriptions() {
    return subscriptions.all();
  }

  @Override
  public long started() {
    return started;
  }

  @Override
  public long stopped() {
    return lifecycle.stopped();
  }

  @Override
  public long lastActivity() {
    return heartbeat.lastActivity();
  }

  @Override
  public void describe(JsonWriter json, RequesterShare disclosure, String service) {
    new ClientDescription(this).disclose(json, disclosure, service);
  }

  @Override
  public long roundTripNanos() {
    return heartbeat.roundTripNanos();
  }

  @Override
  public long pendingBytes() {
    return out.pending();
  }

  @Override
  public long inMessages() {
    return inMessages.get();
  }

  @Override
  public long inBytes() {
    return inBytes.get();
  }

  @Override
  public long outMessages() {
    return out.all().messages();
  }

  @Override
  public long outBytes() {
    return out.all().bytes();
  }

  @Override
  public long stalls() {
    return out.stalls();
  }

  @Override
  public String toString() {
    return protocol.isConnected() ? ClientLabel.after(this) : ClientLabel.before(this);
  }
}
