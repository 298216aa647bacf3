package dev.hubkit.nats;

import dev.hubkit.nats.net.Clients;
import dev.hubkit.work.Activity;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Tells when a server has nothing left to do but to wait for clients and timers: its event loops
 * wait for sockets, its streams, routes and threads for work, and clients have answered their
 * pings.
 */
final class IdleWait {
  private final EventLoops loops;
  private final Clients clients;
  private final Supplier<List<Activity>> others;

  /**
   * Makes one that looks at these.
   *
   * @param others what works beside the event loops
   */
  IdleWait(EventLoops loops, Clients clients, Supplier<List<Activity>> others) {
    this.loops = loops;
    this.clients = clients;
    this.others = others;
  }

  /**
   * Waits for it. What clients have sent before is served, too.
   *
   * @return false when the server is still busy after {@code patience}, for one because clients go
   *     on sending
   */
  boolean await(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    do {
      long left = Math.max(0, end - System.nanoTime());
      if (!loops.serveReadable(left) || !awaitOthers(left) || !clients.awaitAnswers(left)) {
        return false;
      }
      // Looked at once: a moment later a client may have begun something of its own.
      if (isQuiet()) {
        return true;
      }
    } while (System.nanoTime() - end < 0);
    return false;
  }

  /**
   * Waits as {@link #await} does, after the server has begun something by itself: what clients have
   * sent meanwhile is served only if that has begun, so mostly no thread has to be woken.
   */
  boolean awaitAgain(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    if (!awaitOthers(patience.toNanos())
        || !clients.awaitAnswers(Math.max(0, end - System.nanoTime()))) {
      return false;
    }
    return isQuiet() || await(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
  }

  // Work goes from loops to streams, from these to threads, and from all of them back to loops.
  // A part that is idle both before and after a look at the others has got nothing meanwhile.
  boolean isQuiet() {
    return !clients.hasUnanswered() && isIdle() && isIdle();
  }

  private boolean isIdle() {
    if (!loops.isIdle()) {
      return false;
    }
    for (Activity each : others.get()) {
      if (!each.isIdle()) {
        return false;
      }
    }
    return true;
  }

  private boolean awaitOthers(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    for (Activity each : others.get()) {
      if (!each.awaitIdle(Math.max(0, end - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }
}
