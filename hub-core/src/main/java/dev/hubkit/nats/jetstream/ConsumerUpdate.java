package dev.hubkit.nats.jetstream;

import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The step of a consumer from one configuration to another, with the checks of {@code
 * checkNewConsumerConfig} of nats-server in their order.
 */
record ConsumerUpdate(ConsumerConfig before, ConsumerConfig after) {
  /**
   * Refuses to change what can't be changed.
   *
   * @param bound whether anybody subscribes to the delivery subject in force
   */
  void check(boolean bound) {
    if (after.equals(before)) {
      return;
    }
    keep(before.deliverPolicy(), after.deliverPolicy(), "deliver policy");
    keep(before.memoryStorage(), after.memoryStorage(), "storage type");
    keep(before.optStartSeq(), after.optStartSeq(), "start sequence");
    keep(instant(before.optStartTime()), instant(after.optStartTime()), "start time");
    keep(before.ackPolicy(), after.ackPolicy(), "ack policy");
    keep(before.replayPolicy(), after.replayPolicy(), "replay policy");
    keep(before.idleHeartbeat(), after.idleHeartbeat(), "heart beats");
    keep(before.flowControl(), after.flowControl(), "flow control");
    if (!before.deliverSubject().equals(after.deliverSubject())) {
      if (!before.isPush()) {
        throw notUpdatable("can not update pull consumer to push based");
      }
      if (!after.isPush()) {
        throw notUpdatable("can not update push consumer to pull based");
      }
      if (bound) {
        throw ApiError.CONSUMER_NAME_EXIST.exception();
      }
    }
    keep(before.maxWaiting(), after.maxWaiting(), "max waiting");
    ConsumerRules.checkBackOffLength(after);
  }

  boolean changesFilters() {
    return !new HashSet<>(before.filters()).equals(new HashSet<>(after.filters()));
  }

  private static void keep(@Nullable Object was, @Nullable Object wanted, String what) {
    if (!Objects.equals(was, wanted)) {
      throw notUpdatable(what + " can not be updated");
    }
  }

  private static @Nullable Object instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }

  private static ApiException notUpdatable(String text) {
    return ApiError.CONSUMER_CREATE.exception(text);
  }
}
