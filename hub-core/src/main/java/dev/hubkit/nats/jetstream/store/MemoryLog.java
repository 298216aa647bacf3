package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import org.jspecify.annotations.Nullable;

/** No log at all: the index holds the messages. */
final class MemoryLog implements RecordLog {
  // As memStoreMsgSize of nats-server counts: a sequence and a time beside the bytes.
  private static final int OVERHEAD = 16;

  @Override
  public boolean inMemory() {
    return true;
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return (long) subjectLength + headerLength + payloadLength + OVERHEAD;
  }

  @Override
  public long largest() {
    return Long.MAX_VALUE;
  }

  @Override
  public int maxLength() {
    return Integer.MAX_VALUE - 1024 * 1024;
  }

  @Override
  public int append(long sequence, byte[] subject, MessageBody body, long timestamp, long ttl) {
    return 0;
  }

  @Override
  public @Nullable StoredMessage read(long sequence, int position, String subject) {
    return null;
  }

  @Override
  public long timestamp(long sequence, int position) {
    return 0;
  }

  @Override
  public void dropAppended() {}

  @Override
  public void skip(long last, long timestamp) {}

  @Override
  public void remove(long sequence) {}

  @Override
  public void removeBelow(long first, long last, long lastTimestamp) {}

  @Override
  public void removeAbove(long last, long lastTimestamp) {}

  @Override
  public void truncated() {}

  @Override
  public boolean cut(long sequence, int position, long lastTimestamp) {
    return true;
  }

  @Override
  public void beginAnew() {}

  @Override
  public void replaceAll() {}

  @Override
  public void clear(long first, long last, long lastTimestamp) {}

  @Override
  public void gone(long sequence, int size) {}

  @Override
  public boolean canErase(long sequence) {
    return true;
  }

  @Override
  public void erase(long sequence, int position, long timestamp, MessageIndex index) {}

  @Override
  public int buffered() {
    return 0;
  }

  @Override
  public void flush() {}

  @Override
  public void purged() {}

  @Override
  public boolean makeRoom(MessageIndex index) {
    return false;
  }

  @Override
  public void tidy(MessageIndex index) {}

  @Override
  public void sync() {}

  @Override
  public void close() {}

  @Override
  public void delete() {}
}
