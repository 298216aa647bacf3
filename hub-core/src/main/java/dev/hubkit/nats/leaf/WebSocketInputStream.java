package dev.hubkit.nats.leaf;

import dev.hubkit.nats.net.CloseFrame;
import dev.hubkit.nats.net.FrameHead;
import dev.hubkit.nats.snappy.FrameInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads the content of WebSocket frames (RFC 6455) as one stream, and answers pings. What is
 * compressed is expanded as it is read, so that it takes no memory. Not thread-safe.
 */
final class WebSocketInputStream extends InputStream {
  private static final int MASK = 4;
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private InputStream in;
  private final WebSocketOutputStream answers;
  private final boolean compress;
  private final boolean mustMask;
  private final Inflater inflater = new Inflater(true);
  private final byte[] deflated = new byte[8192];
  private boolean inMessage;
  private boolean compressed;
  private boolean last;
  private boolean tailGiven;
  private long left;
  private byte[] mask = new byte[MASK];
  private boolean masked;
  private int maskAt;

  /** Tells that the other side has broken the protocol, in the words of nats-server. */
  static final class ViolationException extends IOException {
    private static final long serialVersionUID = 1L;

    ViolationException(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Reads frames.
   *
   * @param answers where answers to pings go
   * @param compress whether frames may be compressed
   * @param mustMask whether the other side must mask what it sends
   */
  WebSocketInputStream(
      InputStream in, WebSocketOutputStream answers, boolean compress, boolean mustMask) {
    this.in = in;
    this.answers = answers;
    this.compress = compress;
    this.mustMask = mustMask;
  }

  /**
   * Reads the frames from S2 frames from now on, since servers compress those of WebSocket.
   *
   * @return the S2 frames
   */
  FrameInputStream decompress() {
    FrameInputStream below = new FrameInputStream(in);
    in = below;
    return below;
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
        int count = payload(bytes, offset, length);
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
          throw new ViolationException("a compressed message ends too early", null);
        }
        if (left > 0) {
          inflater.setInput(deflated, 0, payload(deflated, 0, deflated.length));
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
      throw new ViolationException("a message is not compressed as it should be", e);
    }
  }

  // Reads some of the frame's payload.
  private int payload(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, (int) Math.min(left, length));
    if (count < 0) {
      throw new EOFException("the other side has closed the connection");
    }
    left -= count;
    unmask(bytes, offset, count);
    return count;
  }

  private void unmask(byte[] bytes, int offset, int length) {
    if (masked) {
      for (int i = offset; i < offset + length; i++) {
        bytes[i] ^= mask[maskAt++ & (MASK - 1)];
      }
      maskAt &= MASK - 1;
    }
  }

  // Returns false at the end.
  private boolean header() throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    int second = octet();
    try {
      FrameHead.check(first, second, compress, mustMask, inMessage);
    } catch (IOException e) {
      throw violation(String.valueOf(e.getMessage()));
    }
    long length = second & ~FrameHead.MASKED;
    if (length >= 126) {
      int octets = length == 126 ? 2 : 8;
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = length << 8 | octet();
      }
    }
    if (length < 0) {
      throw violation("invalid 64-bit payload length");
    }
    masked = (second & FrameHead.MASKED) != 0;
    if (masked) {
      mask = in.readNBytes(MASK);
      maskAt = 0;
    }
    int opcode = FrameHead.opcode(first);
    if (FrameHead.isControl(opcode)) {
      return control(opcode, length);
    }
    data(opcode, first);
    left = length;
    if (length == 0 && !compressed) {
      inMessage = !last;
    }
    return true;
  }

  // The other side is told, too (wsHandleProtocolError).
  private ViolationException violation(String text) throws IOException {
    answers.end(CloseFrame.body(CloseFrame.PROTOCOL_ERROR, text));
    return new ViolationException(text, null);
  }

  private void data(int opcode, int first) {
    if (opcode != FrameHead.CONTINUATION) {
      compressed = (first & FrameHead.COMPRESSED) != 0;
      tailGiven = false;
      inflater.reset();
    }
    inMessage = true;
    last = (first & FrameHead.FINAL) != 0;
  }

  private boolean control(int opcode, long length) throws IOException {
    byte[] payload = in.readNBytes((int) length);
    unmask(payload, 0, payload.length);
    if (opcode == FrameHead.PING) {
      answers.frame(FrameHead.FINAL | FrameHead.PONG, payload, 0, payload.length);
      answers.flush();
    } else if (opcode == FrameHead.CLOSE) {
      if (payload.length == 1) {
        throw violation("close frame payload cannot be 1 byte");
      }
      answers.end(answer(payload));
    }
    return opcode != FrameHead.CLOSE;
  }

  private byte[] answer(byte[] payload) throws IOException {
    try {
      return CloseFrame.answer(payload);
    } catch (IOException e) {
      throw violation(String.valueOf(e.getMessage()));
    }
  }

  private int octet() throws IOException {
    int octet = in.read();
    if (octet < 0) {
      throw new EOFException("the other side has closed the connection");
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
