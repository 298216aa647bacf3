package dev.hubkit.junit.history;

import dev.hubkit.junit.history.RegisterAction.Forget;
import dev.hubkit.junit.history.RegisterAction.Purge;
import dev.hubkit.junit.history.RegisterAction.Read;
import dev.hubkit.junit.history.RegisterAction.Refused;
import dev.hubkit.junit.history.RegisterAction.Write;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a register with revisions: the last message of a key. Revisions only grow (ADR-8:
 * they are the sequences of the bucket's stream), and a write may depend on the revision before it.
 *
 * @param revision the revision of the value; {@link RegisterAction#NOTHING} without a value; {@link
 *     RegisterAction#UNKNOWN} while no answer has told it
 * @param floor the highest revision that has been used for certain; an unknown revision is higher
 * @param value the value; null if it is not known
 * @param expires when the server may remove the value, in nanoseconds since the epoch
 */
record RegisterState(long revision, long floor, @Nullable RegisterValue value, long expires) {
  private static final RegisterValue EXPIRED = RegisterValue.of("MaxAge", new byte[0]);

  /** Returns the state of a key that never had a value. */
  static RegisterState absent() {
    return absent(RegisterAction.NOTHING);
  }

  private static RegisterState absent(long floor) {
    return new RegisterState(RegisterAction.NOTHING, floor, Read.NONE, RegisterAction.NEVER);
  }

  /**
   * Returns the state of a key that had operations before the history began.
   *
   * @param expires when a value that it may have expires
   */
  static RegisterState unknown(long expires) {
    return new RegisterState(RegisterAction.UNKNOWN, -1, null, expires);
  }

  /** Returns the states after an operation; none if the operation could not happen here. */
  Set<RegisterState> after(RegisterOperation operation) {
    Set<RegisterState> after = new LinkedHashSet<>();
    add(operation.action(), after);
    if (expires <= operation.endTime() && revision != RegisterAction.NOTHING) {
      absent(floor).add(operation.action(), after);
      // A server may note that a value has expired (ADR-43).
      new RegisterState(RegisterAction.UNKNOWN, Math.max(floor, 0), EXPIRED, 0)
          .addNow(operation.action(), after);
    }
    return after;
  }

  private void add(RegisterAction action, Set<RegisterState> after) {
    addNow(action, after);
  }

  private void addNow(RegisterAction action, Set<RegisterState> after) {
    if (action instanceof Write write) {
      write(write, after);
    } else if (action instanceof Read read) {
      if (canBe(read.revision())
          && (read.revision() == RegisterAction.NOTHING
              || value == null
              || value.equals(read.value()))) {
        after.add(bound(read.revision(), read.value()));
      }
    } else if (action instanceof Refused refused) {
      refuse(refused, after);
    } else if (action instanceof Purge purge) {
      if (revision == RegisterAction.UNKNOWN || revision >= purge.below()) {
        after.add(this);
      }
      if (revision < purge.below()) {
        after.add(absent(floor));
      }
    } else if (action instanceof Forget) {
      after.add(unknown(expires));
    }
  }

  private void write(Write write, Set<RegisterState> after) {
    if (write.expected() != RegisterAction.ANY && !canBe(write.expected())) {
      return;
    }
    long above = Math.max(floor, write.expected());
    if (write.revision() == RegisterAction.UNKNOWN) {
      after.add(
          new RegisterState(
              RegisterAction.UNKNOWN, Math.max(above, 0), write.value(), write.expires()));
    } else if (write.revision() > above) {
      after.add(
          new RegisterState(write.revision(), write.revision(), write.value(), write.expires()));
    }
  }

  private void refuse(Refused refused, Set<RegisterState> after) {
    if (refused.actual() == RegisterAction.UNKNOWN) {
      if (revision != refused.expected()) {
        after.add(this);
      }
    } else if (refused.actual() != refused.expected() && canBe(refused.actual())) {
      after.add(bound(refused.actual(), value));
    }
  }

  private boolean canBe(long asked) {
    return revision == RegisterAction.UNKNOWN ? asked > floor : revision == asked;
  }

  private RegisterState bound(long known, @Nullable RegisterValue as) {
    return known == RegisterAction.NOTHING
        ? absent(Math.max(floor, 0))
        : new RegisterState(known, Math.max(floor, known), as, expires);
  }

  @Override
  public String toString() {
    if (revision == RegisterAction.NOTHING) {
      return "nothing";
    }
    String held = value == null ? "some value" : Objects.toString(value);
    return revision == RegisterAction.UNKNOWN
        ? held + (floor > 0 ? " at a revision after " + floor : "")
        : held + " at revision " + revision;
  }
}
