package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DeliverPolicy;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The position of a consumer in its stream: which message it delivers next for the first time, and
 * how many are still to come. Confined to the stream's executor.
 */
final class Cursor {
  private static final int MAX_SUBJECTS = Integer.MAX_VALUE;

  private final StreamStore store;
  private final boolean lastPerSubject;
  private SubjectFilter filter;
  private long next = 1;

  /** The remaining last messages of their subjects, with which a consumer may begin. */
  private long[] skipList = new long[0];

  private int skipped;

  /** The sequence to continue at after those. */
  private long resume;

  private long pending;

  /**
   * Up to this sequence messages are counted in {@link #pending}, or were before they were removed.
   */
  private long counted;

  Cursor(StreamStore store, ConsumerConfig config) {
    this.store = store;
    this.lastPerSubject = config.deliverPolicy() == DeliverPolicy.LAST_PER_SUBJECT;
    this.filter = SubjectFilter.of(config.filters());
  }

  /** Starts where a new consumer of {@code config} begins. */
  public void start(ConsumerConfig config, long maxMessagesPerSubject) {
    StoreState state = store.state();
    long first = state.firstSequence();
    long last = state.lastSequence();
    next =
        config.optStartSeq() != 0
            ? config.optStartSeq()
            : begin(config, first, last, maxMessagesPerSubject);
    // A start that the client has named stays, even if the stream has not reached it.
    boolean named = config.optStartSeq() != 0;
    if (first == 0 && !named) {
      next = 1;
    } else if (Long.compareUnsigned(next, last) > 0 && !named) {
      next = last + 1;
    } else if (next >= 0 && next < first) {
      next = first;
    }
  }

  private long begin(ConsumerConfig config, long first, long last, long maxMessagesPerSubject) {
    return switch (config.deliverPolicy()) {
      case ALL -> first;
      case LAST -> filter.isAll() ? last : store.previousSequence(filter, last);
      case LAST_PER_SUBJECT -> {
        if (maxMessagesPerSubject == 1) {
          yield first;
        }
        long[] lasts = store.lastSequences(filter, 0, MAX_SUBJECTS);
        if (lasts == null || lasts.length == 0) {
          yield last;
        }
        skipList = lasts;
        resume = last + 1;
        yield lasts[0];
      }
      case BY_START_TIME -> {
        OffsetDateTime time = config.optStartTime();
        yield time == null ? last + 1 : store.sequenceAt(Rfc3339.epochNanos(time));
      }
      case NEW, BY_START_SEQUENCE -> last + 1;
    };
  }

  /** Moves to {@code sequence}, after the remaining last messages of their subjects. */
  public void seek(long sequence) {
    next = sequence;
  }

  /**
   * Moves to {@code sequence} and selects anew from there on. A consumer of the last messages of
   * their subjects begins with those that are the last ones now.
   */
  void restart(long sequence) {
    next = sequence;
    skipList = new long[0];
    skipped = 0;
    if (!lastPerSubject) {
      return;
    }
    long[] lasts = store.lastSequences(filter, 0, MAX_SUBJECTS);
    if (lasts == null || lasts.length == 0) {
      return;
    }
    int from = Arrays.binarySearch(lasts, sequence);
    skipList = Arrays.copyOfRange(lasts, from < 0 ? -from - 1 : from, lasts.length);
    resume = lasts[lasts.length - 1] + 1;
  }

  /** Moves forward to {@code sequence}; never moves back. */
  void seekAtLeast(long sequence) {
    next = Math.max(next, sequence);
  }

  /** Changes the filters. */
  public void filter(List<String> filters) {
    filter = SubjectFilter.of(filters);
  }

  /** Returns the first sequence that was not delivered yet. */
  public long next() {
    return next;
  }

  /** Returns the message to deliver next without moving, or null if there is none for now. */
  @Nullable
  public StoredMessage peek() {
    while (skipped < skipList.length) {
      StoredMessage message = store.get(skipList[skipped]);
      if (message != null) {
        next = skipList[skipped];
        return message;
      }
      skip();
    }
    StoredMessage message = store.next(filter, next);
    if (message == null) {
      long last = store.lastSequence();
      if (last >= next) {
        next = last + 1;
      }
      if (next > last) {
        pending = 0;
        counted = Math.max(counted, last);
      }
    } else {
      next = message.sequence();
    }
    return message;
  }

  /** Moves past the message that {@link #peek} has returned. */
  public void advance() {
    pending--;
    if (skipped < skipList.length) {
      skip();
    } else {
      next++;
    }
  }

  private void skip() {
    next = skipList[skipped] + 1;
    skipped++;
    if (skipped == skipList.length) {
      next = Math.max(next, resume);
      skipList = new long[0];
      skipped = 0;
    }
  }

  /** Returns how many messages await their first delivery. */
  public long pending() {
    return Math.max(0, pending);
  }

  /** Returns {@link #pending}, but no more than the stream holds, as nats-server reports it. */
  long checkedPending() {
    StoreState state = store.state();
    if (next > state.lastSequence()) {
      pending = 0;
    } else if (pending > 0) {
      pending = Math.min(pending, Math.min(state.messages(), state.lastSequence() - next + 1));
    }
    return pending();
  }

  /** Counts the pending messages again. */
  public void recount() {
    pending = next < 0 ? 0 : store.pending(filter, next, lastPerSubject);
    counted = store.lastSequence();
  }

  /** Notes a new message that the filters select; returns whether it is yet to be delivered. */
  public boolean stored(long sequence) {
    boolean due = next >= 0 && sequence >= next;
    if (sequence > counted) {
      counted = sequence;
      pending += due ? 1 : 0;
    }
    return due;
  }

  /** Notes that a message that the filters select has left the stream. */
  public void removed(long sequence) {
    if (next >= 0 && sequence >= next) {
      pending--;
    }
  }
}
