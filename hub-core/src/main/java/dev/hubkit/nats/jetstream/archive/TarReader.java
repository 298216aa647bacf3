package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.snappy.ByteSink;
import java.nio.charset.StandardCharsets;

/** Reads a tar file with regular files, which comes in pieces of any size. Not thread-safe. */
final class TarReader implements ByteSink {
  private static final int MAX_RECORDS = 1 << 16;

  /** What is done with the files. */
  interface Files {
    /** A file begins. */
    void begin(String name, long size);

    /** More of its content; all of it comes. */
    void content(byte[] bytes, int offset, int length);

    /** The file is complete. */
    void end();
  }

  private enum Part {
    HEADER,
    RECORDS,
    CONTENT,
    PADDING,
    AFTER
  }

  private final Files files;
  private final byte[] header = new byte[ArchiveTarWriter.BLOCK];
  private byte[] records = new byte[0];
  private int filled;
  private Part part = Part.HEADER;
  private long left;
  private int padding;
  private String path = "";
  private boolean emptyBlock;

  TarReader(Files files) {
    this.files = files;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      at += take(bytes, at, end - at);
    }
  }

  /** Takes bytes of the part that the file is in; returns how many. */
  private int take(byte[] bytes, int at, int length) {
    return switch (part) {
      case HEADER -> takeHeader(bytes, at, length);
      case RECORDS, CONTENT -> takeBody(bytes, at, length);
      case PADDING -> {
        int taken = Math.min(length, padding);
        padding -= taken;
        if (padding == 0) {
          part = Part.HEADER;
        }
        yield taken;
      }
      case AFTER -> length;
    };
  }

  private int takeHeader(byte[] bytes, int at, int length) {
    int taken = Math.min(length, header.length - filled);
    System.arraycopy(bytes, at, header, filled, taken);
    filled += taken;
    if (filled == header.length) {
      filled = 0;
      header();
    }
    return taken;
  }

  private int takeBody(byte[] bytes, int at, int length) {
    int taken = (int) Math.min(length, left);
    boolean isContent = part == Part.CONTENT;
    if (isContent) {
      files.content(bytes, at, taken);
    } else {
      System.arraycopy(bytes, at, records, records.length - (int) left, taken);
    }
    left -= taken;
    if (left == 0) {
      if (isContent) {
        files.end();
      } else {
        records();
      }
      pad();
    }
    return taken;
  }

  private void header() {
    long sum = 0;
    boolean zero = true;
    for (int i = 0; i < header.length; i++) {
      zero &= header[i] == 0;
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (zero) {
      // Two empty blocks end the file.
      part = emptyBlock ? Part.AFTER : Part.HEADER;
      emptyBlock = true;
      return;
    }
    emptyBlock = false;
    if (sum != octal(148, 8)) {
      throw new ArchiveException("archive/tar: invalid tar header");
    }
    long size = octal(124, 12);
    padding = (int) (-size & (ArchiveTarWriter.BLOCK - 1));
    left = size;
    switch (header[156]) {
      case 'x' -> beginRecords(size);
      case '0', 0 -> beginFile(size);
      default -> throw new ArchiveException("unexpected content");
    }
  }

  private void beginRecords(long size) {
    if (size > MAX_RECORDS) {
      throw new ArchiveException("archive/tar: header field too long");
    }
    records = new byte[(int) size];
    part = Part.RECORDS;
  }

  private void beginFile(long size) {
    String name = path.isEmpty() ? name() : path;
    path = "";
    files.begin(name, size);
    part = Part.CONTENT;
    if (size == 0) {
      files.end();
      pad();
    }
  }

  private void pad() {
    part = padding > 0 ? Part.PADDING : Part.HEADER;
  }

  private String name() {
    String name = text(0, 100);
    String prefix = text(345, 155);
    boolean isPosix = text(257, 6).equals("ustar") && !prefix.isEmpty();
    return isPosix ? prefix + "/" + name : name;
  }

  private String text(int at, int width) {
    int end = at;
    while (end < at + width && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, StandardCharsets.UTF_8);
  }

  private long octal(int at, int width) {
    String digits = text(at, width).strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseUnsignedLong(digits, 8) & Long.MAX_VALUE;
    } catch (NumberFormatException e) {
      throw new ArchiveException("archive/tar: invalid tar header");
    }
  }

  // Records of "length key=value\n", of which only the path counts here.
  private void records() {
    String text = new String(records, StandardCharsets.UTF_8);
    for (String line : text.split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.startsWith("path=", space + 1)) {
        path = line.substring(space + 6);
      }
    }
  }

  /**
   * The last piece has come.
   *
   * @throws ArchiveException if it ended within a file
   */
  void finish() {
    boolean between = part == Part.AFTER || (part == Part.HEADER && filled == 0);
    if (!between) {
      throw new ArchiveException("unexpected EOF");
    }
  }
}
