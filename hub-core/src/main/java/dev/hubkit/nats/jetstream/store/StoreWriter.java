package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.nats.wire.MessageBody;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;

/**
 * Puts messages into a store, and makes what waits in its log safe. It knows what is safe: when a
 * write fails, that is what the store goes back to.
 */
final class StoreWriter {
  private static final Log logger = Log.of(StoreWriter.class);

  // An append beyond this writes the batch, so that a batch can't take all memory.
  private static final int MAX_BUFFERED = 8 * 1024 * 1024;
  // coalesceMinimum of nats-server: an asynchronous store writes at once when there is that much.
  private static final int WORTH_WRITING = 16 * 1024;

  private final RecordLog log;
  private final boolean async;
  private final StreamIndexes contents;
  private final SubjectIndex subjects;
  private final LimitEnforcer limits;
  private final MessageRemover remover;
  private final LostMessages losses;

  // What the last flush has made safe.
  private long safeFirst;
  private long safeLast;
  private long safeLastTimestamp;
  private long promised; // the last sequence that is acknowledged, though its write is yet to come
  private long broken; // the last of those whose write has failed
  private boolean midway; // a change has begun that is not complete

  StoreWriter(
      RecordLog log,
      boolean async,
      StreamIndexes contents,
      LimitEnforcer limits,
      MessageRemover remover,
      LostMessages losses) {
    this.log = log;
    this.async = async;
    this.contents = contents;
    subjects = contents.subjects;
    this.limits = limits;
    this.remover = remover;
    this.losses = losses;
  }

  /** Notes that the log agrees with the index: all there is is safe. */
  void allSafe() {
    safeFirst = contents.first;
    safeLast = contents.last;
    safeLastTimestamp = contents.lastTimestamp;
  }

  /** Notes that the first message is safe, whatever has gone before it. */
  void firstSafe() {
    safeFirst = contents.first;
  }

  // --- appending ---

  /** Appends a message; writes what waits before it when that is much. */
  void append(
      long sequence, String subject, byte[] encoded, MessageBody body, long timestamp, long ttl) {
    if (log.buffered() > MAX_BUFFERED) {
      flush();
      if (sequence != contents.last + 1) {
        throw new IllegalStateException("a flush moved the last sequence");
      }
    }
    put(sequence, subject, encoded, body, timestamp, ttl);
  }

  /** The accounted size of a message. */
  long sizeOf(byte[] subject, MessageBody body) {
    int headerLength = body.headerLength();
    return log.sizeOf(subject.length, headerLength, body.length() - headerLength);
  }

  /** Appends a message that was there before, without looking at limits. */
  void put(StoredMessage message) {
    put(
        message.sequence(),
        message.subject(),
        message.subject().getBytes(StandardCharsets.UTF_8),
        message,
        message.timestamp(),
        message.ttl());
    if (log.buffered() > MAX_BUFFERED) {
      log.flush();
    }
  }

  private void put(
      long sequence, String subject, byte[] encoded, MessageBody body, long timestamp, long ttl) {
    // What takes much memory comes first: without it nothing has happened.
    StoredMessage message =
        log.inMemory() ? StoredMessage.copyOf(body, sequence, timestamp, ttl, subject) : null;
    int node = subjects.prepare(subject, encoded);
    WorkStep.STORE_APPEND.reach();
    int position = log.append(sequence, encoded, body, timestamp, ttl);
    midway = true;
    WorkStep.STORE_INDEX.reach();
    int size = (int) sizeOf(encoded, body);
    subjects.add(node, sequence);
    contents.enter(sequence, node, size, body.headerLength() > 0, position, message);
    contents.date(sequence, timestamp, ttl);
    limits.grown(node);
    midway = false;
  }

  /** Passes over sequences that get no message. */
  void skip(long count, long timestamp) {
    if (count <= 0) {
      return;
    }
    contents.skipTo(contents.last + count, timestamp);
    log.skip(contents.last, contents.lastTimestamp);
  }

  /** Writes when so much waits that it should not wait any longer. */
  void flushIfMuchWaits() {
    if (log.buffered() > MAX_BUFFERED) {
      flush();
    }
  }

  // --- making it safe ---

  /** Writes what waits, and takes away what the limits no longer allow. */
  void flush() {
    midway = true;
    try {
      flushAndEnforce();
    } catch (StoreException e) {
      midway = false;
      throw e;
    }
    midway = false;
  }

  private void flushAndEnforce() {
    remover.recordHead(safeLast, safeLastTimestamp);
    if (log.buffered() > 0) {
      WorkStep.STORE_WRITE.reach();
      try {
        log.flush();
      } catch (StoreException e) {
        boolean isLost = contents.last != safeLast;
        dropUnsafe();
        boolean isMade = e instanceof StoreException.NoSpace && log.makeRoom(contents.index);
        if (isLost || !isMade) {
          throw e;
        }
        log.flush(); // removals, for which there is room now
      }
    }
    WorkStep.STORE_WRITTEN.reach();
    safeLast = contents.last;
    safeLastTimestamp = contents.lastTimestamp;
    promised = 0;
    broken = 0;
    limits.enforce();
    safeFirst = contents.first;
    // Ahead of all that comes: what made the limits take it may go before that is on the record.
    remover.recordHead(safeLast, safeLastTimestamp);
    log.tidy(contents.index);
  }

  /**
   * Makes what waits safe, or leaves a little of it to a later flush in an asynchronous store.
   *
   * @return whether nothing is left to be written
   */
  boolean commit() {
    if (!async || log.buffered() == 0 || log.buffered() > WORTH_WRITING) {
      flush();
      return true;
    }
    limits.enforce();
    promised = contents.last;
    return false;
  }

  /** Flushes unless nothing waits: before messages are removed in favour of those that do. */
  void flushPending() {
    if (contents.last != safeLast || limits.hasOverfull()) {
      flush();
    }
  }

  /** Flushes so that it is on the record, too, what the limits take. */
  void flushAll() {
    flush();
    flush();
  }

  /** Drops what was appended since the last flush. */
  void rollBack() {
    log.dropAppended();
    dropUnsafe();
  }

  /** Whether what has just been thrown has left a change half made. */
  boolean isMidway() {
    return midway;
  }

  /** Forgets what was appended since the last flush. */
  private void dropUnsafe() {
    limits.forgetOverfull();
    contents.forgetAbove(safeLast);
    contents.last = safeLast;
    contents.lastTimestamp = safeLastTimestamp;
    contents.expiries.truncated(contents.last);
    if (contents.index.count() == 0) {
      contents.first = safeFirst == 0 ? 0 : safeLast + 1;
    }
    if (promised > safeLast) {
      passOverPromised();
    }
  }

  /** Reports what was acknowledged ahead of its write, and gives none of its sequences again. */
  private void passOverPromised() {
    long from = Math.max(broken, safeLast) + 1;
    if (from <= promised) {
      logger.error(
          "{}: messages {} to {} were acknowledged before they were written, and are lost",
          log,
          from,
          promised);
      losses.add(from, promised - from + 1, 0);
      broken = promised;
    }
    skip(promised - safeLast, 0);
  }
}
