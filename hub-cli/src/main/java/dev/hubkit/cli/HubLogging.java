package dev.hubkit.cli;

import dev.hubkit.workspace.HubLog;
import java.io.IOException;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Directs what the servers log (slf4j over java.util.logging) to the hub's log file. */
final class HubLogging {
  private HubLogging() {}

  /** Has to be called before anything logs: saves slf4j the search for its backend. */
  static void prepare() {
    System.setProperty("slf4j.provider", "org.slf4j.jul.JULServiceProvider");
    // Otherwise slf4j reports that it was told so.
    System.setProperty("slf4j.internal.verbosity", "WARN");
  }

  /** Sends everything to {@code log} from now on, and nothing to the terminal. */
  static void to(HubLog log) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(
        log.keeps(HubLog.Level.DEBUG)
            ? Level.FINE
            : log.keeps(HubLog.Level.INFO)
                ? Level.INFO
                : log.keeps(HubLog.Level.WARN) ? Level.WARNING : Level.SEVERE);
    root.addHandler(new FileHandler(log));
  }

  /** Logs nothing from now on, for commands that only ask. */
  static void off() {
    LogManager.getLogManager().reset();
    Logger.getLogger("").setLevel(Level.OFF);
  }

  private static final class FileHandler extends Handler {
    private final HubLog log;
    private final SimpleFormatter formatter = new SimpleFormatter();

    FileHandler(HubLog log) {
      this.log = log;
    }

    @Override
    public void publish(LogRecord record) {
      String name = String.valueOf(record.getLoggerName());
      try {
        log.write(
            record.getInstant(),
            level(record.getLevel()),
            name.substring(name.lastIndexOf('.') + 1),
            formatter.formatMessage(record),
            record.getThrown());
      } catch (IOException e) {
        reportError("Cannot write the log", e, ErrorManager.WRITE_FAILURE);
      }
    }

    private static HubLog.Level level(Level level) {
      int value = level.intValue();
      if (value >= Level.SEVERE.intValue()) {
        return HubLog.Level.ERROR;
      }
      if (value >= Level.WARNING.intValue()) {
        return HubLog.Level.WARN;
      }
      return value >= Level.INFO.intValue() ? HubLog.Level.INFO : HubLog.Level.DEBUG;
    }

    @Override
    public void flush() {
      // Every event is written at once.
    }

    @Override
    public void close() {
      // The code that made the log closes it, since the logging system does so too early on
      // shutdown.
    }
  }
}
