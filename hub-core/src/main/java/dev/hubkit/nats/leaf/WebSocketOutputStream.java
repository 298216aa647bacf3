package dev.hubkit.nats.leaf;

import dev.hubkit.nats.net.CloseFrame;
import dev.hubkit.nats.net.FrameHead;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.Deflater;

/**
 * Writes WebSocket frames (RFC 6455), masked as those of a client, and compressed without context
 * (RFC 7692) where both sides want that. Thread-safe: the thread that reads answers pings.
 */
final class WebSocketOutputStream extends OutputStream {
  private static final int BINARY = FrameHead.FINAL | FrameHead.BINARY;
  private static final int PIECE = 32 * 1024;
  // wsCompressThreshold of nats-server: compressing less does not pay.
  private static final int COMPRESS_FROM = 64;
  // What ends a compressed block, and is left out of a frame.
  private static final int TAIL = 4;

  private final OutputStream out;
  private final boolean mask;
  private final boolean compress;
  // Whether the frame that ends the connection is written. Guarded by this object's monitor.
  private boolean ended;

  WebSocketOutputStream(OutputStream out, boolean mask, boolean compress) {
    this.out = out;
    this.mask = mask;
    this.compress = compress;
  }

  @Override
  public void write(int each) throws IOException {
    write(new byte[] {(byte) each}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int at = 0; at < length; at += PIECE) {
      int count = Math.min(PIECE, length - at);
      if (compress && count >= COMPRESS_FROM) {
        byte[] deflated = deflated(bytes, offset + at, count);
        frame(BINARY | FrameHead.COMPRESSED, deflated, 0, deflated.length - TAIL);
      } else {
        frame(BINARY, bytes, offset + at, count);
      }
    }
  }

  private static byte[] deflated(byte[] bytes, int offset, int length) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(bytes, offset, length);
      ByteArrayOutputStream made = new ByteArrayOutputStream(length / 2);
      byte[] buffer = new byte[8192];
      int count;
      do {
        count = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        made.write(buffer, 0, count);
      } while (count == buffer.length);
      return made.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /** Writes a whole frame, unless {@link #end} has been called. */
  synchronized void frame(int first, byte[] payload, int offset, int length) throws IOException {
    if (ended) {
      return;
    }
    ByteArrayOutputStream frame = new ByteArrayOutputStream(length + 14);
    frame.write(first);
    int masked = mask ? FrameHead.MASKED : 0;
    if (length < 126) {
      frame.write(masked | length);
    } else if (length < 1 << 16) {
      frame.write(masked | 126);
      frame.write(length >>> 8);
      frame.write(length);
    } else {
      frame.write(masked | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) ((long) length >>> shift));
      }
    }
    if (mask) {
      int key = ThreadLocalRandom.current().nextInt();
      byte[] keys = {(byte) (key >>> 24), (byte) (key >>> 16), (byte) (key >>> 8), (byte) key};
      frame.writeBytes(keys);
      for (int i = 0; i < length; i++) {
        frame.write(payload[offset + i] ^ keys[i & 3]);
      }
    } else {
      frame.write(payload, offset, length);
    }
    frame.writeTo(out);
  }

  /**
   * Writes the frame that ends the connection, and no other frame any more.
   *
   * @param body why, as {@link CloseFrame} has it
   */
  synchronized void end(byte[] body) throws IOException {
    frame(FrameHead.FINAL | FrameHead.CLOSE, body, 0, body.length);
    ended = true;
    out.flush();
  }

  @Override
  public synchronized void flush() throws IOException {
    out.flush();
  }
}
