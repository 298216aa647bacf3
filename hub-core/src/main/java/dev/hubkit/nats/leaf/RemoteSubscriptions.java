package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.ProtocolException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * What the other side of a leaf node connection subscribes to, as subscriptions of the account
 * here. The thread that reads changes them; any thread reads them.
 */
final class RemoteSubscriptions {
  private static final Log log = Log.of(RemoteSubscriptions.class);
  private static final int PLAIN = 2;
  private static final int QUEUE = 4;

  private final RoutedSubscriber other;
  private final LeafBinding binding;
  private final String loopSubject;
  private final IntSupplier most;
  private final ConcurrentHashMap<String, Subscription> subscriptions = new ConcurrentHashMap<>();
  // Guarded by this object's monitor.
  private boolean ended;

  /**
   * Begins without any.
   *
   * @param loopSubject the subject that comes back when servers are connected in a circle
   * @param most returns how many there may be now; negative for no limit
   */
  RemoteSubscriptions(
      RoutedSubscriber other, LeafBinding binding, String loopSubject, IntSupplier most) {
    this.other = other;
    this.binding = binding;
    this.loopSubject = loopSubject;
    this.most = most;
  }

  /** Handles an LS+; returns the error to tell the other side without closing, or nothing. */
  String subscribe(PeerInput input) throws ProtocolException {
    if (input.words() != PLAIN && input.words() != QUEUE) {
      throw new ProtocolException(null, "LS+ with too many or too few words");
    }
    String subject = input.word(1);
    if (subject.equals(loopSubject)) {
      throw new LeafLoopException(binding.account().name());
    }
    if (!Subjects.isValid(subject)) {
      return "Invalid Subscription";
    }
    if (isRefused(subject)) {
      return "";
    }
    String queue = input.words() == QUEUE ? input.word(2) : null;
    // Its id holds how many members the group has.
    String members = queue == null ? "1" : Integer.toString(Math.max(1, weight(input)));
    synchronized (this) {
      String key = queue == null ? subject : subject + " " + queue;
      Subscription before = subscriptions.get(key);
      if (ended || (before != null && queue == null)) {
        return "";
      }
      if (before == null && isFull()) {
        return "maximum subscriptions exceeded";
      }
      subscriptions.put(key, binding.account().subscribe(subject, queue, members, other));
      if (before != null) {
        binding.account().unsubscribe(before);
      }
    }
    return "";
  }

  private boolean isFull() {
    int limit = most.getAsInt();
    return limit >= 0 && subscriptions.size() >= limit;
  }

  private static int weight(PeerInput input) {
    try {
      return input.size(3);
    } catch (ProtocolException e) {
      // A missing or malformed weight counts as a single member.
      return 1;
    }
  }

  // A leaf node hears of its permissions, and is cut off when it asks for more; what a hub asks for
  // in vain it is not told.
  private boolean isRefused(String subject) throws ProtocolException {
    if (subject.startsWith(AnnouncedInterest.LOOP_PREFIX)
        || !Subjects.isLiteral(subject)
        || binding.permissions().maySend(subject)) {
      return false;
    }
    if (binding.isSpoke()) {
      return true;
    }
    String quoted = Quoted.of(subject);
    log.error("{} - Subscription Violation on {} - Check other side configuration", other, quoted);
    throw new ProtocolException("Permissions Violation for Subscription to " + quoted, quoted);
  }

  /** Handles an LS-. */
  synchronized void unsubscribe(PeerInput input) throws ProtocolException {
    String subject = input.word(1);
    String key = input.words() > PLAIN ? subject + " " + input.word(2) : subject;
    Subscription gone = subscriptions.remove(key);
    if (gone != null) {
      binding.account().unsubscribe(gone);
    }
  }

  List<Subscription> all() {
    return List.copyOf(subscriptions.values());
  }

  /** Ends all of them, and takes no more; reports still tell which there were. */
  synchronized void end() {
    ended = true;
    subscriptions.values().forEach(binding.account()::unsubscribe);
  }
}
