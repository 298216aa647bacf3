package dev.hubkit.junit.time;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.DurationText;
import dev.hubkit.time.VirtualTimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of one hub. It runs like the machine's until a test freezes or advances it, and
 * everything in the hub follows it: the ages of messages, TTLs, ack waits and backoffs, schedules,
 * heartbeats, duplicate windows, inactive thresholds, timeouts of logins and pings, syncs, the
 * dates of check-ins.
 *
 * <p>What happens within hours takes a test milliseconds:
 *
 * {@snippet id="time/AdvanceUntilTest.java#anOrderIsGivenUp" :
 * hub.time().advanceUntil(() -> givenUp.get() == 1, Duration.ofHours(2));
 * }
 *
 * <p>Clients follow the machine's clock. A pull request that expires in five seconds does so after
 * five seconds of the client, or when a test has advanced the hub's clock as far, whichever comes
 * first.
 *
 * <p>Thread-safe. All tests that share a hub share its clock, so a test that advances it needs a
 * hub of its own, or has to run alone.
 */
public final class HubTime {
  private final VirtualTimeSource source;
  private final Supplier<List<NatsServer>> nats;
  private final ClientReactions reactions;

  /**
   * Makes the clock of a hub.
   *
   * @param source the time source that the hub was started with
   * @param nats returns the NATS servers that run
   * @param reactions observes the clients of the NATS servers
   */
  public HubTime(
      VirtualTimeSource source, Supplier<List<NatsServer>> nats, ClientReactions reactions) {
    this.source = source;
    this.nats = nats;
    this.reactions = reactions;
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
   * nobody knows when a client has finished. Where the reaction matters, use {@link #advanceUntil}.
   * As in nats-server, an ack wait ends one millisecond late and an inactive threshold up to a
   * second late.
   *
   * @throws IllegalArgumentException if {@code by} is negative
   */
  public void advance(Duration by) {
    Settling settling = new Settling(nats);
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
   * Advances the clock from one timer of the hub to the next, until a condition holds.
   *
   * <p>Meanwhile the clock stands still, except for the jumps. After each jump this method waits
   * until the hub has finished its work, as {@link #advance} does, and then for the clients that
   * have received messages on the way: until they have answered those that have a reply subject
   * (requests, deliveries of JetStream), and until nobody has published anything for 10 ms of the
   * machine's time. It waits for an answer until 500 ms have passed without traffic; a subscription
   * that lets them pass is not waited for again before it answers. Clients that never pause delay
   * an advance by 5 s once.
   *
   * <p>So a client that answers in time is never overtaken by the clock: its answer counts at the
   * time of the message, and what follows from it is seen before the next jump. The clock may
   * overtake a client that does something else, without an answer, later than 10 ms after the last
   * traffic, and a client that waits by the machine's clock.
   *
   * <p>The condition is checked before the first jump and after each, on the calling thread; it may
   * use the hub, but not move its clock. If it does not hold in the end, clients get another 500 ms
   * of the machine's time.
   *
   * @param atMost how much of the hub's time may pass
   * @return what happened
   * @throws AssertionError if the condition does not hold when that time has passed
   * @throws IllegalStateException if the condition throws a checked exception
   * @throws IllegalArgumentException if {@code atMost} is negative
   */
  public Advance advanceUntil(Callable<Boolean> condition, Duration atMost) {
    return advanceUntil("the condition to hold", condition, atMost);
  }

  /**
   * Does the same as {@link #advanceUntil(Callable, Duration)}.
   *
   * @param what says in the failure what was expected, as in {@code the order to be given up}
   */
  public Advance advanceUntil(String what, Callable<Boolean> condition, Duration atMost) {
    Advance advance = advance(condition, atMost, StepwiseAdvance.LAST_CHANCE);
    if (!advance.reached()) {
      throw new AssertionError(unmet(what, atMost, advance));
    }
    return advance;
  }

  private static String unmet(String what, Duration atMost, Advance advance) {
    return "Expected "
        + what
        + " within "
        + DurationText.of(atMost)
        + " of the hub's time, but it did not.\n"
        + advance
        + ".";
  }

  /**
   * Does the same as {@link #advanceUntil(Callable, Duration)} until an assertion does not fail.
   *
   * @throws AssertionError if the assertion still fails when that time has passed; that of the
   *     assertion is its cause
   */
  public Advance advanceUntilAsserted(Assertion assertion, Duration atMost) {
    AtomicReference<@Nullable AssertionError> last = new AtomicReference<>();
    Advance advance =
        advance(
            () -> {
              try {
                assertion.check();
                return true;
              } catch (AssertionError e) {
                last.set(e);
                return false;
              }
            },
            atMost,
            StepwiseAdvance.LAST_CHANCE);
    AssertionError failure = last.get();
    if (!advance.reached() && failure != null) {
      throw new AssertionError(
          unmet("an assertion to succeed", atMost, advance) + "\n" + failure.getMessage(), failure);
    }
    return advance;
  }

  /** An assertion that a test waits for. */
  @FunctionalInterface
  public interface Assertion {
    /**
     * Throws an {@link AssertionError} unless what it asserts is so.
     *
     * @throws Exception if that cannot be found out
     */
    void check() throws Exception;
  }

  /**
   * Does the same as {@link #advanceUntil(Callable, Duration)}, but does not fail, and returns as
   * soon as the time has passed.
   *
   * @return what happened, and whether the condition held
   */
  public Advance tryAdvanceUntil(Callable<Boolean> condition, Duration atMost) {
    return advance(condition, atMost, Duration.ZERO);
  }

  private Advance advance(Callable<Boolean> condition, Duration atMost, Duration lastChance) {
    if (atMost.isNegative()) {
      throw new IllegalArgumentException("Time can't be moved back: " + atMost);
    }
    return new StepwiseAdvance(source, new Settling(nats), reactions, atMost, lastChance)
        .until(condition);
  }

  /**
   * Returns the time of the hub as a clock of Java in UTC, which also is a {@code
   * java.time.InstantSource}, to hand to the application under test: it follows this object, and
   * can be used as long as the hub runs.
   */
  public Clock clock() {
    return new HubClock(source, ZoneOffset.UTC);
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
    Settling settling = new Settling(nats);
    settling.run();
    settling.interruptAgain();
    return settling.isPatient();
  }

  @Override
  public String toString() {
    return now() + (isFrozen() ? ", frozen" : "");
  }
}
