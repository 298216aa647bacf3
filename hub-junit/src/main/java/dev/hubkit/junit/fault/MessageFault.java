package dev.hubkit.junit.fault;

import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A fault in messages on some subjects. Thread-safe. */
abstract class MessageFault {
  private static final int MOST_HELD = 100_000;
  private static final byte DAMAGE = 0x10;

  private final Meant meant;

  MessageFault(Meant meant) {
    this.meant = meant;
  }

  /** Messages on a subject, which may have wildcards, from or to some clients. */
  record Meant(ClientSelector who, String pattern) {
    Meant {
      if (!Subjects.isValid(pattern)) {
        throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
      }
    }
  }

  final boolean concerns(Connection client, Message message) {
    return Subjects.matches(message.subject(), meant.pattern()) && meant.who().includes(client);
  }

  /**
   * Applies the fault and returns the message to pass on; null to pass on none now.
   *
   * @param onward receives a message that the fault has held back
   */
  abstract @Nullable Message spoil(Message message, Consumer<Message> onward);

  /** Releases all messages that the fault holds back, in their order. */
  void release() {}

  /** Returns a fault that drops messages. */
  static MessageFault losing(Meant meant) {
    return new MessageFault(meant) {
      @Override
      @Nullable Message spoil(Message message, Consumer<Message> onward) {
        return null;
      }
    };
  }

  /** Returns a fault that flips a bit in the middle of each payload. */
  static MessageFault corrupting(Meant meant) {
    return new MessageFault(meant) {
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

  /** Returns a fault that holds messages until it is closed. */
  static MessageFault holding(Meant meant) {
    return new Holding(meant, MOST_HELD, null);
  }

  /** Returns a fault that reverses the order of messages, window by window. */
  static MessageFault reordering(Meant meant, int window) {
    if (window < 2) {
      throw new IllegalArgumentException("The window must be at least 2: " + window);
    }
    return new Holding(meant, window, MessageFault::reversed);
  }

  private static List<Held> reversed(List<Held> messages) {
    List<Held> reversed = new ArrayList<>();
    for (int i = messages.size() - 1; i >= 0; i--) {
      reversed.add(messages.get(i));
    }
    return reversed;
  }

  /** Returns a fault that delays messages and keeps their order. */
  static MessageFault delaying(Meant meant, Duration delay, TimeSource time) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("The delay must not be negative: " + delay);
    }
    return new Delaying(meant, delay, time);
  }

  private record Held(Message message, Consumer<Message> onward) {
    void passOn() {
      onward.accept(message);
    }
  }

  private interface Order {
    List<Held> of(List<Held> messages);
  }

  /** Holds messages; a full window is released in an order or, without one, the rest is dropped. */
  private static final class Holding extends MessageFault {
    private final int most;
    private final @Nullable Order order;
    private List<Held> held = new ArrayList<>();
    private boolean open = true;

    Holding(Meant meant, int most, @Nullable Order order) {
      super(meant);
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
        order.of(full).forEach(Held::passOn);
      }
      return null;
    }

    @Override
    synchronized void release() {
      open = false;
      held.forEach(Held::passOn);
      held = List.of();
    }
  }

  private static final class Delaying extends MessageFault {
    private final Duration delay;
    private final TimeSource time;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean open = true;

    Delaying(Meant meant, Duration delay, TimeSource time) {
      super(meant);
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
        // One timer per message: without it the last message would never be released.
        time.schedule(delay, new SupervisedTask(this::next, failure -> next()));
      }
      return null;
    }

    // Timers of one delay run in the order in which they were set.
    private synchronized void next() {
      Held first = held.poll();
      if (first != null) {
        first.passOn();
      }
    }

    @Override
    synchronized void release() {
      open = false;
      for (Held next = held.poll(); next != null; next = held.poll()) {
        next.passOn();
      }
    }
  }
}
