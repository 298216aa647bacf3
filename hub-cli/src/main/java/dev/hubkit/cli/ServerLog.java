package dev.hubkit.cli;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.SystemError;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the server logs in the form of nats-server, {@code [pid] date time [INF] text}, to
 * the standard error stream, a file or a syslog.
 */
final class ServerLog extends Handler {
  private static final String NAME = "nats-server";

  private final long pid = ProcessHandle.current().pid();
  // A formatter of the JDK would first look for a language.
  private final Formatter formatter =
      new Formatter() {
        @Override
        public String format(LogRecord record) {
          return formatMessage(record);
        }
      };
  private final Logger root = Logger.getLogger("");
  // Debug messages are those of the server; its log has none of the JDK's own loggers.
  private final Logger hub = Logger.getLogger("dev.hubkit");
  private final PrintStream standard;
  private boolean withTime = true;
  private ZoneId zone = ZoneId.systemDefault();
  private @Nullable OutputStream file;
  private @Nullable Syslog syslog;
  private String syslogUrl = "";
  private Path path = Path.of("");
  private long limit;
  private long maxFiles;
  private long written;
  private boolean rotating;

  private ServerLog(PrintStream standard) {
    this.standard = standard;
  }

  /** Sends all logging of this process to this log. */
  static ServerLog start(PrintStream standard, ServerConfig config) {
    LogManager.getLogManager().reset();
    ServerLog log = new ServerLog(standard);
    log.configure(config);
    log.root.addHandler(log);
    return log;
  }

  /** Applies a configuration to the log. */
  synchronized void configure(ServerConfig config) {
    withTime = config.get(Options.LOGTIME);
    zone = config.get(Options.LOGTIME_UTC) ? ZoneOffset.UTC : ZoneId.systemDefault();
    limit = config.get(Options.LOG_SIZE_LIMIT);
    maxFiles = config.get(Options.LOG_MAX_FILES);
    root.setLevel(Level.INFO);
    hub.setLevel(
        config.get(Options.TRACE)
            ? Level.FINEST
            : config.get(Options.DEBUG) ? Level.FINE : Level.INFO);
    String name = config.get(Options.LOG_FILE);
    closeFile();
    if (!name.isEmpty()) {
      path = Path.of(name);
      openFile();
    }
    // A file comes first, and another machine's syslog before this one's, as in nats-server.
    String url = name.isEmpty() ? config.get(Options.REMOTE_SYSLOG) : "";
    openSyslog(url, name.isEmpty() && url.isEmpty() && config.get(Options.SYSLOG));
  }

