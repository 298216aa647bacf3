package dev.hubkit.junit.time;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Observes what clients do with the messages they receive, so that the time of a hub does not run
 * away from them. Nobody knows when a client has finished, but a message with a reply subject asks
 * for an answer: a request for its reply, a delivery of JetStream for its acknowledgement.
 *
 * <p>Thread-safe.
 */
@SuppressWarnings("exports") // the packages of the servers
public final class ClientReactions implements TrafficObserver {
  /** How long clients may take to begin with something after they have received a message. */
  static final Duration QUIET = Duration.ofMillis(10);

  /** How long a client may take to answer. */
  static final Duration ANSWER = Duration.ofMillis(500);

  private static final int MOST_UNANSWERED = 1000;
  private static final byte[] HEARTBEAT = "NATS/1.0 100 Idle".getBytes(StandardCharsets.UTF_8);
  private static final byte[] IN_PROGRESS = "+WPI".getBytes(StandardCharsets.UTF_8);

  private final TrafficObserver next;

  private final AtomicLong deliveries = new AtomicLong();
  private volatile long last = System.nanoTime();

  // Guarded by this object's monitor, which is notified of answers.
  private final Map<String, Unanswered> unanswered = new LinkedHashMap<>();
  private final Set<Receiver> silent = new HashSet<>();
  private long seen;
  // Read without the monitor: most messages have nothing to do with answers.
  private volatile boolean anyUnanswered;

  /** A subscription of a client. */
  private record Receiver(long client, String sid) {}

  /**
   * A message that asked a client for an answer.
   *
   * @param abandoned whether the answer did not come in time
   */
  private record Unanswered(Receiver receiver, boolean abandoned) {}

  /**
   * Makes an observer.
   *
   * @param next receives what this one receives
   */
  public ClientReactions(TrafficObserver next) {
    this.next = next;
  }

  @Override
  public void published(Connection client, Message message) {
    next.published(client, message);
    published(message);
  }

  void published(Message message) {
    last = System.nanoTime();
    if (anyUnanswered) {
      answered(message);
    }
  }

  private synchronized void answered(Message message) {
    Unanswered answered = unanswered.get(message.subject());
    if (answered != null && !begins(message.payloadOffset(), message, IN_PROGRESS)) {
      unanswered.remove(message.subject());
      anyUnanswered = !unanswered.isEmpty();
      silent.remove(answered.receiver());
      notifyAll();
    }
  }

  @Override
  public void delivered(Connection client, Subscription subscription, Message message) {
    next.delivered(client, subscription, message);
    delivered(client.id(), subscription.sid(), message);
  }

  void delivered(long client, String sid, Message message) {
    if (message.hasReply()) {
      asked(String.valueOf(message.reply()), new Receiver(client, sid));
    } else if (message.headerLength() == 0 || !begins(message.offset(), message, HEARTBEAT)) {
      // Clients do nothing about a heartbeat.
      count();
    }
  }

  private void count() {
    last = System.nanoTime();
    deliveries.incrementAndGet();
  }

  private synchronized void asked(String reply, Receiver receiver) {
    unanswered.put(reply, new Unanswered(receiver, false));
    anyUnanswered = true;
    if (unanswered.size() > MOST_UNANSWERED) {
      Iterator<Unanswered> oldest = unanswered.values().iterator();
      oldest.next();
      oldest.remove();
    }
    count();
  }

  private static boolean begins(int from, Message message, byte[] text) {
    int end = message.offset() + message.length();
    return from + text.length <= end
        && Arrays.equals(message.buffer(), from, from + text.length, text, 0, text.length);
  }

  /** Forgets that clients have received messages, unless an answer is still to come. */
  synchronized void forget() {
    if (!expectsAnswer()) {
      seen = deliveries.get();
    }
  }

  /** Returns whether clients have received messages since {@link #await} or {@link #forget}. */
  synchronized boolean areExpected() {
    return deliveries.get() != seen;
  }

  /**
   * Waits until clients that have received messages have answered those that ask for it, and have
   * published nothing for a moment. A subscription that did not answer in time is not waited for
   * any more, until it does answer.
   *
   * @param most how long to wait in all
   * @return false if clients go on publishing until then
   */
  synchronized boolean await(Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (areExpected()) {
      long known = deliveries.get();
      Duration patience = expectsAnswer() ? ANSWER : QUIET;
      long now = System.nanoTime();
      long left = last + patience.toNanos() - now;
      if (left <= 0) {
        giveUp();
        seen = known;
      } else if (end - now <= 0) {
        return false;
      } else {
        TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, end - now));
      }
    }
    return true;
  }

  private boolean expectsAnswer() {
    return unanswered.values().stream()
        .anyMatch(each -> !each.abandoned() && !silent.contains(each.receiver()));
  }

  private void giveUp() {
    unanswered.values().forEach(each -> silent.add(each.receiver()));
    unanswered.replaceAll((reply, each) -> new Unanswered(each.receiver(), true));
  }

  @Override
  public void connected(Connection client) {
    next.connected(client);
  }

  @Override
  public void disconnected(Connection client, CloseReason reason) {
    next.disconnected(client, reason);
    gone(client.id());
  }

  synchronized void gone(long client) {
    unanswered.values().removeIf(each -> each.receiver().client() == client);
    anyUnanswered = !unanswered.isEmpty();
    silent.removeIf(each -> each.client() == client);
    notifyAll();
  }

  @Override
  public void subscribed(Connection client, String subject, @Nullable String queue, String sid) {
    next.subscribed(client, subject, queue, sid);
  }

  @Override
  public void unsubscribed(Connection client, String sid, int max) {
    next.unsubscribed(client, sid, max);
    if (max == 0) {
      ended(client.id(), sid);
    }
  }

  private synchronized void ended(long client, String sid) {
    silent.remove(new Receiver(client, sid));
  }

  @Override
  public void received(Connection client, String operation) {
    next.received(client, operation);
  }

  @Override
  public void sent(Connection client, byte[] line) {
    next.sent(client, line);
  }
}
