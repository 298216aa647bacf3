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

/** What is wrong with messages on some subjects. Thread-safe. */
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
   * What goes on in place of a message; null for nothing now.
   *
   * @param onward where what is held back goes on later
   */
  abstract @Nullable Message spoil(Message message, Consumer<Message> onward);

  /** Lets everything go on that is held back, in the order it came. */
  void release() {}

  /** Messages get lost. */
  static MessageFault losing(Meant meant) {
    return new MessageFault(meant) {
      @Override
      @Nullable Message spoil(Message message, Consumer<Message> onward) {
        return null;
      }
    };
  }

  /** Messages arrive damaged: a bit in the middle of the payload has changed. */
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

  /** Messages wait until the fault is taken back. */
  static MessageFault holding(Meant meant) {
    return new Holding(meant, MOST_HELD, null);
  }

  /** Messages come so many at a time, the last of them first. */
  static MessageFault reordering(Meant meant, int window) {
    if (window < 2) {
      throw new IllegalArgumentException("Less than two can't be reordered: " + window);
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

  /** Messages arrive later, in their order. */
  static MessageFault delaying(Meant meant, Duration delay, TimeSource time) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("Not a delay: " + delay);
    }
    return new Delaying(meant, delay, time);
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
        // Each of them has its own: without one the last would never go on.
        time.schedule(delay, new SupervisedTask(this::next, failure -> next()));
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
