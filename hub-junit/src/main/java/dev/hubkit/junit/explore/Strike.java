package dev.hubkit.junit.explore;

import dev.hubkit.time.DurationText;
import java.time.Duration;

/**
 * One adversity at one operation.
 *
 * @param before whether it strikes before the operation; of no meaning for some adversities
 * @param jump how much time passes; zero for adversities that are not about time
 */
record Strike(Adversity adversity, Operation operation, boolean before, Duration jump) {
  /** Identifies a strike in several runs of one seed. */
  record Key(Adversity adversity, Operation operation) {}

  Key key() {
    return new Key(adversity, operation);
  }

  @Override
  public String toString() {
    String when = before ? " before " : " after ";
    return switch (adversity) {
      case LOST_ACK, LOST_PUB_ACK, LOST_DELIVERY -> operation + " lost";
      case LATE_ACK -> operation + " late, after time for a redelivery";
      case LATE_DELIVERY -> operation + " late";
      case REORDER -> operation + " late, after what others sent";
      case CUT -> "cut of " + operation.quotedClient() + when + operation;
      case CRASH -> "crash of the server" + when + operation;
      case TIME_JUMP -> DurationText.of(jump) + " pass" + when + operation;
    };
  }
}
