package dev.hubkit.fossil.sync;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.Deflater;

/**
 * A message under construction, in pieces, so that growing never copies. Not thread-safe; after the
 * last write it may be read by any number of threads.
 */
final class MessageBuffer extends OutputStream {
  private static final int FIRST_PIECE = 4 * 1024;
  private static final int LARGEST_PIECE = 256 * 1024;

  private final List<byte[]> full = new ArrayList<>();
  private byte[] piece = new byte[FIRST_PIECE];
  private int used;
  private long fullSize;

  /** Bytes written since the last reset. */
  long size() {
    return fullSize + used;
  }

  /** Drops everything written. */
  void reset() {
    full.clear();
    fullSize = 0;
    used = 0;
  }

  @Override
  public void write(int b) {
    if (used == piece.length) {
      nextPiece();
    }
    piece[used++] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      if (used == piece.length) {
        nextPiece();
      }
      int count = Math.min(left, piece.length - used);
      System.arraycopy(bytes, from, piece, used, count);
      used += count;
      from += count;
      left -= count;
    }
  }

  private void nextPiece() {
    full.add(piece);
    fullSize += piece.length;
    piece = new byte[Math.min(LARGEST_PIECE, piece.length * 2)];
    used = 0;
  }

  void writeTo(OutputStream out) throws IOException {
    for (byte[] bytes : full) {
      out.write(bytes);
    }
    out.write(piece, 0, used);
  }

  InputStream open() {
    List<InputStream> pieces = new ArrayList<>(full.size() + 1);
    for (byte[] bytes : full) {
      pieces.add(new ByteArrayInputStream(bytes));
    }
    pieces.add(new ByteArrayInputStream(piece, 0, used));
    return new SequenceInputStream(Collections.enumeration(pieces));
  }

  /** Returns the body that carries this message in a format; may be this buffer itself. */
  MessageBuffer encode(MessageFormat format) {
    if (format != MessageFormat.COMPRESSED) {
      return this;
    }
    if (size() > 0xffff_ffffL) {
      throw new IllegalStateException("A compressed message can't have " + size() + " bytes");
    }
    MessageBuffer body = new MessageBuffer();
    for (int shift = 24; shift >= 0; shift -= 8) {
      body.write((int) (size() >>> shift));
    }
    Deflater deflater = new Deflater();
    try {
      byte[] output = new byte[16 * 1024];
      for (byte[] bytes : full) {
        deflater.setInput(bytes);
        drain(deflater, output, body);
      }
      deflater.setInput(piece, 0, used);
      deflater.finish();
      drain(deflater, output, body);
    } finally {
      deflater.end();
    }
    return body;
  }

  private static void drain(Deflater deflater, byte[] output, MessageBuffer body) {
    for (int count = deflater.deflate(output); count > 0; count = deflater.deflate(output)) {
      body.write(output, 0, count);
    }
  }
}
