package dev.hubkit.junit.time;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.VirtualTimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of one hub. It runs like the machine's until a test freezes or advances it, and
 * everything in the hub follows it: the ages of messages, TTLs, ack waits and backoffs, schedules,
 * heartbeats, duplicate windows, inactive thresholds, timeouts of logins and pings, syncs, the
 * dates of check-ins.
 *
 * <p>Clients follow the machine's clock. A pull request that expires in five seconds does so after
 * five seconds of the client, or when a test has advanced the hub's clock as far, whichever comes
 * first.
 *
 * <p>Thread-safe. All tests that share a hub share its clock, so a test that advances it needs a
 * hub of its own, or has to run alone.
 */
public final class HubTime {
  // How long a server that does not become idle may delay an advance, by the machine's clock.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final VirtualTimeSource source;
  private final Supplier<@Nullable NatsServer> nats;

  /**
   * Makes the clock of a hub.
   *
   * @param source the time source that the hub was started with
   * @param nats returns the running NATS server, null for none
   */
  public HubTime(VirtualTimeSource source, Supplier<@Nullable NatsServer> nats) {
    this.source = source;
    this.nats = nats;
  }

  /** Returns the current time of the hub. */
  public Instant now() {
    return source.now();
  }

  /**
   * Advances the clock. Timers that fall due on the way run one after the other, each at its own
   * time; the next one runs when streams, consumers and connections have finished the work of the
   * last and clients have answered their pings. When this method returns, all timers have run, and
   * the data for clients is on its way.
   *
   * <p>A client that does not answer pings, or never stops sending, delays this by 5 s of the
   * machine's time; after that, this method no longer waits for it.
   *
   * <p>This method does not wait for the clients' reactions to what they receive on the way, since
   * nobody knows when a client has finished. Where the reaction matters, advance in several steps.
   * As in nats-server, an ack wait ends one millisecond late and an inactive threshold up to a
   * second late.
   *
   * @throws IllegalArgumentException if {@code by} is negative
   */
  public void advance(Duration by) {
    Settling settling = new Settling();
    source.advance(by, settling);
    settling.interruptAgain();
  }

  /**
   * Advances the clock, as {@link #advance} does, to a point in time.
   *
   * @throws IllegalArgumentException if that time has passed
   */
  public void advanceTo(Instant instant) {
    advance(Duration.between(now(), instant));
  }

  /**
   * Stops the clock: timers fall due only by {@link #advance}. After the test the clock runs again
   * if it did before.
   */
  public void freeze() {
    source.freeze();
  }

  /** Lets the clock run on from its current time. */
  public void resume() {
    source.resume();
  }

  /** Returns whether the clock is stopped. */
  public boolean isFrozen() {
    return source.isFrozen();
  }

  /**
   * Waits until the hub has finished the work that clients and timers have given it so far.
   *
   * @return false if the hub is busy for more than 5 s of the machine's time
   */
  public boolean settle() {
    Settling settling = new Settling();
    settling.run();
    settling.interruptAgain();
    return settling.patient;
  }

  /**
   * Waits between one timer and the next until the server is idle; after a server has not become
   * idle in time, waits no more.
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
        // Whoever interrupts the test wants it to end soon.
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
