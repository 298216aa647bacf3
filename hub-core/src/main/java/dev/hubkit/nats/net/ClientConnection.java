package dev.hubkit.nats.net;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.RequesterShare;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.TraceTarget;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One client, whatever carries its bytes. What it sends is handled on the thread that reads from
 * it; what it is sent is appended by any thread and written at the end of that thread's batch.
 * Thread-safe but for the methods that its transport calls on the reading thread.
 */
final class ClientConnection
    implements Connection,
        TraceTarget,
        Requester,
        Heartbeat.Target,
        BufferMemory.Holder,
        ConnectionEnd.Closing {
  /** Keeps track of the connections of a server as they end. */
  interface Registry {
    /** Notes one that is closed, but may have something left to write. */
    void leaving(ClientConnection connection);

    /** Notes one that is not among those that are open any more. */
    void disconnected(ClientConnection connection, CloseReason reason);

    /** Notes an end of which something is to be done again as soon as others come or go. */
    void unfinished(ConnectionEnd end);

    /** Notes one whose transport is let go of. */
    void released(ClientConnection connection);
  }

  private static final Log log = Log.of(ClientConnection.class);
  static final String TOO_MANY_CLIENTS = "maximum account active connections exceeded";
  private static final Supervisor SUPERVISOR = new Supervisor("connection");
  private static final byte[] INTERNAL_ERROR = errorLine("Internal Server Error");
  // So many may take the last of the memory there is, ...
  private static final int FEW_SUBSCRIPTIONS = 50;
  // ... and more than so many only what can be spared.
  private static final int MANY_SUBSCRIPTIONS = 1000;
  private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);

  private final long id;
  private final ClientContext context;
  private final Registry registry;
  private final Transport transport;
  private final @Nullable String nonce;
  private volatile Limits limits;
  private final @Nullable TrafficObserver observer;
  private final @Nullable FaultInjector interference;
  private volatile @Nullable LinkFaults link;
  private final long started;
  private final ClientIdentity seat;
  private final ClientWriter out;
  private final Heartbeat heartbeat;
  private final ClientProtocol protocol;
  private final ClientReader in;
  private final ConcurrentHashMap<String, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable CloseReason> closed = new AtomicReference<>();

  private final AtomicBoolean released = new AtomicBoolean();
  private final ConnectionEnd end = new ConnectionEnd(this, SUPERVISOR);
  private final AtomicInteger reserved = new AtomicInteger();
  private volatile ConnectOptions options = ConnectOptions.DEFAULT;
  private volatile boolean headers;
  private volatile long stopped;
  private final AtomicLong inMessages = new AtomicLong();
  private final AtomicLong inBytes = new AtomicLong();

  ClientConnection(
      long id,
      ClientContext context,
      Registry registry,
      Transport transport,
      @Nullable String nonce) {
    this.id = id;
    this.context = context;
    this.registry = registry;
    this.transport = transport;
    this.nonce = nonce;
    this.limits = context.limits();
    this.observer = context.traffic();
    this.interference = context.faults();
    this.started = context.time().epochNanos();
    this.seat = new ClientIdentity(this, context.time());
    this.out = new ClientWriter(this, this, context, transport, seat);
    this.heartbeat = new Heartbeat(this, context);
    this.protocol = new ClientProtocol(this, context, limits);
    this.in = new ClientReader(this, context, transport, protocol, out);
  }

  /**
   * Reserves what a connection of its kind takes that does nothing.
   *
   * @return false when there is no memory for one more
   */
  boolean reserve() {
    int bytes = transport.footprint();
    if (!context.memory().reserveConnection(bytes)) {
      return false;
    }
    reserved.set(bytes);
    return true;
  }

  /** Greets the client and starts its timers. */
  void open() {
    User anonymous = context.authenticator().anonymous();
    if (anonymous == null) {
      protocol.expectConnect();
      seat.awaitLogin(limits.authTimeout());
    } else {
      boolean counted = become(anonymous);
      log.trace("{}: anonymous, counted: {}", this, counted);
    }
    heartbeat.start();
    out.append(info().build().line());
    out.flush();
  }

  private ServerInfo.Builder info() {
    InetSocketAddress remote = transport.remoteAddress();
    User known = seat.user();
    ServerInfo.Builder info =
        context.info().toBuilder()
            .client(id, remote == null ? null : remote.getAddress().getHostAddress())
            .nonce(nonce);
    if (known != null) {
      info.maxPayload(maxPayload(known, limits));
    }
    if (transport.type() == ConnectionType.IN_PROCESS) {
      info.tls(false, false, false);
    } else if (transport.type() == ConnectionType.WEBSOCKET) {
      info.throughWebSocket();
    }
    return info;
  }

  /** The largest payload that user, account and server grant together. */
  static int maxPayload(User user, Limits server) {
    int granted = ClientLimits.lower(user.maxPayload(), user.account().limits().payload());
    return ClientLimits.lower(granted, server.maxPayload());
  }

  /** Tells a client that takes INFO at any time what has changed. */
  void sendInfo() {
    if (protocol.isConnected() && options.protocol() >= 1) {
      out.append(info().build().line());
      out.flush();
    }
  }

  /**
   * Tells the client that the server is about to go, though it is not.
   *
   * @return false when the client takes no INFO, or not yet
   */
  @Override
  public boolean sendLameDuck() {
    if (!protocol.hasGreeted() || options.protocol() < 1) {
      return false;
    }
    out.appendUnobserved(info().lameDuck(true).build().line());
    out.flush();
    return true;
  }

  /** What the server tells every client of itself. */
  @Override
  public ServerInfo server() {
    return context.info();
  }

  /** The INFO that answers the first PING. */
  byte[] connectInfo() {
    Account account = account();
    return info().connected(account.name(), context.isSystem(account)).build().line();
  }

  /**
   * Makes the client this user from now on, if its account takes one more. On the reading thread.
   *
   * @return false when the account has as many clients as it may have
   */
  boolean become(User identity) {
    if (!seat.take(identity)) {
      return false;
    }
    protocol.become(identity);
    return true;
  }

  /** What the client said of itself changes. On the reading thread. */
  void options(ConnectOptions changed) {
    options = changed;
    headers = changed.headers();
  }

  /** Where a transport hands what it reads. */
  ClientReader inbound() {
    return in;
  }

  /** Reads on after a pause; when it can't, nobody would ever. Any thread. */
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

  /** Changes what the server grants. Any thread. */
  void limits(Limits changed) {
    limits = changed;
    protocol.renew();
  }

  /**
   * Gives the user, who is the same and in the same account, other permissions and limits;
   * subscriptions that these forbid end, and so does a client too many. Any thread.
   */
  @Override
  public void renew(User changed) {
    if (!seat.renew(changed)) {
      fail(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, TOO_MANY_CLIENTS);
      return;
    }
    boolean filter = false;
    for (Subscription subscription : subscriptions.values()) {
      String subject = subscription.subject();
      if (!changed.permissions().maySubscribe(subject, subscription.queue())) {
        remove(subscription);
        out.appendUnobserved(
            errorLine(
                "Permissions Violation for Subscription to "
                    + Quoted.of(subject)
                    + (subscription.queue() == null
                        ? ""
                        : " using queue " + Quoted.of(subscription.queue()))
                    + " (sid "
                    + Quoted.of(subscription.sid())
                    + ")"));
      } else {
        filter |= changed.permissions().needsFilter(subject);
      }
    }
    seat.filter(filter);
    protocol.renew();
    out.flush();
  }

  /** Handles nothing more until a login is decided. On the reading thread. */
  void awaitLogin() {
    // The client has said what it has to say, and can go if the decision takes it too long.
    seat.cancelTimers();
    transport.awaitEnd();
  }

  void countIn(long messages, long bytes) {
    inMessages.addAndGet(messages);
    inBytes.addAndGet(bytes);
    context.countIn(messages, bytes);
    account().countIn(messages, bytes);
  }

  /** The server's pings to the client. */
  Heartbeat heartbeat() {
    return heartbeat;
  }

  /** As whom the client is connected. */
  ClientIdentity seat() {
    return seat;
  }

  // ---- Writing.

  @Override
  public void deliver(Subscription subscription, Message message, WorkBatch batch) {
    try {
      if (seat.isFiltered() && !seat.mayReceive(subscription, message)) {
        return;
      }
      Message spoiled =
          interference == null ? message : interference.delivering(this, subscription, message);
      if (spoiled != null) {
        out.send(subscription, spoiled, headers, batch);
      }
    } catch (Throwable failure) {
      // Who publishes and others who get it have nothing to do with it.
      broken(failure);
    }
  }

  /** Delivers a message that interference has held back. Any thread. */
  @Override
  public void deliver(Subscription subscription, Message message) {
    WorkBatch batch = new WorkBatch();
    out.send(subscription, message, headers, batch);
    batch.flush();
  }

  /** Publishes a message of this client that interference has held back. Any thread. */
  @Override
  public void publish(Message message) {
    WorkBatch batch = new WorkBatch();
    account().publish(message, options.echo() ? null : this, batch);
    batch.flush();
  }

  @Override
  public String name() {
    return options.name();
  }

  @Override
  public String refusal(Subscription subscription, Message message) {
    if (seat.isFiltered() && !seat.mayReceive(subscription, message)) {
      return MessageTrace.DENIED;
    }
    if (!subscription.isOpen()) {
      return MessageTrace.SUBSCRIPTION_CLOSED;
    }
    if (!isOpen()) {
      return MessageTrace.CLIENT_CLOSED;
    }
    return out.isUsedUp(subscription) ? MessageTrace.USED_UP : "";
  }

  /** Closes it for taking too little, which is counted. Any thread. */
  @Override
  public void slow(CloseReason reason) {
    if (isOpen()) {
      log.info("{}: {}: {} bytes waited", this, reason, out.pending());
      context.countSlowConsumer();
      account().countSlowConsumer();
      close(reason);
    }
  }

  /** Appends protocol text, to be written at the end of {@code batch}. */
  void send(byte[] text, WorkBatch batch) {
    out.send(text, batch);
  }

  /** Appends a message that counts for no subscription, to be written at the end of the batch. */
  void sendUncounted(byte[] text, Subscription to, WorkBatch batch, Message message) {
    out.sendUncounted(text, to, batch, message);
  }

  /** Appends {@code -ERR} with the text, to be written at the end of {@code batch}. */
  void sendError(String text, WorkBatch batch) {
    out.send(errorLine(text), batch);
  }

  private static byte[] errorLine(String text) {
    // Quoted by whoever has made it; whatever it is, it is one line.
    return ("-ERR '" + Quoted.plain(text) + "'\r\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Sends a ping. */
  @Override
  public void ping() {
    out.append(PING);
    out.flush();
    out.trim();
  }

  /** Whether an answer can be expected soon: not where something below spoils the connection. */
  @Override
  public boolean isReachable() {
    LinkFaults below = link;
    return below == null || !below.isSpoiled();
  }

  // ---- Subscriptions.

  /**
   * Adds a subscription; an id that is in use already keeps the one it stands for.
   *
   * @return false when there is no memory for it
   */
  boolean add(String subject, @Nullable String queue, String sid) {
    if (!reserveSubscription(footprint(subject, sid))) {
      return false;
    }
    seat.subscribing(subject);
    Subscription made = account().subscribe(subject, queue, sid, this);
    subscriptions.put(sid, made);
    // A close that came in between has not seen it.
    if (!isOpen()) {
      remove(made);
    }
    return true;
  }

  // Whoever has many leaves some memory for those who want their first.
  private boolean reserveSubscription(int bytes) {
    int held = subscriptions.size();
    if (held >= MANY_SUBSCRIPTIONS) {
      return MemoryBudget.CONTENTS.reserveSpare(bytes);
    }
    boolean isLast = held >= FEW_SUBSCRIPTIONS && !MemoryBudget.CONTENTS.hasRoomFor(0, 0);
    return !isLast && MemoryBudget.CONTENTS.reserve(bytes);
  }

  // What a subscription takes here and in the account, with its part of their tables.
  private static int footprint(String subject, String sid) {
    return 384 + 3 * subject.length() + 2 * sid.length();
  }

  @Nullable Subscription subscription(String sid) {
    return subscriptions.get(sid);
  }

  /** Has a subscription end, now or after some messages. */
  void end(Subscription subscription, int max) {
    if (!out.limit(subscription, max)) {
      remove(subscription);
    }
  }

  @Override
  public void remove(Subscription subscription) {
    if (subscriptions.remove(subscription.sid(), subscription)) {
      MemoryBudget.CONTENTS.release(footprint(subscription.subject(), subscription.sid()));
    }
    account().unsubscribe(subscription);
  }

  void removeAll() {
    subscriptions.values().forEach(this::remove);
  }

  // ---- Memory.

  /** What its buffers take of the memory of all. */
  @Override
  public long heldBytes() {
    return out.held() + in.held() + transport.held();
  }

  /** Gives back what it does not need at present. */
  @Override
  public void trim() {
    out.trim();
  }

  @Override
  public boolean isLoggedIn() {
    return seat.user() != null;
  }

  @Override
  public void yieldPlace() {
    fail(CloseReason.AUTHENTICATION_TIMEOUT, "Authentication Timeout");
    release();
  }

  /** Goes, so that others have memory: as a slow consumer, or as one that sends too much. */
  @Override
  public void yieldMemory() {
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

  /** Sends {@code -ERR} with the text and closes. */
  @Override
  public void fail(CloseReason reason, String error) {
    if (isOpen()) {
      out.append(errorLine(error));
      close(reason);
    }
  }

  /**
   * Something was thrown while the server was at work for this client, and nobody has logged it
   * yet. Ends the connection. Any thread; throws nothing.
   */
  @Override
  public void broken(Throwable failure) {
    SUPERVISOR.failed(this, failure, this);
  }

  /**
   * Something was thrown while the server was at work for this client: nobody knows what has been
   * done of it, so the client is told and the connection ends. Any thread.
   */
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

  /** Has the client go: closes after what waits has been written, if it can be written. */
  @Override
  public void close(CloseReason reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    boolean complete = end.complete(reason);
    if (reason == CloseReason.SLOW_CONSUMER_PENDING_BYTES) {
      release();
    } else {
      out.flush();
    }
    if (!complete) {
      release();
      registry.unfinished(end);
    }
  }

  /** Tries again what could not be done when it was closed. */
  @Override
  public boolean completeEnd() {
    CloseReason reason = closed.get();
    return reason == null || end.complete(reason);
  }

  @Override
  public void endTimers() {
    stopped = context.time().epochNanos();
    heartbeat.stop();
    seat.cancelTimers();
  }

  @Override
  public void endSubscriptions() {
    if (seat.user() != null) {
      removeAll();
    }
  }

  @Override
  public void leaveAccount() {
    seat.leave();
  }

  @Override
  public void beginToLeave() {
    registry.leaving(this);
    if (released.get()) {
      // By another thread meanwhile, which found nothing to take out.
      registry.released(this);
    }
  }

  @Override
  public void depart(CloseReason reason) {
    registry.disconnected(this, reason);
  }

  @Override
  public void tellOfEnd(CloseReason reason) {
    context.observer().disconnected(this, reason);
    if (observer != null) {
      observer.disconnected(this, reason);
    }
    log.debug("{} - Client connection closed: {}", this, reason);
  }

  /** Lets go of the transport, whatever still waits. */
  @Override
  public void release() {
    if (!released.compareAndSet(false, true)) {
      return;
    }
    try {
      WorkStep.CONNECTION_RELEASE.reach();
      out.close();
      in.close();
      MemoryBudget.CONNECTIONS.release(reserved.getAndSet(0));
      context.countOut(out.messages(), out.messageBytes());
    } catch (Throwable failure) {
      SUPERVISOR.failed(this, failure, null);
    }
    try {
      if (closed.get() == CloseReason.MAX_PAYLOAD_EXCEEDED) {
        // nats-server leaves the payload unread, which breaks the connection when it closes it;
        // clients tell that from an end.
        transport.abandon(in.leftPayloadUnread());
      } else {
        transport.close();
      }
    } catch (Throwable failure) {
      SUPERVISOR.failed(this, failure, null);
    }
    registry.released(this);
  }

  @Override
  public boolean isOpen() {
    return closed.get() == null;
  }

  /** Why it was closed; null when it is open. */
  @Override
  public @Nullable CloseReason closeReason() {
    return closed.get();
  }

  /** Closes it as one of a client that takes too little, which it is counted as. Any thread. */
  @Override
  public void overrun() {
    slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
  }

  /** Breaks the connection without a word, if there is a socket; else closes it. Any thread. */
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

  /** The way to the client, to be spoiled; null where the server has no {@link FaultInjector}. */
  @Override
  public @Nullable LinkFaults link() {
    return link;
  }

  /** The client id, unique in the server. */
  @Override
  public long id() {
    return id;
  }

  /** What the client said in CONNECT. */
  @Override
  public ConnectOptions options() {
    return options;
  }

  /** Who the client is; null before it has logged in. */
  @Override
  public @Nullable User user() {
    return seat.user();
  }

  /** The nonce the client was to sign; null for none. */
  @Override
  public @Nullable String nonce() {
    return nonce;
  }

  /** What carries its bytes. */
  @Override
  public Transport transport() {
    return transport;
  }

  @Override
  public String accountName() {
    return account().name();
  }

  /** Returns the account the client is in. */
  @Override
  public Account account() {
    return seat.account();
  }

  /** Its subscriptions now. */
  @Override
  public Collection<Subscription> subscriptions() {
    return Collections.unmodifiableCollection(subscriptions.values());
  }

  /** When it connected, in nanoseconds since the epoch. */
  @Override
  public long started() {
    return started;
  }

  /** When it was closed, in nanoseconds since the epoch; 0 when it is open. */
  @Override
  public long stopped() {
    return stopped;
  }

  /** When it last sent something, in nanoseconds of the server's monotonic time. */
  @Override
  public long lastActivity() {
    return heartbeat.lastActivity();
  }

  @Override
  public void describe(JsonWriter json, RequesterShare disclosure, String service) {
    new ClientDescription(this).disclose(json, disclosure, service);
  }

  /** The last round trip of a ping in nanoseconds; 0 when none has been measured. */
  @Override
  public long roundTripNanos() {
    return heartbeat.roundTripNanos();
  }

  /** Bytes that wait to be written. */
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
    return out.messages();
  }

  @Override
  public long outBytes() {
    return out.messageBytes();
  }

  @Override
  public String toString() {
    InetSocketAddress remote = transport.remoteAddress();
    return (remote == null
            ? "in-process"
            : remote.getAddress().getHostAddress() + ":" + remote.getPort())
        + " - cid:"
        + id;
  }
}
