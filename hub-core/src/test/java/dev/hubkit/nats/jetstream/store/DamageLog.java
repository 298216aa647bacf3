package dev.hubkit.nats.jetstream.store;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Counts what stores log about damage on one thread, and hides it, as tests cause a lot of damage.
 */
final class DamageLog extends Handler {
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger(FileLog.class.getName()),
          Logger.getLogger(FileConsumerStore.class.getName()));

  private final Thread thread = Thread.currentThread();
  private int reports;

  static void keepOffTheConsole() {
    LOGGERS.forEach(logger -> logger.setUseParentHandlers(false));
  }

  /** Begins to count what this thread logs. */
  static DamageLog begin() {
    keepOffTheConsole();
    DamageLog log = new DamageLog();
    LOGGERS.forEach(logger -> logger.addHandler(log));
    return log;
  }

  /** Returns how many warnings and errors this thread has logged since the last call. */
  int take() {
    int taken = reports;
    reports = 0;
    return taken;
  }

  @Override
  public void publish(LogRecord entry) {
    if (Thread.currentThread() == thread
        && entry.getLevel().intValue() >= Level.WARNING.intValue()) {
      reports++;
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOGGERS.forEach(logger -> logger.removeHandler(this));
  }
}
