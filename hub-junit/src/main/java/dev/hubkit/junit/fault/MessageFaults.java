package dev.hubkit.junit.fault;

import dev.hubkit.junit.fault.MessageFault.Meant;
import dev.hubkit.time.TimeSource;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;

/** What can be wrong with messages on some subjects, in one direction. */
public final class MessageFaults {
  private final Faults faults;
  private final List<MessageFault> present;
  private final Meant meant;
  private final String what;
  private final TimeSource time;

  MessageFaults(
      Faults faults, List<MessageFault> present, String pattern, String what, TimeSource time) {
    this(
        faults,
        present,
        new Meant(ClientSelector.everybody(), pattern),
        what + " on " + pattern,
        time);
  }

  private MessageFaults(
      Faults faults, List<MessageFault> present, Meant meant, String what, TimeSource time) {
    this.faults = faults;
    this.present = present;
    this.meant = meant;
    this.what = what;
    this.time = time;
  }

  /** Of these messages those that one client publishes, or is delivered. */
  public MessageFaults of(Connection connection) {
    return of(ClientSelector.of(connection));
  }

  /** {@link #of(Connection)} for any clients. */
  public MessageFaults of(ClientSelector who) {
    return new MessageFaults(
        faults, present, new Meant(who, meant.pattern()), what + " of " + who, time);
  }

  /** They get lost, and nobody is told. */
  public Fault lose() {
    return begin("lost", MessageFault.losing(meant));
  }

  /**
   * They wait until the fault is taken back, and go on then in the order they came. More than
   * 100000 are lost.
   */
  public Fault hold() {
    return begin("held", MessageFault.holding(meant));
  }

  /** They arrive so much later, in the hub's time; at once when the fault is taken back. */
  public Fault delay(Duration delay) {
    return begin("delayed by " + delay, MessageFault.delaying(meant, delay, time));
  }

  /** They arrive with one bit in the middle of the payload changed. */
  public Fault corrupt() {
    return begin("corrupted", MessageFault.corrupting(meant));
  }

  /**
   * They arrive in another order: as soon as there are so many, the last of them comes first.
   *
   * @param window at least 2
   */
  public Fault reorder(int window) {
    return begin("reordered", MessageFault.reordering(meant, window));
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
