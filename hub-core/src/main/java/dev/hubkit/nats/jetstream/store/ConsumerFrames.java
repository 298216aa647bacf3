package dev.hubkit.nats.jetstream.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * The frames of a consumer's state file. A frame is 4 bytes of CRC-32C over what follows, 4 of
 * length, and a {@link ConsumerJournal}. The highest bit of the length says that the checksum is
 * xor the place of the frame, so that a copy elsewhere is none; the next one, that it is also xor a
 * sum of the consumer's name, so that the file of another consumer has none. Frames without are
 * read, too.
 */
final class ConsumerFrames {
  static final int PREFIX = 8;
  private static final int PLACED = 1 << 31;
  private static final int NAMED = 1 << 30;

  private final CRC32C checksum = new CRC32C();
  private final int name;

  /** The frames of the consumer with this identity. */
  ConsumerFrames(String identity) {
    byte[] bytes = identity.getBytes(StandardCharsets.UTF_8);
    checksum.update(bytes, 0, bytes.length);
    name = (int) checksum.getValue();
  }

  /** The length of the journal in the frame at this place; negative when there is no whole one. */
  int length(byte[] content, int at) {
    if (content.length - at < PREFIX) {
      return -1;
    }
    int said = LogRecord.getInt(content, at + 4);
    int length = said & ~(PLACED | NAMED);
    if (length > content.length - at - PREFIX) {
      return -1;
    }
    int mask = ((said & PLACED) == 0 ? 0 : at) ^ ((said & NAMED) == 0 ? 0 : name);
    return LogRecord.getInt(content, at) == (sum(content, at, length + PREFIX) ^ mask)
        ? length
        : -1;
  }

  /** The place of the next whole frame, of those that know their place; the end for none. */
  int next(byte[] content, int from) {
    for (int at = from; at <= content.length - PREFIX; at++) {
      // Zeros are a frame without a place.
      if (LogRecord.getInt(content, at + 4) < 0 && length(content, at) > 0) {
        return at;
      }
    }
    return content.length;
  }

  /** Makes a journal with room for a prefix the frame at this place. */
  void seal(ConsumerJournal journal, long place) {
    LogRecord.putInt(journal.bytes(), 4, (journal.length() - PREFIX) | PLACED | NAMED);
    LogRecord.putInt(
        journal.bytes(), 0, sum(journal.bytes(), 0, journal.length()) ^ (int) place ^ name);
  }

  private int sum(byte[] bytes, int at, int length) {
    checksum.reset();
    checksum.update(bytes, at + 4, length - 4);
    return (int) checksum.getValue();
  }
}
