package dev.hubkit.junit.fault;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.List;

/** What can be wrong with messages on some subjects, in one direction. */
public final class MessageFaults {
  private final Faults faults;
  private final List<MessageFault> present;
  private final String pattern;
  private final String what;
  private final TimeSource time;

  MessageFaults(
      Faults faults, List<MessageFault> present, String pattern, String what, TimeSource time) {
    this.faults = faults;
    this.present = present;
    this.pattern = pattern;
    this.what = what + " on " + pattern;
    this.time = time;
  }

  /** They get lost, and nobody is told. */
  public Fault lose() {
    return begin("lost", MessageFault.losing(pattern));
  }

  /**
   * They wait until the fault is taken back, and go on then in the order they came. More than
   * 100000 are lost.
   */
  public Fault hold() {
    return begin("held", MessageFault.holding(pattern));
  }

  /** They arrive so much later, in the hub's time; at once when the fault is taken back. */
  public Fault delay(Duration delay) {
    return begin("delayed by " + delay, MessageFault.delaying(pattern, delay, time));
  }

  /** They arrive with one bit in the middle of the payload changed. */
  public Fault corrupt() {
    return begin("corrupted", MessageFault.corrupting(pattern));
  }

  /**
   * They arrive in another order: as soon as there are so many, the last of them comes first.
   *
   * @param window at least 2
   */
  public Fault reorder(int window) {
    return begin("reordered", MessageFault.reordering(pattern, window));
  }

  private Fault begin(String how, MessageFault fault) {
    present.add(fault);
    return faults.begin(
        what + " are " + how,
        () -> {
          present.remove(fault);
          fault.release();
        });
  }
}
