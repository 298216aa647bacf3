package dev.hubkit.nats.net;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceDecision;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Parser;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ProtocolHandler;
import dev.hubkit.work.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the operations of a client do, in the ways of nats-server ({@code server/client.go}).
 * Confined to the thread that reads from the client.
 */
final class ClientProtocol implements ProtocolHandler {
  private static final byte[] OK = ascii("+OK\r\n");
  // No subscription matches the empty subject.
  private static final byte[] NOWHERE = {};
  private static final byte[] PONG = ascii("PONG\r\n");
  // Subjects that only the server itself may put into a message.
  private static final byte[] SERVICE_REPLY = ascii("_R_.");
  private static final byte[] STREAM_ACK = ascii("$JS.ACK.");
  private static final byte[] GATEWAY_REPLY = ascii("_GR_.");
  private static final byte[] RAFT = ascii("$NRG.");
  // A queue group of the server's own (sysGroup in server/client.go).
  private static final String SYSTEM_GROUP = "_sys_";
  private static final String TOO_MANY_SUBSCRIPTIONS = "maximum subscriptions exceeded";

  private final ClientConnection connection;
  private final ClientContext context;
  private final Parser parser;
  private final @Nullable TrafficObserver observer;
  private final @Nullable FaultInjector faults;
  private final SubjectCache subjects = new SubjectCache(MemoryBudget.CONNECTIONS);

  private ConnectOptions options = ConnectOptions.DEFAULT;
  private Permissions permissions = Permissions.ALL;
  private @Nullable Account account;
  private int maxSubscriptions;
  private int maxSubscriptionTokens;
  private @Nullable Login login;
  private volatile boolean connected;
  private volatile boolean firstPong = true;

  // Of the present read.
  private @Nullable WorkBatch batch;
  private long messages;
  private long bytes;
  private boolean active;
  private volatile boolean stale;

