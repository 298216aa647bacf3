package dev.hubkit.junit.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.explore.Operation.Kind;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DiceTest {
  private static final Set<Adversity> ALL = EnumSet.allOf(Adversity.class);

  private static Operation ack(int count) {
    return new Operation("billing", Kind.ACK, "orders.new", count);
  }

  private static long strikes(long seed, double intensity) {
    Dice dice = new Dice(seed, ALL, intensity);
    return ALL.stream()
        .mapToLong(
            each ->
                java.util.stream.IntStream.range(1, 100)
                    .filter(count -> dice.strikes(each, ack(count)))
                    .count())
        .sum();
  }

  @Test
  void aSeedAlwaysDecidesTheSame() {
    Dice first = new Dice(17, ALL, 1);
    Dice second = new Dice(17, ALL, 1);
    for (int count = 100; count > 0; count--) {
      boolean late = second.strikes(Adversity.LOST_ACK, ack(count));
      assertThat(first.strikes(Adversity.LOST_ACK, ack(count))).isEqualTo(late);
    }
  }

  @Test
  void seedsDiffer() {
    Set<Long> counts = new HashSet<>();
    long all = 0;
    for (long seed = 1; seed <= 40; seed++) {
      long strikes = strikes(seed, 1);
      counts.add(strikes);
      all += strikes;
    }
    assertThat(counts).hasSizeGreaterThan(20);
    // Of 9 kinds half are used, at 17 in 100 on average.
    assertThat(all / 40).isBetween(40L, 120L);
  }

  @Test
  void intensityIsAFactor() {
    long few = 0;
    long many = 0;
    for (long seed = 1; seed <= 40; seed++) {
      few += strikes(seed, 0.1);
      many += strikes(seed, 2);
    }
    assertThat(many).isGreaterThan(10 * few);
  }

  @Test
  void theOnlyKindIsNeverLeftOut() {
    for (long seed = 1; seed <= 40; seed++) {
      Dice dice = new Dice(seed, EnumSet.of(Adversity.CUT), 10);
      boolean strikes = false;
      for (int count = 1; count < 60; count++) {
        strikes |= dice.strikes(Adversity.CUT, ack(count));
      }
      assertThat(strikes).as("seed %d", seed).isTrue();
    }
  }
}
