package dev.hubkit.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The body of an answer, framed as its head announces. For one thread at a time. */
final class ResponseBody extends OutputStream {
  private static final int SIZE = 32 * 1024;
  // The length of a chunk in at most four digits, and CR LF.
  private static final int CHUNK_HEAD = 6;
  // CR LF, and the last chunk.
  private static final int CHUNK_TAIL = 7;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** How the reader finds the end of a body. */
  enum Framing {
    /** The head announces its length. */
    LENGTH,
    CHUNKS,
    /** It ends with the connection. */
    CLOSE,
    /** There is no body, and writing one is an error. */
    NONE,
    /** Nothing is sent: the answer to HEAD. */
    DROPPED
  }

  private final SocketWriter out;
  private final Runnable onEnd;
  private Framing framing = Framing.NONE;
  private boolean begun;
  private boolean closed;
  private long left;
  private byte[] buffer = {};
  private int used;
  private int chunkStart;

  /**
   * Makes a body.
   *
   * @param onEnd called when the answer is complete
   */
  ResponseBody(SocketWriter out, Runnable onEnd) {
    this.out = out;
    this.onEnd = onEnd;
  }

  /**
   * Begins with the head of the answer.
   *
   * @param length of the body; used only with {@link Framing#LENGTH}
   */
  void begin(byte[] head, Framing how, long length) throws IOException {
    framing = how;
    begun = true;
    left = length;
    boolean empty =
        how == Framing.NONE || how == Framing.DROPPED || (how == Framing.LENGTH && length == 0);
    if (empty) {
      out.write(head, 0, head.length);
      return;
    }
    long whole = how == Framing.LENGTH ? head.length + length : SIZE;
    buffer = new byte[(int) Math.max(head.length + 64L, Math.min(SIZE, whole))];
    System.arraycopy(head, 0, buffer, 0, head.length);
    used = head.length;
    chunkStart = used;
  }

  private int room() {
    return framing == Framing.CHUNKS
        ? buffer.length - used - CHUNK_TAIL - (used == chunkStart ? CHUNK_HEAD : 0)
        : buffer.length - used;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0 || framing == Framing.DROPPED) {
      return;
    }
    checkWrite(length);
    int from = offset;
    int rest = length;
    while (rest > 0) {
      if (room() <= 0) {
        send(false);
      }
      if (framing != Framing.CHUNKS && used == 0 && rest >= SIZE) {
        out.write(bytes, from, rest);
        return;
      }
      if (framing == Framing.CHUNKS && used == chunkStart) {
        used += CHUNK_HEAD;
      }
      int count =
          Math.min(rest, framing == Framing.CHUNKS ? buffer.length - used - CHUNK_TAIL : room());
      System.arraycopy(bytes, from, buffer, used, count);
      used += count;
      from += count;
      rest -= count;
    }
  }

  private void checkWrite(int length) throws IOException {
    if (!begun) {
      throw new IOException("the headers have not been sent");
    }
    if (closed) {
      throw new IOException("the answer is complete");
    }
    if (framing == Framing.NONE) {
      throw new IOException("this answer has no body");
    }
    if (framing == Framing.LENGTH) {
      if (length > left) {
        throw new IOException("too many bytes for the length that was announced");
      }
      left -= length;
    }
  }

  /** Sends the content of the buffer. */
  private void send(boolean last) throws IOException {
    if (framing == Framing.CHUNKS && used > chunkStart) {
      int size = used - chunkStart - CHUNK_HEAD;
      for (int i = 0; i < 4; i++) {
        buffer[chunkStart + i] = HEX[(size >> (12 - 4 * i)) & 15];
      }
      buffer[chunkStart + 4] = '\r';
      buffer[chunkStart + 5] = '\n';
      buffer[used++] = '\r';
      buffer[used++] = '\n';
    }
    if (last && framing == Framing.CHUNKS) {
      System.arraycopy(LAST_CHUNK, 0, buffer, used, LAST_CHUNK.length);
      used += LAST_CHUNK.length;
    }
    int count = used;
    used = 0;
    chunkStart = 0;
    if (count > 0) {
      out.write(buffer, 0, count);
    }
  }

  @Override
  public void flush() throws IOException {
    if (begun && !closed) {
      send(false);
    }
  }

  /**
   * Completes the answer.
   *
   * @throws IOException if there are fewer bytes than the head announced
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    if (!begun) {
      throw new IOException("the headers have not been sent");
    }
    if (framing == Framing.LENGTH && left > 0) {
      send(false);
      throw new IOException("too few bytes for the length that was announced");
    }
    send(true);
    buffer = new byte[0];
    onEnd.run();
  }
}
