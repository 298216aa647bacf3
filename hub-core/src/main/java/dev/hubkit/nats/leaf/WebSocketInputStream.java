package dev.hubkit.nats.leaf;

import dev.hubkit.nats.snappy.FrameInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads the content of WebSocket frames (RFC 6455) as one stream, and answers pings. What is
 * compressed is expanded as it is read, so that it takes no memory. Not thread-safe.
 */
final class WebSocketInputStream extends InputStream {
  private static final int FINAL = 0x80;
  private static final int COMPRESSED = 0x40;
  private static final int RESERVED = 0x30;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int MOST_CONTROL = 125;
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private InputStream in;
  private final WebSocketOutputStream answers;
  private final boolean compress;
  private final Inflater inflater = new Inflater(true);
  private final byte[] deflated = new byte[8192];
  private boolean inMessage;
  private boolean compressed;
  private boolean last;
  private boolean tailGiven;
  private long left;

  /**
   * Reads frames.
   *
   * @param answers where answers to pings go
   * @param compress whether frames may be compressed
   */
  WebSocketInputStream(InputStream in, WebSocketOutputStream answers, boolean compress) {
    this.in = in;
    this.answers = answers;
    this.compress = compress;
  }

  /** Reads the frames from S2 frames from now on, since servers compress those of WebSocket. */
  void decompress() {
    in = new FrameInputStream(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (inMessage && compressed) {
        int count = inflate(bytes, offset, length);
        if (count > 0) {
          return count;
        }
      } else if (left > 0) {
        int count = in.read(bytes, offset, (int) Math.min(left, length));
        if (count < 0) {
          throw new EOFException("the hub has closed the connection");
        }
        left -= count;
        inMessage = left > 0 || !last;
        return count;
      }
      if (left == 0 && !(inMessage && compressed && last) && !header()) {
        return -1;
      }
    }
  }

  // Returns 0 when another frame must come first, or the message has ended.
  private int inflate(byte[] bytes, int offset, int length) throws IOException {
    try {
      while (true) {
        int count = inflater.inflate(bytes, offset, length);
        if (count > 0) {
          return count;
        }
        if (inflater.finished()) {
          throw new IOException("a compressed message of the hub ends too early");
        }
        if (left > 0) {
          int read = in.read(deflated, 0, (int) Math.min(left, deflated.length));
          if (read < 0) {
            throw new EOFException("the hub has closed the connection");
          }
          left -= read;
          inflater.setInput(deflated, 0, read);
        } else if (!last) {
          return 0;
        } else if (!tailGiven) {
          tailGiven = true;
          inflater.setInput(TAIL);
        } else {
          inMessage = false;
          return 0;
        }
      }
    } catch (DataFormatException e) {
      throw new IOException("a message of the hub is not compressed as it should be", e);
    }
  }

  // Returns false at the end.
  private boolean header() throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    int second = octet();
    int code = first & 0x0f;
    if ((second & FINAL) != 0 || (first & RESERVED) != 0) {
      throw new IOException("invalid WebSocket frame of a hub");
    }
    long length = second & 0x7f;
    if (length > MOST_CONTROL) {
      int octets = length == 126 ? 2 : 8;
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = length << 8 | octet();
      }
    }
    if (length < 0) {
      throw new IOException("invalid length of a WebSocket frame of a hub");
    }
    if (code >= CLOSE) {
      return control(code, first, length);
    }
    data(code, first);
    left = length;
    if (length == 0 && !compressed) {
      inMessage = !last;
    }
    return true;
  }

  private void data(int code, int first) throws IOException {
    boolean marked = (first & COMPRESSED) != 0;
    boolean begins = code == TEXT || code == BINARY;
    if (inMessage == begins
        || (code != CONTINUATION && !begins)
        || (marked && !(begins && compress))) {
      throw new IOException("unexpected WebSocket frame of a hub");
    }
    if (begins) {
      compressed = marked;
      tailGiven = false;
      inflater.reset();
    }
    inMessage = true;
    last = (first & FINAL) != 0;
  }

  private boolean control(int code, int first, long length) throws IOException {
    if (length > MOST_CONTROL || (first & FINAL) == 0 || code > PONG) {
      throw new IOException("invalid WebSocket control frame of a hub");
    }
    byte[] payload = in.readNBytes((int) length);
    if (code == PING) {
      answers.frame(FINAL | PONG, payload, 0, payload.length);
      answers.flush();
    }
    return code != CLOSE;
  }

  private int octet() throws IOException {
    int octet = in.read();
    if (octet < 0) {
      throw new EOFException("the hub has closed the connection");
    }
    return octet;
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
