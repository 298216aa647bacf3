package dev.hubkit.nats.net;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Parser;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ProtocolHandler;
import dev.hubkit.nats.wire.PublishView;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the operations of a client as nats-server does ({@code server/client.go}). Confined
 * to the thread that reads from the client.
 */
final class ClientProtocol implements ProtocolHandler {
  private static final Log log = Log.of(ClientProtocol.class);
  private static final byte[] OK = ascii("+OK\r\n");
  private static final byte[] PONG = ascii("PONG\r\n");
  // A queue group of the server's own (sysGroup in server/client.go).
  private static final String SYSTEM_GROUP = "_sys_";
  private static final String TOO_MANY_SUBSCRIPTIONS = "maximum subscriptions exceeded";

  private final ClientConnection connection;
  private final ClientContext context;
  private final Parser parser;
  private final @Nullable TrafficObserver observer;
  private final @Nullable FaultInjector faults;
  private final ClientPublisher publisher;

  private ConnectOptions options = ConnectOptions.DEFAULT;
  private Permissions permissions = Permissions.ALL;
  private volatile int maxSubscriptions;
  private int maxSubscriptionTokens;
  private @Nullable Login login;
  // By a fault injector.
  private volatile boolean held;
  private @Nullable Runnable heldBack;
  private volatile boolean connected;
  private volatile boolean firstPong = true;

  // Of the present read.
  private @Nullable WorkBatch batch;
  private boolean active;
  private boolean toldOfLimit;
  private volatile boolean stale;

