package dev.hubkit.junit.explore;

import dev.hubkit.junit.explore.AckToken.PendingMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JetStream messages that were delivered and not acknowledged: those that clients work on, and
 * those that only the end of the ack wait brings back. Confined to the monitor of its {@link
 * Adversary}.
 */
final class Unacknowledged {
  // After the ack wait the server delivers again as soon as the consumer asks.
  private static final Duration MARGIN = Duration.ofMillis(2);
  private static final int MOST_WAITS = 2;

  private final KnownStreams streams;
  private final Map<PendingMessage, Long> inWork = new LinkedHashMap<>();
  private final Map<PendingMessage, Integer> overdue = new LinkedHashMap<>();
  private final Map<PendingMessage, String> subjects = new HashMap<>();
  private long overdueSince;
  // Clients that have not published since they lost an acknowledgement of a stream.
  private final Set<Long> beforeRetry = new HashSet<>();

  Unacknowledged(KnownStreams streams) {
    this.streams = streams;
  }

  void delivered(PendingMessage message, String subject, long client) {
    subjects.put(message, subject);
    overdue.remove(message);
    inWork.put(message, client);
  }

  /** Notes that a message does not come back before the end of the ack wait. */
  void lost(PendingMessage message, String subject) {
    subjects.put(message, subject);
    inWork.remove(message);
    becomesOverdue(message);
  }

  void acknowledged(AckToken token) {
    if (streams.acknowledgesEach(token.stream(), token.consumer())) {
      remove(token.message());
      return;
    }
    for (Map<PendingMessage, ?> each : List.of(inWork, overdue)) {
      each.keySet()
          .removeIf(
              message ->
                  message.stream().equals(token.stream())
                      && message.consumer().equals(token.consumer())
                      && message.sequence() <= token.sequence());
    }
  }

  private void becomesOverdue(PendingMessage message) {
    overdue.put(message, 0);
    overdueSince = System.nanoTime();
  }

  private void remove(PendingMessage message) {
    inWork.remove(message);
    overdue.remove(message);
  }

  /** Notes that a client is gone, with what it works on. */
  void gone(long client) {
    beforeRetry.remove(client);
    Iterator<Map.Entry<PendingMessage, Long>> all = inWork.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<PendingMessage, Long> next = all.next();
      if (next.getValue() == client) {
        becomesOverdue(next.getKey());
        all.remove();
      }
    }
  }

  /** Notes that all clients are gone. */
  void allGone() {
    beforeRetry.clear();
    inWork.keySet().forEach(this::becomesOverdue);
    inWork.clear();
  }

  void awaitRetry(long client) {
    beforeRetry.add(client);
  }

  void retried(long client) {
    beforeRetry.remove(client);
  }

  boolean isAnyInWork() {
    return !inWork.isEmpty();
  }

  boolean isRetryAwaited() {
    return !beforeRetry.isEmpty();
  }

  boolean isAnyOverdue() {
    return !overdue.isEmpty();
  }

  /** Notes that time has passed: what is overdue may come back now. */
  void advanced() {
    overdueSince = System.nanoTime();
  }

  /** Returns how long no more messages have become overdue, in nanoseconds of the machine. */
  long overdueFor() {
    return System.nanoTime() - overdueSince;
  }

  /** Returns the subject of a delivered message; null if it is not known. */
  @Nullable String subject(PendingMessage message) {
    return subjects.get(message);
  }

  /**
   * Returns how much time has to pass for all that is overdue to come back, and forgets what has
   * not come back for too long.
   */
  Duration nextWait() {
    Duration longest = Duration.ZERO;
    for (PendingMessage message : overdue.keySet()) {
      Duration wait = streams.ackWait(message.stream(), message.consumer()).plus(MARGIN);
      longest = wait.compareTo(longest) > 0 ? wait : longest;
    }
    overdue.replaceAll((message, waits) -> waits + 1);
    overdue.values().removeIf(waits -> waits >= MOST_WAITS);
    return longest;
  }
}
