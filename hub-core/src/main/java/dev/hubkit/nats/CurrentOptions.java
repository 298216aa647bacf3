package dev.hubkit.nats;

import java.util.function.Supplier;

/** The options that a server has now, which a reload replaces. Thread-safe. */
final class CurrentOptions implements Supplier<NatsOptions> {
  private volatile NatsOptions options;

  CurrentOptions(NatsOptions options) {
    this.options = options;
  }

  @Override
  public NatsOptions get() {
    return options;
  }

  void set(NatsOptions changed) {
    options = changed;
  }
}
