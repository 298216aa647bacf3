package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.snappy.FrameWriter;
import java.util.Arrays;

/**
 * Writes the archive of a stream, in one of its two forms. What is written waits until it is {@link
 * #take taken}. Not thread-safe.
 */
public abstract class ArchiveWriter {
  /** How many bytes of messages are written at a time. */
  static final int BLOCK = 1 << 20;

  private final FrameWriter frames = new FrameWriter(this::hold);
  private byte[] ready = new byte[1 << 17];
  private int from;
  private int to;

  ArchiveWriter() {}

  /** Returns what compresses the archive. */
  final FrameWriter frames() {
    return frames;
  }

  private void hold(byte[] bytes, int offset, int length) {
    if (ready.length - to < length) {
      System.arraycopy(ready, from, ready, 0, to - from);
      to -= from;
      from = 0;
      if (ready.length - to < length) {
        ready = Arrays.copyOf(ready, Math.max(to + length, 2 * ready.length));
      }
    }
    System.arraycopy(bytes, offset, ready, to, length);
    to += length;
  }

  /** Returns how many bytes can be taken. */
  public final int available() {
    return to - from;
  }

  /** Takes bytes, at most this many. */
  public final byte[] take(int limit) {
    int length = Math.min(limit, available());
    byte[] taken = Arrays.copyOfRange(ready, from, from + length);
    from += length;
    return taken;
  }

  /**
   * Writes some messages, or notes that there are none left.
   *
   * @param sequence the first that was not written yet
   * @param last the last that is to be written
   * @return the sequence to go on with; beyond {@code last} when all are written
   */
  public abstract long messages(StreamStore store, long sequence, long last);

  /**
   * Writes a consumer and its state.
   *
   * @param json its configuration
   */
  public abstract void consumer(String name, byte[] json, ConsumerStore state);

  /** Writes the end. */
  public abstract void finish();
}
