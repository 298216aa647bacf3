package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one stream, by sequence and by subject. The behaviour is that of nats-server's
 * stream stores.
 *
 * <p>Writes are made in batches: {@link #append} makes a message visible to readers of this store
 * at once, but only {@link #flush} makes it safe, and enforces the limits that discard old
 * messages. When {@code flush} fails, the messages appended since the last one are gone and the
 * last sequence is what it was. So a publish may be acknowledged, and a message delivered, only
 * after the {@code flush} that follows its {@code append}. Whatever removes messages flushes first
 * what was appended, so that nothing is lost in favour of a message that then can't be written.
 * Removals are as safe as appends after the next {@code flush}.
 *
 * <p>Timestamps are nanoseconds since the Unix epoch, sequences start at 1. Every method throws
 * {@link StoreException.Closed} after {@link #close} or {@link #delete}, and may throw {@link
 * StoreException.Io} when the file system fails. Not thread-safe: one stream's store is used by one
 * thread at a time.
 */
public interface StreamStore extends AutoCloseable {
  /** As a time to live: the message outlives the age limit of the stream. */
  long NEVER = -1;

  /**
   * The highest sequence of a message. nats-server counts on to 2^64-1, but in files it uses the
   * two highest bits of a sequence as marks (ebit and tbit in its filestore.go), and loses messages
   * from 2^62 on when it starts again.
   */
  long MAX_SEQUENCE = Long.MAX_VALUE - 1;

  /** About how many bytes of the heap it takes, counting arrays that are about to grow as grown. */
  long footprint();

  // --- writing ---

  /**
   * Appends a message under the next sequence; its bytes are copied.
   *
   * @param timestamp when it came, in nanoseconds since the Unix epoch
   * @param ttl nanoseconds to live, 0 for no limit of its own, or {@link #NEVER}
   * @param rollup the message is going to replace the others of its subject, so the limit per
   *     subject does not refuse it
   * @return its sequence
   * @throws StoreException.LimitReached if the stream is full and discards new messages
   * @throws StoreException.NoSpace if a full batch could not be written
   */
  long append(String subject, MessageBody body, long timestamp, long ttl, boolean rollup);

  /** Appends a message without time to live. */
  default long append(String subject, MessageBody body, long timestamp) {
    return append(subject, body, timestamp, 0, false);
  }

  /**
   * Appends a message that comes with its sequence (restore, mirror). The limits don't refuse it.
   *
   * @throws StoreException.SequenceMismatch unless {@code sequence} is the next one
   */
  void appendAt(long sequence, String subject, MessageBody body, long timestamp, long ttl);

  /**
   * Gives out the next {@code count} sequences without messages.
   *
   * @param timestamp becomes the time of the last sequence when not 0, or when there was none
   */
  void skip(long count, long timestamp);

  /**
   * Makes everything up to now safe against the end of this process (and against loss of power when
   * the store always syncs), then discards what exceeds the limits. Cheap when nothing is pending.
   *
   * @throws StoreException.NoSpace if the disk is full: appended messages are dropped
   */
  void flush();

  /**
   * Flushes as {@link #flush} does; but a store that persists asynchronously leaves the writing of
   * a few messages to a later flush. When that fails, the messages are lost, which {@link #lost}
   * reports, though they may have been acknowledged; their sequences are not given out again.
   *
   * @return false when there is something left to write: the caller flushes soon
   */
  boolean commit();

  /** Flushes, then makes everything safe against loss of power. May take long. */
  void sync();

  // --- reading ---

  /** The message with this sequence; null when there is none (any more). */
  @Nullable StoredMessage get(long sequence);

  /** Whether there is a message with this sequence. */
  boolean contains(long sequence);

  /** The subject of the message with this sequence; null when there is none. Reads no file. */
  @Nullable String subjectOf(long sequence);

  /** The newest message of a subject, which may have wildcards; null when there is none. */
  @Nullable StoredMessage last(String subject);

  /** The first message at or after {@code from} that the filter selects; null when none. */
  default @Nullable StoredMessage next(SubjectFilter filter, long from) {
    // A damaged message is dropped by the attempt to read it; the search then goes on.
    for (long at = nextSequence(filter, from); at != 0; at = nextSequence(filter, at)) {
      StoredMessage message = get(at);
      if (message != null) {
        return message;
      }
    }
    return null;
  }

  /** The last message at or before {@code from} that the filter selects; null when none. */
  default @Nullable StoredMessage previous(SubjectFilter filter, long from) {
    for (long at = previousSequence(filter, from); at != 0; at = previousSequence(filter, at)) {
      StoredMessage message = get(at);
      if (message != null) {
        return message;
      }
    }
    return null;
  }

  /** The sequence that {@link #next} finds; 0 when none. Reads no file. */
  long nextSequence(SubjectFilter filter, long from);

  /** The first sequence at or after {@code from} whose message has a header. Reads no file. */
  long nextHeaded(long from);

  /** The sequence that {@link #previous} finds; 0 when none. Reads no file. */
  long previousSequence(SubjectFilter filter, long from);

  /**
   * The first sequence whose message was stored at {@code timestamp} or later; one past the last
   * sequence when there is none.
   */
  long sequenceAt(long timestamp);

  /**
   * The newest sequence of each subject that the filter selects, in ascending order.
   *
   * @param upTo only messages up to this sequence count; 0 for all
   * @param limit how many the caller can take
   * @return null when there are more than {@code limit}
   */
  long @Nullable [] lastSequences(SubjectFilter filter, long upTo, int limit);

  // --- counting ---

  /** The lowest and highest sequence that a filter selects, and how many there are. */
  record Matches(long messages, long first, long last) {
    static final Matches NONE = new Matches(0, 0, 0);
  }

  /** What the filter selects at or after {@code from}. */
  Matches matches(SubjectFilter filter, long from);

  /**
   * How many messages at or after {@code from} the filter selects.
   *
   * @param lastPerSubject only the newest of each subject counts
   */
  long pending(SubjectFilter filter, long from, boolean lastPerSubject);

  /** Visits every subject that the filter selects, with its number of messages; in no order. */
  void subjects(SubjectFilter filter, ObjLongConsumer<String> visitor);

  /** How many messages a subject (without wildcards) has. */
  long count(String subject);

  /** Returns the bytes that the messages take; cheaper than the {@link #state}. */
  long bytes();

  /** The state; costs little. */
  StoreState state();

  /**
   * The missing sequences between the first and the last, in ascending order, at most this many.
   */
  long[] deleted(int limit);

  /**
   * Sequences whose messages were found damaged since the store was opened, as far as they are
   * known, at most this many.
   */
  long[] lost(int limit);

  /** The highest sequence ever given out. */
  long lastSequence();

  /** The sequence of the oldest message; see {@link StoreState#firstSequence}. */
  long firstSequence();

  // --- removing ---

  /** Removes a message; false when it is not there. */
  boolean remove(long sequence);

  /** Removes a message and overwrites its bytes; false when it is not there. */
  boolean erase(long sequence);

  /** Removes all messages; the next sequence stays. Returns how many there were. */
  long purge();

  /**
   * Removes the messages the filter selects. Returns how many there were.
   *
   * @param before only messages below this sequence; 0 for all
   * @param keep how many of those selected stay, the newest; 0 for none. With {@code before}, the
   *     count of those to keep is still taken from all selected
   */
  long purge(SubjectFilter filter, long before, long keep);

  /**
   * Removes all messages below {@code sequence}. Beyond the end of the stream it becomes the next
   * sequence. Returns how many messages there were.
   */
  long compact(long sequence);

  /** Removes all messages above {@code sequence}, which becomes the last; 0 starts afresh. */
  void truncate(long sequence);

  /**
   * Puts back what it held at some moment. What came since is cut off where that is all that has
   * changed, else everything is written anew and takes the place of what there is: in either case
   * in one step, so that the end of this process leaves the one or the other. (Not with more than 1
   * GiB to be written anew.) The limits are to be those of that moment.
   *
   * @throws StoreException if it can't be written; the store then holds a part of it, its files
   *     what they held before
   */
  void rewind(StoreSnapshot snapshot);

  // --- time ---

  /** When the next message expires by age or its time to live; {@link Long#MAX_VALUE} for never. */
  long nextExpiry();

  /** Removes what has expired at {@code now}, as far as the handler lets it. */
  void expire(long now, ExpiryHandler handler);

  // --- failure ---

  /**
   * Forgets what was appended since the last {@link #flush}, as a flush that fails does: the last
   * sequence is what it was.
   */
  void rollBack();

  /**
   * Closes the store for changes: something has failed in the middle of one, so what is in memory
   * may be wrong. Nothing is written any more, so that what was flushed is there when the store is
   * opened again. Messages can still be read.
   */
  void fail(Throwable cause);

  /** Whether the store takes changes: {@link #fail} was not called. */
  boolean isUsable();

  // --- life ---

  /** Changes the limits and enforces them. */
  void limit(StoreLimits limits);

  /** Sets the listener that is notified of removals; null for none. */
  void onRemoval(@Nullable RemovalListener listener);

  /** The bytes it takes, as {@link StoreState#bytes} counts them, to store such a message. */
  long sizeOf(int subjectLength, int headerLength, int payloadLength);

  /** The largest size, as {@link #sizeOf} tells it, of a message that can be appended. */
  long largest();

  /** Flushes and closes. Safe to call more than once. */
  @Override
  void close();

  /** Closes and removes every trace. */
  void delete();
}
