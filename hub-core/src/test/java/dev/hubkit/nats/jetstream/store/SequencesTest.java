package dev.hubkit.nats.jetstream.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares sequences with a set of the JDK. */
class SequencesTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void findsWhatASetFinds(long seed) {
    Random random = new Random(seed);
    int longestRun = seed % 3 == 0 ? 70_000 : 1 << random.nextInt(12);
    int longestGap = seed % 4 == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(50);
    long next = 1L + random.nextInt(1000);
    Sequences sequences = new Sequences(next, next + 1);
    TreeSet<Long> expected = new TreeSet<>();
    expected.add(next);
    expected.add(next + 1);
    next += 2;
    for (int round = 0; round < 300; round++) {
      int run = Math.min(random.nextInt(longestRun) + 1, Math.max(0, 300_000 - expected.size()));
      if (random.nextBoolean()) {
        sequences.add(next, run);
      }
      for (long end = next + run; next < end; next++) {
        if (sequences.last() < next) {
          sequences.add(next);
        }
        expected.add(next);
      }
      next += random.nextInt(longestGap);
      for (int i = random.nextInt(20); i > 0 && expected.size() > 2; i--) {
        Long victim =
            switch (random.nextInt(3)) {
              case 0 -> expected.first();
              case 1 -> expected.last();
              default -> expected.ceiling(expected.first() + within(random, expected));
            };
        sequences.remove(victim);
        expected.remove(victim);
      }
      assertThat(sequences.first()).isEqualTo(expected.first());
      assertThat(sequences.last()).isEqualTo(expected.last());
      for (int i = 0; i < 20; i++) {
        long at = expected.first() - 5 + within(random, expected) + random.nextInt(10);
        Long ceiling = expected.ceiling(at);
        Long floor = expected.floor(at);
        assertThat(sequences.ceiling(at)).isEqualTo(ceiling == null ? 0 : ceiling);
        assertThat(sequences.floor(at)).isEqualTo(floor == null ? 0 : floor);
      }
      if (round % 50 == 0) {
        long at = expected.first() + within(random, expected);
        assertThat(sequences.rank(at)).isEqualTo(expected.headSet(at).size());
      }
    }
  }

  private static long within(Random random, NavigableSet<Long> set) {
    return (long) (random.nextDouble() * (set.last() - set.first() + 1));
  }
}
