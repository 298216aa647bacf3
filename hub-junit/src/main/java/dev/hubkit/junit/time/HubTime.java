package dev.hubkit.junit.time;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.VirtualTimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The time of one hub. It flows like the machine's until a test freezes it or moves it forward, and
 * everything in the hub goes by it: the ages of messages, TTLs, ack waits and backoffs, schedules,
 * heartbeats, duplicate windows, inactive thresholds, timeouts of logins and pings, syncs, the
 * dates of check-ins.
 *
 * <p>Clients live in the machine's time. A pull request that expires in five seconds does so after
 * five seconds of the client, or when the hub's time has been moved by as much, whichever comes
 * first.
 *
 * <p>Thread-safe. It is one for all tests that share the hub, so a test that moves it wants a hub
 * of its own or runs alone.
 */
public final class HubTime {
  // How long a server that does not come to rest may hold up an advance, in the machine's time.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final VirtualTimeSource source;
  private final Supplier<@Nullable NatsServer> nats;

  /**
   * Makes the handle of a hub.
   *
   * @param source what the hub was started with
   * @param nats the NATS server that runs now, null for none
   */
  public HubTime(VirtualTimeSource source, Supplier<@Nullable NatsServer> nats) {
    this.source = source;
    this.nats = nats;
  }

  /** The hub's time now. */
  public Instant now() {
    return source.now();
  }

  /**
   * Moves the hub's time forward. What falls due on the way happens in the order of its time, each
   * at its own time, one after the other: the next begins when streams, consumers and connections
   * are done with the last and clients have answered their pings. When this returns, all of it has
   * happened, and what was to be sent to clients is on its way to them.
   *
   * <p>A client that does not answer pings, or never stops sending, holds it up for 5 s of the
   * machine's time, and then is waited for no more.
   *
   * <p>What clients answer to what they get on the way is not waited for, since nobody can know
   * when they are done; where it matters, advance in several steps. As in nats-server, an ack wait
   * ends one millisecond late and an inactive threshold up to a second.
   *
   * @throws IllegalArgumentException if {@code by} is negative
   */
  public void advance(Duration by) {
    Settling settling = new Settling();
    source.advance(by, settling);
    settling.interruptAgain();
  }

  /**
   * {@link #advance} to a certain time.
   *
   * @throws IllegalArgumentException if it is past
   */
  public void advanceTo(Instant instant) {
    advance(Duration.between(now(), instant));
  }

  /**
   * Has the hub's time stand still: nothing falls due any more, but by {@link #advance}. After the
   * test it flows again if it did before.
   */
  public void freeze() {
    source.freeze();
  }

  /** Has the hub's time flow on from where it stands. */
  public void resume() {
    source.resume();
  }

  /** Whether the hub's time stands still. */
  public boolean isFrozen() {
    return source.isFrozen();
  }

  /**
   * Waits until the hub has done what clients and timers have asked of it so far.
   *
   * @return false when it is busy for more than 5 s, in the machine's time
   */
  public boolean settle() {
    Settling settling = new Settling();
    settling.run();
    settling.interruptAgain();
    return settling.patient;
  }

  /**
   * Waits between one timer and the next: as often as there is something to wait for, but only once
   * for a server that does not come to rest.
   */
  private final class Settling implements Runnable {
    private boolean patient = true;
    private boolean first = true;
    private boolean interrupted;

    @Override
    public void run() {
      NatsServer server = nats.get();
      if (server == null || !patient) {
        return;
      }
      try {
        patient = first ? server.awaitQuiet(PATIENCE) : server.awaitQuietAgain(PATIENCE);
        first = false;
      } catch (InterruptedException e) {
        // Whoever wants the test to end wants it soon.
        interrupted = true;
        patient = false;
      }
    }

    void interruptAgain() {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String toString() {
    return now() + (isFrozen() ? ", frozen" : "");
  }
}
