package dev.hubkit.junit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.history.GeneratedStream.Wrong;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Generated histories of streams, with one thing that is wrong and without. */
class GeneratedStreamTest {
  private static final int SEEDS = 20;
  private static final int MESSAGES = 40;

  @ParameterizedTest
  @EnumSource(Wrong.class)
  void isFoundAndNothingElse(Wrong wrong) {
    for (int seed = 0; seed < SEEDS; seed++) {
      GeneratedStream history = GeneratedStream.of(new Random(seed), MESSAGES, wrong);
      List<String> found = new ArrayList<>();
      Selection acknowledged = Selection.EVERYTHING;
      found.addAll(new LossCheck(history.inspect(acknowledged)).losses());
      found.addAll(new DuplicateCheck(history.inspect(acknowledged)).duplicates());
      found.addAll(new OrderCheck(history.inspect(acknowledged)).disorder());
      if (wrong == Wrong.NOT_RECORDED || wrong == Wrong.RECORDED_TWICE) {
        assertThat(found).as("seed %d", seed).isEmpty();
        Selection recorded = acknowledged.handledAs("cooked");
        found.addAll(new LossCheck(history.inspect(recorded)).losses());
        found.addAll(new DuplicateCheck(history.inspect(recorded)).duplicates());
        found.addAll(new OrderCheck(history.inspect(recorded)).disorder());
      }
      if (wrong == Wrong.NOTHING) {
        assertThat(found).as("seed %d", seed).isEmpty();
      } else {
        assertThat(found).as("seed %d", seed).hasSize(1);
        assertThat(found.get(0)).as("seed %d", seed).contains(history.concerned());
      }
    }
  }
}
