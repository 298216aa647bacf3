package dev.hubkit.junit;

import dev.hubkit.HubOptions;
import java.util.function.UnaryOperator;

/**
 * A hub that code starts and closes itself, for test frameworks in which JUnit's extensions do not
 * run: {@code try (var hub = TestHub.start(o -> o)) { … }}. For NATS alone, see {@link TestNats}.
 * Thread-safe.
 */
public final class TestHub implements AutoCloseable {
  private final StartedHub started;

  private TestHub(StartedHub started) {
    this.started = started;
  }

  /**
   * Starts a hub on free ports; clients can connect when this returns.
   *
   * @param change changes the options, which begin as those of {@link HubExtension.Builder#options}
   * @throws dev.hubkit.HubException if it cannot start
   */
  public static TestHub start(UnaryOperator<HubOptions.Builder> change) {
    HubOptions options = change.apply(StartedHub.options().toBuilder()).build();
    StartedHub started = StartedHub.start("", "without JUnit", options);
    started.controls().beginTest();
    return new TestHub(started);
  }

  /**
   * Returns a change of options for {@link #start} that reads a configuration file of nats-server.
   *
   * @param location as {@link WithNatsConfig#value()}
   */
  public static UnaryOperator<HubOptions.Builder> natsConfig(String location) {
    return natsConfig(location, false);
  }

  /**
   * Returns a change of options for {@link #start} that reads a configuration file of nats-server.
   *
   * @param location as {@link WithNatsConfig#value()}
   * @param tolerate as {@link WithNatsConfig#tolerate()}
   */
  public static UnaryOperator<HubOptions.Builder> natsConfig(String location, boolean tolerate) {
    return options -> options.tuneNats(NatsConfigs.tuning(location, tolerate, "config"));
  }

  /** Returns the hub as tests with {@link WithHub} have it. */
  public HubResource hub() {
    return started.resource();
  }

  /** Closes what {@linkplain Dependents depends} on the hub, and stops it; can be called again. */
  @Override
  public void close() {
    started.close();
  }

  @Override
  public String toString() {
    return started.toString();
  }
}
