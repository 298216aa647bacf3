package dev.hubkit.junit.fault;

import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is wrong with messages on some subjects. Thread-safe. */
abstract class MessageFault {
  private static final int MOST_HELD = 100_000;
  private static final byte DAMAGE = 0x10;

  private final String pattern;

  MessageFault(String pattern) {
    if (!Subjects.isValid(pattern)) {
      throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
    }
    this.pattern = pattern;
  }

  final boolean concerns(Message message) {
    return Subjects.matches(message.subject(), pattern);
  }

  /**
   * What goes on in place of a message; null for nothing now.
   *
   * @param onward where what is held back goes on later
   */
  abstract @Nullable Message spoil(Message message, Consumer<Message> onward);

  /** Lets everything go on that is held back, in the order it came. */
  void release() {}

  /** Messages get lost. */
  static MessageFault losing(String pattern) {
    return new MessageFault(pattern) {
      @Override
      @Nullable Message spoil(Message message, Consumer<Message> onward) {
        return null;
      }
    };
  }

  /** Messages arrive damaged: a bit in the middle of the payload has changed. */
  static MessageFault corrupting(String pattern) {
    return new MessageFault(pattern) {
      @Override
      Message spoil(Message message, Consumer<Message> onward) {
        byte[] payload = message.payload();
        if (payload.length == 0) {
          return message;
        }
        payload[payload.length / 2] ^= DAMAGE;
        return Message.of(message.subject(), message.reply(), message.header(), payload);
      }
    };
  }

  /** Messages wait until the fault is taken back. */
  static MessageFault holding(String pattern) {
    return new Holding(pattern, MOST_HELD, null);
  }

  /** Messages come so many at a time, the last of them first. */
  static MessageFault reordering(String pattern, int window) {
    if (window < 2) {
      throw new IllegalArgumentException("Less than two can't be reordered: " + window);
    }
    return new Holding(pattern, window, MessageFault::reversed);
  }

  private static List<Held> reversed(List<Held> messages) {
    List<Held> reversed = new ArrayList<>();
    for (int i = messages.size() - 1; i >= 0; i--) {
      reversed.add(messages.get(i));
    }
    return reversed;
  }

  /** Messages arrive later, in their order. */
  static MessageFault delaying(String pattern, Duration delay, TimeSource time) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("Not a delay: " + delay);
    }
    return new Delaying(pattern, delay, time);
  }

  private record Held(Message message, Consumer<Message> onward) {
    void goOn() {
      onward.accept(message);
    }
  }

  private interface Order {
    List<Held> of(List<Held> messages);
  }

  /** Keeps messages; when it has as many as it keeps, they go on in an order, or get lost. */
  private static final class Holding extends MessageFault {
    private final int most;
    private final @Nullable Order order;
    private List<Held> held = new ArrayList<>();
    private boolean open = true;

    Holding(String pattern, int most, @Nullable Order order) {
      super(pattern);
      this.most = most;
      this.order = order;
    }

    @Override
    synchronized @Nullable Message spoil(Message message, Consumer<Message> onward) {
      if (!open) {
        return message;
      }
      if (held.size() < most) {
        held.add(new Held(message.retain(), onward));
      }
      if (order != null && held.size() == most) {
        List<Held> full = held;
        held = new ArrayList<>();
        order.of(full).forEach(Held::goOn);
      }
      return null;
    }

    @Override
    synchronized void release() {
      open = false;
      held.forEach(Held::goOn);
      held = List.of();
    }
  }

  private static final class Delaying extends MessageFault {
    private final Duration delay;
    private final TimeSource time;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean open = true;

    Delaying(String pattern, Duration delay, TimeSource time) {
      super(pattern);
      this.delay = delay;
      this.time = time;
    }

    @Override
    synchronized @Nullable Message spoil(Message message, Consumer<Message> onward) {
      if (!open) {
        return message;
      }
      if (held.size() < MOST_HELD) {
        held.add(new Held(message.retain(), onward));
        time.schedule(delay, this::next);
      }
      return null;
    }

    // Timers of one delay run in the order in which they were set.
    private synchronized void next() {
      Held first = held.poll();
      if (first != null) {
        first.goOn();
      }
    }

    @Override
    synchronized void release() {
      open = false;
      for (Held next = held.poll(); next != null; next = held.poll()) {
        next.goOn();
      }
    }
  }
}
