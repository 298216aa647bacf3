package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of a stream go. Records are buffered by the methods that write them, and made
 * safe by {@link #flush}.
 */
interface RecordLog {
  /** Whether {@link #append} leaves it to the index to hold the messages. */
  boolean inMemory();

  /** The accounted size of a message. */
  long sizeOf(int subjectLength, int headerLength, int payloadLength);

  /** The largest accounted size of a message that is to be appended. */
  long largest();

  /** The longest header block and payload a record can hold. */
  int maxLength();

  /** Records a message. Returns its position. */
  int append(long sequence, byte[] subject, MessageBody body, long timestamp, long ttl);

  /** Reads a message back; null when it is damaged. */
  @Nullable StoredMessage read(long sequence, int position, String subject);

  /** Reads the time of a message. */
  long timestamp(long sequence, int position);

  /**
   * Forgets the messages and skips that wait in the buffer; what says that others are gone stays.
   */
  void dropAppended();

  /** Records that sequences up to {@code last} were given out without messages. */
  void skip(long last, long timestamp);

  /** Records that a message is gone. */
  void remove(long sequence);

  /** Records that all below {@code first} is gone, and what the last sequence was. */
  void removeBelow(long first, long last, long lastTimestamp);

  /** Records, at once, that all above {@code last} is gone. The buffer must be empty. */
  void removeAbove(long last, long lastTimestamp);

  /** Is called when the index no longer has what {@link #removeAbove} has recorded as gone. */
  void truncated();

  /**
   * Cuts off the record of a message and all that came after it, at once. The buffer must be empty.
   *
   * @return false when that can't be done in one step, or would bring back messages before it
   */
  boolean cut(long sequence, int position, long lastTimestamp);

  /** What is recorded from now on is kept aside, until {@link #replaceAll}. The buffer is empty. */
  void beginAnew();

  /** Puts what was recorded since {@link #beginAnew} in the place of all else, in one step. */
  void replaceAll();

  /** Forgets everything, at once, and goes on after {@code last}. The buffer must be empty. */
  void clear(long first, long last, long lastTimestamp);

  /** Is called when the index no longer has a message, for whatever reason. */
  void gone(long sequence, int size);

  /** Whether {@link #erase} can be called for a message. */
  boolean canErase(long sequence);

  /** Overwrites a message of this time, at once; it is then gone. */
  void erase(long sequence, int position, long timestamp, MessageIndex index);

  /** How many bytes wait for a flush. */
  int buffered();

  /**
   * Writes what is buffered.
   *
   * @throws StoreException if it can't be; then appended records are forgotten, removals kept for
   *     the next time
   */
  void flush();

  /** Is called when many messages have gone at once, so that their room is worth reclaiming. */
  void purged();

  /**
   * Gives room back on a disk that has none. The index is to have only what is safe.
   *
   * @return whether there is some now
   */
  boolean makeRoom(MessageIndex index);

  /** Reclaims room, now and then; called after a flush. */
  void tidy(MessageIndex index);

  /** Makes everything written safe against loss of power. */
  void sync();

  /** Lets everything go without flushing. */
  void close();

  /** Removes every trace. */
  void delete();
}
