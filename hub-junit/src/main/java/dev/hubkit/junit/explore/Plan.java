package dev.hubkit.junit.explore;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may happen in one run.
 *
 * @param only the strikes that may happen; null for all that the dice choose
 * @param clients the names of the clients that adversity concerns, or beginnings of names with a
 *     {@code *} at the end; empty for all
 * @param sparesMemory whether the server does not crash while a stream is in memory
 */
record Plan(
    long seed,
    Dice dice,
    @Nullable Set<Strike.Key> only,
    List<String> clients,
    boolean sparesMemory) {
  // With an ack wait before, two of these end within the two minutes in which streams know
  // duplicates.
  private static final int MOST_SECONDS = 20;

  boolean strikes(Adversity adversity, Operation operation) {
    return dice.strikes(adversity, operation)
        && (only == null || only.contains(new Strike.Key(adversity, operation)));
  }

  /**
   * Returns how an adversity strikes at an operation.
   *
   * @param least how much time passes at least where time is the adversity
   */
  Strike strike(Adversity adversity, Operation operation, Duration least) {
    boolean before =
        adversity != Adversity.TIME_JUMP
            && dice.uniform(adversity + " before " + operation.key()) < 0.5;
    Duration jump =
        adversity == Adversity.TIME_JUMP
            ? least.plusSeconds(
                1 + (long) (dice.uniform("jump at " + operation.key()) * MOST_SECONDS))
            : Duration.ZERO;
    return new Strike(adversity, operation, before, jump);
  }

  boolean concerns(String client) {
    return clients.isEmpty() || clients.stream().anyMatch(pattern -> matches(client, pattern));
  }

  private static boolean matches(String client, String pattern) {
    return pattern.endsWith("*")
        ? client.startsWith(pattern.substring(0, pattern.length() - 1))
        : client.equals(pattern);
  }
}
