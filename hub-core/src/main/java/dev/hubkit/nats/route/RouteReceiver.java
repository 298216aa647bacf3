package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceDecision;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.PublishView;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages of another server to the clients here. Confined to the thread that reads
 * from the other server, but for the counters.
 */
final class RouteReceiver {
  /** The route of the messages, as traces name it. */
  interface Peer {
    long id();

    /** Returns the name of the other server; empty before it is known. */
    String remoteName();
  }

  // How long a slow client may hold up the messages of another server.
  private static final long CONGESTION_PATIENCE_MILLIS = 2;
  private static final String ACK = "$JS.ACK.";
  private static final int DOTS_OF_ACK = 8;

  private final Peer peer;
  private final LocalServer server;
  private final TimeSource time;
  private final PeerInput input;
  private final WorkBatch batch = new WorkBatch();
  private final PublishView view = new PublishView();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  // The account of the last message: the next is mostly in the same one.
  private byte[] accountName = {};
  private @Nullable Account account;
  // Of that account, not counted there yet.
  private long uncounted;
  private long uncountedBytes;

  RouteReceiver(Peer peer, LocalServer server, TimeSource time, PeerInput input) {
    this.peer = peer;
    this.server = server;
    this.time = time;
    this.input = input;
  }

  /** Flushes what was delivered. */
  void flush() {
    count();
    batch.flush();
  }

  // Once for many messages, as they come.
  private void count() {
    Account known = account;
    if (known != null && uncounted > 0) {
      known.traffic().countReceivedByRoutes(uncounted, uncountedBytes);
    }
    uncounted = 0;
    uncountedBytes = 0;
  }

  long messages() {
    return messages.get();
  }

  long bytes() {
    return bytes.get();
  }

  /** Receives an RMSG, or an HMSG, which has headers. */
  void receive(boolean headers) throws IOException, ProtocolException {
    Account to = accountOf();
    String subject = input.word(2);
    int sizes = headers ? 2 : 1;
    int last = input.words() - sizes;
    List<String> queues = List.of();
    int reply = -1;
    if (last > 3 && (input.is(3, "+") || input.is(3, "|"))) {
      int first = input.is(3, "+") ? 5 : 4;
      reply = first == 5 ? 4 : -1;
      queues = new ArrayList<>();
      for (int i = first; i < last; i++) {
        queues.add(input.word(i));
      }
    } else if (last == 4) {
      reply = 3;
    } else if (last != 3) {
      throw new ProtocolException(null, "a message of a route with too many or too few words");
    }
    int headerLength = headers ? input.size(last) : 0;
    int length = input.size(input.words() - 1);
    if (headerLength > length) {
      throw new ProtocolException(null, "a message of a route that is shorter than its headers");
    }
    Message message = message(subject, reply, headerLength, length);
    messages.incrementAndGet();
    bytes.addAndGet(length);
    uncounted++;
    uncountedBytes += length;
    deliver(to, subject, message, queues);
    BackPressure full = batch.takeCongestion();
    if (full != null) {
      stall(full);
    }
  }

  private Message message(String subject, int reply, int headerLength, int length)
      throws IOException, ProtocolException {
    String replyText = reply >= 0 ? input.word(reply) : null;
    String carried = replyText == null ? null : carried(replyText);
    int replyOffset = reply >= 0 ? input.offset(reply) : 0;
    int replyLength = reply >= 0 ? input.length(reply) : 0;
    int at = input.payload(length);
    if (replyText == null || carried == null) {
      view.subject(input.buffer(), 0, 0);
      view.reply(input.start() + replyOffset, replyLength);
      view.content(at, headerLength, length);
      return Message.view(subject, subject.getBytes(StandardCharsets.UTF_8), view);
    }
    String rest = replyText.substring(0, replyText.length() - carried.length() - 1);
    return Message.view(
        carried, rest.isEmpty() ? null : rest, input.buffer(), at, headerLength, length);
  }

  // jsAckDeliverIdx in server/client.go: the subject of what JetStream delivers is behind the
  // reply.
  private static @Nullable String carried(String reply) {
    int at = reply.indexOf('@');
    if (at < 0) {
      return null;
    }
    if (at == 0) {
      return reply.substring(1);
    }
    if (!reply.startsWith(ACK)) {
      return null;
    }
    int dots = 0;
    for (int i = 0; i < reply.length(); i++) {
      char c = reply.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c == '@' && dots >= DOTS_OF_ACK) {
        return reply.substring(i + 1);
      }
    }
    return null;
  }

  private Account accountOf() throws ProtocolException {
    Account known = account;
    if (known == null || !input.is(1, accountName)) {
      count();
      known = server.account(input.word(1));
      account = known;
      accountName = input.bytes(1);
    }
    return known;
  }

  private void deliver(Account to, String subject, Message message, List<String> queues) {
    TraceHeaders asked =
        message.headerLength() == 0
            ? null
            : TraceHeaders.find(message.buffer(), message.offset(), message.headerLength());
    if (asked == null) {
      to.deliverForwarded(subject, message, queues, batch);
      return;
    }
    TraceDecision start = trace(asked, to, message);
    if (start.skipped()) {
      return;
    }
    MessageTrace trace = start.trace();
    batch.trace(trace);
    try {
      to.deliverForwarded(
          subject,
          start.disabled()
              ? HeaderBlock.with(message, TraceHeaders.DESTINATION, TraceHeaders.DISABLED)
              : message,
          queues,
          batch);
    } finally {
      batch.trace(null);
      if (trace != null) {
        trace.done();
      }
    }
  }

  private TraceDecision trace(TraceHeaders asked, Account to, Message message) {
    TraceSource ingress =
        new TraceSource(
            TraceSource.ROUTE,
            peer.id(),
            peer.remoteName(),
            asked.hop(),
            to.name(),
            message.subject(),
            message.length());
    return TraceDecision.of(
        asked,
        ingress,
        to.traceDestination(),
        to.traceSampling(),
        destination -> true,
        time,
        trace -> server.traced(trace, to));
  }

  private void stall(BackPressure full) throws IOException {
    flush();
    CountDownLatch relieved = new CountDownLatch(1);
    full.whenRelieved(relieved::countDown);
    try {
      // In time or not, the next message is received now.
      var unused = relieved.await(CONGESTION_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a route was read", e);
    }
  }
}
