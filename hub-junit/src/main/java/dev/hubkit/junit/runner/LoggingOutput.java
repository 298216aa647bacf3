package dev.hubkit.junit.runner;

import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Logs with a logger of {@code java.util.logging}. */
public class LoggingOutput implements RunnerOutput {
  private final Logger logger;

  public LoggingOutput(Logger logger) {
    this.logger = logger;
  }

  @Override
  public void setLevel(Level level) {
    logger.setLevel(level);
  }

  @Override
  public void error(Supplier<String> message) {
    logger.severe(message);
  }

  @Override
  public void warning(Supplier<String> message) {
    logger.warning(message);
  }

  @Override
  public void info(Supplier<String> message) {
    logger.info(message);
  }

  @Override
  public Logger getLogger() {
    return logger;
  }
}
