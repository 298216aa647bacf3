package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.work.MemoryBudget;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts messages that were sent to one stream and not processed yet: at most as many as {@code
 * max_buffered_msgs} and {@code max_buffered_size} allow and as there is memory for. Any thread may
 * add; {@link #started} and {@link #roundEnded} are confined to the stream's executor.
 */
final class PublishBacklog {
  // streamDefaultMaxQueueMsgs and streamDefaultMaxQueueBytes of nats-server.
  private static final int DEFAULT_MESSAGES = 100_000;
  private static final long DEFAULT_BYTES = 128L * 1024 * 1024;

  // The counter holds both: messages above, bytes below.
  private static final int MESSAGE_SHIFT = 40;
  private static final long ONE_MESSAGE = 1L << MESSAGE_SHIFT;
  private static final long BYTES = ONE_MESSAGE - 1;
  // What a message takes besides its bytes, until it is stored.
  private static final int OVERHEAD = 256;
  // Memory is reserved in steps of this size, and not at all for a stream that keeps up.
  private static final long STEP = 256 * 1024;
  private static final long FREE = 64 * 1024;

  private final long maxMessages;
  private final long maxBytes;
  private final MemoryBudget memory;
  private final AtomicLong waiting = new AtomicLong();
  // Written with this object's monitor held.
  private volatile long reserved;
  private volatile boolean closed;
  // Confined to the executor.
  private long done;

  /** Makes a backlog with the configured limits; 0 for the defaults of nats-server. */
  PublishBacklog(long maxMessages, long maxBytes, MemoryBudget memory) {
    this.maxMessages = maxMessages > 0 ? maxMessages : DEFAULT_MESSAGES;
    this.maxBytes = maxBytes > 0 ? maxBytes : DEFAULT_BYTES;
    this.memory = memory;
  }

  /**
   * Counts a message in.
   *
   * @return false if there is no room for the message, which is not counted then
   */
  public boolean add(int length) {
    long size = ONE_MESSAGE + length + OVERHEAD;
    long now = waiting.addAndGet(size);
    long bytes = now & BYTES;
    if (now >>> MESSAGE_SHIFT > maxMessages
        || bytes > maxBytes
        || (bytes > FREE + reserved && !reserve(bytes) && !reserveAgain(bytes))) {
      waiting.addAndGet(-size);
      return false;
    }
    return true;
  }

  // Accounts that hold much may have to give memory up for those that hold little.
  private boolean reserveAgain(long bytes) {
    if (closed || reserved >= memory.limit() / 16) {
      return false;
    }
    memory.relieve(bytes);
    return reserve(bytes);
  }

  private synchronized boolean reserve(long bytes) {
    long more = bytes - FREE - reserved;
    if (more <= 0 || closed) {
      return !closed;
    }
    long steps = (more + STEP - 1) / STEP * STEP;
    if (!memory.hasRoomFor(reserved, memory.limit() / 16)) {
      return false;
    }
    long take = memory.reserve(steps) ? steps : memory.reserve(more) ? more : 0;
    reserved += take;
    return take > 0;
  }

  /** Notes that the executor has begun to process a message. */
  public void started(int length) {
    done += ONE_MESSAGE + length + OVERHEAD;
  }

  /** Counts out the messages that were processed in the round. */
  public void roundEnded() {
    if (done != 0) {
      long left = waiting.addAndGet(-done);
      done = 0;
      if (left == 0 && reserved > 0) {
        release();
      }
    }
  }

  /** Accepts no more messages. */
  public synchronized void close() {
    closed = true;
    memory.release(reserved);
    reserved = 0;
  }

  private synchronized void release() {
    long surplus = reserved - Math.max(0, (waiting.get() & BYTES) - FREE);
    if (surplus > 0) {
      reserved -= surplus;
      memory.release(surplus);
    }
  }
}
