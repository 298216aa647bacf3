package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Permission;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Writes a tar archive, byte for byte as C fossil's {@code tarball}: directories before their
 * files, one time for all entries, pax records for long names and names beyond ASCII. Not
 * thread-safe.
 */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX = 155;
  private static final int TARGET_AT = 157;

  /** Longer targets do not fit, so such a link is written as a file. */
  private static final int LONGEST_TARGET = 100;

  private final OutputStream out;
  private final long time;
  private final Set<String> directories = new HashSet<>();

  /**
   * Keeps the header of the entry before: as in C fossil, the target of a link stays, where it
   * means nothing.
   */
  private final byte[] header = new byte[BLOCK];

  /**
   * Writes to a stream, and leaves it open.
   *
   * @param time of all entries, in seconds since 1970
   */
  TarWriter(OutputStream out, long time) {
    this.out = out;
    this.time = time;
    octal(108, 8, 0);
    octal(116, 8, 0);
    text(257, "ustar\u000000");
    text(265, "nobody");
    text(297, "nobody");
  }

  /** Adds a file. */
  void add(String path, Permission permission, byte[] content) throws IOException {
    directories(path);
    byte[] written = content;
    char type = '0';
    if (permission == Permission.SYMLINK && content.length <= LONGEST_TARGET) {
      int length = Math.min(content.length, LONGEST_TARGET - 1);
      System.arraycopy(content, 0, header, TARGET_AT, length);
      header[TARGET_AT + length] = 0;
      type = '2';
      written = new byte[0];
    }
    entry(path, permission == Permission.EXECUTABLE ? 0755 : 0644, type, written.length);
    padded(written);
  }

  /** Ends the archive. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
  }

  private void directories(String path) throws IOException {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String directory = path.substring(0, slash);
      if (directories.add(directory)) {
        entry(directory, 0755, '5', 0);
      }
    }
  }

  private void entry(String path, int mode, char type, int size) throws IOException {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    octal(100, 8, mode);
    octal(136, 12, time);
    boolean isPlain = path.chars().allMatch(c -> c <= 0x7e);
    if (!isPlain || !fits(name)) {
      name(("PaxHeader/" + path).getBytes(StandardCharsets.UTF_8));
      byte[] record = record(name);
      octal(124, 12, record.length);
      write('x');
      padded(record);
    }
    name(name);
    octal(124, 12, size);
    write(type);
  }

  private static boolean fits(byte[] name) {
    int split = split(name);
    return name.length - split <= NAME && split <= PREFIX + 1;
  }

  /** Returns where the part for the old name field begins; the part before it is the prefix. */
  private static int split(byte[] name) {
    int split = 0;
    for (int i = 1; name.length - split > NAME && i + 1 < name.length; i++) {
      split = name[i] == '/' ? i + 1 : split;
    }
    return split;
  }

  private void name(byte[] name) {
    int split = split(name);
    field(0, NAME, Arrays.copyOfRange(name, split, name.length));
    field(PREFIX_AT, PREFIX, Arrays.copyOf(name, Math.max(0, split - 1)));
  }

  /** Returns a record, which begins with its own length, including the digits of that length. */
  private static byte[] record(byte[] name) {
    byte[] rest = " path=".getBytes(StandardCharsets.US_ASCII);
    int length = rest.length + name.length + 1;
    int total = length;
    while (total != length + Integer.toString(total).length()) {
      total = length + Integer.toString(total).length();
    }
    ByteArrayOutputStream record = new ByteArrayOutputStream(total);
    record.writeBytes(Integer.toString(total).getBytes(StandardCharsets.US_ASCII));
    record.writeBytes(rest);
    record.writeBytes(name);
    record.write('\n');
    return record.toByteArray();
  }

  private void write(char type) throws IOException {
    header[156] = (byte) type;
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    octal(148, 8, sum);
    out.write(header);
  }

  private void field(int at, int width, byte[] value) {
    Arrays.fill(header, at, at + width, (byte) 0);
    System.arraycopy(value, 0, header, at, Math.min(width, value.length));
  }

  private void text(int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private void octal(int at, int width, long number) {
    String digits = Long.toOctalString(number);
    text(at, "0".repeat(Math.max(0, width - 1 - digits.length())) + digits);
    header[at + width - 1] = 0;
  }

  private void padded(byte[] content) throws IOException {
    out.write(content);
    out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }
}
