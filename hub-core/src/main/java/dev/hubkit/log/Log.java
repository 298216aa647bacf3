package dev.hubkit.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LocationAwareLogger;

/**
 * Logs through slf4j, and escapes every argument of a message, whichever backend writes the log. A
 * line break in the name of a client or in the message of an exception begins no new line, and no
 * escape sequence reaches a terminal. An {@code Object} that is a {@link Throwable} and comes last
 * is logged with its stack, as slf4j does.
 *
 * <p>All logging goes through here. Thread-safe.
 */
public final class Log {
  private static final String NAME = Log.class.getName();

  private static final String VERBOSITY = "slf4j.internal.verbosity";
  private static final String PROVIDERS = "META-INF/services/org.slf4j.spi.SLF4JServiceProvider";

  private final Logger logger;

  static {
    // The classes that write a message are loaded while there are descriptors and memory for it.
    Quoted.plain("");
    QuotedThrowable.of(new Throwable("loaded beforehand"));
  }

  private Log(Logger logger) {
    this.logger = logger;
  }

  /**
   * Lets slf4j choose its backend, and keeps it from warning on standard error if there is none: a
   * test that has chosen no backend wants no log. A caller does this before anything logs; later it
   * has no effect. A value of {@code slf4j.internal.verbosity} stays as it is.
   */
  public static void chooseBackendQuietly() {
    // slf4j reads this property once: org.slf4j.helpers.Reporter, since 2.0.10.
    ClassLoader loader = LoggerFactory.class.getClassLoader();
    if (System.getProperty(VERBOSITY) != null
        || (loader != null && loader.getResource(PROVIDERS) != null)) {
      return;
    }
    System.setProperty(VERBOSITY, "ERROR");
    try {
      LoggerFactory.getILoggerFactory();
    } finally {
      System.clearProperty(VERBOSITY);
    }
  }

  /** The log of a class. */
  public static Log of(Class<?> owner) {
    return new Log(LoggerFactory.getLogger(owner));
  }

  /** Returns whether messages of this level are logged. */
  public boolean isTraceEnabled() {
    return logger.isTraceEnabled();
  }

  public void trace(String format, @Nullable Object argument) {
    if (logger.isTraceEnabled()) {
      write(LocationAwareLogger.TRACE_INT, format, argument);
    }
  }

  public void trace(String format, @Nullable Object first, @Nullable Object second) {
    if (logger.isTraceEnabled()) {
      write(LocationAwareLogger.TRACE_INT, format, first, second);
    }
  }

  public void trace(String format, @Nullable Object... arguments) {
    if (logger.isTraceEnabled()) {
      write(LocationAwareLogger.TRACE_INT, format, arguments);
    }
  }

  public void debug(String message) {
    if (logger.isDebugEnabled()) {
      write(LocationAwareLogger.DEBUG_INT, message);
    }
  }

  public void debug(String format, @Nullable Object argument) {
    if (logger.isDebugEnabled()) {
      write(LocationAwareLogger.DEBUG_INT, format, argument);
    }
  }

  public void debug(String format, @Nullable Object first, @Nullable Object second) {
    if (logger.isDebugEnabled()) {
      write(LocationAwareLogger.DEBUG_INT, format, first, second);
    }
  }

  public void debug(String format, @Nullable Object... arguments) {
    if (logger.isDebugEnabled()) {
      write(LocationAwareLogger.DEBUG_INT, format, arguments);
    }
  }

  public void info(String message) {
    if (logger.isInfoEnabled()) {
      write(LocationAwareLogger.INFO_INT, message);
    }
  }

  public void info(String format, @Nullable Object argument) {
    if (logger.isInfoEnabled()) {
      write(LocationAwareLogger.INFO_INT, format, argument);
    }
  }

  public void info(String format, @Nullable Object first, @Nullable Object second) {
    if (logger.isInfoEnabled()) {
      write(LocationAwareLogger.INFO_INT, format, first, second);
    }
  }

  public void info(String format, @Nullable Object... arguments) {
    if (logger.isInfoEnabled()) {
      write(LocationAwareLogger.INFO_INT, format, arguments);
    }
  }

  public void warn(String message) {
    if (logger.isWarnEnabled()) {
      write(LocationAwareLogger.WARN_INT, message);
    }
  }

  public void warn(String format, @Nullable Object argument) {
    if (logger.isWarnEnabled()) {
      write(LocationAwareLogger.WARN_INT, format, argument);
    }
  }

  public void warn(String format, @Nullable Object first, @Nullable Object second) {
    if (logger.isWarnEnabled()) {
      write(LocationAwareLogger.WARN_INT, format, first, second);
    }
  }

  public void warn(String format, @Nullable Object... arguments) {
    if (logger.isWarnEnabled()) {
      write(LocationAwareLogger.WARN_INT, format, arguments);
    }
  }

  public void error(String message) {
    if (logger.isErrorEnabled()) {
      write(LocationAwareLogger.ERROR_INT, message);
    }
  }

  public void error(String format, @Nullable Object argument) {
    if (logger.isErrorEnabled()) {
      write(LocationAwareLogger.ERROR_INT, format, argument);
    }
  }

  public void error(String format, @Nullable Object first, @Nullable Object second) {
    if (logger.isErrorEnabled()) {
      write(LocationAwareLogger.ERROR_INT, format, first, second);
    }
  }

  public void error(String format, @Nullable Object... arguments) {
    if (logger.isErrorEnabled()) {
      write(LocationAwareLogger.ERROR_INT, format, arguments);
    }
  }

  private void write(int level, String format, @Nullable Object... arguments) {
    int count = arguments.length;
    Throwable thrown = null;
    if (count > 0 && arguments[count - 1] instanceof Throwable last) {
      thrown = QuotedThrowable.of(last);
      count--;
    }
    @Nullable Object[] shown = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      shown[i] = Quoted.plain(String.valueOf(arguments[i]));
    }
    String message = Quoted.plain(format);
    if (logger instanceof LocationAwareLogger aware) {
      aware.log(null, NAME, level, message, shown, thrown);
    } else {
      logAnyhow(level, message, shown, thrown);
    }
  }

  // This logger does not record where a message comes from.
  private void logAnyhow(
      int level, String format, @Nullable Object[] shown, @Nullable Throwable thrown) {
    @Nullable Object[] all = new @Nullable Object[shown.length + (thrown == null ? 0 : 1)];
    System.arraycopy(shown, 0, all, 0, shown.length);
    if (thrown != null) {
      all[shown.length] = thrown;
    }
    switch (level) {
      case LocationAwareLogger.TRACE_INT -> logger.trace(format, all);
      case LocationAwareLogger.DEBUG_INT -> logger.debug(format, all);
      case LocationAwareLogger.INFO_INT -> logger.info(format, all);
      case LocationAwareLogger.WARN_INT -> logger.warn(format, all);
      default -> logger.error(format, all);
    }
  }
}
