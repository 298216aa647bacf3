package dev.hubkit.junit.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.explore.Operation.Kind;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShrinkingTest {
  private static Strike strike(int number) {
    Operation operation = new Operation("shop", Kind.ACK, "orders." + number, 1);
    return new Strike(Adversity.LOST_ACK, operation, false, Duration.ZERO);
  }

  private static List<Strike> strikes(int count) {
    return IntStream.range(0, count).mapToObj(ShrinkingTest::strike).toList();
  }

  private static Shrinking shrink(List<Strike> struck, Predicate<List<Strike>> fails) {
    Shrinking shrinking = new Shrinking(struck);
    for (List<Strike> next = shrinking.next(); next != null; next = shrinking.next()) {
      shrinking.result(fails.test(next), next);
    }
    return shrinking;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 12, 20})
  void findsThePairThatIsNeeded(int count) {
    for (int first = 0; first < count; first++) {
      List<Strike> needed = List.of(strike(first), strike(count - 1));
      Shrinking shrinking = shrink(strikes(count), tried -> tried.containsAll(needed));
      assertThat(shrinking.smallest())
          .containsExactlyElementsOf(
              List.copyOf(first == count - 1 ? needed.subList(0, 1) : needed));
      assertThat(shrinking.runs()).isLessThan(80);
    }
  }

  @Test
  void leavesNothingOfAFailureThatNeedsNothing() {
    Shrinking shrinking = shrink(strikes(5), tried -> true);
    assertThat(shrinking.smallest()).isEmpty();
    assertThat(shrinking.runs()).isEqualTo(1);
  }

  @Test
  void goesOnWithWhatHasReallyStruck() {
    Shrinking shrinking = new Shrinking(strikes(4));
    assertThat(shrinking.next()).isEmpty();
    shrinking.result(false, List.of());
    assertThat(shrinking.next()).hasSize(2);
    shrinking.result(true, List.of(strike(3)));
    assertThat(shrinking.smallest()).containsExactly(strike(3));
    assertThat(shrinking.next()).isNull();
  }

  @Test
  void endsThoughEveryRunDiffers() {
    int[] runs = new int[1];
    Shrinking shrinking = shrink(strikes(200), tried -> runs[0]++ % 2 == 1);
    assertThat(shrinking.runs()).isLessThanOrEqualTo(80);
  }
}
