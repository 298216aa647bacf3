package dev.hubkit.junit.fault;

import dev.hubkit.junit.fault.MessageFault.MessageSelector;
import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.time.DurationText;
import dev.hubkit.time.TimeSource;
import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;

/** Injects faults into messages on some subjects, in one direction. */
@SuppressWarnings("exports") // the optional libraries
public final class MessageFaults {
  private final Faults faults;
  private final List<MessageFault> present;
  private final MessageSelector selector;
  private final String what;
  private final TimeSource time;

  MessageFaults(
      Faults faults, List<MessageFault> present, String pattern, String what, TimeSource time) {
    this(
        faults,
        present,
        new MessageSelector(ClientSelector.everybody(), pattern, List.of()),
        what + " on " + pattern,
        time);
  }

  private MessageFaults(
      Faults faults,
      List<MessageFault> present,
      MessageSelector selector,
      String what,
      TimeSource time) {
    this.faults = faults;
    this.present = present;
    this.selector = selector;
    this.what = what;
    this.time = time;
  }

  /** Selects only the messages that one client publishes or receives. */
  public MessageFaults of(Connection connection) {
    return of(ClientSelector.of(connection));
  }

  /** Selects only the messages that the selected clients publish or receive. */
  public MessageFaults of(ClientSelector clients) {
    return new MessageFaults(faults, present, selector.of(clients), what + " of " + clients, time);
  }

  /**
   * Selects only the messages that match, such as those with {@code json("$.id", 42)}. If a matcher
   * throws, the fault does not concern the message, and the log says so.
   */
  public MessageFaults matching(MessageMatcher matcher) {
    return new MessageFaults(
        faults, present, selector.matching(matcher), what + " " + matcher, time);
  }

  @Override
  public String toString() {
    return what;
  }

  /** Drops the messages silently. */
  public Fault lose() {
    return begin("lost", MessageFault.losing(selector));
  }

  /**
   * Holds the messages until the fault is closed, and then releases them in their order. Beyond
   * 100000 messages, further ones are lost.
   */
  public Fault hold() {
    return begin("held", MessageFault.holding(selector));
  }

  /** Delays the messages, in the hub's time; closing the fault releases them at once. */
  public Fault delay(Duration delay) {
    return begin(
        "delayed by " + DurationText.of(delay), MessageFault.delaying(selector, delay, time));
  }

  /** Flips one bit in the middle of each payload. */
  public Fault corrupt() {
    return begin("corrupted", MessageFault.corrupting(selector));
  }

  /**
   * Reverses the order of the messages, window by window.
   *
   * @param window how many messages are held and then released in reverse order; at least 2
   */
  public Fault reorder(int window) {
    return begin("reordered", MessageFault.reordering(selector, window));
  }

  private Fault begin(String effect, MessageFault fault) {
    present.add(fault);
    return faults.begin(
        what + " are " + effect,
        () -> {
          present.remove(fault);
          fault.release();
        });
  }
}
