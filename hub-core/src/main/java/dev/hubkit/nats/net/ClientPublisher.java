package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.Sublist;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceDecision;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.PublishView;
import dev.hubkit.work.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the messages of one client, as far as it is allowed to: processInboundClientMsg of
 * nats-server ({@code server/client.go}). Confined to the thread that reads from the client, but
 * for {@link #close} and {@link #publishHeldBack}.
 */
final class ClientPublisher {
  /** Where published messages are counted. */
  interface Counters {
    void countIn(long messages, long bytes);
  }

  private static final Log log = Log.of(ClientPublisher.class);
  // No subscription matches the empty subject.
  private static final byte[] NOWHERE = {};
  private static final byte[] OK = ascii("+OK\r\n");
  // Subjects that only the server itself may put into a message.
  private static final byte[] SERVICE_REPLY = ascii(ReservedSubjects.SERVICE_REPLY);
  private static final byte[] STREAM_ACK = ascii("$JS.ACK.");
  private static final byte[] GATEWAY_REPLY = ascii(ReservedSubjects.GATEWAY_REPLY);
  // Since nats-server 2.15.
  private static final byte[] JETSTREAM = ascii(ReservedSubjects.JETSTREAM);
  private static final byte[] FORMER_GATEWAY_REPLY = ascii(ReservedSubjects.FORMER_GATEWAY_REPLY);
  private static final byte[] RAFT = ascii("$NRG.");

  private final Connection client;
  private final Subscriber subscriber;
  private final ClientWriter out;
  private final ClientIdentity identity;
  private final ClientContext context;
  private final @Nullable TrafficObserver observer;
  private final @Nullable FaultInjector faults;
  private final boolean reservingJetStream;
  private final SubjectCache subjects = new SubjectCache(MemoryBudget.CONNECTIONS);

  private ConnectOptions options = ConnectOptions.DEFAULT;
  private Permissions permissions = Permissions.ALL;
  private @Nullable Account account;
  private long messages;
  private long bytes;
  // Messages without a subscription, to subjects that were published to before: nats-server keeps
  // with a connection only subjects that somebody wants, and looks up the others each time.
  private long unwanted;

  /**
   * Makes the publisher of a client that has not logged in.
   *
   * @param subscriber the client as the subscriber of what it publishes itself
   */
  ClientPublisher(
      Connection client,
      Subscriber subscriber,
      ClientWriter out,
      ClientIdentity identity,
      ClientContext context) {
    this.client = client;
    this.subscriber = subscriber;
    this.out = out;
    this.identity = identity;
    this.context = context;
    this.observer = context.traffic();
    this.faults = context.faults();
    this.reservingJetStream = context.info().compatibility().atLeast(Compatibility.V2_15);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Publishes in the account of {@code user} from now on, with that user's permissions. */
  void login(AuthenticatedUser user) {
    account = user.account();
    permissions = user.permissions();
    subjects.clear();
  }

  void options(ConnectOptions changed) {
    options = changed;
  }

  /** Releases the remembered subjects. Any thread. */
  void close() {
    subjects.close();
  }

  /** Counts what was published since this was called last; returns whether there was anything. */
  boolean count(Counters counters) {
    if (messages == 0) {
      return false;
    }
    counters.countIn(messages, bytes);
    messages = 0;
    bytes = 0;
    if (unwanted > 0) {
      account().interest().countCachedMatches(unwanted);
      unwanted = 0;
    }
    return true;
  }

  private Account account() {
    Account known = account;
    if (known == null) {
      throw new IllegalStateException("Not logged in");
    }
    return known;
  }

  /** Publishes a message; returns whether the connection is still open. */
  boolean publish(PublishView view, WorkBatch batch) {
    messages++;
    bytes += view.length();
    SubjectCache.Entry subject =
        subjects.get(view.buffer(), view.subjectOffset(), view.subjectLength());
    TraceDecision start =
        view.headerLength() == 0 ? TraceDecision.NOTHING : decideOnTrace(subject.text, view, batch);
    MessageTrace trace = start.trace();
    if (start.skipped()) {
      return client.isOpen();
    }
    if (account().hasMappings()) {
      subject = map(subject, trace);
    }
    if (options.pedantic() && !Subjects.isValidLiteral(subject.text)) {
      out.sendError("Invalid Publish Subject", batch);
    }
    boolean allowed = mayPublish(subject);
    // Only as an answer.
    boolean granted = !allowed && identity.mayReplyTo(subject.text);
    if (!allowed && !granted) {
      String quoted = Quoted.of(subject.bytes, 0, subject.bytes.length);
      attempted(subject.text, view);
      log.error("{} - Publish Violation - Subject {}", client, quoted);
      return refuse("Permissions Violation for Publish to " + quoted, trace, batch);
    }
    if (view.hasReply() && isReplyReserved(view)) {
      String quoted = Quoted.of(view.buffer(), view.replyOffset(), view.replyLength());
      attempted(subject.text, view);
      log.error("{} - Publish Violation - Reply {}", client, quoted);
      return refuse("Permissions Violation for Publish with Reply of " + quoted, trace, batch);
    }
    if (options.verbose()) {
      out.send(OK, batch);
    }
    boolean isKnown = isKnown(subject);
    Message message = Message.view(subject.text, subject.bytes, view);
    if (start.disabled()) {
      message = HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED);
    }
    if (observer != null) {
      observer.published(client, message);
    }
    if (faults != null) {
      Message passed = faults.publishing(client, message);
      if (passed == null) {
        return client.isOpen();
      }
      message = passed;
    }
    boolean answered = view.hasReply() && options.noResponders();
    batch.answering(granted);
    int taken = trace == null ? route(message, batch) : route(message, trace, batch);
    batch.answering(false);
    if (taken == 0 && isKnown) {
      unwanted++;
    }
    if (taken == 0 && answered && (faults == null || !faults.takesUnanswered(client, message))) {
      sendNoResponders(message, batch);
    }
    return client.isOpen();
  }

  // Whether the client has published to the subject since the subscriptions were last changed.
  private boolean isKnown(SubjectCache.Entry subject) {
    Sublist interest = account().interest();
    long changes = interest.changes();
    if (subject.matchedAt == changes) {
      return true;
    }
    subject.matchedAt = changes;
    interest.countMatch(subject.text);
    return false;
  }

  /** Publishes a message that a {@link FaultInjector} has held back. Any thread. */
  void publishHeldBack(Message message, WorkBatch batch) {
    ConnectOptions known = client.options();
    int taken = account().publish(message, known.echo() ? null : subscriber, batch);
    if (taken == 0 && message.reply() != null && known.noResponders()) {
      sendNoResponders(message, batch);
    }
  }

  private SubjectCache.Entry map(SubjectCache.Entry subject, @Nullable MessageTrace trace) {
    String mapped = account().map(subject.text);
    if (subject.text.equals(mapped)) {
      return subject;
    }
    byte[] target = mapped == null ? NOWHERE : mapped.getBytes(StandardCharsets.UTF_8);
    if (trace != null && mapped != null) {
      trace.mapped(mapped);
    }
    return subjects.get(target, 0, target.length);
  }

  private int route(Message message, WorkBatch batch) {
    return account().publish(message, options.echo() ? null : subscriber, batch);
  }

  private int route(Message message, MessageTrace trace, WorkBatch batch) {
    batch.trace(trace);
    try {
      return route(message, batch);
    } finally {
      batch.trace(null);
      trace.done();
    }
  }

  private void attempted(String subject, PublishView view) {
    if (observer != null) {
      String reply =
          view.hasReply()
              ? Quoted.inside(view.buffer(), view.replyOffset(), view.replyLength()) + " "
              : "";
      observer.attempted(client, "PUB " + subject + " " + reply + view.length());
    }
  }

  private boolean refuse(String error, @Nullable MessageTrace trace, WorkBatch batch) {
    out.sendError(error, batch);
    if (trace != null) {
      trace.refused(error);
      trace.done();
    }
    return client.isOpen();
  }

  private TraceDecision decideOnTrace(String subject, PublishView view, WorkBatch batch) {
    TraceHeaders asked = TraceHeaders.find(view.buffer(), view.offset(), view.headerLength());
    if (asked == null) {
      return TraceDecision.NOTHING;
    }
    Account account = account();
    TraceDecision start =
        TraceDecision.of(
            asked,
            new TraceSource(
                TraceSource.CLIENT,
                client.id(),
                client.name(),
                "",
                account.name(),
                subject,
                view.length()),
            account.traceDestination(),
            account.traceSampling(),
            this::mayPublishUnlessReply,
            context.time(),
            trace -> context.tracer().accept(trace, account));
    String denied = start.denied();
    if (denied != null) {
      out.sendError("Permissions Violation for Publish to " + Quoted.of(denied), batch);
    }
    return start;
  }

  // Without what was granted because it is a reply.
  private boolean mayPublishUnlessReply(String subject) {
    byte[] bytes = subject.getBytes(StandardCharsets.UTF_8);
    return !startsWith(bytes, 0, bytes.length, GATEWAY_REPLY)
        && (!startsWith(bytes, 0, bytes.length, RAFT) || context.isSystem(account()))
        && (permissions.publishesAnything() || permissions.mayPublish(subject));
  }

  private boolean mayPublish(SubjectCache.Entry subject) {
    Boolean known = subject.allowed;
    if (known == null) {
      known = mayPublishUnlessReply(subject.text);
      subject.allowed = known;
    }
    return known;
  }

  private boolean isReplyReserved(PublishView view) {
    byte[] buffer = view.buffer();
    int offset = view.replyOffset();
    int length = view.replyLength();
    byte first = buffer[offset];
    return (first == '_' || first == '$')
        && (startsWith(buffer, offset, length, SERVICE_REPLY)
            || startsWith(buffer, offset, length, reservingJetStream ? JETSTREAM : STREAM_ACK)
            || (reservingJetStream && startsWith(buffer, offset, length, FORMER_GATEWAY_REPLY))
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
  private void sendNoResponders(Message request, WorkBatch batch) {
    String reply = request.reply();
    if (reply == null) {
      return;
    }
    Subscription inbox = account().interest().find(reply, subscriber);
    if (inbox == null) {
      return;
    }
    byte[] subject = request.subjectBytes();
    byte[] head = ascii("NATS/1.0 503\r\nNats-Subject: ");
    int headerLength = head.length + subject.length + 4;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        ("HMSG " + reply + " " + inbox.sid() + " " + headerLength + " " + headerLength + "\r\n")
            .getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(head);
    bytes.writeBytes(subject);
    bytes.writeBytes(ascii("\r\n\r\n\r\n"));
    byte[] line = bytes.toByteArray();
    // The header block is the last but a line end.
    int at = line.length - 2 - headerLength;
    out.sendUncounted(
        line, inbox, batch, Message.view(reply, null, line, at, headerLength, headerLength));
  }
}
