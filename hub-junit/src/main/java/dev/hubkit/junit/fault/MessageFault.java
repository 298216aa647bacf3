package dev.hubkit.junit.fault;

import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.junit.message.MessageView;
import dev.hubkit.log.Log;
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
  private static final Log log = Log.of(MessageFault.class);

  private static final int MOST_HELD = 100_000;
  private static final byte DAMAGE = 0x10;

  private final MessageSelector selector;

  MessageFault(MessageSelector selector) {
    this.selector = selector;
  }

  /**
   * Messages on a subject, which may have wildcards, from or to some clients.
   *
   * @param matchers what the messages have to match besides
   */
  record MessageSelector(ClientSelector clients, String pattern, List<MessageMatcher> matchers) {
    MessageSelector {
      if (!Subjects.isValid(pattern)) {
        throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
      }
    }

    MessageSelector of(ClientSelector selected) {
      return new MessageSelector(selected, pattern, matchers);
    }

    MessageSelector matching(MessageMatcher matcher) {
      List<MessageMatcher> all = new ArrayList<>(matchers);
      all.add(matcher);
      return new MessageSelector(clients, pattern, List.copyOf(all));
    }

    boolean includes(Connection client, Message message) {
      return Subjects.matches(message.subject(), pattern)
          && clients.includes(client)
          && (matchers.isEmpty() || matches(message));
    }

    private boolean matches(Message message) {
      MessageView view =
          MessageView.of(
              message.subject(), message.header(), message.payload(), message.payloadLength());
      try {
        return matchers.stream().allMatch(matcher -> matcher.matches(view));
      } catch (RuntimeException e) {
        log.warn("A fault does not concern {}, because its matcher failed", view, e);
        return false;
      }
    }
  }

  final boolean concerns(Connection client, Message message) {
    return selector.includes(client, message);
  }

  /**
   * Applies the fault and returns the message to pass on; null to pass on none now.
   *
   * @param next receives a message that the fault has held back
   */
  abstract @Nullable Message apply(Message message, Consumer<Message> next);

  /** Releases all messages that the fault holds back, in their order. */
  void release() {}

  /** Returns a fault that drops messages. */
  static MessageFault losing(MessageSelector selector) {
    return new MessageFault(selector) {
      @Override
      @Nullable Message apply(Message message, Consumer<Message> next) {
        return null;
      }
    };
  }

  /** Returns a fault that flips a bit in the middle of each payload. */
  static MessageFault corrupting(MessageSelector selector) {
    return new MessageFault(selector) {
      @Override
      Message apply(Message message, Consumer<Message> next) {
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
  static MessageFault holding(MessageSelector selector) {
    return new HoldFault(selector, MOST_HELD, null);
  }

  /** Returns a fault that reverses the order of messages, window by window. */
  static MessageFault reordering(MessageSelector selector, int window) {
    if (window < 2) {
      throw new IllegalArgumentException("The window must be at least 2: " + window);
    }
    return new HoldFault(selector, window, MessageFault::reversed);
  }

  private static List<HeldMessage> reversed(List<HeldMessage> messages) {
    List<HeldMessage> reversed = new ArrayList<>();
    for (int i = messages.size() - 1; i >= 0; i--) {
      reversed.add(messages.get(i));
    }
    return reversed;
  }

  /** Returns a fault that delays messages and keeps their order. */
  static MessageFault delaying(MessageSelector selector, Duration delay, TimeSource time) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("The delay must not be negative: " + delay);
    }
    return new DelayFault(selector, delay, time);
  }

  private record HeldMessage(Message message, Consumer<Message> next) {
    void release() {
      next.accept(message);
    }
  }

  private interface Order {
    List<HeldMessage> of(List<HeldMessage> messages);
  }

  /** Holds messages; a full window is released in an order or, without one, the rest is dropped. */
  private static final class HoldFault extends MessageFault {
    private final int most;
    private final @Nullable Order order;
    private List<HeldMessage> held = new ArrayList<>();
    private boolean open = true;

    HoldFault(MessageSelector selector, int most, @Nullable Order order) {
      super(selector);
      this.most = most;
      this.order = order;
    }

    @Override
    synchronized @Nullable Message apply(Message message, Consumer<Message> next) {
      if (!open) {
        return message;
      }
      if (held.size() < most) {
        held.add(new HeldMessage(message.retain(), next));
      }
      if (order != null && held.size() == most) {
        List<HeldMessage> full = held;
        held = new ArrayList<>();
        order.of(full).forEach(HeldMessage::release);
      }
      return null;
    }

    @Override
    synchronized void release() {
      open = false;
      held.forEach(HeldMessage::release);
      held = List.of();
    }
  }

  private static final class DelayFault extends MessageFault {
    private final Duration delay;
    private final TimeSource time;
    private final ArrayDeque<HeldMessage> held = new ArrayDeque<>();
    private boolean open = true;

    DelayFault(MessageSelector selector, Duration delay, TimeSource time) {
      super(selector);
      this.delay = delay;
      this.time = time;
    }

    @Override
    synchronized @Nullable Message apply(Message message, Consumer<Message> next) {
      if (!open) {
        return message;
      }
      if (held.size() < MOST_HELD) {
        held.add(new HeldMessage(message.retain(), next));
        // One timer per message: without it the last message would never be released.
        time.schedule(delay, new SupervisedTask(this::next, failure -> next()));
      }
      return null;
    }

    // Timers of one delay run in the order in which they were set.
    private synchronized void next() {
      HeldMessage first = held.poll();
      if (first != null) {
        first.release();
      }
    }

    @Override
    synchronized void release() {
      open = false;
      for (HeldMessage next = held.poll(); next != null; next = held.poll()) {
        next.release();
      }
    }
  }
}
