package dev.hubkit.junit.runner;

import java.util.function.Supplier;
import java.util.logging.Level;

/** Prints to the console: errors to {@link System#err}, the rest to {@link System#out}. */
public class ConsoleOutput implements RunnerOutput {
  private volatile Level threshold = Level.INFO;

  public ConsoleOutput() {}

  @Override
  public void setLevel(Level level) {
    threshold = level;
  }

  /** Returns the line to print. */
  protected String format(Level level, String message) {
    return level + ": " + message;
  }

  /** Returns whether messages of a level are printed. */
  protected boolean shouldShow(Level level) {
    return !level.equals(Level.OFF) && level.intValue() >= threshold.intValue();
  }

  @Override
  public void error(Supplier<String> message) {
    if (shouldShow(Level.SEVERE)) {
      System.err.println(format(Level.SEVERE, message.get()));
    }
  }

  @Override
  public void warning(Supplier<String> message) {
    if (shouldShow(Level.WARNING)) {
      System.out.println(format(Level.WARNING, message.get()));
    }
  }

  @Override
  public void info(Supplier<String> message) {
    if (shouldShow(Level.INFO)) {
      System.out.println(format(Level.INFO, message.get()));
    }
  }

  @Override
  public boolean isConsole() {
    return true;
  }
}
