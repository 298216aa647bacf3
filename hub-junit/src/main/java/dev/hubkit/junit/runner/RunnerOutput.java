package dev.hubkit.junit.runner;

import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Receives what a {@link NatsServerRunner} says about its start and its end. */
public interface RunnerOutput {
  /** Suppresses messages below a level. */
  void setLevel(Level level);

  /** Writes a message of the level SEVERE. */
  void error(Supplier<String> message);

  /** Writes a message of the level SEVERE. */
  default void error(String message) {
    error(() -> message);
  }

  /** Writes a message of the level WARNING. */
  void warning(Supplier<String> message);

  /** Writes a message of the level WARNING. */
  default void warning(String message) {
    warning(() -> message);
  }

  /** Writes a message of the level INFO. */
  void info(Supplier<String> message);

  /** Writes a message of the level INFO. */
  default void info(String message) {
    info(() -> message);
  }

  /** Returns whether messages go to the console. */
  default boolean isConsole() {
    return false;
  }

  /** Returns whether messages go to a logger. */
  default boolean isLogger() {
    return getLogger() != null;
  }

  /** Returns the logger; null for none. */
  default @Nullable Logger getLogger() {
    return null;
  }
}
