package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DeliverPolicy;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a consumer stands in its stream: what it delivers next for the first time, and how much is
 * still to come. Confined to the stream's executor.
 */
final class Cursor {
  private static final int MAX_SUBJECTS = Integer.MAX_VALUE;

  private final StreamStore store;
  private final boolean lastPerSubject;
  private SubjectFilter filter;
  private long next = 1;

  /** What is left of the last messages of their subjects, with which a consumer may begin. */
  private long[] skipList = new long[0];

  private int skipped;

  /** Where it goes on after those. */
  private long resume;

  private long pending;

  /** Up to this sequence the messages are in {@link #pending}, or were before they went. */
  private long counted;

  Cursor(StreamStore store, ConsumerConfig config) {
    this.store = store;
    this.lastPerSubject = config.deliverPolicy() == DeliverPolicy.LAST_PER_SUBJECT;
    this.filter = SubjectFilter.of(config.filters());
  }

  /** Begins where a new consumer of {@code config} is to begin. */
  public void start(ConsumerConfig config, long maxMessagesPerSubject) {
    StoreState state = store.state();
    long first = state.firstSequence();
    long last = state.lastSequence();
    next =
        config.optStartSeq() != 0
            ? config.optStartSeq()
            : begin(config, first, last, maxMessagesPerSubject);
    // A start the client has named stays as it is, even if the stream is not there yet.
    boolean named = !config.direct() && config.optStartSeq() != 0;
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

  /** Goes to {@code sequence}, when what is the last of each subject has been delivered. */
  public void seek(long sequence) {
    next = sequence;
  }

  /** Never goes back. */
  void seekAtLeast(long sequence) {
    next = Math.max(next, sequence);
  }

  /** Delivers other subjects from here on. */
  public void filter(List<String> filters) {
    filter = SubjectFilter.of(filters);
  }

  /** The sequence from which on nothing was delivered yet. */
  public long next() {
    return next;
  }

  /** Looks at the message that is to be delivered next; null when there is none for now. */
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

  /** Steps over the message that {@link #peek} has returned. */
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

  /** How many messages are still to be delivered for the first time. */
  public long pending() {
    return Math.max(0, pending);
  }

  /** {@link #pending}, held within what the stream holds, as nats-server reports it. */
  long checkedPending() {
    StoreState state = store.state();
    if (next > state.lastSequence()) {
      pending = 0;
    } else if (pending > 0) {
      pending = Math.min(pending, Math.min(state.messages(), state.lastSequence() - next + 1));
    }
    return pending();
  }

  /** Counts anew what is to be delivered. */
  public void recount() {
    pending = next < 0 ? 0 : store.pending(filter, next, lastPerSubject);
    counted = store.lastSequence();
  }

  /** A message that the filter selects is in the stream; true when it is yet to be delivered. */
  public boolean stored(long sequence) {
    boolean due = next >= 0 && sequence >= next;
    if (sequence > counted) {
      counted = sequence;
      pending += due ? 1 : 0;
    }
    return due;
  }

  /** A message that the filter selects has left the stream. */
  public void removed(long sequence) {
    if (next >= 0 && sequence >= next) {
      pending--;
    }
  }
}
