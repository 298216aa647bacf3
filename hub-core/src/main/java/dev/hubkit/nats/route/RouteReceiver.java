package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.nats.account.ForwardedDelivery;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.peer.PeerMessages;
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

  private final Peer peer;
  private final LocalServer server;
  private final PeerInput input;
  private final WorkBatch batch = new WorkBatch();
  private final PeerMessages reader;
  private final ForwardedDelivery delivery;
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  // The account of the last message: the next is mostly in the same one.
  private byte[] accountName = {};
  private @Nullable Account account;
  // Of that account, not counted there yet.
  private long uncounted;
  private long uncountedBytes;

  RouteReceiver(
      Peer peer, RoutedSubscriber source, LocalServer server, TimeSource time, PeerInput input) {
    this.peer = peer;
    this.server = server;
    this.input = input;
    this.reader = new PeerMessages(input);
    this.delivery = new ForwardedDelivery(source, this::ingress, time, server::traced);
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

  /** What a message of a route begins with. */
  enum Form {
    /** RMSG. */
    PLAIN,
    /** HMSG, which tells the size of the headers, too. */
    HEADERS,
    /** LMSG, which also tells the cluster whose leaf node has brought the message. */
    OF_LEAF
  }

  /** Receives a message. */
  void receive(Form form) throws IOException, ProtocolException {
    boolean ofLeaf = form == Form.OF_LEAF;
    String origin = ofLeaf ? input.word(1) : "";
    // How many words come before the account.
    int at = ofLeaf ? 2 : 1;
    boolean headers = form != Form.PLAIN;
    Account to = accountOf(at);
    String subject = input.word(at + 1);
    int sizes = headers ? 2 : 1;
    int last = input.words() - sizes;
    List<String> queues = List.of();
    int reply = -1;
    int behind = at + 2;
    if (last > behind && (input.is(behind, "+") || input.is(behind, "|"))) {
      int first = input.is(behind, "+") ? behind + 2 : behind + 1;
      reply = first == behind + 2 ? behind + 1 : -1;
      queues = new ArrayList<>();
      for (int i = first; i < last; i++) {
        queues.add(input.word(i));
      }
    } else if (last == behind + 1) {
      reply = behind;
    } else if (last != behind) {
      throw new ProtocolException(null, "a message of a route with too many or too few words");
    }
    int headerLength = headers ? input.size(last) : 0;
    int length = input.size(input.words() - 1);
    if (headerLength > length) {
      throw new ProtocolException(null, "a message of a route that is shorter than its headers");
    }
    Message message = reader.read(subject, reply, headerLength, length);
    messages.incrementAndGet();
    bytes.addAndGet(length);
    uncounted++;
    uncountedBytes += length;
    delivery.deliver(to, origin, subject, message, queues, batch);
    BackPressure full = batch.takeCongestion();
    if (full != null) {
      stall(full);
    }
  }

  private Account accountOf(int word) throws ProtocolException {
    Account known = account;
    if (known == null || !input.is(word, accountName)) {
      count();
      known = server.account(input.word(word));
      account = known;
      accountName = input.bytes(word);
    }
    return known;
  }

  private TraceSource ingress(String hop, Account to, Message message) {
    return new TraceSource(
        TraceSource.ROUTE,
        peer.id(),
        peer.remoteName(),
        hop,
        to.name(),
        message.subject(),
        message.length());
  }

  private void stall(BackPressure full) throws IOException {
    flush();
    try {
      ForwardedDelivery.await(full);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while a route was read", e);
    }
  }
}
