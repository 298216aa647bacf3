package dev.hubkit.nats.net;

import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Slows down the publishers to one client. A publisher that fills the client's queue faster than it
 * empties has to wait, as in nats-server ({@code stalledWait} in {@code server/client.go}), but no
 * thread is blocked, and the wait begins long before the queue is full: bytes in the queue cost
 * memory and are not delivered any sooner. Thread-safe.
 */
final class ProducerStall implements BackPressure {
  // The bytes that may wait for a client before its publishers are slowed down.
  private static final long MOST_BYTES = 1024 * 1024;
  // The longest that a publisher has to wait after each of its reads.
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final Supervisor SUPERVISOR = new Supervisor("producer-stall");

  private final WriteQueue queue;
  private final long limit;
  private final Runnable counter;
  private final AtomicLong count = new AtomicLong();
  private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private volatile boolean ended;

  /**
   * Watches {@code queue}, which may hold at most {@code maxPending} bytes.
   *
   * @param counter is told of each wait
   */
  ProducerStall(WriteQueue queue, long maxPending, Runnable counter) {
    this.queue = queue;
    this.counter = counter;
    this.limit = Math.min(MOST_BYTES, maxPending / 4 * 3);
  }

  /** Returns whether so much waits that publishers must slow down. */
  boolean isTooLong(long pending) {
    return pending > limit;
  }

  @Override
  public void whenRelieved(Runnable task) {
    count.incrementAndGet();
    counter.run();
    waiting.add(task);
    if (ended) {
      relieve();
    } else {
      relieveWhenHalf();
    }
  }

  /** Lets waiting publishers go on as soon as half of the limit is left in the queue. */
  void relieveWhenHalf() {
    if (!waiting.isEmpty() && queue.pending() <= limit / 2) {
      relieve();
    }
  }

  /** Lets waiting publishers go on. */
  void relieve() {
    for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
      try {
        task.run();
      } catch (Throwable failure) {
        // The failure is the publisher's, not this client's.
        SUPERVISOR.failed(task, failure);
      }
    }
  }

  /** Returns how often a publisher had to wait. */
  long count() {
    return count.get();
  }

  /** Lets waiting publishers go on, and makes no more of them wait. */
  void end() {
    ended = true;
    relieve();
  }

  /**
   * Stops reading from {@code publisher} until {@code target} has caught up, or for a short while.
   */
  static void stall(
      ConnectionControl publisher, Transport transport, BackPressure target, TimeSource time) {
    transport.pauseReading();
    AtomicBoolean resumed = new AtomicBoolean();
    Runnable resume =
        new SupervisedTask(
            () -> {
              if (resumed.compareAndSet(false, true)) {
                publisher.resumeReading();
              }
            },
            publisher);
    Timer patience = time.schedule(PATIENCE_NANOS, resume);
    target.whenRelieved(
        new SupervisedTask(
            () -> {
              WorkStep.BACKLOG_RELIEVE.reach();
              patience.cancel();
              resume.run();
            },
            publisher));
  }
}
