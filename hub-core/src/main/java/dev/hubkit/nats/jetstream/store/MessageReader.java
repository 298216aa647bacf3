package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads single messages of a log, from its files or from what waits to be written, and finds out
 * whether they are whole.
 */
final class MessageReader {
  private static final Log logger = Log.of(FileLog.class);

  private final Segments segments;
  private final ReadCache cache;
  private final LogBuffer buffer;
  private final CRC32C checksum = new CRC32C();
  private int loadedAt;

  MessageReader(Segments segments, LogBuffer buffer) {
    this.segments = segments;
    this.buffer = buffer;
    cache = segments.cache();
  }

  /** Reads a message; null when it is damaged, which is logged. */
  @Nullable StoredMessage read(long sequence, int position, String subject) throws IOException {
    Segment segment = segments.of(sequence);
    byte[] bytes = load(segment, sequence, position);
    if (bytes == null) {
      // Maybe not the file is wrong but what was read of it.
      cache.forget(segment);
      bytes = load(segment, sequence, position);
      if (bytes == null) {
        logger.error(
            "{}: message {} at byte {} is damaged and lost", segment.path, sequence, position);
        return null;
      }
    }
    int at = loadedAt;
    int from = LogRecord.header(bytes, at);
    int to = at + LogRecord.length(bytes, at);
    return new StoredMessage(
        sequence,
        LogRecord.getLong(bytes, at + LogRecord.TIMESTAMP),
        LogRecord.getLong(bytes, at + LogRecord.TTL),
        subject,
        Arrays.copyOfRange(bytes, from, to),
        0,
        LogRecord.getInt(bytes, at + LogRecord.HEADER_LENGTH),
        to - from);
  }

  /** Reads the time of a message; 0 when it is damaged. */
  long timestamp(long sequence, int position) throws IOException {
    byte[] bytes = load(segments.of(sequence), sequence, position);
    // The next read finds out that it is damaged; meanwhile it is as old as can be.
    return bytes == null ? 0 : LogRecord.getLong(bytes, loadedAt + LogRecord.TIMESTAMP);
  }

  /** The bytes with the record of a message, which starts at {@link #loadedAt}; null if damaged. */
  private byte @Nullable [] load(Segment segment, long sequence, int position) throws IOException {
    byte[] bytes;
    int at;
    int length;
    if (position >= segment.size && segment == segments.active()) {
      bytes = buffer.bytes();
      at = position - segment.size;
      length = LogRecord.length(bytes, at);
    } else {
      if (!cache.load(segment, position, LogRecord.PREFIX)) {
        return null;
      }
      length = LogRecord.length(cache.bytes(), cache.at(position));
      if (length < 0 || !cache.load(segment, position, length)) {
        return null;
      }
      bytes = cache.bytes();
      at = cache.at(position);
    }
    if (!LogRecord.isWhole(bytes, at, length, segment.salt, checksum)
        || bytes[at + LogRecord.TYPE] != LogRecord.MESSAGE
        || LogRecord.sequence(bytes, at) != sequence) {
      return null;
    }
    loadedAt = at;
    return bytes;
  }
}
