package dev.hubkit.junit.explore;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Cuts, crashes, and lets time pass, on a thread of its own: as soon as the hub and its clients
 * have nothing to do but to wait for the end of an ack wait, the ack wait ends.
 */
final class Pacemaker implements WaitPolicy {
  private static final Duration OVERTAKEN = Duration.ofMillis(2);
  private static final Duration NOBODY_OVERTAKES = Duration.ofMillis(50);
  private static final Duration IDLE = Duration.ofMillis(8);
  private static final Duration STILL_WORKING = Duration.ofMillis(500);
  private static final Duration STILL_AWAITED = Duration.ofSeconds(3);
  private static final Duration BUSY_AT_MOST = Duration.ofSeconds(1);
  private static final Duration NEXT_POLL = Duration.ofMillis(150);
  private static final Duration SETTLED = Duration.ofSeconds(2);
  private static final long TICK_MILLIS = 2;
  private static final long END_SECONDS = 20;

  private final HubResource hub;
  private final Adversary adversary;
  private final Thread test = Thread.currentThread();
  private final Thread thread;
  // When the test was last seen at work; only on the thread.
  private long lastWork = System.nanoTime();
  private volatile @Nullable Throwable failure;

  /** Makes the pacemaker of a test that the calling thread runs. */
  Pacemaker(HubResource hub, Adversary adversary) {
    this.hub = hub;
    this.adversary = adversary;
    thread = new Thread(this::run, "hub-explore-pacemaker");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Waits for the end of the thread, after the adversary has ended; returns why it failed. */
  @Nullable Throwable awaitEnd() throws InterruptedException {
    thread.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
    if (thread.isAlive()) {
      return new IllegalStateException(
          "The thread " + thread.getName() + " has not ended within " + END_SECONDS + " s");
    }
    return failure;
  }

  private void run() {
    try {
      while (true) {
        if (test.getState() == Thread.State.RUNNABLE || isAnyLoggingIn()) {
          lastWork = System.nanoTime();
        }
        Errand errand = adversary.next(this);
        if (errand instanceof Errand.End) {
          return;
        }
        if (errand == null) {
          synchronized (adversary) {
            TimeUnit.MILLISECONDS.timedWait(adversary, TICK_MILLIS);
          }
        } else {
          carryOut(errand);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void carryOut(Errand errand) throws InterruptedException {
    if (errand instanceof Errand.Cut it) {
      it.client().cut();
    } else if (errand instanceof Errand.Crash) {
      crash();
    } else if (errand instanceof Errand.Publish it) {
      server().awaitQuiet(SETTLED);
      it.messages().forEach(it.client()::publish);
    } else if (errand instanceof Errand.Advance it) {
      advance(it.by());
    } else if (errand instanceof Errand.Release it) {
      advance(it.advance());
      release(it);
    }
  }

  private void advance(Duration by) throws InterruptedException {
    if (by.isZero()) {
      return;
    }
    // A login has a time limit of its own, which is not what this is about.
    long end = System.nanoTime() + SETTLED.toNanos();
    while (isAnyLoggingIn() && System.nanoTime() < end) {
      synchronized (adversary) {
        TimeUnit.MILLISECONDS.timedWait(adversary, TICK_MILLIS);
      }
    }
    hub.time().advance(by);
    adversary.advanced();
  }

  private boolean isAnyLoggingIn() {
    return hub.clients().all().stream().anyMatch(client -> client.user() == null);
  }

  private void crash() throws InterruptedException {
    server().awaitQuiet(SETTLED);
    List<String> clients = new ArrayList<>();
    hub.clients().all().forEach(client -> clients.add(client.options().name()));
    if (clients.remove(Journal.TOOLKIT_CLIENT)) {
      awaitToolkit();
    }
    hub.faults().crash();
    adversary.crashed(clients);
    hub.faults().recover();
  }

  // A request that is still in the socket would be lost. A test that asks again and again asks once
  // more now, and then waits for the reply.
  private void awaitToolkit() throws InterruptedException {
    long end = System.nanoTime() + NEXT_POLL.toNanos();
    synchronized (adversary) {
      for (long left = NEXT_POLL.toNanos();
          left > 0 && !adversary.holdsToolkit();
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(adversary, left);
      }
    }
  }

  /** Lets a client go on. */
  static void release(Errand.Release held) {
    Connection client = held.client();
    if (held.stalled()) {
      if (client.link() != null) {
        client.link().stall(false);
      }
      return;
    }
    if (held.message() != null && client.isOpen()) {
      client.publish(held.message());
    }
    client.resumeOperations();
  }

  private NatsServer server() {
    return hub.hub().nats();
  }

  @Override
  public boolean mayRelease(long idle, long heldFor, boolean overtaken) {
    Duration wanted = overtaken ? OVERTAKEN : NOBODY_OVERTAKES;
    return heldFor >= BUSY_AT_MOST.toNanos() || isQuiet(idle, wanted, overtaken);
  }

  @Override
  public boolean mayAdvance(long idle, long overdueFor, boolean working, boolean awaited) {
    if (overdueFor >= (awaited ? STILL_AWAITED : BUSY_AT_MOST).toNanos()) {
      // Clients that are never idle do not seem to do what is waited for.
      return true;
    }
    return !awaited && isQuiet(idle, working ? STILL_WORKING : IDLE, false);
  }

  private boolean isQuiet(long idle, Duration wanted, boolean whateverTheTestDoes) {
    long quiet = whateverTheTestDoes ? idle : Math.min(idle, System.nanoTime() - lastWork);
    return quiet >= wanted.toNanos() && server().isQuiet();
  }
}
