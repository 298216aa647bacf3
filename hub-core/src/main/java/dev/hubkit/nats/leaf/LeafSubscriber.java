package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.trace.TraceHeaders;
import dev.hubkit.nats.trace.TraceSource;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.text.GoNumber;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The other side of a leaf node connection as a subscriber of an account here: what it subscribes
 * to, what it is told that others subscribe to, and the messages that go there. Thread-safe.
 */
final class LeafSubscriber implements RoutedSubscriber, Flushable {
  /** The connection. */
  interface Connection {
    /** Returns its id. */
    long id();

    boolean isOpen();

    /** Ends it, because the other side does not take what it is sent. */
    void slow(String why);

    /** Logs a failure and ends it. Throws nothing. */
    void broken(Throwable failure);
  }

  private static final byte[] HEAD = "LMSG ".getBytes(StandardCharsets.US_ASCII);

  private final Connection connection;
  private final PeerOutput output;
  private final long maxPending;
  private final LeafIdentity identity;
  private final Predicate<WorkBatch> ownWork;
  private volatile @Nullable LeafBinding binding;
  private volatile @Nullable RemoteSubscriptions wanted;
  // Guarded by this object's monitor.
  private @Nullable AnnouncedInterest announced;

  /**
   * Subscribes to nothing yet.
   *
   * @param maxPending how many bytes may wait for the other side
   * @param ownWork returns whether a message is delivered that the other side has published itself
   */
  LeafSubscriber(
      Connection connection,
      PeerOutput output,
      long maxPending,
      LeafIdentity identity,
      Predicate<WorkBatch> ownWork) {
    this.connection = connection;
    this.output = output;
    this.maxPending = maxPending;
    this.identity = identity;
    this.ownWork = ownWork;
  }

  /** Lets messages and subscriptions cross; returns what the other side subscribes to from now. */
  RemoteSubscriptions bind(LeafBinding agreed, String loop, IntSupplier most) {
    RemoteSubscriptions taken = new RemoteSubscriptions(this, agreed, loop, most);
    binding = agreed;
    wanted = taken;
    return taken;
  }

  /** Tells the other side what the account subscribes to, now and from now on. */
  void announce(LeafBinding agreed, String loop, Consumer<byte[]> out) {
    AnnouncedInterest told = new AnnouncedInterest(this, agreed, out);
    synchronized (this) {
      announced = told;
    }
    told.begin(loop);
  }

  /** Tells the other side nothing more. */
  void endAnnouncement() {
    AnnouncedInterest told;
    synchronized (this) {
      told = announced;
      announced = null;
    }
    if (told != null) {
      told.end();
    }
  }

  /** Ends what the other side subscribes to. On the reading thread, which holds no lock. */
  void endSubscriptions() {
    RemoteSubscriptions taken = wanted;
    if (taken != null) {
      taken.end();
    }
  }

  /** Returns what both sides have agreed on; null before they have. */
  @Nullable LeafBinding binding() {
    return binding;
  }

  List<Subscription> subscriptions() {
    RemoteSubscriptions taken = wanted;
    return taken == null ? List.of() : taken.all();
  }

  @Override
  public Role role() {
    LeafBinding known = binding;
    return known == null ? Role.SPOKE : known.role();
  }

  @Override
  public String cluster() {
    LeafBinding known = binding;
    return known == null ? "" : known.cluster();
  }

  @Override
  public int members(Subscription subscription) {
    return (int) GoNumber.integer32(subscription.sid()).orElse(1);
  }

  @Override
  public void deliver(Subscription subscription, Message message, WorkBatch batch) {
    // What it has published itself does not come back to it by way of an import.
    if (!ownWork.test(batch)) {
      String queue = subscription.queue();
      String[] queues = queue == null ? new String[0] : new String[] {queue};
      forward("", "", message.subject(), message, queues, batch);
    }
  }

  @Override
  public void forward(
      String account,
      String origin,
      String route,
      Message message,
      String[] queues,
      WorkBatch batch) {
    LeafBinding agreed = binding;
    if (!connection.isOpen() || agreed == null || !agreed.permissions().maySend(route)) {
      return;
    }
    try {
      Message sent = message;
      if (message.headerLength() > 0 && !agreed.remoteAccount().isEmpty()) {
        sent = RequestInfo.inAccount(message, agreed.account().name(), agreed.remoteAccount());
      }
      MessageTrace trace = batch.trace();
      sent = trace == null ? sent : traced(trace, sent, agreed);
      if (sent == null) {
        return;
      }
      String tooMuch = output.forward(HEAD, route, sent, queues, maxPending);
      if (!tooMuch.isEmpty()) {
        connection.slow(tooMuch);
      }
      identity.grantReply(message, agreed.permissions());
      batch.defer(this);
    } catch (Throwable failure) {
      // Neither the publisher nor the other subscribers are to blame.
      connection.broken(failure);
    }
  }

  // Null when it must not go there.
  private @Nullable Message traced(MessageTrace trace, Message message, LeafBinding agreed) {
    String hop = trace.hop(TraceSource.LEAF, connection.id(), agreed.remoteName(), agreed.traces());
    return hop.isEmpty() ? null : HeaderBlock.with(message, TraceHeaders.HOP, hop);
  }

  @Override
  public void flush(WorkBatch batch) {
    output.flush();
  }

  @Override
  public String toString() {
    return connection.toString();
  }
}
