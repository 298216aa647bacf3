package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.release.Compatibility;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of a consumer's configuration.
 *
 * @param before the configuration in force
 * @param after the configuration to replace it
 */
public record ConsumerUpdate(ConsumerConfig before, ConsumerConfig after) {
  /**
   * Refuses changes that are not allowed. Makes the checks of {@code checkNewConsumerConfig} of
   * nats-server in the same order.
   *
   * @param bound whether the delivery subject in force has a subscriber
   * @param compatibility the releases of nats-server whose rules hold
   * @throws ApiException naming the field that cannot be changed
   */
  public void check(boolean bound, Compatibility compatibility) {
    if (after.equals(before)) {
      return;
    }
    keep(before.deliverPolicy(), after.deliverPolicy(), "deliver policy");
    keep(before.memoryStorage(), after.memoryStorage(), "storage type");
    if (compatibility.atLeast(Compatibility.V2_15)) {
      keep(before.direct(), after.direct(), "direct");
      keep(before.sourcing(), after.sourcing(), "sourcing");
    }
    keep(before.optStartSeq(), after.optStartSeq(), "start sequence");
    keep(instant(before.optStartTime()), instant(after.optStartTime()), "start time");
    keep(before.ackPolicy(), after.ackPolicy(), "ack policy");
    keep(before.replayPolicy(), after.replayPolicy(), "replay policy");
    keep(before.idleHeartbeat(), after.idleHeartbeat(), "heart beats");
    keep(before.flowControl(), after.flowControl(), "flow control");
    if (changesDeliverSubject()) {
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
    ConsumerValidator.checkBackOffLength(after);
  }

  /** Returns whether the filters change. */
  public boolean changesFilters() {
    return !new HashSet<>(before.filters()).equals(new HashSet<>(after.filters()));
  }

  /** Returns whether the inactive threshold changes. */
  public boolean changesInactiveThreshold() {
    return before.inactiveThreshold() != after.inactiveThreshold();
  }

  public boolean changesDeliverSubject() {
    return !before.deliverSubject().equals(after.deliverSubject());
  }

  public boolean changesPause() {
    OffsetDateTime was = before.pauseUntil();
    OffsetDateTime wanted = after.pauseUntil();
    return was == null ? wanted != null : wanted == null || !was.isEqual(wanted);
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
