package dev.hubkit.nats.snappy;

import java.util.Arrays;

/** What has come in pieces of any size, and was not read yet. Not thread-safe. */
public final class PendingBytes {
  private byte[] bytes;
  private int size;

  public PendingBytes(int capacity) {
    bytes = new byte[capacity];
  }

  public void append(byte[] piece, int offset, int length) {
    if (size + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + length, 2 * bytes.length));
    }
    System.arraycopy(piece, offset, bytes, size, length);
    size += length;
  }

  /** Returns the array that has the bytes, from its beginning, until the next piece comes. */
  public byte[] array() {
    return bytes;
  }

  public int size() {
    return size;
  }

  /** Removes the first {@code count} bytes, which have been read. */
  public void remove(int count) {
    System.arraycopy(bytes, count, bytes, 0, size - count);
    size -= count;
  }
}
