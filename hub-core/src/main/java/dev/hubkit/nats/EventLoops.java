package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.net.EventLoop;
import dev.hubkit.work.Health;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The threads of a server that serve its sockets. Thread-safe once they are started. */
final class EventLoops implements AutoCloseable {
  private static final Log log = Log.of(EventLoops.class);
  static final Duration END_PATIENCE = Duration.ofSeconds(5);

  private final List<EventLoop> loops = new ArrayList<>();

  /** Starts so many threads; {@link #close} ends those that started, even if another fails to. */
  void start(int count, String threadPrefix, Health health) throws IOException {
    for (int i = 0; i < count; i++) {
      WorkStep.START.reach();
      loops.add(EventLoop.start(threadPrefix + i, health));
    }
  }

  List<EventLoop> all() {
    return Collections.unmodifiableList(loops);
  }

  /**
   * Waits until the threads have served every socket that is ready now.
   *
   * @return false when they have not after so many nanoseconds
   */
  boolean serveReadable(long nanos) throws InterruptedException {
    CountDownLatch served = new CountDownLatch(loops.size());
    loops.forEach(loop -> loop.afterRound(served::countDown));
    return served.await(nanos, TimeUnit.NANOSECONDS);
  }

  boolean isIdle() {
    for (EventLoop loop : loops) {
      if (!loop.isIdle()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    loops.forEach(EventLoop::end);
    long end = System.nanoTime() + END_PATIENCE.toNanos();
    for (EventLoop loop : loops) {
      if (!loop.awaitEnd(Math.max(0, end - System.nanoTime()))) {
        log.error("{} is still at work and left alone: what it does takes too long", loop);
      }
    }
  }
}
