package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.nats.account.ForwardedDelivery;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.peer.PeerMessages;
import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the messages of the other side of a leaf node connection in the account here
 * (processInboundLeafMsg in nats-server's {@code leafnode.go}). Confined to the thread that reads,
 * but for the counters.
 */
final class LeafReceiver {
  /** The error that the other side is told when a message is too large. */
  static final String TOO_LARGE = "Maximum Payload Violation";

  private static final Log log = Log.of(LeafReceiver.class);

  private final RoutedSubscriber source;
  private final long id;
  private final LeafIdentity identity;
  private final LeafServer server;
  private final PeerInput input;
  private final PeerMessages messages;
  private final ForwardedDelivery delivery;
  private final WorkBatch batch = new WorkBatch();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private @Nullable LeafBinding binding;

  /**
   * Receives from an input.
   *
   * @param source the other side
   * @param id the number of the connection
   */
  LeafReceiver(
      RoutedSubscriber source,
      long id,
      LeafIdentity identity,
      LeafServer server,
      TimeSource time,
      PeerInput input) {
    this.source = source;
    this.id = id;
    this.identity = identity;
    this.server = server;
    this.input = input;
    this.messages = new PeerMessages(input);
    this.delivery = new ForwardedDelivery(source, this::ingress, time, server::traced);
  }

  void bind(LeafBinding agreed) {
    binding = agreed;
  }

  /** Flushes what was delivered. */
  void flush() {
    batch.flush();
  }

  /** Returns whether the calling code delivers a message that came through here. */
  boolean isWorkOf(WorkBatch other) {
    return other == batch;
  }

  long messages() {
    return count.get();
  }

  long bytes() {
    return bytes.get();
  }

  /** Receives an LMSG, or an HMSG, which has headers. */
  void receive(boolean headers) throws IOException, ProtocolException {
    LeafBinding agreed = binding;
    if (agreed == null) {
      throw new ProtocolException("Authorization Violation", "a message before CONNECT");
    }
    String subject = input.word(1);
    int sizes = headers ? 2 : 1;
    int last = input.words() - sizes;
    int reply = -1;
    List<String> queues = List.of();
    if (last > 3) {
      boolean replies = input.is(2, "+");
      if (!replies && !input.is(2, "|")) {
        throw new ProtocolException(null, "Bad or Missing Reply Indicator: " + input.word(2));
      }
      reply = replies ? 3 : -1;
      queues = new ArrayList<>();
      for (int i = replies ? 4 : 3; i < last; i++) {
        queues.add(input.word(i));
      }
    } else if (last == 3) {
      reply = 2;
    } else if (last != 2) {
      throw new ProtocolException(null, "a message of a leaf node with too few words");
    }
    int headerLength = headers ? input.size(last) : 0;
    int length = input.size(input.words() - 1);
    check(headerLength, length);
    Message message = messages.read(subject, reply, headerLength, length);
    count.incrementAndGet();
    bytes.addAndGet(length);
    agreed.account().traffic().countReceivedByLeafs(1, length);
    publish(agreed, subject, message, queues);
    BackPressure full = batch.takeCongestion();
    if (full != null) {
      stall(full);
    }
  }

  private void check(int headerLength, int length) throws ProtocolException {
    if (headerLength > length) {
      throw new ProtocolException(null, "Header Size larger then TotalSize");
    }
    int most = identity.maxPayload();
    if (most >= 0 && length > most) {
      throw new ProtocolException(TOO_LARGE, "maximum payload exceeded: " + length + " vs " + most);
    }
  }

  private void publish(LeafBinding agreed, String subject, Message received, List<String> queues)
      throws ProtocolException {
    if (!subject.startsWith(ReservedSubjects.SERVICE_REPLY)
        && !agreed.permissions().mayTake(subject)
        && !identity.mayReplyTo(subject)) {
      refuse(agreed, subject);
      return;
    }
    Account account = agreed.account();
    Message message =
        server.isSystem(account) ? received : RequestInfo.inAccount(received, null, account.name());
    String mapped = account.hasMappings() ? account.map(subject) : subject;
    if (mapped == null) {
      return;
    }
    boolean isMapped = !mapped.equals(subject);
    if (isMapped && message.subject().equals(subject)) {
      message = message.withSubject(mapped, message.reply());
    }
    // Nobody has chosen the queue groups of a subject that is only mapped here.
    List<String> groups = isMapped && queues.isEmpty() ? null : queues;
    delivery.deliver(account, agreed.cluster(), mapped, message, groups, batch);
  }

  // leafPermViolation: a hub has told the leaf node; what a hub sends in vain is dropped.
  private void refuse(LeafBinding agreed, String subject) throws ProtocolException {
    if (!agreed.isSpoke()) {
      String quoted = Quoted.of(subject);
      log.error("{} - Publish Violation on {} - Check other side configuration", source, quoted);
      throw new ProtocolException("Permissions Violation for Publish to " + quoted, quoted);
    }
  }

  private TraceSource ingress(String hop, Account account, Message message) {
    LeafBinding agreed = binding;
    return new TraceSource(
        TraceSource.LEAF,
        id,
        agreed == null ? "" : agreed.remoteName(),
        hop,
        account.name(),
        message.subject(),
        message.length());
  }

  private void stall(BackPressure full) throws IOException {
    flush();
    try {
      ForwardedDelivery.await(full);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a leaf node was read", e);
    }
  }
}
