package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the files of a check-in as one file to download. The same check-in always gives the same
 * bytes. One file at a time is in memory.
 */
public final class Archive {
  private static final int BLOCK = 512;

  private final Snapshot snapshot;
  private final ArtifactName checkIn;
  private final String root;

  /**
   * Of a check-in.
   *
   * @param root the directory that holds all files in the archive; empty for none
   */
  public Archive(Snapshot snapshot, ArtifactName checkIn, String root) {
    this.snapshot = snapshot;
    this.checkIn = checkIn;
    this.root = root.isEmpty() || root.endsWith("/") ? root : root + "/";
  }

  private byte[] content(ManifestFile file) {
    ArtifactName name = file.content();
    byte[] content = name == null ? null : snapshot.content().read(name);
    if (content == null) {
      throw new RepositoryException("the content of \"" + file.name() + "\" is missing");
    }
    return content;
  }

  /** A gzipped tar archive. {@code out} is not closed. */
  public void tarball(OutputStream out) throws IOException {
    GZIPOutputStream gzip = new GZIPOutputStream(out, 1 << 16);
    Instant time = snapshot.checkIn(checkIn).date();
    for (ManifestFile file : snapshot.checkInFiles(checkIn).all()) {
      byte[] content = content(file);
      String path = root + file.name();
      if (file.permission() == Permission.SYMLINK) {
        String target = new String(content, StandardCharsets.UTF_8);
        entry(gzip, path, time, '2', 0777, target, new byte[0]);
      } else {
        int mode = file.permission() == Permission.EXECUTABLE ? 0755 : 0644;
        entry(gzip, path, time, '0', mode, "", content);
      }
    }
    gzip.write(new byte[2 * BLOCK]);
    gzip.finish();
  }

  private static void entry(
      OutputStream out,
      String path,
      Instant time,
      char type,
      int mode,
      String target,
      byte[] content)
      throws IOException {
    StringBuilder extended = new StringBuilder();
    String shortPath = fitting(path, 100, "path", extended);
    String shortTarget = fitting(target, 100, "linkpath", extended);
    if (!extended.isEmpty()) {
      byte[] records = extended.toString().getBytes(StandardCharsets.UTF_8);
      out.write(header("PaxHeader", time, 'x', 0644, "", records.length));
      padded(out, records);
    }
    out.write(header(shortPath, time, type, mode, shortTarget, content.length));
    padded(out, content);
  }

  /** The value itself where the old header has room for it; otherwise a pax record is added. */
  private static String fitting(String value, int room, String key, StringBuilder extended) {
    boolean ascii = value.chars().allMatch(c -> c < 128);
    if (ascii && value.length() <= room) {
      return value;
    }
    int length = value.getBytes(StandardCharsets.UTF_8).length + key.length() + 3;
    int total = length + String.valueOf(length).length();
    total = length + String.valueOf(total).length(); // the number counts its own digits
    extended.append(total).append(' ').append(key).append('=').append(value).append('\n');
    StringBuilder plain = new StringBuilder();
    value.chars().limit(room).forEach(c -> plain.append(c < 128 ? (char) c : '_'));
    return plain.toString();
  }

  private static byte[] header(
      String path, Instant time, char type, int mode, String target, int size) {
    byte[] header = new byte[BLOCK];
    text(header, 0, path);
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, Math.max(0, time.getEpochSecond()));
    header[156] = (byte) type;
    text(header, 157, target);
    text(header, 257, "ustar\u000000");
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    octal(header, 148, 7, sum);
    return header;
  }

  private static void text(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void octal(byte[] header, int at, int width, long number) {
    String digits = Long.toOctalString(number);
    text(header, at, "0".repeat(Math.max(0, width - 1 - digits.length())) + digits);
    header[at + width - 1] = 0;
  }

  private static void padded(OutputStream out, byte[] content) throws IOException {
    out.write(content);
    out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  /** A zip archive. {@code out} is not closed. */
  public void zip(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    LocalDateTime time = LocalDateTime.ofInstant(snapshot.checkIn(checkIn).date(), ZoneOffset.UTC);
    for (ManifestFile file : snapshot.checkInFiles(checkIn).all()) {
      ZipEntry entry = new ZipEntry(root + file.name());
      entry.setTimeLocal(time);
      zip.putNextEntry(entry);
      zip.write(content(file));
      zip.closeEntry();
    }
    zip.finish();
  }
}
