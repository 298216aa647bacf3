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

/**
 * What waits for one client, as those see it who publish to it. A publisher that fills up another
 * client's queue faster than it empties is made to wait, as nats-server does ({@code stalledWait}
 * in {@code server/client.go}), but without holding up a thread, and long before the queue is full:
 * what waits costs memory and is not delivered any sooner. Thread-safe.
 */
final class ProducerStall implements BackPressure {
  // What may wait for a client before those who publish to it are slowed down.
  private static final long MOST_BYTES = 1024 * 1024;
  // How long a publisher is held up at most for each of its reads.
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final Supervisor SUPERVISOR = new Supervisor("producer-stall");

  private final WriteQueue queue;
  private final long limit;
  private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private volatile boolean ended;

  /** Looks at {@code queue}, of which {@code maxPending} bytes may be filled at all. */
  ProducerStall(WriteQueue queue, long maxPending) {
    this.queue = queue;
    this.limit = Math.min(MOST_BYTES, maxPending / 4 * 3);
  }

  /** Whether so much waits that who publishes had better slow down. */
  boolean isTooLong(long pending) {
    return pending > limit;
  }

  @Override
  public void whenRelieved(Runnable task) {
    waiting.add(task);
    if (ended) {
      relieve();
    } else {
      relieveWhenHalf();
    }
  }

  /** Lets those go on who wait as soon as half of what held them up is written. */
  void relieveWhenHalf() {
    if (!waiting.isEmpty() && queue.pending() <= limit / 2) {
      relieve();
    }
  }

  /** Lets those go on who wait. */
  void relieve() {
    for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
      try {
        task.run();
      } catch (Throwable failure) {
        // It is not this client's.
        SUPERVISOR.failed(task, failure);
      }
    }
  }

  /** Nobody is to wait any more. */
  void end() {
    ended = true;
    relieve();
  }

  /** Reads no more from {@code publisher} until {@code target} has caught up, or for a while. */
  static void hold(
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
