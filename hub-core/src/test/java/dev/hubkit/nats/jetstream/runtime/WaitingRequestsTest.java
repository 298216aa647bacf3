package dev.hubkit.nats.jetstream.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.work.MemoryBudget;
import org.junit.jupiter.api.Test;

class WaitingRequestsTest {
  private static final int LIMIT = 1 << 20;

  private final MemoryBudget memory = new MemoryBudget(LIMIT);
  private final WaitingRequests waiting = new WaitingRequests(memory, 10_000);

  @Test
  void fewSmallOnesWaitWhereAttackersHoldAllMemory() {
    memory.take(LIMIT);
    assertThat(waiting.add(200)).isTrue();
    assertThat(waiting.add(64 * 1024)).isFalse();
    waiting.remove(200);
    assertThat(memory.used()).isEqualTo(LIMIT);
  }

  @Test
  void notEvenSmallOnesFillTheHeap() {
    memory.take(LIMIT);
    int added = 0;
    while (added < 10_000 && waiting.add(200)) {
      added++;
    }
    assertThat(added).isBetween(50, 1000);
    assertThat(waiting.isFull()).isFalse();
    for (int i = 0; i < added; i++) {
      waiting.remove(200);
    }
    assertThat(memory.used()).isEqualTo(LIMIT);
  }

  @Test
  void thoseWhoHoldMuchGoForALargeOne() {
    memory.take(LIMIT);
    memory.onShortage(bytes -> memory.release(LIMIT / 2));
    assertThat(waiting.add(64 * 1024)).isTrue();
  }

  @Test
  void noMoreWaitThanAllowed() {
    MemoryBudget plenty = new MemoryBudget(1L << 30);
    WaitingRequests many = new WaitingRequests(plenty, 10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(many.add(0)).isTrue();
    }
    assertThat(many.isFull()).isTrue();
    assertThat(many.add(0)).isFalse();
  }
}
