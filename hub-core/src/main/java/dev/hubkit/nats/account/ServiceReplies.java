package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The way back of requests that came to one account's services from others: each has a reply
 * subject of its own below {@code _R_.}, which clients must not publish a reply to. Thread-safe.
 */
final class ServiceReplies implements Subscriber {
  private static final long SWEEP_NANOS = 1_000_000_000L;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final TimeSource time;
  private final String prefix;
  private final AtomicLong last = new AtomicLong(RANDOM.nextLong() >>> 16);
  private final ConcurrentHashMap<String, Expected> expected = new ConcurrentHashMap<>();
  private @Nullable Timer sweep;

  ServiceReplies(TimeSource time) {
    this.time = time;
    this.prefix = "_R_." + Long.toString(RANDOM.nextLong() >>> 4, Character.MAX_RADIX) + ".";
  }

  /** What the account subscribes to for the replies. */
  String pattern() {
    return prefix + ">";
  }

  /** Makes a reply subject; what is sent to it goes to {@code reply} in {@code account}. */
  String expect(Account account, String reply, ServiceExport export) {
    String subject = prefix + Long.toString(last.incrementAndGet(), Character.MAX_RADIX);
    expected.put(
        subject,
        new Expected(
            account, reply, export.responses(), time.nanoTime() + export.threshold().toNanos()));
    synchronized (this) {
      if (sweep == null) {
        sweep = time.schedule(SWEEP_NANOS, this::sweep);
      }
    }
    return subject;
  }

  void forget(String subject) {
    expected.remove(subject);
  }

  private void sweep() {
    long now = time.nanoTime();
    expected.values().removeIf(waiting -> now - waiting.until > 0);
    synchronized (this) {
      sweep = expected.isEmpty() ? null : time.schedule(SWEEP_NANOS, this::sweep);
    }
  }

  @Override
  public void deliver(Subscription subscription, Message response, Batch batch) {
    String subject = response.subject();
    Expected waiting = expected.get(subject);
    if (waiting == null) {
      return;
    }
    boolean last =
        switch (waiting.responses) {
          case SINGLETON -> true;
          case STREAM -> false;
          case CHUNKED -> response.length() == 0;
        };
    if (last && !expected.remove(subject, waiting)) {
      return;
    }
    waiting.account.publish(response.withSubject(waiting.reply, response.reply()), batch);
  }

  private record Expected(
      Account account, String reply, ServiceExport.Responses responses, long until) {}
}
