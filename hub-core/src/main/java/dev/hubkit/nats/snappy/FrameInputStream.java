package dev.hubkit.nats.snappy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Expands S2 frames as they are read: no more than one of them is in memory, expanded once. What
 * the other side announces takes no memory before it has come. Not thread-safe.
 */
public final class FrameInputStream extends InputStream {
  private static final int FIRST = 32 * 1024;
  private static final int KEPT = 256 * 1024;

  private final InputStream in;
  private final FrameDecoder decoder = new FrameDecoder(this::expanded);
  private byte[] frame = new byte[FIRST];
  private byte[] block = new byte[0];
  private int at;
  private int end;

  public FrameInputStream(InputStream in) {
    this.in = in;
  }

  /** Lets at most this many bytes come of each frame from now on. */
  public void limit(int most) {
    decoder.limit(most);
  }

  /** Lets as many bytes come of each frame as S2 allows, from now on. */
  public void unlimited() {
    decoder.limit(FrameDecoder.MAX_BLOCK);
  }

  private void expanded(byte[] bytes, int offset, int length) {
    block = bytes;
    at = offset;
    end = offset + length;
  }

  @Override
  public int read() throws IOException {
    return at < end || fill() ? block[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at >= end && !fill()) {
      return -1;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(block, at, bytes, offset, count);
    at += count;
    return count;
  }

  @Override
  public int available() throws IOException {
    return at < end ? end - at : in.available();
  }

  // Returns false at the end.
  private boolean fill() throws IOException {
    if (frame.length > KEPT) {
      frame = new byte[FIRST];
    }
    block = frame;
    try {
      while (at >= end) {
        int first = in.read();
        if (first < 0) {
          return false;
        }
        frame[0] = (byte) first;
        take(1, FrameDecoder.HEADER);
        int body = decoder.body(frame, 0);
        if (isSkippable(first)) {
          skip(body);
        } else {
          take(FrameDecoder.HEADER, FrameDecoder.HEADER + body);
          decoder.decode(frame, 0);
        }
      }
      return true;
    } catch (FrameException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean isSkippable(int type) {
    return type >= 0x80 && type != 0xff;
  }

  private void take(int from, int to) throws IOException {
    int size = from;
    while (size < to) {
      if (size == frame.length) {
        frame = Arrays.copyOf(frame, Math.min(to, 2 * size));
      }
      int count = in.read(frame, size, Math.min(to, frame.length) - size);
      if (count < 0) {
        throw new EOFException("the stream ends within a frame");
      }
      size += count;
    }
  }

  private void skip(int count) throws IOException {
    int left = count;
    while (left > 0) {
      int read = in.read(frame, 0, Math.min(left, frame.length));
      if (read < 0) {
        throw new EOFException("the stream ends within a frame");
      }
      left -= read;
    }
  }
}
