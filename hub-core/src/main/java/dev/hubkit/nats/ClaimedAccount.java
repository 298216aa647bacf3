package dev.hubkit.nats;

import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An account that is set up by its token. Its claims and whether they have expired may be read by
 * any thread; the rest is guarded by its owner.
 */
final class ClaimedAccount {
  private static final long SECOND = 1_000_000_000L;

  private final TimeSource time;
  private volatile AccountClaims claims;
  private volatile boolean expired;
  private volatile boolean complete;
  private Set<String> missing = Set.of();
  private @Nullable Timer expiry;
  private @Nullable Timer activation;

  ClaimedAccount(AccountClaims claims, TimeSource time) {
    this.claims = claims;
    this.time = time;
  }

  AccountClaims claims() {
    return claims;
  }

  boolean isExpired() {
    return expired;
  }

  /** Returns whether all that the claims ask for has been set up. */
  boolean isComplete() {
    return complete;
  }

  /** Notes that something of what the claims ask for could not be set up. */
  void markIncomplete() {
    complete = false;
  }

  /** Returns the accounts from which something could not be imported. */
  Set<String> missing() {
    return missing;
  }

  /**
   * Has other claims count.
   *
   * @param onExpiry runs when they expire
   */
  void claims(AccountClaims changed, Runnable onExpiry) {
    claims = changed;
    expired = false;
    cancel(expiry);
    expiry =
        after(
            changed.jwt().expires(),
            () -> {
              if (claims.equals(changed)) {
                expired = true;
                onExpiry.run();
              }
            });
  }

  /**
   * Notes what came of setting up its exports and imports.
   *
   * @param onExpiry runs when the first activation expires
   */
  void shared(ClaimedSharing.Outcome outcome, Runnable onExpiry) {
    missing = outcome.missing();
    complete = outcome.isComplete();
    cancel(activation);
    activation = after(outcome.until() == Long.MAX_VALUE ? 0 : outcome.until(), onExpiry);
  }

  // As nats-server, whole seconds from now on.
  private @Nullable Timer after(long seconds, Runnable task) {
    if (seconds == 0) {
      return null;
    }
    long left = seconds - Math.floorDiv(time.epochNanos(), SECOND);
    return time.schedule(Math.min(left, Long.MAX_VALUE / SECOND) * SECOND, task);
  }

  private static void cancel(@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  /** Waits for nothing any more. */
  void close() {
    cancel(expiry);
    cancel(activation);
  }
}
