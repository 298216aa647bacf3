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
    Message message = reader.read(subject, reply, headerLength, length);
    messages.incrementAndGet();
    bytes.addAndGet(length);
    uncounted++;
    uncountedBytes += length;
    delivery.deliver(to, subject, message, queues, batch);
    BackPressure full = batch.takeCongestion();
    if (full != null) {
      stall(full);
    }
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
