package dev.hubkit.workspace;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Quoted;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The log file of a hub: one line for each event, whatever the message contains, in UTF-8.
 *
 * <p>A file that grows beyond its limit is copied to {@code hub.log.1} (older ones move up) and
 * emptied in place rather than renamed, since a detached process has it open as its standard
 * output.
 *
 * <p>Thread-safe.
 */
public final class HubLog implements AutoCloseable {
  /** The format of a line. */
  public enum Format {
    /** {@code 2026-05-04T10:11:12.345Z INFO hub: ready}. */
    TEXT,
    /** One JSON object with {@code time}, {@code level}, {@code logger}, {@code message}. */
    JSON
  }

  /** How much an event matters. */
  public enum Level {
    /** Something failed. */
    ERROR,
    /** Something is wrong, and the hub copes with it. */
    WARN,
    /** Something happened that an operator wants to know. */
    INFO,
    /** Details that help to find an error. */
    DEBUG
  }

  /** The default size at which the file is rotated, in bytes. */
  public static final long DEFAULT_MAX_BYTES = 10L << 20;

  /** How many rotated files are kept. */
  public static final int KEPT = 3;

  // Fixed width, unlike Instant.toString, so that columns line up.
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Path file;
  private final Format format;
  private final Level threshold;
  private final long maxBytes;
  private @Nullable FileChannel channel;

  private HubLog(Path file, Format format, Level threshold, long maxBytes) {
    this.file = file;
    this.format = format;
    this.threshold = threshold;
    this.maxBytes = maxBytes;
  }

  /** A log that keeps events of {@code threshold} and above; the first event opens the file. */
  public static HubLog to(Path file, Format format, Level threshold, long maxBytes) {
    if (maxBytes < 1024) {
      throw new IllegalArgumentException("A log file of less than 1024 bytes: " + maxBytes);
    }
    return new HubLog(file, format, threshold, maxBytes);
  }

  /** A log in text, of events that matter to an operator. */
  public static HubLog to(Path file) {
    return to(file, Format.TEXT, Level.INFO, DEFAULT_MAX_BYTES);
  }

  /** Returns whether events of this level are kept. */
  public boolean keeps(Level level) {
    return level.compareTo(threshold) <= 0;
  }

  /** Writes one event, if its level is kept. */
  public void write(
      Instant time, Level level, String logger, String message, @Nullable Throwable thrown)
      throws IOException {
    if (!keeps(level)) {
      return;
    }
    ByteBuffer line =
        ByteBuffer.wrap(
            format == Format.JSON
                ? json(time, level, logger, message, thrown)
                : text(time, level, logger, message, thrown));
    synchronized (this) {
      FileChannel out = open();
      if (out.size() + line.remaining() > maxBytes && out.size() > 0) {
        rotate(out);
      }
      while (line.hasRemaining()) {
        out.write(line);
      }
    }
  }

  private synchronized FileChannel open() throws IOException {
    FileChannel out = channel;
    if (out == null || !out.isOpen()) {
      // CREATE may bring the file back after the hub was abandoned. That is fine, since it does not
      // create the directory.
      out =
          PrivateFiles.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      channel = out;
    }
    return out;
  }

  private void rotate(FileChannel out) throws IOException {
    for (int i = KEPT; i > 1; i--) {
      Path older = numbered(i - 1);
      if (Files.exists(older)) {
        Files.move(older, numbered(i), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.copy(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
    out.truncate(0);
  }

  private Path numbered(int i) {
    return file.resolveSibling(file.getFileName() + "." + i);
  }

  private static byte[] text(
      Instant time, Level level, String logger, String message, @Nullable Throwable thrown) {
    StringBuilder line = new StringBuilder(120);
    STAMP.formatTo(time, line);
    line.append(' ').append(level);
    line.append(level.name().length() == 4 ? "  " : " ").append(logger).append(": ");
    escape(message, line);
    if (thrown != null) {
      line.append(" | ");
      escape(stack(thrown), line);
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void escape(String text, StringBuilder into) {
    into.append(Quoted.plain(text.replace("\t", "  ")));
  }

  private static byte[] json(
      Instant time, Level level, String logger, String message, @Nullable Throwable thrown) {
    byte[] object =
        JsonWriter.compact()
            .beginObject()
            .field("time", STAMP.format(time))
            .field("level", level.name())
            .field("logger", logger)
            .field("message", message)
            .fieldIfSet("stack", thrown == null ? null : stack(thrown))
            .endObject()
            .toBytes();
    byte[] line = Arrays.copyOf(object, object.length + 1);
    line[object.length] = '\n';
    return line;
  }

  private static String stack(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString().strip();
  }

  /** Closes the file; a later event opens it again. */
  @Override
  public synchronized void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
