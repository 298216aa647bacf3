package dev.hubkit.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.json.JsonWriter;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private static final int LIMIT = 800_000;
  private final MemoryBudget budget = new MemoryBudget(LIMIT);

  @Test
  void theLastQuarterIsForThoseWhoHoldLittle() {
    assertThat(budget.hasRoomFor(LIMIT / 2, LIMIT / 8)).isTrue();
    budget.take(LIMIT / 4 * 3);
    assertThat(budget.hasRoomFor(LIMIT / 2, LIMIT / 8)).isFalse();
    assertThat(budget.hasRoomFor(LIMIT / 10, LIMIT / 8)).isTrue();
    budget.take(LIMIT / 4);
    assertThat(budget.hasRoomFor(0, LIMIT / 8)).isFalse();
  }

  @Test
  void eachOfThoseWhoHoldMuchHasAShare() {
    assertThat(budget.share())
        .as("the share of one holder, or of each of two")
        .isEqualTo(LIMIT / 8 * 7 / 2);
    budget.countSharer();
    budget.countSharer();
    assertThat(budget.share()).isEqualTo(LIMIT / 8 * 7 / 2);
    budget.countSharer();
    assertThat(budget.share()).isEqualTo(LIMIT / 8 * 7 / 3);
    budget.countOutSharer();
    assertThat(budget.share()).isEqualTo(LIMIT / 8 * 7 / 2);
  }

  @Test
  void aShareGivesBackAllItHasReserved() {
    MemoryShare share = new MemoryShare(budget, "a test", 1000);
    share.add(1000);
    assertThat(budget.used()).as("memory within the free amount does not count").isZero();
    share.add(1);
    assertThat(budget.used()).isBetween(1L, 100_000L);
    assertThatThrownBy(() -> share.add(LIMIT)).isInstanceOf(MemoryShortageException.class);
    share.close();
    assertThat(budget.used()).isZero();
    share.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void textThatIsTooLongIsRefusedBeforeItIsMade() {
    try (MemoryShare share = new MemoryShare(budget, "a test", 0)) {
      JsonWriter json = JsonWriter.compact(share).beginArray();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < LIMIT; i++) {
                  json.value(i);
                }
              })
          .isInstanceOf(MemoryShortageException.class);
    }
    assertThat(budget.used()).isZero();
  }
}
