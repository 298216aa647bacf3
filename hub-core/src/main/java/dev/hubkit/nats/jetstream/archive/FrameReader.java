package dev.hubkit.nats.jetstream.archive;

import java.nio.charset.StandardCharsets;

/** Expands Snappy and S2 frames, which come in pieces of any size. Not thread-safe. */
final class FrameReader implements ByteSink {
  private static final int HEADER = 4;
  private static final int MAX_BLOCK = 4 << 20;
  private static final int COMPRESSED = 0x00;
  private static final int PLAIN = 0x01;
  private static final int IDENTIFIER = 0xff;
  private static final int FIRST_SKIPPABLE = 0x80;

  private final ByteSink out;
  private final PendingBytes pending = new PendingBytes(1 << 16);
  private boolean identified;

  FrameReader(ByteSink out) {
    this.out = out;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    pending.append(bytes, offset, length);
    int at = 0;
    while (pending.size() - at >= HEADER) {
      int body = octet(at + 1) | octet(at + 2) << 8 | octet(at + 3) << 16;
      check(octet(at), body);
      if (pending.size() - at - HEADER < body) {
        break;
      }
      frame(octet(at), at + HEADER, body);
      at += HEADER + body;
    }
    pending.remove(at);
  }

  private void check(int type, int body) {
    if (!identified && type != IDENTIFIER) {
      throw new ArchiveException("s2: corrupt input");
    }
    if (type > PLAIN && type < FIRST_SKIPPABLE) {
      throw new ArchiveException("s2: unsupported input");
    }
    if ((type == COMPRESSED || type == PLAIN)
        && (body < 4 || body > 4 + MAX_BLOCK + MAX_BLOCK / 6 + 32)) {
      throw new ArchiveException("s2: corrupt input");
    }
  }

  private void frame(int type, int at, int body) {
    switch (type) {
      case IDENTIFIER -> {
        String word = new String(pending.array(), at, body, StandardCharsets.ISO_8859_1);
        if (!word.equals("S2sTwO") && !word.equals("sNaPpY")) {
          throw new ArchiveException("s2: corrupt input");
        }
        identified = true;
      }
      case COMPRESSED -> {
        byte[] expanded = SnappyBlock.expand(pending.array(), at + 4, body - 4, MAX_BLOCK);
        verify(at, expanded, 0, expanded.length);
      }
      case PLAIN -> verify(at, pending.array(), at + 4, body - 4);
      default -> {
        // Padding, an index, and what else may be passed over.
      }
    }
  }

  private void verify(int checksumAt, byte[] bytes, int offset, int length) {
    int checksum = 0;
    for (int i = 0; i < 4; i++) {
      checksum |= octet(checksumAt + i) << (8 * i);
    }
    if (checksum != FrameWriter.checksum(bytes, offset, length)) {
      throw new ArchiveException("s2: corrupt input, crc mismatch");
    }
    out.write(bytes, offset, length);
  }

  private int octet(int at) {
    return pending.array()[at] & 0xff;
  }

  /**
   * The last piece has come.
   *
   * @throws ArchiveException if it ended within a frame
   */
  void finish() {
    if (pending.size() > 0) {
      throw new ArchiveException("s2: corrupt input");
    }
  }
}
