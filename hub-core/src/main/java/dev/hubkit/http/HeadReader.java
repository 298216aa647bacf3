package dev.hubkit.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Gathers the head of a request, in whatever pieces it arrives. Not thread-safe. */
final class HeadReader implements AutoCloseable {
  private static final byte[] NOTHING = {};
  private static final int FIRST_SIZE = 512;

  private final SizeLimits limits;
  private final SpoolSpace space;
  private byte[] bytes = NOTHING;
  private int length;
  private int lineStart;
  private boolean firstLine = true;

  HeadReader(SizeLimits limits, SpoolSpace space) {
    this.limits = limits;
    this.space = space;
  }

  /**
   * Takes what belongs to the head.
   *
   * @return whether the head is complete; then the rest of the input follows it
   * @throws BadRequestException if the head is too large
   */
  boolean feed(ByteBuffer input) throws BadRequestException {
    int from = length;
    // One byte more than allowed shows that the head is too large.
    int take = Math.min(input.remaining(), limits.head() + 1 - length);
    reserve(length + take);
    input.get(bytes, length, take);
    length += take;
    for (int i = from; i < length; i++) {
      if (bytes[i] != '\n') {
        continue;
      }
      int line = i - lineStart;
      if (firstLine) {
        firstLine = false;
        checkFirstLine(line > 0 && bytes[i - 1] == '\r' ? line - 1 : line);
      }
      if (line == 0 || (line == 1 && bytes[lineStart] == '\r')) {
        input.position(input.position() - (length - i - 1));
        length = i + 1;
        checkSize();
        return true;
      }
      lineStart = i + 1;
    }
    if (firstLine) {
      // The last byte may be the CR.
      checkFirstLine(length - 1);
    }
    checkSize();
    return false;
  }

  private void checkFirstLine(int line) throws BadRequestException {
    if (line > limits.requestLine()) {
      throw new BadRequestException(limits.requestLine() >= limits.head() ? 431 : 414, "");
    }
  }

  private void checkSize() throws BadRequestException {
    if (length > limits.head()) {
      throw new BadRequestException(431, "");
    }
  }

  private void reserve(int needed) throws BadRequestException {
    if (needed <= bytes.length) {
      return;
    }
    int grown = Math.max(needed, Math.max(FIRST_SIZE, bytes.length * 2));
    if (!space.takeMemory(grown - bytes.length)) {
      throw new BadRequestException(503, "too many requests at once");
    }
    int more = grown - bytes.length;
    boolean made = false;
    try {
      bytes = Arrays.copyOf(bytes, grown);
      made = true;
    } finally {
      if (!made) {
        space.giveMemory(more);
      }
    }
  }

  /** Returns whether no byte has arrived. */
  boolean isEmpty() {
    return length == 0;
  }

  /** Parses the head. */
  RequestHead head() throws BadRequestException {
    return RequestHead.parse(bytes, length, limits.headers());
  }

  /** Forgets the head. */
  @Override
  public void close() {
    space.giveMemory(bytes.length);
    bytes = NOTHING;
    length = 0;
    lineStart = 0;
    firstLine = true;
  }
}
