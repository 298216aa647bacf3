package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.MemoryStore;
import dev.hubkit.nats.jetstream.store.StoreLimits;
import dev.hubkit.nats.jetstream.store.StreamStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AckFloorTest {
  private final StreamStore stream = MemoryStore.create(StoreLimits.NONE);
  private final ConsumerStore state = ConsumerStore.inMemory();
  private final Cursor cursor = new Cursor(stream, ConsumerConfig.parse(Json.parseObject("{}")));
  private final AckFloor floor = new AckFloor(state, cursor);

  /** Sequences 2, 4, 6 and 8 are delivered: the filters leave out the ones between them. */
  @BeforeEach
  void deliver() {
    state.reset(0);
    floor.start();
    for (int i = 1; i <= 4; i++) {
      state.addPending(2L * i, i, 1);
      state.deliver(i, 2L * i);
    }
    cursor.seek(10);
  }

  @AfterEach
  void close() {
    stream.close();
  }

  private void pass(long seq) {
    long delivery = state.pendingConsumer(seq);
    state.removePending(seq);
    floor.passed(seq, delivery);
    floor.passedInState(seq, delivery);
  }

  @Test
  void goesUpToWhatStillWaits() {
    pass(2);
    assertThat(floor.streamSeq()).isEqualTo(3);
    assertThat(floor.covers(1)).isTrue();
    assertThat(floor.covers(2)).isFalse();
    assertThat(state.floorStream()).isEqualTo(3);
  }

  @Test
  void waitsForTheLowest() {
    pass(6);
    pass(4);
    assertThat(floor.streamSeq()).isZero();
    pass(2);
    assertThat(floor.streamSeq()).isEqualTo(7);
    assertThat(state.floorConsumer()).isEqualTo(3);
  }

  @Test
  void passesOverWhatTheFiltersLeaveOutWhenNothingWaits() {
    pass(2);
    pass(4);
    pass(6);
    pass(8);
    assertThat(floor.streamSeq()).isEqualTo(9);
    assertThat(state.floorStream()).isEqualTo(8);
    floor.write();
    assertThat(state.floorStream()).isEqualTo(9);
    assertThat(state.deliveredStream()).isEqualTo(9);
  }

  @Test
  void isTakenUpAgain() {
    pass(2);
    AckFloor later = new AckFloor(state, cursor);
    later.recover();
    assertThat(later.streamSeq()).isEqualTo(3);
    assertThat(later.covers(1)).isTrue();
  }
}
