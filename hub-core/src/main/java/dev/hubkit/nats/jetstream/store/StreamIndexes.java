package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/** What a stream has, in indexes, and where it begins and ends; the log has the rest. */
final class StreamIndexes {
  private final RecordLog log;
  final MessageIndex index;
  final SubjectIndex subjects = new SubjectIndex();
  final MessageTtls expiries;
  long bytes;
  long first;
  long last;
  long lastTimestamp;
  private long timestampOf; // a sequence whose time is known
  private long knownTimestamp;

  StreamIndexes(RecordLog log) {
    this.log = log;
    index = new MessageIndex(log.inMemory());
    expiries = new MessageTtls(index);
  }

  /** Counts a message in that its subject already knows; {@link #date} is called next. */
  void enter(
      long sequence,
      int node,
      int size,
      boolean headed,
      int position,
      @Nullable StoredMessage message) {
    if (index.count() == 0) {
      first = sequence;
    }
    index.add(sequence, node, size, headed, position, message);
    bytes += size;
    last = sequence;
  }

  /**
   * Notes the times of the message that was entered last.
   *
   * @param timestamp {@link RecordView#UNKNOWN_TIME} if it must be read when it is needed
   */
  void date(long sequence, long timestamp, long ttl) {
    if (timestamp != RecordView.UNKNOWN_TIME) {
      lastTimestamp = timestamp;
      if (sequence == first) {
        timestampOf = sequence;
        knownTimestamp = timestamp;
      }
    }
    expiries.add(sequence, timestamp, ttl);
  }

  /**
   * Counts in messages one after the other that their subject already knows, of unknown times and
   * without times to live.
   *
   * @param size of each, as accounted
   */
  void enterAlike(RecordView view, int node, int size) {
    if (index.count() == 0) {
      first = view.sequence;
    }
    index.addAlike(
        view.sequence, view.count, node, size, view.hasHeader(), view.position, view.length());
    bytes += (long) view.count * size;
    last = view.last();
  }

  /** Takes one message out. */
  void forget(long sequence) {
    int node = index.subject(sequence);
    int size = index.size(sequence);
    bytes -= size;
    index.remove(sequence);
    log.gone(sequence, size);
    subjects.remove(node, sequence);
    expiries.remove(sequence);
    if (sequence == timestampOf) {
      timestampOf = 0;
    }
    if (sequence == first) {
      long next = index.next(sequence + 1);
      first = next == 0 ? last + 1 : next;
    }
  }

  /** Takes out all above a sequence. */
  void forgetAbove(long sequence) {
    for (long at = index.previous(last); at > sequence; at = index.previous(at - 1)) {
      forget(at);
    }
  }

  /** Gives out sequences, up to this one, without messages. */
  void skipTo(long sequence, long timestamp) {
    last = sequence;
    if (index.count() == 0) {
      first = last + 1;
    }
    if (timestamp != 0) {
      lastTimestamp = timestamp;
    }
  }

  /** Takes everything out. */
  void clear(long newFirst, long newLast) {
    first = newFirst;
    last = newLast;
    index.clear();
    subjects.clear();
    expiries.clear();
    bytes = 0;
    timestampOf = 0;
  }

  /** When a message that is there was stored. */
  long timestampOf(long sequence) {
    if (sequence == timestampOf) {
      return knownTimestamp;
    }
    StoredMessage held = index.message(sequence);
    return held != null ? held.timestamp() : log.timestamp(sequence, index.position(sequence));
  }

  /** When the first message was stored; 0 when there is none. */
  long firstTimestamp() {
    if (index.count() == 0) {
      return 0;
    }
    if (timestampOf != first) {
      knownTimestamp = timestampOf(first);
      timestampOf = first;
    }
    return knownTimestamp;
  }

  /** The first sequence that was stored at this time or later; one past the last when none was. */
  long sequenceAt(long timestamp) {
    if (index.count() == 0) {
      return last + 1;
    }
    long low = first;
    long high = last + 1;
    while (low < high) {
      long middle = low + (high - low) / 2;
      long at = index.next(middle);
      if (at == 0 || at >= high) {
        // Nothing from the middle on: the answer, if any below, is on the left.
        high = middle;
      } else if (timestampOf(at) >= timestamp) {
        high = middle;
      } else {
        low = at + 1;
      }
    }
    long found = index.next(low);
    return found == 0 ? last + 1 : found;
  }
}