  ClientProtocol(ClientConnection connection, ClientContext context, Limits limits) {
    this.connection = connection;
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

  /** Remembers nothing more. Any thread. */
  void close() {
    subjects.close();
  }

  Parser parser() {
    return parser;
  }

  void expectConnect() {
    parser.expectConnect(true);
  }

  /** True when CONNECT has come and was accepted. */
  boolean isConnected() {
    return connected;
  }

  /** True when the first PING was answered, so that INFO can come at any time. */
  boolean hasGreeted() {
    return connected && !firstPong;
  }

  /** True while a login is being decided on. */
  boolean isWaiting() {
    return login != null;
  }

  /** Applies what the user may do. */
  void login(User user) {
    account = user.account();
    permissions = user.permissions();
    int granted =
        ClientLimits.lower(user.maxSubscriptions(), user.account().limits().subscriptions());
    Limits limits = connection.limits();
    int most = limits.maxSubscriptions();
    maxSubscriptions = ClientLimits.lower(granted, most <= 0 ? -1 : most);
    maxSubscriptionTokens = limits.maxSubscriptionTokens();
    parser.limit(limits.maxControlLine(), ClientGreeting.maxPayload(user, limits));
    parser.expectConnect(false);
    subjects.clear();
  }

  /** What holds for the client has changed: it is looked at before the next read. Any thread. */
  void markStale() {
    stale = true;
  }

  void begin(WorkBatch present) {
    batch = present;
    if (stale) {
      stale = false;
      User user = connection.user();
      if (user != null) {
        login(user);
      }
    }
    present.requester(connection);
  }

  void end() {
    batch().requester(null);
    batch = null;
    if (messages > 0) {
      connection.countIn(messages, bytes);
    }
    if (active || messages > 0) {
      connection.heartbeat().onActivity();
    }
    messages = 0;
    bytes = 0;
    active = false;
  }

  private WorkBatch batch() {
    WorkBatch present = batch;
    if (present == null) {
      throw new IllegalStateException("Not reading");
    }
    return present;
  }

  private Account account() {
    Account known = account;
    if (known == null) {
      throw new IllegalStateException("Not logged in");
    }
    return known;
  }

  private void sendOkIfVerbose() {
    if (options.verbose()) {
      connection.send(OK, batch());
    }
  }

  // ---- CONNECT

  @Override
  public boolean connect(byte[] buffer, int offset, int length) throws ProtocolException {
    try {
      options = options.merge(Json.parseObject(buffer, offset, length));
    } catch (JsonException e) {
      throw new ProtocolException(null, "CONNECT: " + e.getMessage());
    }
    options = connection.transport().complete(options);
    if (!context.info().headers()) {
      options = options.withoutHeaders();
    }
    connection.options(options);
    connection.heartbeat().introduced();
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
    return decided(verdict);
  }

  /** Takes the verdict that was waited for. */
  boolean resolve(WorkBatch present) {
    Login attempt = login;
    Login.Verdict verdict = attempt == null ? null : attempt.await();
    if (verdict == null) {
      return false;
    }
    login = null;
    begin(present);
    try {
      return decided(verdict);
    } finally {
      end();
    }
  }

  private boolean decided(Login.Verdict verdict) {
    User user = verdict.user();
    if (user == null) {
      connection.fail(verdict.reason(), verdict.error());
      context.observer().refused(connection, verdict.reason(), verdict.told(), verdict.why());
      return false;
    }
    if (options.newAccount() || options.account() != null) {
      refuse(CloseReason.AUTHENTICATION_VIOLATION, "Authorization Violation");
      return false;
    }
    if (!connection.login(user)) {
      refuse(CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED, ClientConnection.TOO_MANY_CLIENTS);
      return false;
    }
    if (isAtSubscriptionLimit()) {
      connection.fail(CloseReason.MAX_SUBSCRIPTIONS_EXCEEDED, TOO_MANY_SUBSCRIPTIONS);
      return false;
    }
    boolean first = !connected;
    connected = true;
    if (options.protocol() < 0 || options.protocol() > 1) {
      connection.fail(CloseReason.BAD_CLIENT_PROTOCOL_VERSION, "invalid client protocol");
      return false;
    }
    if (options.noResponders() && !options.headers()) {
      connection.fail(
          CloseReason.NO_RESPONDERS_REQUIRES_HEADERS, "no responders requires headers support");
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
    connection.transport().admitted();
    context.observer().connected(connection);
    sendOkIfVerbose();
    return true;
  }

  private void refuse(CloseReason reason, String error) {
    connection.fail(reason, error);
    context.observer().refused(connection, reason, null, reason.text());
  }

  // ---- PUB

  @Override
  public boolean publish(
      byte[] buffer,
      int subjectOffset,
      int subjectLength,
      int replyOffset,
      int replyLength,
      int offset,
      int headerLength,
      int length) {
    messages++;
    bytes += length;
    SubjectCache.Entry subject = subjects.get(buffer, subjectOffset, subjectLength);
    TraceDecision start =
        headerLength == 0
            ? TraceDecision.NOTHING
            : traceStart(subject.text, buffer, offset, headerLength, length);
    MessageTrace trace = start.trace();
    if (start.skipped()) {
      return connection.isOpen();
    }
    if (account().hasMappings()) {
      String mapped = account().map(subject.text);
      byte[] target = mapped == null ? NOWHERE : mapped.getBytes(StandardCharsets.UTF_8);
      if (trace != null && mapped != null && !mapped.equals(subject.text)) {
        trace.mapped(mapped);
      }
      subject = subjects.get(target, 0, target.length);
    }
    if (options.pedantic() && !Subjects.isValidLiteral(subject.text)) {
      connection.sendError("Invalid Publish Subject", batch());
    }
    if (!mayPublish(subject)) {
      return refused(
          "Permissions Violation for Publish to "
              + Quoted.of(subject.bytes, 0, subject.bytes.length),
          trace);
    }
    if (replyLength > 0 && isReserved(buffer, replyOffset, replyLength)) {
      return refused(
          "Permissions Violation for Publish with Reply of "
              + Quoted.of(buffer, replyOffset, replyLength),
          trace);
    }
    sendOkIfVerbose();
    Message message =
        Message.view(
            subject.text,
            subject.bytes,
            buffer,
            replyOffset,
            replyLength,
            offset,
            headerLength,
            length);
    if (start.disabled()) {
      message = HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED);
    }
    if (observer != null) {
      observer.published(connection, message);
    }
    if (faults != null) {
      Message passed = faults.publishing(connection, message);
      if (passed == null) {
        return connection.isOpen();
      }
      message = passed;
    }
    int taken = trace == null ? route(message) : route(message, trace);
    if (taken == 0 && replyLength > 0 && options.noResponders()) {
      sayNoResponders(message);
    }
    return connection.isOpen();
  }

  private int route(Message message) {
    return account().publish(message, options.echo() ? null : connection, batch());
  }

  private int route(Message message, MessageTrace trace) {
    batch().trace(trace);
    try {
      return route(message);
    } finally {
      batch().trace(null);
      trace.done();
    }
  }

  private boolean refused(String error, @Nullable MessageTrace trace) {
    connection.sendError(error, batch());
    if (trace != null) {
      trace.refused(error);
      trace.done();
    }
    return connection.isOpen();
  }

  private TraceDecision traceStart(
      String subject, byte[] buffer, int offset, int headerLength, int length) {
    TraceHeaders asked = TraceHeaders.find(buffer, offset, headerLength);
    if (asked == null) {
      return TraceDecision.NOTHING;
    }
    Account account = account();
    TraceDecision start =
        TraceDecision.of(
            asked,
            new TraceSource(
                TraceSource.CLIENT,
                connection.id(),
                connection.name(),
                "",
                account.name(),
                subject,
                length),
            account.traceDestination(),
            account.traceSampling(),
            this::mayPublishUnasked,
            context.time(),
            trace -> context.tracer().accept(trace, account));
    String denied = start.denied();
    if (denied != null) {
      connection.sendError("Permissions Violation for Publish to " + Quoted.of(denied), batch());
    }
    return start;
  }

  // Without what was granted because it is a reply.
  private boolean mayPublishUnasked(String subject) {
    byte[] bytes = subject.getBytes(StandardCharsets.UTF_8);
    return !startsWith(bytes, 0, bytes.length, GATEWAY_REPLY)
        && (!startsWith(bytes, 0, bytes.length, RAFT) || context.isSystem(account()))
        && (permissions.publishesAnything() || permissions.mayPublish(subject));
  }

  private boolean mayPublish(SubjectCache.Entry subject) {
    Boolean known = subject.allowed;
    if (known == null) {
      known = mayPublishUnasked(subject.text);
      subject.allowed = known;
    }
    return known || connection.identity().mayReplyTo(subject.text);
  }

  private static boolean isReserved(byte[] buffer, int offset, int length) {
    byte first = buffer[offset];
    return (first == '_' || first == '$')
        && (startsWith(buffer, offset, length, SERVICE_REPLY)
            || startsWith(buffer, offset, length, STREAM_ACK)
            || startsWith(buffer, offset, length, GATEWAY_REPLY));
  }

  private static boolean startsWith(byte[] buffer, int offset, int length, byte[] prefix) {
    if (length <= prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (buffer[offset + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  // The status goes straight to the client and counts for no subscription (ADR-4 for its form).
  private void sayNoResponders(Message request) {
    String reply = request.reply();
    if (reply == null) {
      return;
    }
    Subscription inbox = account().interest().find(reply, connection);
    if (inbox == null) {
      return;
    }
    byte[] subject = request.subjectBytes();
    byte[] head = ascii("NATS/1.0 503\r\nNats-Subject: ");
    int headerLength = head.length + subject.length + 4;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        ("HMSG " + reply + " " + inbox.sid() + " " + headerLength + " " + headerLength + "\r\n")
            .getBytes(StandardCharsets.UTF_8));
    out.writeBytes(head);
    out.writeBytes(subject);
    out.writeBytes(ascii("\r\n\r\n\r\n"));
    byte[] line = out.toByteArray();
    // The header block is the last but a line end.
    int at = line.length - 2 - headerLength;
    connection.sendUncounted(
        line, inbox, batch(), Message.view(reply, null, line, at, headerLength, headerLength));
  }

  // ---- SUB, UNSUB

  @Override
  public boolean subscribe(String subject, @Nullable String queue, String sid) {
    active = true;
    if (!permissions.maySubscribe(subject, queue) || SYSTEM_GROUP.equals(queue)) {
      connection.sendError(
          "Permissions Violation for Subscription to "
              + Quoted.of(subject)
              + (queue == null ? "" : " using queue " + Quoted.of(queue)),
          batch());
      return true;
    }
    if (maxSubscriptionTokens > 0 && Subjects.tokenCount(subject) > maxSubscriptionTokens) {
      connection.sendError(
          "Permissions Violation for Subscription to " + Quoted.of(subject) + ", too many tokens",
          batch());
      return true;
    }
    if (isAtSubscriptionLimit()) {
      connection.sendError(TOO_MANY_SUBSCRIPTIONS, batch());
      return true;
    }
    if (connection.bySid().find(sid) == null) {
      if (!Subjects.isValid(subject)) {
        connection.sendError("Invalid Subject", batch());
        return true;
      }
      if (observer != null) {
        observer.subscribed(connection, subject, queue, sid);
      }
      if (!connection.bySid().add(subject, queue, sid)) {
        connection.sendError(TOO_MANY_SUBSCRIPTIONS, batch());
        return true;
      }
    }
    sendOkIfVerbose();
    return true;
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
      throw new ProtocolException(null, "INFO: " + e.getMessage());
    }
    return true;
  }

  @Override
  public boolean error(String text) {
    connection.close(CloseReason.PARSE_ERROR);
    return false;
  }
}
