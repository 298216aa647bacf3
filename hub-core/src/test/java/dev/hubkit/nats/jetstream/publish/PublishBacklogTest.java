package dev.hubkit.nats.jetstream.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.work.MemoryBudget;
import org.junit.jupiter.api.Test;

class PublishBacklogTest {
  private final MemoryBudget memory = new MemoryBudget(1_000_000);

  @Test
  void takesSoManyMessages() {
    PublishBacklog backlog = new PublishBacklog(2, 0, memory);
    assertThat(backlog.add(10)).isTrue();
    assertThat(backlog.add(10)).isTrue();
    assertThat(backlog.add(10)).isFalse();
    backlog.started(10);
    assertThat(backlog.add(10)).isFalse();
    backlog.roundEnded();
    assertThat(backlog.add(10)).isTrue();
  }

  @Test
  void takesSoManyBytes() {
    PublishBacklog backlog = new PublishBacklog(0, 5_000, memory);
    assertThat(backlog.add(4_000)).isTrue();
    assertThat(backlog.add(4_000)).isFalse();
    assertThat(backlog.add(400)).isTrue();
  }

  @Test
  void takesWhatThereIsMemoryForAndGivesItBack() {
    PublishBacklog backlog = new PublishBacklog(0, 0, memory);
    int taken = 0;
    while (backlog.add(10_000)) {
      taken++;
    }
    assertThat(taken * 10_000L)
        .as("bytes taken: the last quarter is for others")
        .isBetween(700_000L, 900_000L);
    assertThat(memory.used()).isBetween(700_000L, 900_000L);
    for (int i = 0; i < taken; i++) {
      backlog.started(10_000);
    }
    backlog.roundEnded();
    assertThat(memory.used()).isZero();
  }

  @Test
  void holdsNothingWhenItIsClosed() {
    PublishBacklog backlog = new PublishBacklog(0, 0, memory);
    assertThat(backlog.add(500_000)).isTrue();
    assertThat(memory.used()).isPositive();
    backlog.close();
    assertThat(memory.used()).isZero();
    assertThat(backlog.add(900_000)).isFalse();
    assertThat(memory.used()).isZero();
  }
}
