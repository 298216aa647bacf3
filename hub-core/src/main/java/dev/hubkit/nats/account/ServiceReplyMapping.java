package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The way back of requests that came to one account's services from others: each has a reply
 * subject of its own below {@code _R_.}, which clients must not publish a reply to. Thread-safe.
 */
final class ServiceReplyMapping extends SelectiveSubscriber {
  /** What all reply subjects begin with. */
  static final String PREFIX = "_R_.";

  private static final long SWEEP_NANOS = 1_000_000_000L;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final TimeSource time;
  private final String prefix;
  private final AtomicLong last = new AtomicLong(RANDOM.nextLong() >>> 16);
  private final ConcurrentHashMap<String, Expected> expected = new ConcurrentHashMap<>();
  private @Nullable Timer sweep;

  ServiceReplyMapping(TimeSource time) {
    this.time = time;
    this.prefix = PREFIX + Long.toString(RANDOM.nextLong() >>> 4, Character.MAX_RADIX) + ".";
  }

  /** Returns the clock by which replies are awaited. */
  TimeSource time() {
    return time;
  }

  /** Returns the subject pattern of the replies. */
  String pattern() {
    return prefix + ">";
  }

  /** Returns a reply subject that nothing is expected on. */
  String unexpected() {
    return prefix + Long.toString(last.incrementAndGet(), Character.MAX_RADIX);
  }

  /**
   * Makes a reply subject; what is sent to it goes to {@code reply} in {@code account}.
   *
   * @param shared whether the service is told about the requester
   * @param sample the latency sample to publish; null for none
   */
  String expect(
      SubjectSpace account,
      String reply,
      ServiceExport export,
      boolean shared,
      ServiceLatency.@Nullable Sample sample) {
    String subject = unexpected();
    Expected waiting = new Expected(account, reply, export, shared, sample, time.nanoTime());
    expected.put(subject, waiting);
    if (sample != null) {
      waiting.interest =
          account.watch(reply, present -> interestChanged(subject, waiting, present));
    }
    synchronized (this) {
      if (sweep == null) {
        sweep =
            time.schedule(SWEEP_NANOS, new SupervisedTask(this::sweep, failure -> sweepAgain()));
      }
    }
    return subject;
  }

  // The requester does not wait any more.
  private void interestChanged(String subject, Expected waiting, boolean present) {
    if (!present && expected.remove(subject, waiting)) {
      WorkBatch batch = new WorkBatch();
      waiting.failed(408, "Request Timeout", batch);
      batch.flush();
    }
  }

  /** Notes that no subscription took the request. */
  void undelivered(String subject, WorkBatch batch) {
    Expected waiting = expected.remove(subject);
    if (waiting != null) {
      waiting.failed(503, "Service Unavailable", batch);
    }
  }

  private void sweep() {
    long now = time.nanoTime();
    WorkBatch batch = new WorkBatch();
    expected.forEach(
        (subject, waiting) -> {
          if (waiting.hasEnded(now) && expected.remove(subject, waiting)) {
            waiting.failed(504, "Service Timeout", batch);
          }
        });
    batch.flush();
    sweepAgain();
  }

  private void sweepAgain() {
    synchronized (this) {
      sweep =
          expected.isEmpty()
              ? null
              : time.schedule(
                  SWEEP_NANOS, new SupervisedTask(this::sweep, failure -> sweepAgain()));
    }
  }

  // What comes out of a stream bears the subject it was stored under, not the reply subject.
  @Override
  public int take(String route, Message response, WorkBatch batch) {
    respond(route, response, batch);
    return 1;
  }

  private void respond(String subject, Message response, WorkBatch batch) {
    Expected waiting = expected.get(subject);
    if (waiting == null) {
      return;
    }
    boolean last =
        switch (waiting.export.responses()) {
          case SINGLETON -> true;
          case STREAM -> false;
          case CHUNKED -> response.length() == 0;
        };
    if (last && !expected.remove(subject, waiting)) {
      return;
    }
    waiting.responded(batch);
    waiting.since = time.nanoTime();
    boolean before = batch.answering();
    batch.answering(true);
    try {
      if (response.subject().equals(subject)) {
        waiting.account.forward(response.withSubject(waiting.reply, response.reply()), batch);
      } else {
        waiting.account.forwardTo(waiting.reply, response, batch);
      }
    } finally {
      batch.answering(before);
    }
  }

  /** Returns whether a requester still waits on a reply subject, if it is one of these. */
  boolean isAwaited(String subject) {
    if (!subject.startsWith(prefix)) {
      return true;
    }
    Expected waiting = expected.get(subject);
    return waiting != null && waiting.account.isAwaited(waiting.reply);
  }

  /** Writes the responses that requesters wait for, if any, as nats-server reports them. */
  void write(JsonWriter json) {
    Map<String, Expected> waiting = new TreeMap<>(expected);
    waiting.values().removeIf(each -> !each.account.isAwaited(each.reply));
    if (!waiting.isEmpty()) {
      json.beginObject("responses");
      waiting.forEach((subject, each) -> each.write(json, subject));
      json.endObject();
    }
  }

  private static final class Expected {
    // The number of a service among the types of exports, which nats-server writes here.
    private static final int SERVICE = 2;

    private final SubjectSpace account;
    private final String reply;
    private final ServiceExport export;
    private final boolean shared;
    private final ServiceLatency.@Nullable Sample sample;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile @Nullable Handle interest;
    // When the request or the last response went by.
    private volatile long since;

    Expected(
        SubjectSpace account,
        String reply,
        ServiceExport export,
        boolean shared,
        ServiceLatency.@Nullable Sample sample,
        long since) {
      this.account = account;
      this.reply = reply;
      this.export = export;
      this.shared = shared;
      this.sample = sample;
      this.since = since;
    }

    void write(JsonWriter json, String subject) {
      ServiceLatency.Sample sampled =
          export.responses() == ServiceExport.Responses.SINGLETON ? sample : null;
      json.beginObject(subject)
          .field("subject", reply)
          .field("account", account.name())
          .field("to", subject)
          .field("local_subject", subject)
          .field("type", SERVICE)
          .field("invalid", false)
          .field("share", shared)
          .field("tracking", sampled != null);
      if (sampled != null) {
        sampled.write(json);
      }
      json.endObject();
    }

    boolean hasEnded(long now) {
      return now - since > Nanos.of(export.threshold());
    }

    void responded(WorkBatch batch) {
      if (sample != null && told.compareAndSet(false, true)) {
        forgetInterest();
        sample.responded(batch.requester(), batch);
      }
    }

    void failed(int status, String text, WorkBatch batch) {
      if (sample != null && told.compareAndSet(false, true)) {
        forgetInterest();
        sample.failed(status, text, batch);
      }
    }

    private void forgetInterest() {
      Handle watched = interest;
      if (watched != null) {
        watched.close();
      }
    }
  }
}