  private void openSyslog(String url, boolean local) {
    if (syslog != null && !url.isEmpty() && url.equals(syslogUrl)) {
      return;
    }
    closeSyslog();
    try {
      if (!url.isEmpty()) {
        syslog = Syslog.remote(url);
      } else if (local) {
        syslog = Syslog.local();
      }
      syslogUrl = url;
    } catch (IllegalArgumentException e) {
      throw new UncheckedIOException(String.valueOf(e.getMessage()), new IOException(e));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "error connecting to syslog: " + Quoted.of(String.valueOf(e.getMessage())), e);
    }
  }

  private void closeSyslog() {
    if (syslog != null) {
      try {
        syslog.close();
      } catch (IOException e) {
        reportError("Cannot close the syslog", e, ErrorManager.CLOSE_FAILURE);
      }
      syslog = null;
    }
  }

  /** Returns the time as Go's own log writes it before a line. */
  static String stamp() {
    String precise = time(Instant.now(), ZoneId.systemDefault());
    return precise.substring(0, precise.indexOf('.')) + " ";
  }

  /** Opens the file anew after it was moved away (SIGUSR1). */
  synchronized void reopen() {
    if (file == null) {
      info("File log re-open ignored, not a file logger");
      return;
    }
    closeFile();
    openFile();
    info("File log re-opened");
  }

  private void openFile() {
    try {
      PrivateFiles.createReadableByGroup(path);
      written = Files.size(path);
      file = new FileOutputStream(path.toFile(), true);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "error opening file: open " + path + ": " + SystemError.text(e), e);
    }
  }

  private void closeFile() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        reportError("Cannot close the log", e, ErrorManager.CLOSE_FAILURE);
      }
      file = null;
    }
  }

  // Formatted by hand, since parsing a pattern makes the start noticeably slower.
  private static String time(Instant when, ZoneId zone) {
    ZonedDateTime local = when.atZone(zone);
    StringBuilder text = new StringBuilder(27);
    append(text, local.getYear(), 4, '/');
    append(text, local.getMonthValue(), 2, '/');
    append(text, local.getDayOfMonth(), 2, ' ');
    append(text, local.getHour(), 2, ':');
    append(text, local.getMinute(), 2, ':');
    append(text, local.getSecond(), 2, '.');
    append(text, local.getNano() / 1000, 6, ' ');
    return text.toString();
  }

  private static void append(StringBuilder text, int number, int digits, char end) {
    String decimal = Integer.toString(number);
    text.append("0".repeat(Math.max(0, digits - decimal.length()))).append(decimal).append(end);
  }

  void info(String text) {
    write(Instant.now(), LogLabel.INFO, Quoted.plain(text));
  }

  void debug(String text) {
    if (root.isLoggable(Level.FINE)) {
      write(Instant.now(), LogLabel.DEBUG, Quoted.plain(text));
    }
  }

  void warn(String text) {
    write(Instant.now(), LogLabel.WARN, Quoted.plain(text));
  }

  void error(String text) {
    write(Instant.now(), LogLabel.ERROR, Quoted.plain(text));
  }

  /** Logs the error that ends the server. */
  void fatal(String text) {
    write(Instant.now(), LogLabel.FATAL, text);
  }

  @Override
  public void publish(LogRecord record) {
    // Only a stack trace has further lines.
    StringBuilder text = new StringBuilder(Quoted.plain(formatter.formatMessage(record)));
    if (record.getThrown() != null) {
      StringWriter trace = new StringWriter();
      Quoted.of(record.getThrown()).printStackTrace(new PrintWriter(trace));
      text.append('\n').append(trace);
    }
    write(record.getInstant(), label(record.getLevel()), text.toString());
  }

  private static LogLabel label(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return LogLabel.ERROR;
    }
    if (value >= Level.WARNING.intValue()) {
      return LogLabel.WARN;
    }
    if (value >= Level.INFO.intValue()) {
      return LogLabel.INFO;
    }
    return value >= Level.FINE.intValue() ? LogLabel.DEBUG : LogLabel.TRACE;
  }

  private synchronized void write(Instant when, LogLabel label, String text) {
    Syslog target = syslog;
    if (target != null) {
      try {
        target.write(when, label, text);
      } catch (IOException e) {
        reportError("Cannot write to the syslog", e, ErrorManager.WRITE_FAILURE);
      }
      return;
    }
    writeLine(when, label, text);
  }

  private void writeLine(Instant when, LogLabel label, String text) {
    String line =
        "["
            + pid
            + "] "
            + (withTime ? time(when, zone) : "")
            + "["
            + label.text()
            + "] "
            + text
            + "\n";
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    OutputStream target = file;
    if (target == null) {
      standard.write(bytes, 0, bytes.length);
      standard.flush();
      return;
    }
    try {
      target.write(bytes);
      written += bytes.length;
      if (limit > 0 && written > limit && !rotating) {
        rotating = true;
        try {
          rotate();
        } finally {
          rotating = false;
        }
      }
    } catch (IOException e) {
      reportError("Cannot write the log of " + NAME, e, ErrorManager.WRITE_FAILURE);
    }
  }

  private void rotate() throws IOException {
    closeFile();
    LogBackups backups = new LogBackups(path);
    Path backup = backups.at(Instant.now());
    Files.move(path, backup);
    openFile();
    info("Rotated log, backup saved as " + Quoted.of(backup.toString()));
    if (maxFiles > 0) {
      for (Path purged : backups.purge(maxFiles)) {
        info("Purged log file " + Quoted.of(purged.getFileName().toString()));
      }
    }
  }

  @Override
  public void flush() {
    // Every line is written at once.
  }

  @Override
  public synchronized void close() {
    closeFile();
    closeSyslog();
  }
}
