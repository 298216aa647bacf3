package dev.hubkit.junit.runner;

/**
 * What a nats-server would log. The server in this JVM logs to the logger {@code dev.hubkit}, at
 * the level that its configuration sets, and does not trace; the level here only shows in {@link
 * NatsServerRunner#getCmdLine()}.
 */
public enum DebugLevel {
  DEBUG("-D"),
  TRACE("-V"),
  VERBOSE_TRACE("-VV"),
  DEBUG_TRACE("-DV"),
  DEBUG_VERBOSE_TRACE("-DVV");

  private final String option;

  DebugLevel(String option) {
    this.option = option;
  }

  /** Returns the flag of nats-server. */
  public String getCmdOption() {
    return option;
  }
}
