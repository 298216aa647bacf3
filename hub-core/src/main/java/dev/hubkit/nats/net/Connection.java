package dev.hubkit.nats.net;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.Congestion;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Disclosure;
import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.TraceTarget;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.Timer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, whatever carries its bytes. What it sends is handled on the thread that reads from
 * it; what it is sent is appended by any thread and written at the end of that thread's batch.
 * Thread-safe but for the methods that its transport calls on the reading thread.
 */
public final class Connection implements TraceTarget, Flushable, Requester {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);
  private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
  // firstClientPingInterval of nats-server: the first ping comes early, to measure the round trip.
  private static final long FIRST_PING_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long RTT_INTERVAL_NANOS = TimeUnit.HOURS.toNanos(1);

  private final long id;
  private final Clients clients;
  private final Transport transport;
  private final @Nullable String nonce;
  private volatile Limits limits;
  private final @Nullable TrafficObserver observer;
  private final @Nullable Interference interference;
  private volatile @Nullable Link link;
  private final long started;
  private final long openedAt;
  private final Outbox outbox;
  private final Backlog backlog;
  private final ClientProtocol protocol;
  private final Inbox inbox;
  private final ConcurrentHashMap<String, Subscription> subscriptions = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable CloseReason> closed = new AtomicReference<>();

  private final AtomicBoolean released = new AtomicBoolean();
  // The account that counts this client.
  private final AtomicReference<@Nullable Account> joined = new AtomicReference<>();

  // Guarded by the outbox's monitor.
  private @Nullable Batch deferredIn;

  private volatile ConnectOptions options = ConnectOptions.DEFAULT;
  private volatile @Nullable User user;
  private volatile boolean headers;
  private volatile boolean filtered;
  private volatile @Nullable ReplyGrants replyGrants;

  // Timers, and what they look at. Guarded by this object's monitor.
  private @Nullable Timer pingTimer;
  private @Nullable Timer loginTimer;
  private @Nullable Timer expiryTimer;
  private @Nullable Timer writeTimer;
  private int pingsOut;
  private boolean awaitsPong;
  private long pingSentAt;
  private boolean measured;
  private volatile long roundTripNanos;
  private volatile long lastActivity;
  private volatile long stopped;
  private volatile boolean payloadUnread;
  private final AtomicLong inMessages = new AtomicLong();
  private final AtomicLong inBytes = new AtomicLong();

  Connection(long id, Clients clients, Transport transport, @Nullable String nonce) {
    this.id = id;
    this.clients = clients;
    this.transport = transport;
    this.nonce = nonce;
    this.limits = clients.limits();
    this.observer = clients.traffic();
    this.interference = clients.interference();
    this.started = clients.time().epochNanos();
    this.openedAt = clients.time().nanoTime();
    this.lastActivity = clients.time().nanoTime();
    this.outbox = new Outbox(clients.buffers());
    this.backlog = new Backlog(outbox, limits.maxPending());
    this.protocol = new ClientProtocol(this, clients, limits);
    this.inbox = new Inbox(protocol.parser());
  }

  /** Greets the client and starts its timers. */
  void open() {
    User anonymous = clients.authenticator().anonymous();
    if (anonymous == null) {
      protocol.expectConnect();
      synchronized (this) {
        loginTimer = clients.time().schedule(limits.authTimeout(), this::loginTimeout);
      }
    } else {
      boolean counted = become(anonymous);
      log.trace("{}: anonymous, counted: {}", this, counted);
    }
    schedulePing(limits.pingInterval().toNanos());
    append(info().build().line());
    flush();
  }

  private ServerInfo.Builder info() {
    InetSocketAddress remote = transport.remoteAddress();
    User known = user;
    ServerInfo.Builder info =
        clients.info().toBuilder()
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
      append(info().build().line());
      flush();
    }
  }

  /**
   * Tells the client that the server is about to go, though it is not.
   *
   * @return false when the client takes no INFO, or not yet
   */
  public boolean sendLameDuck() {
    if (!protocol.hasGreeted() || options.protocol() < 1) {
      return false;
    }
    outbox.append(info().lameDuck(true).build().line());
    flush();
    return true;
  }

  /** What the server tells every client of itself. */
  ServerInfo server() {
    return clients.info();
  }

  /** The INFO that answers the first PING. */
  byte[] connectInfo() {
    Account account = account();
    return info().connected(account.name(), clients.isSystem(account)).build().line();
  }

  /**
   * Makes the client this user from now on, if its account takes one more. On the reading thread.
   *
   * @return false when the account has as many clients as it may have
   */
  boolean become(User identity) {
    leaveAccount();
    user = identity;
    if (!identity.account().join()) {
      return false;
    }
    joined.set(identity.account());
    if (!isOpen()) {
      // Closed meanwhile by another thread, which found nothing to count out.
      leaveAccount();
    }
    filtered = false;
    replyGrants =
        identity.permissions().responses() == null
            ? null
            : new ReplyGrants(identity.permissions().responses(), clients.time());
    protocol.become(identity);
    synchronized (this) {
      loginTimer = cancel(loginTimer);
      expiryTimer = cancel(expiryTimer);
      if (identity.expires() > 0) {
        expiryTimer =
            clients
                .time()
                .schedule(
                    identity.expires() - clients.time().epochNanos(),
                    () -> fail(CloseReason.AUTHENTICATION_EXPIRED, "User Authentication Expired"));
      }
    }
    return true;
  }

  private void leaveAccount() {
    Account counted = joined.getAndSet(null);
    if (counted != null) {
      counted.leave();
    }
  }

  private static @Nullable Timer cancel(@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
    return null;
  }

  /** What the client said of itself changes. On the reading thread. */
  void options(ConnectOptions changed) {
    options = changed;
    headers = changed.headers();
  }

  private void loginTimeout() {
    fail(CloseReason.AUTHENTICATION_TIMEOUT, "Authentication Timeout");
  }

  // ---- Reading: called by the transport, on one thread at a time.

  /** Where a transport hands what it reads. */
  Inbound inbound() {
    return new Inbound() {
      @Override
      public ByteBuffer inputBuffer(ByteBuffer shared) {
        return Connection.this.inputBuffer(shared);
      }

      @Override
      public void received(ByteBuffer buffer, Batch batch) {
        Connection.this.received(buffer, batch);
      }

      @Override
      public boolean proceed(Batch batch) {
        return Connection.this.proceed(batch);
      }

      @Override
      public void writable() {
        Connection.this.writable();
      }

      @Override
      public void close(CloseReason reason) {
        Connection.this.close(reason);
      }

      @Override
      public String toString() {
        return Connection.this.toString();
      }
    };
  }

  /** The buffer to read into: behind its position, up to its limit. */
  ByteBuffer inputBuffer(ByteBuffer shared) {
    return inbox.buffer(shared);
  }

  /** Handles what was read into the buffer that {@link #inputBuffer} gave. */
  void received(ByteBuffer buffer, Batch batch) {
    parse(batch, () -> inbox.received(buffer));
  }

  /**
   * Handles what was read before reading was paused.
   *
   * @return true when reading is to go on
   */
  boolean proceed(Batch batch) {
    if (protocol.isWaiting() && !protocol.resolve(batch)) {
      return false;
    }
    parse(batch, inbox::proceed);
    return isOpen() && !protocol.isWaiting();
  }

  private void parse(Batch batch, Parsing parsing) {
    if (!isOpen()) {
      return;
    }
    protocol.begin(batch);
    try {
      parsing.run();
    } catch (ProtocolException e) {
      log.debug("{}: {}", this, e.getMessage());
      protocolError(e);
    } finally {
      protocol.end();
    }
    Congestion target = batch.takeCongestion();
    if (target != null && isOpen() && !protocol.isWaiting()) {
      Backlog.hold(transport, target, clients.time());
    }
  }

  private void protocolError(ProtocolException e) {
    String text = e.error();
    payloadUnread = "Maximum Payload Violation".equals(text) && inbox.leavesUnread();
    if (text == null) {
      close(CloseReason.PROTOCOL_VIOLATION);
    } else {
      fail(
          switch (text) {
            case "Maximum Payload Violation" -> CloseReason.MAX_PAYLOAD_EXCEEDED;
            case "maximum control line exceeded" -> CloseReason.MAX_CONTROL_LINE_EXCEEDED;
            case "Authorization Violation" -> CloseReason.AUTHENTICATION_VIOLATION;
            default -> CloseReason.PROTOCOL_VIOLATION;
          },
          text);
    }
  }

  /** A login that was waited for has been decided. Any thread. */
  void decided() {
    transport.resumeReading();
  }

  Limits limits() {
    return limits;
  }

  /** Changes what the server grants. Any thread. */
  void limits(Limits changed) {
    limits = changed;
    protocol.renew();
  }

  /**
   * Gives the user, who is the same and in the same account, other permissions and limits;
   * subscriptions that these forbid end. Any thread.
   */
  public void renew(User changed) {
    user = changed;
    ResponsePermission responses = changed.permissions().responses();
    replyGrants = responses == null ? null : new ReplyGrants(responses, clients.time());
    boolean filter = false;
    for (Subscription subscription : subscriptions.values()) {
      String subject = subscription.subject();
      if (!changed.permissions().maySubscribe(subject, subscription.queue())) {
        remove(subscription);
        outbox.append(
            errorLine(
                "Permissions Violation for Subscription to \""
                    + subject
                    + "\" (sid \""
                    + subscription.sid()
                    + "\")"));
      } else {
        filter |= changed.permissions().needsFilter(subject);
      }
    }
    filtered = filter;
    protocol.renew();
    flush();
  }

  /** Stops reading until a login is decided. On the reading thread. */
  void awaitLogin() {
    transport.pauseReading();
  }

  void countIn(long messages, long bytes) {
    inMessages.addAndGet(messages);
    inBytes.addAndGet(bytes);
    clients.countIn(messages, bytes);
    account().countIn(messages, bytes);
  }

  void active() {
    lastActivity = clients.time().nanoTime();
  }

  // ---- Writing.

  @Override
  public void deliver(Subscription subscription, Message message, Batch batch) {
    if (filtered && !mayReceive(subscription, message)) {
      return;
    }
    Message spoiled =
        interference == null ? message : interference.delivering(this, subscription, message);
    if (spoiled != null) {
      send(subscription, spoiled, batch);
    }
  }

  private void send(Subscription subscription, Message message, Batch batch) {
    ReplyGrants grants = replyGrants;
    if (grants != null) {
      grants.grant(message.reply());
    }
    long pending;
    boolean last;
    boolean defer;
    synchronized (outbox) {
      if (!isOpen() || !subscription.admit()) {
        return;
      }
      pending = outbox.append(subscription, message, headers);
      if (observer != null) {
        observer.delivered(this, subscription, message);
      }
      last = subscription.isUsedUp();
      defer = deferredIn != batch;
      deferredIn = batch;
    }
    if (defer) {
      batch.defer(this);
    }
    if (last) {
      remove(subscription);
    }
    if (backlog.isTooLong(pending)) {
      congested(pending, batch);
    }
  }

  /** Delivers a message that interference has held back. Any thread. */
  public void deliver(Subscription subscription, Message message) {
    Batch batch = new Batch();
    send(subscription, message, batch);
    batch.flush();
  }

  /** Publishes a message of this client that interference has held back. Any thread. */
  public void publish(Message message) {
    Batch batch = new Batch();
    account().publish(message, options.echo() ? null : this, batch);
    batch.flush();
  }

  @Override
  public String name() {
    return options.name();
  }

  @Override
  public String refusal(Subscription subscription, Message message) {
    if (filtered && !mayReceive(subscription, message)) {
      return MessageTrace.DENIED;
    }
    if (!subscription.isOpen()) {
      return MessageTrace.SUBSCRIPTION_CLOSED;
    }
    if (!isOpen()) {
      return MessageTrace.CLIENT_CLOSED;
    }
    synchronized (outbox) {
      return subscription.isUsedUp() ? MessageTrace.USED_UP : "";
    }
  }

  private boolean mayReceive(Subscription subscription, Message message) {
    User known = user;
    return known == null || known.permissions().mayReceive(message.subject(), subscription.queue());
  }

  private void congested(long pending, Batch batch) {
    if (pending > limits.maxPending()) {
      slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
    } else {
      batch.congested(backlog);
    }
  }

  private void slow(CloseReason reason) {
    if (isOpen()) {
      log.info("{}: {}: {} bytes waited", this, reason, outbox.pending());
      clients.countSlowConsumer();
      account().countSlowConsumer();
      close(reason);
    }
  }

  /** Appends protocol text, to be written at the end of {@code batch}. */
  void send(byte[] text, Batch batch) {
    append(text);
    batch.defer(this);
  }

  /** Appends a message that counts for no subscription, to be written at the end of the batch. */
  void sendUncounted(byte[] text, Subscription to, Batch batch, Message message) {
    synchronized (outbox) {
      outbox.append(text);
      if (observer != null) {
        observer.delivered(this, to, message);
      }
    }
    batch.defer(this);
  }

  private void append(byte[] line) {
    if (observer == null) {
      outbox.append(line);
      return;
    }
    synchronized (outbox) {
      outbox.append(line);
      observer.sent(this, line);
    }
  }

  /** Appends {@code -ERR} with the text, to be written at the end of {@code batch}. */
  void sendError(String text, Batch batch) {
    send(errorLine(text), batch);
  }

  private static byte[] errorLine(String text) {
    return ("-ERR '" + text + "'\r\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void flush(Batch batch) {
    synchronized (outbox) {
      deferredIn = null;
    }
    flush();
  }

  private void flush() {
    try {
      flushed(outbox.flush(transport));
    } catch (IOException e) {
      writeFailed(e);
    }
  }

  /** The transport takes more again. Called by the transport, on any one thread. */
  void writable() {
    try {
      flushed(outbox.resume(transport));
    } catch (IOException e) {
      writeFailed(e);
    }
  }

  private void flushed(Outbox.Flush how) {
    switch (how) {
      case DONE -> {
        if (!isOpen()) {
          release();
        } else if (writeTimer != null) {
          writeDeadline(false);
        }
        backlog.relieve();
      }
      case BLOCKED -> {
        writeDeadline(true);
        transport.awaitWritable();
        backlog.relieveWhenHalf();
      }
      case BUSY -> {}
    }
  }

  private void writeFailed(IOException e) {
    log.debug("{}: write failed: {}", this, e.getMessage());
    close(CloseReason.WRITE_ERROR);
    release();
  }

  private synchronized void writeDeadline(boolean blocked) {
    writeTimer = cancel(writeTimer);
    if (blocked) {
      writeTimer = clients.time().schedule(limits.writeDeadline(), this::writeTimeout);
    }
  }

  private void writeTimeout() {
    slow(CloseReason.SLOW_CONSUMER_WRITE_DEADLINE);
    release();
  }

  // ---- Pings.

  private void schedulePing(long nanos) {
    long delay = nanos + ThreadLocalRandom.current().nextLong(nanos / 5 + 1);
    synchronized (this) {
      if (isOpen()) {
        pingTimer = cancel(pingTimer);
        pingTimer = clients.time().schedule(delay, this::pingDue);
      }
    }
  }

  /** The client has answered INFO, which tells how far away it is until a ping tells it better. */
  void introduced() {
    if (roundTripNanos == 0) {
      roundTripNanos = Math.max(1, clients.time().nanoTime() - openedAt);
    }
  }

  /** Has the first ping come soon, now that the client has connected. */
  void scheduleFirstPing() {
    schedulePing(Math.min(FIRST_PING_NANOS, limits.pingInterval().toNanos()));
  }

  private void pingDue() {
    long interval = limits.pingInterval().toNanos();
    long now = clients.time().nanoTime();
    boolean send;
    synchronized (this) {
      boolean measure = !measured || now - pingSentAt > RTT_INTERVAL_NANOS;
      send = now - lastActivity >= interval || measure;
      if (send) {
        pingsOut++;
        if (!awaitsPong && isOpen() && isReachable()) {
          awaitsPong = true;
          clients.pinged();
        }
        pingSentAt = now;
      }
    }
    if (send && pingsOut > limits.maxPingsOut()) {
      fail(CloseReason.STALE_CONNECTION, "Stale Connection");
      return;
    }
    if (send) {
      append(PING);
      flush();
      outbox.trim();
    }
    synchronized (this) {
      if (isOpen()) {
        pingTimer = clients.time().schedule(interval, this::pingDue);
      }
    }
  }

  // From one that is not, no answer can be expected soon.
  private boolean isReachable() {
    Link below = link;
    return below == null || !below.isSpoiled();
  }

  /** The client has answered a ping. */
  synchronized void ponged() {
    pingsOut = 0;
    measured = true;
    answered();
    roundTripNanos = Math.max(1, clients.time().nanoTime() - pingSentAt);
  }

  // With this object's monitor held.
  private void answered() {
    if (awaitsPong) {
      awaitsPong = false;
      clients.answered();
    }
  }

  // ---- Subscriptions.

  /** Adds a subscription; an id that is in use already keeps the one it stands for. */
  void add(String subject, @Nullable String queue, String sid) {
    User known = user;
    if (known != null && !filtered && known.permissions().needsFilter(subject)) {
      filtered = true;
    }
    Subscription made = account().subscribe(subject, queue, sid, this);
    subscriptions.put(sid, made);
    // A close that came in between has not seen it.
    if (!isOpen()) {
      remove(made);
    }
  }

  @Nullable Subscription subscription(String sid) {
    return subscriptions.get(sid);
  }

  /** Has a subscription end, now or after some messages. */
  void end(Subscription subscription, int max) {
    boolean later;
    synchronized (outbox) {
      later = subscription.limit(max);
    }
    if (!later) {
      remove(subscription);
    }
  }

  void remove(Subscription subscription) {
    subscriptions.remove(subscription.sid(), subscription);
    account().unsubscribe(subscription);
  }

  void removeAll() {
    subscriptions.values().forEach(this::remove);
  }

  boolean mayReplyTo(String subject) {
    ReplyGrants grants = replyGrants;
    return grants != null && grants.use(subject);
  }

  // ---- The end.

  /** Sends {@code -ERR} with the text and closes. */
  public void fail(CloseReason reason, String error) {
    if (isOpen()) {
      append(errorLine(error));
      close(reason);
    }
  }

  /** Has the client go: closes after what waits has been written, if it can be written. */
  public void close(CloseReason reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    stopped = clients.time().epochNanos();
    synchronized (this) {
      pingTimer = cancel(pingTimer);
      loginTimer = cancel(loginTimer);
      expiryTimer = cancel(expiryTimer);
      answered();
    }
    if (user != null) {
      removeAll();
    }
    leaveAccount();
    clients.disconnected(this, reason);
    if (observer != null) {
      observer.disconnected(this, reason);
    }
    log.debug("{}: closed: {}", this, reason);
    if (reason == CloseReason.SLOW_CONSUMER_PENDING_BYTES) {
      release();
    } else {
      flush();
    }
  }

  /** Lets go of the transport, whatever still waits. */
  void release() {
    if (!released.compareAndSet(false, true)) {
      return;
    }
    outbox.close();
    backlog.end();
    clients.released(this);
    synchronized (this) {
      writeTimer = cancel(writeTimer);
    }
    clients.countOut(outbox.messages(), outbox.messageBytes());
    if (closed.get() == CloseReason.MAX_PAYLOAD_EXCEEDED) {
      // nats-server leaves the payload unread, which breaks the connection when it closes it;
      // clients tell that from an end.
      transport.abandon(payloadUnread);
    } else {
      transport.close();
    }
  }

  public boolean isOpen() {
    return closed.get() == null;
  }

  /** Why it was closed; null when it is open. */
  public @Nullable CloseReason closeReason() {
    return closed.get();
  }

  /** Closes it as one of a client that takes too little, which it is counted as. Any thread. */
  public void overrun() {
    slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
  }

  /** Breaks the connection without a word, if there is a socket; else closes it. Any thread. */
  public void cut() {
    Link below = link;
    if (below == null) {
      transport.close();
      close(CloseReason.CLIENT_CLOSED);
      release();
    } else {
      below.cut();
    }
  }

  void link(Link below) {
    link = below;
  }

  // ---- What others ask.

  /** The way to the client, to be spoiled; null where the server has no {@link Interference}. */
  public @Nullable Link link() {
    return link;
  }

  /** The client id, unique in the server. */
  @Override
  public long id() {
    return id;
  }

  /** What the client said in CONNECT. */
  public ConnectOptions options() {
    return options;
  }

  /** Who the client is; null before it has logged in. */
  public @Nullable User user() {
    return user;
  }

  /** The nonce the client was to sign; null for none. */
  public @Nullable String nonce() {
    return nonce;
  }

  /** What carries its bytes. */
  public Transport transport() {
    return transport;
  }

  /** The account the client is in. */
  @Override
  public Account account() {
    User known = user;
    if (known == null) {
      throw new IllegalStateException("Not logged in");
    }
    return known.account();
  }

  /** Its subscriptions now. */
  public Collection<Subscription> subscriptions() {
    return Collections.unmodifiableCollection(subscriptions.values());
  }

  /** When it connected, in nanoseconds since the epoch. */
  public long started() {
    return started;
  }

  /** When it was closed, in nanoseconds since the epoch; 0 when it is open. */
  public long stopped() {
    return stopped;
  }

  /** When it last sent something, in nanoseconds of the server's monotonic time. */
  public long lastActivity() {
    return lastActivity;
  }

  @Override
  public void describe(JsonWriter json, Disclosure disclosure, String service) {
    new ClientDescription(this).disclose(json, disclosure, service);
  }

  /** The last round trip of a ping in nanoseconds; 0 when none has been measured. */
  @Override
  public long roundTripNanos() {
    return roundTripNanos;
  }

  /** Bytes that wait to be written. */
  public long pendingBytes() {
    return outbox.pending();
  }

  public long inMessages() {
    return inMessages.get();
  }

  public long inBytes() {
    return inBytes.get();
  }

  public long outMessages() {
    return outbox.messages();
  }

  public long outBytes() {
    return outbox.messageBytes();
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

  private interface Parsing {
    void run() throws ProtocolException;
  }
}
