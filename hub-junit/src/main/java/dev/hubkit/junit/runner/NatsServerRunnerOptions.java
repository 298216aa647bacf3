package dev.hubkit.junit.runner;

import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link NatsServerRunner}; null for what is left open. */
public interface NatsServerRunnerOptions {
  /** Returns the port; -1 for any free one. */
  @Nullable Integer port();

  /** Returns what a nats-server would log. */
  @Nullable DebugLevel debugLevel();

  /** Returns whether JetStream is on. */
  boolean jetStream();

  /** Returns the configuration file. */
  @Nullable Path configFilePath();

  /** Returns lines that are added to the configuration file. */
  @Nullable List<String> configInserts();

  /** Returns flags of nats-server. */
  @Nullable List<String> customArgs();

  /** Returns the program, which is not run. */
  @Nullable Path executablePath();

  /** Returns the logger for messages of the runner. */
  @Nullable Logger logger();

  /** Returns the level of that logger. */
  @Nullable Level logLevel();
}