  ClientProtocol(
      ClientConnection connection,
      ClientPublisher publisher,
      ClientContext context,
      Limits limits) {
    this.connection = connection;
    this.publisher = publisher;
    this.context = context;
    this.observer = context.traffic();
    this.faults = context.faults();
    this.parser = new Parser(this, limits.maxControlLine(), limits.maxPayload());
    this.maxSubscriptions = limits.maxSubscriptions() <= 0 ? -1 : limits.maxSubscriptions();
    this.maxSubscriptionTokens = limits.maxSubscriptionTokens();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Releases what it remembers. Any thread. */
  void close() {
    publisher.close();
  }

  Parser parser() {
    return parser;
  }

  void expectConnect() {
    parser.expectConnect(true);
  }

  /** Returns whether the client has sent CONNECT and was accepted. */
  boolean isConnected() {
    return connected;
  }

  /** Returns whether the first PING is answered, so that the server may send INFO at any time. */
  boolean hasGreeted() {
    return connected && !firstPong;
  }

  /** Returns whether a login waits for its verdict, or a fault injector holds operations back. */
  boolean isWaiting() {
    return login != null || held || heldBack != null;
  }

  /** Stops after the present operation. */
  void hold() {
    held = true;
  }

  /** Ends {@link #hold()}; returns false if there was none. Any thread. */
  boolean letGo() {
    boolean was = held;
    held = false;
    return was;
  }

  /** Returns whether a fault injector holds operations back. Any thread. */
  boolean isHeld() {
    return held;
  }

  /** Returns whether a limit of subscriptions is lower than the one that holds. Any thread. */
  boolean isLowered(int limit) {
    int present = maxSubscriptions;
    return limit >= 0 && (present < 0 || limit < present);
  }

  /** Applies the permissions and limits of a user. */
  void login(AuthenticatedUser user) {
    publisher.login(user);
    permissions = user.permissions();
    int granted =
        ClientLimits.lower(user.maxSubscriptions(), user.account().limits().subscriptions());
    Limits limits = connection.limits();
    int most = limits.maxSubscriptions();
    maxSubscriptions = ClientLimits.lower(granted, most <= 0 ? -1 : most);
    maxSubscriptionTokens = limits.maxSubscriptionTokens();
    parser.limit(limits.maxControlLine(), ClientGreeting.maxPayload(user, limits));
    parser.expectConnect(false);
  }

  /**
   * Notes that permissions or limits have changed, to apply them before the next read. Any thread.
   */
  void markStale() {
    stale = true;
  }

  void begin(WorkBatch present) {
    batch = present;
    if (stale) {
      stale = false;
      AuthenticatedUser user = connection.user();
      if (user != null) {
        login(user);
      }
    }
    present.requester(connection);
  }

  void end() {
    batch().requester(null);
    batch = null;
    boolean published = publisher.count(connection);
    if (active || published) {
      connection.heartbeat().onActivity();
    }
    active = false;
  }

  private WorkBatch batch() {
    WorkBatch present = batch;
    if (present == null) {
      throw new IllegalStateException("Not reading");
    }
    return present;
  }

  private void sendOkIfVerbose() {
    if (options.verbose()) {
      connection.send(OK, batch());
    }
  }

  // ---- CONNECT

  @Override
  public boolean connect(byte[] buffer, int offset, int length) throws ProtocolException {
    if (!connection.beginLogin()) {
      return false;
    }
    connection.heartbeat().introduced();
    if (observer != null) {
      observer.attempted(
          connection,
          "CONNECT " + new String(buffer, offset, length, StandardCharsets.UTF_8).strip());
    }
    try {
      options = options.merge(Json.unmarshal(buffer, offset, length, ConnectOptions.TYPE));
    } catch (JsonException e) {
      throw new ProtocolException(null, String.valueOf(e.getMessage()));
    }
    options = connection.transport().complete(options);
    if (!context.info().headers()) {
      options = options.withoutHeaders();
    }
    if (!context.authenticator().readsTokens()) {
      options = options.withoutToken();
    }
    connection.options(options);
    publisher.options(options);
    parser.allowHeaders(options.headers());
    if (connected) {
      connection.bySid().removeAll();
    }
    Login attempt =
        new Login(connection, options, context::authenticator, connection::resumeReading);
    context.authenticator().authenticate(attempt);
    Login.Verdict verdict = attempt.await();
    if (verdict == null) {
      login = attempt;
      connection.awaitLogin();
      return false;
    }
    return applyVerdict(verdict);
  }

  /** Goes on with what has been waiting; returns false if it still has to wait. */
  boolean resolve(WorkBatch present) {
    if (held) {
      return false;
    }
    Runnable operation = heldBack;
    if (operation != null) {
      heldBack = null;
      begin(present);
      try {
        operation.run();
      } finally {
        end();
      }
    }
    return login == null || resolveLogin(present);
  }

  private boolean resolveLogin(WorkBatch present) {
    Login attempt = login;
    Login.Verdict verdict = attempt == null ? null : attempt.await();
    if (verdict == null) {
      return false;
    }
    login = null;
    begin(present);
    try {
      return applyVerdict(verdict);
    } finally {
      end();
    }
  }

  private boolean applyVerdict(Login.Verdict verdict) {
    AuthenticatedUser user = verdict.user();
    if (user == null) {
      logRefusal(verdict.error());
      connection.fail(verdict.reason(), verdict.error());
      context.observer().refused(connection, verdict.reason(), verdict.told(), verdict.why());
      return false;
    }
    if (!connection.login(user)) {
      fail(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, ClientConnection.TOO_MANY_CLIENTS);
      return false;
    }
    if (options.newAccount() || options.account() != null) {
      // Only now, as nats-server, which reports what has come into an account.
      context.observer().connected(connection);
      refuse(CloseReason.AUTHENTICATION_VIOLATION, "Authorization Violation");
      return false;
    }
    if (isAtSubscriptionLimit()) {
      fail(CloseReason.MAX_SUBSCRIPTIONS_EXCEEDED, TOO_MANY_SUBSCRIPTIONS);
      return false;
    }
    return completeConnect();
  }

  private boolean completeConnect() {
    boolean first = !connected;
    connected = true;
    // Before the rest is looked at, as nats-server, which reports what is in an account.
    context.observer().connected(connection);
    if (options.protocol() < 0 || options.protocol() > 1) {
      fail(CloseReason.BAD_CLIENT_PROTOCOL_VERSION, "invalid client protocol");
      return false;
    }
    if (options.noResponders() && !options.headers()) {
      fail(CloseReason.NO_RESPONDERS_REQUIRES_HEADERS, "no responders requires headers support");
      return false;
    }
    if (observer != null) {
      observer.connected(connection);
    }
    if (faults != null && !faults.admits(connection)) {
      connection.cut();
      return false;
    }
    if (first) {
      connection.heartbeat().hasten();
    }
    connection.transport().loggedIn();
    sendOkIfVerbose();
    return true;
  }

  // authViolation of nats-server names the user, all else tells what the client is told.
  private void logRefusal(String error) {
    log.error(
        "{} - {}",
        connection,
        error.equals("Authorization Violation")
            ? "authentication error" + ClientLabel.loginOf(options)
            : error);
    if (isInFrames()) {
      log.error("{} - read error: authentication error", connection);
    }
  }

  private boolean isInFrames() {
    return connection.transport().type() == ConnectionType.WEBSOCKET;
  }

  private void fail(CloseReason reason, String error) {
    log.error("{} - {}{}", connection, isInFrames() ? "read error: " : "", error);
    connection.fail(reason, error);
  }

  private void refuse(CloseReason reason, String error) {
    logRefusal(error);
    connection.fail(reason, error);
    reportRefusal(reason);
  }

  /** Reports in the system account alone that the client was refused. */
  void reportRefusal(CloseReason reason) {
    context.observer().refused(connection, reason, null, "");
  }

  // ---- PUB

  @Override
  public boolean publish(PublishView message) {
    boolean open = publisher.publish(message, batch());
    return open && (faults == null || !held);
  }

  /** Publishes a message that a fault injector has held back. Any thread. */
  void publishHeldBack(Message message, WorkBatch present) {
    publisher.publishHeldBack(message, present);
  }

  // ---- SUB, UNSUB

  @Override
  public boolean subscribe(String subject, @Nullable String queue, String sid) {
    active = true;
    if (faults != null && !faults.subscribing(connection, subject)) {
      connection.holdOperations();
      heldBack = () -> subscribeNow(subject, queue, sid);
      return false;
    }
    return subscribeNow(subject, queue, sid);
  }

  private boolean subscribeNow(String subject, @Nullable String queue, String sid) {
    if (!permissions.maySubscribe(subject, queue) || SYSTEM_GROUP.equals(queue)) {
      refuseSubscription(subject, queue, sid);
      return true;
    }
    if (maxSubscriptionTokens > 0 && Subjects.tokenCount(subject) > maxSubscriptionTokens) {
      attempted(subject, queue, sid);
      log.error(
          "{} - Subscription Violation Too Many Tokens - Subject {}, SID {}",
          connection,
          Quoted.of(subject),
          sid);
      connection.sendError(
          "Permissions Violation for Subscription to " + Quoted.of(subject) + ", too many tokens",
          batch());
      return true;
    }
    if (isAtSubscriptionLimit()) {
      attempted(subject, queue, sid);
      refuseSubscriptions();
      return true;
    }
    if (connection.bySid().find(sid) == null) {
      if (!Subjects.isValid(subject)) {
        attempted(subject, queue, sid);
        connection.sendError("Invalid Subject", batch());
        return true;
      }
      if (observer != null) {
        observer.subscribed(connection, subject, queue, sid);
      }
      if (!connection.bySid().add(subject, queue, sid)) {
        refuseSubscriptions();
        return true;
      }
    }
    sendOkIfVerbose();
    return true;
  }

  private void attempted(String subject, @Nullable String queue, String sid) {
    connection.heartbeat().introduced();
    if (observer != null) {
      observer.attempted(
          connection, "SUB " + subject + (queue == null ? " " : " " + queue + " ") + sid);
    }
  }

  private void refuseSubscription(String subject, @Nullable String queue, String sid) {
    attempted(subject, queue, sid);
    String group = queue == null ? "" : Quoted.of(queue);
    log.error(
        "{} - Subscription Violation - Subject {},{} SID {}",
        connection,
        Quoted.of(subject),
        queue == null ? "" : " Queue: " + group + ",",
        sid);
    connection.sendError(
        "Permissions Violation for Subscription to "
            + Quoted.of(subject)
            + (queue == null ? "" : " using queue " + group),
        batch());
  }

  // Logged once for each client, which may go on for long.
  private void refuseSubscriptions() {
    if (!toldOfLimit) {
      toldOfLimit = true;
      log.error("{} - {}", connection, TOO_MANY_SUBSCRIPTIONS);
    }
    connection.sendError(TOO_MANY_SUBSCRIPTIONS, batch());
  }

  private boolean isAtSubscriptionLimit() {
    return maxSubscriptions >= 0 && connection.bySid().count() >= maxSubscriptions;
  }

  @Override
  public boolean unsubscribe(String sid, int max) {
    active = true;
    Subscription there = connection.bySid().find(sid);
    if (there != null) {
      if (observer != null) {
        observer.unsubscribed(connection, sid, max);
      }
      connection.end(there, max);
    }
    sendOkIfVerbose();
    return true;
  }

  // ---- The rest

  @Override
  public boolean ping() {
    active = true;
    if (observer != null) {
      observer.received(connection, "PING");
    }
    connection.send(PONG, batch());
    if (connected && firstPong) {
      firstPong = false;
      if (options.protocol() >= 1) {
        connection.send(connection.connectInfo(), batch());
      }
    }
    return true;
  }

  @Override
  public boolean pong() {
    if (observer != null) {
      observer.received(connection, "PONG");
    }
    connection.heartbeat().ponged();
    return true;
  }

  @Override
  public boolean info(byte[] buffer, int offset, int length) throws ProtocolException {
    try {
      Json.parseObject(buffer, offset, length);
    } catch (JsonException e) {
      throw new ProtocolException(null, String.valueOf(e.getMessage()));
    }
    return true;
  }

  @Override
  public boolean error(String text) {
    log.error("{} - Client Error {}", connection, text);
    connection.close(CloseReason.PARSE_ERROR);
    return false;
  }
}
