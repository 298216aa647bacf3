package dev.hubkit.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads the body of a request out of the bytes that arrive. Not thread-safe. */
sealed interface BodyReader {
  /**
   * Takes what belongs to the body.
   *
   * @param most how many bytes of content to take at most; leaves the rest
   * @return whether the body is complete; then the rest of the input follows it
   * @throws BadRequestException if it is malformed
   */
  boolean feed(ByteBuffer input, Spool body, long most) throws IOException;

  /** A body of a length that is known. */
  final class Fixed implements BodyReader {
    private long left;

    Fixed(long length) {
      left = length;
    }

    @Override
    public boolean feed(ByteBuffer input, Spool body, long most) throws IOException {
      left -= take(input, body, Math.min(left, most));
      return left == 0;
    }
  }

  /** A body in chunks (RFC 9112, 7.1). As in Go, lines must end with CR LF. */
  final class Chunked implements BodyReader {
    private static final int LONGEST_LINE = 4096;
    private static final int MOST_TRAILERS = 64 * 1024;

    private enum Part {
      SIZE,
      CONTENT,
      END_OF_CONTENT,
      TRAILERS,
      DONE
    }

    private final StringBuilder line = new StringBuilder();
    private Part part = Part.SIZE;
    private long left;
    private int trailers;

    @Override
    public boolean feed(ByteBuffer input, Spool body, long most) throws IOException {
      long taken = 0;
      while (part != Part.DONE && input.hasRemaining()) {
        if (part == Part.CONTENT) {
          if (taken == most) {
            return false;
          }
          long count = take(input, body, Math.min(left, most - taken));
          taken += count;
          left -= count;
          part = left == 0 ? Part.END_OF_CONTENT : Part.CONTENT;
        } else if (hasLine(input)) {
          endOfLine();
        }
      }
      return part == Part.DONE;
    }

    /** Gathers a line without its end; returns whether it is complete. */
    private boolean hasLine(ByteBuffer input) throws BadRequestException {
      while (input.hasRemaining()) {
        char c = (char) (input.get() & 0xff);
        if (c == '\n') {
          int last = line.length() - 1;
          if (last < 0 || line.charAt(last) != '\r') {
            throw BadRequestException.malformed();
          }
          line.setLength(last);
          return true;
        }
        if (line.length() > LONGEST_LINE) {
          throw BadRequestException.malformed();
        }
        line.append(c);
      }
      return false;
    }

    private void endOfLine() throws BadRequestException {
      switch (part) {
        case SIZE -> {
          left = size();
          part = left == 0 ? Part.TRAILERS : Part.CONTENT;
        }
        case END_OF_CONTENT -> {
          if (line.length() > 0) {
            throw BadRequestException.malformed();
          }
          part = Part.SIZE;
        }
        default -> {
          trailers += line.length() + 2;
          if (trailers > MOST_TRAILERS) {
            throw new BadRequestException(431, "");
          }
          part = line.length() == 0 ? Part.DONE : Part.TRAILERS;
        }
      }
      line.setLength(0);
    }

    private long size() throws BadRequestException {
      int semicolon = line.indexOf(";");
      String digits =
          HeadLines.trim(semicolon < 0 ? line.toString() : line.substring(0, semicolon));
      if (digits.isEmpty() || digits.length() > 15) {
        throw BadRequestException.malformed();
      }
      long size = 0;
      for (int i = 0; i < digits.length(); i++) {
        char c = digits.charAt(i);
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
          throw BadRequestException.malformed();
        }
        size = size * 16 + digit;
      }
      return size;
    }
  }

  private static long take(ByteBuffer input, Spool body, long most) throws IOException {
    int count = (int) Math.min(input.remaining(), most);
    if (count > 0) {
      int limit = input.limit();
      input.limit(input.position() + count);
      try {
        body.append(input);
      } finally {
        input.limit(limit);
      }
    }
    return count;
  }
}
