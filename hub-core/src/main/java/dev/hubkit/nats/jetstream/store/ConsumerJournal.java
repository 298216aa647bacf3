package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/**
 * Changes to a consumer's state in a compact form: one byte of kind, then numbers of seven bits per
 * byte, sequences and times as the difference to the one before.
 */
final class ConsumerJournal {
  static final byte DELIVERED = 1;
  static final byte FLOOR = 2;
  static final byte PENDING = 3;
  static final byte DONE = 4;
  static final byte REDELIVERED = 5;
  static final byte RESET = 6;

  private byte[] bytes = new byte[256];
  private int length;
  private long previousStream;
  private long previousConsumer;
  private long previousTime;

  int length() {
    return length;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Starts anew, leaving {@code offset} bytes free at the front. */
  void clear(int offset) {
    length = offset;
    previousStream = 0;
    previousConsumer = 0;
    previousTime = 0;
    if (bytes.length > 64 * 1024) {
      bytes = new byte[256];
    }
  }

  void delivered(byte kind, long consumer, long stream) {
    kind(kind);
    stream(stream);
    consumer(consumer);
  }

  void pending(long stream, long consumer, long time) {
    kind(PENDING);
    stream(stream);
    consumer(consumer);
    number(time - previousTime);
    previousTime = time;
  }

  void done(long stream) {
    kind(DONE);
    stream(stream);
  }

  void redelivered(long stream, long times) {
    kind(REDELIVERED);
    stream(stream);
    number(times);
  }

  void reset(long stream) {
    kind(RESET);
    stream(stream);
  }

  /** Makes room for a change, so that the next one does not fail for lack of memory. */
  void reserve() {
    if (length + 40 > bytes.length) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
  }

  private void kind(byte kind) {
    reserve();
    bytes[length++] = kind;
  }

  private void stream(long sequence) {
    number(sequence - previousStream);
    previousStream = sequence;
  }

  private void consumer(long sequence) {
    number(sequence - previousConsumer);
    previousConsumer = sequence;
  }

  private void number(long value) {
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** Applies the changes in a range of bytes; false when they make no sense. */
  static boolean replay(byte[] bytes, int from, int to, ConsumerStore state) {
    Reader reader = new Reader(bytes, from, to);
    while (reader.at < to) {
      byte kind = bytes[reader.at++];
      long stream = reader.stream();
      switch (kind) {
        case DELIVERED -> state.deliver(reader.consumer(), stream);
        case FLOOR -> state.raiseFloor(reader.consumer(), stream);
        case PENDING -> {
          long consumer = reader.consumer();
          state.addPending(stream, consumer, reader.time());
        }
        case DONE -> state.removePending(stream);
        case REDELIVERED -> state.setRedelivered(stream, reader.number());
        case RESET -> state.reset(stream);
        default -> {
          return false;
        }
      }
    }
    return reader.at == to;
  }

  private static final class Reader {
    private final byte[] bytes;
    private final int end;
    private int at;
    private long previousStream;
    private long previousConsumer;
    private long previousTime;

    Reader(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.end = end;
      at = from;
    }

    long stream() {
      previousStream += number();
      return previousStream;
    }

    long consumer() {
      previousConsumer += number();
      return previousConsumer;
    }

    long time() {
      previousTime += number();
      return previousTime;
    }

    long number() {
      long value = 0;
      for (int shift = 0; shift < 64 && at < end; shift += 7) {
        byte part = bytes[at++];
        value |= (part & 0x7FL) << shift;
        if (part >= 0) {
          return (value >>> 1) ^ -(value & 1);
        }
      }
      at = end + 1; // cut short, or too long
      return 0;
    }
  }
}
