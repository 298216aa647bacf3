package dev.hubkit.junit.runner;

import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The settings of a builder of runners. */
record RunnerSettings(
    @Nullable Integer port,
    @Nullable DebugLevel debugLevel,
    boolean jetStream,
    @Nullable Path configFilePath,
    @Nullable List<String> configInserts,
    @Nullable List<String> customArgs,
    @Nullable Path executablePath,
    @Nullable Logger logger,
    @Nullable Level logLevel)
    implements NatsServerRunnerOptions {}
