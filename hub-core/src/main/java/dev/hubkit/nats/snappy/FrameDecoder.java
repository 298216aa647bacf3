package dev.hubkit.nats.snappy;

import java.nio.charset.StandardCharsets;

/** Expands Snappy and S2 frames, one at a time. Not thread-safe. */
final class FrameDecoder {
  /** How many bytes tell the type and the length of a frame. */
  static final int HEADER = 4;

  /** How many bytes can come of one frame at most. */
  static final int MAX_BLOCK = 4 << 20;

  private static final int COMPRESSED = 0x00;
  private static final int PLAIN = 0x01;
  private static final int IDENTIFIER = 0xff;
  private static final int WORD = 6;
  private static final int FIRST_SKIPPABLE = 0x80;

  private final ByteSink out;
  private int limit = MAX_BLOCK;
  private boolean identified;

  FrameDecoder(ByteSink out) {
    this.out = out;
  }

  /** Lets at most this many bytes come of each frame from now on. */
  void limit(int most) {
    limit = most;
  }

  /**
   * Returns how many bytes the frame has behind its header, which begins at an offset.
   *
   * @throws FrameException if there can be no such frame
   */
  int body(byte[] bytes, int at) {
    int type = bytes[at] & 0xff;
    int body = (bytes[at + 1] & 0xff) | (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff) << 16;
    if (!identified && type != IDENTIFIER) {
      throw new FrameException("s2: corrupt input");
    }
    if (type > PLAIN && type < FIRST_SKIPPABLE) {
      throw new FrameException("s2: unsupported input");
    }
    if (type == IDENTIFIER && body != WORD) {
      throw new FrameException("s2: corrupt input");
    }
    if (type <= PLAIN && (body < 4 || body > 4 + limit + limit / 6 + 32)) {
      throw new FrameException("s2: corrupt input");
    }
    return body;
  }

  /**
   * Expands a whole frame, which begins at an offset.
   *
   * @throws FrameException if it is wrong
   */
  void decode(byte[] bytes, int at) {
    int body = body(bytes, at);
    int from = at + HEADER;
    switch (bytes[at] & 0xff) {
      case IDENTIFIER -> {
        String word = new String(bytes, from, body, StandardCharsets.ISO_8859_1);
        if (!word.equals("S2sTwO") && !word.equals("sNaPpY")) {
          throw new FrameException("s2: corrupt input");
        }
        identified = true;
      }
      case COMPRESSED -> {
        byte[] expanded = SnappyBlock.expand(bytes, from + 4, body - 4, limit);
        verify(bytes, from, expanded, 0, expanded.length);
      }
      case PLAIN -> verify(bytes, from, bytes, from + 4, body - 4);
      default -> {
        // Padding, an index, and what else may be passed over.
      }
    }
  }

  private void verify(byte[] frame, int checksumAt, byte[] bytes, int offset, int length) {
    int checksum = 0;
    for (int i = 0; i < 4; i++) {
      checksum |= (frame[checksumAt + i] & 0xff) << (8 * i);
    }
    if (checksum != FrameWriter.checksum(bytes, offset, length)) {
      throw new FrameException("s2: corrupt input, crc mismatch");
    }
    out.write(bytes, offset, length);
  }
}
