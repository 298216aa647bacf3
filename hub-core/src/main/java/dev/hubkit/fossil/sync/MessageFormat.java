package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** How a sync message is packed into the body of an HTTP request or reply, by content type. */
public enum MessageFormat {
  /** Four bytes of size (big-endian), then zlib. What both sides normally send. */
  COMPRESSED("application/x-fossil"),
  /** Not packed; a client that traces its traffic sends and receives this. */
  DEBUG("application/x-fossil-debug"),
  /** Not packed; the answer to a clone by {@code cfile} cards, which are compressed already. */
  UNCOMPRESSED("application/x-fossil-uncompressed");

  private final String contentType;

  MessageFormat(String contentType) {
    this.contentType = contentType;
  }

  /** The value of the Content-Type header. */
  public String contentType() {
    return contentType;
  }

  /**
   * Returns the format of a Content-Type header, whatever its parameters; null when it is not one
   * of the sync protocol.
   */
  public static @Nullable MessageFormat of(@Nullable String header) {
    if (header == null) {
      return null;
    }
    int semicolon = header.indexOf(';');
    String type =
        (semicolon < 0 ? header : header.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    for (MessageFormat format : values()) {
      if (format.contentType.equals(type)) {
        return format;
      }
    }
    return null;
  }

  /**
   * Returns the message in a body, which it unpacks while it is read.
   *
   * @param maxSize the most bytes the message may have once unpacked; reading beyond throws {@link
   *     SyncProtocolException}
   */
  InputStream decode(InputStream body, long maxSize) {
    return this == COMPRESSED
        ? new InflatedMessage(body, maxSize)
        : new BoundedMessage(body, maxSize);
  }

  /** Reads a message out of a body, up to a size. */
  private abstract static class BodyReader extends InputStream {
    final InputStream body;
    private final long maxSize;

    BodyReader(InputStream body, long maxSize) {
      this.body = body;
      this.maxSize = maxSize;
    }

    final void limit(long size) throws SyncProtocolException {
      if (size > maxSize) {
        throw new SyncProtocolException("message is larger than " + maxSize + " bytes");
      }
    }

    @Override
    public abstract int read(byte[] target, int offset, int length) throws IOException;

    @Override
    public final int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }

  private static final class BoundedMessage extends BodyReader {
    private long count;

    BoundedMessage(InputStream body, long maxSize) {
      super(body, maxSize);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = body.read(target, offset, length);
      if (read > 0) {
        count += read;
        limit(count);
      }
      return read;
    }
  }

  private static final class InflatedMessage extends BodyReader {
    private static final int HEADER = 4;

    private final Inflater inflater = new Inflater();
    private final byte[] input = new byte[16 * 1024];
    private long expected = -1;
    private long count;
    private boolean done;

    InflatedMessage(InputStream body, long maxSize) {
      super(body, maxSize);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (done) {
        return -1;
      }
      if (length == 0) {
        return 0;
      }
      if (expected < 0 && !readHeader()) {
        done = true;
        return -1;
      }
      try {
        return inflate(target, offset, length);
      } catch (DataFormatException e) {
        throw new SyncProtocolException("compressed message is damaged: " + e.getMessage(), e);
      }
    }

    private int inflate(byte[] target, int offset, int length)
        throws IOException, DataFormatException {
      while (true) {
        int inflated = inflater.inflate(target, offset, length);
        if (inflated > 0) {
          count += inflated;
          if (count > expected) {
            throw new SyncProtocolException(
                "compressed message holds more than the " + expected + " bytes it announces");
          }
          return inflated;
        }
        if (inflater.finished()) {
          return end();
        }
        if (inflater.needsDictionary()) {
          throw new SyncProtocolException("compressed message wants a dictionary");
        }
        int read = body.read(input);
        if (read < 0) {
          throw new SyncProtocolException("compressed message is truncated");
        }
        inflater.setInput(input, 0, read);
      }
    }

    private int end() throws SyncProtocolException {
      done = true;
      inflater.end();
      if (count < expected) {
        throw new SyncProtocolException(
            "compressed message holds " + count + " bytes but announces " + expected);
      }
      return -1;
    }

    /** Returns false when the body is empty, which is an empty message. */
    private boolean readHeader() throws IOException {
      byte[] header = body.readNBytes(HEADER);
      if (header.length == 0) {
        return false;
      }
      if (header.length < HEADER) {
        throw new SyncProtocolException("compressed message is truncated");
      }
      expected = 0;
      for (byte b : header) {
        expected = (expected << 8) | (b & 0xff);
      }
      limit(expected);
      return true;
    }

    @Override
    public void close() {
      done = true;
      inflater.end();
    }
  }
}
