package dev.hubkit.nats.config;

/**
 * One thing that can be configured, by file or by flag.
 *
 * @param <T> the type of its value
 */
public final class Option<T> {
  private final String name;
  private final T unset;
  private final boolean reloadable;

  private Option(String name, T unset, boolean reloadable) {
    this.name = name;
    this.unset = unset;
    this.reloadable = reloadable;
  }

  /** An option that keeps its value while the server runs. */
  static <T> Option<T> fixed(String name, T unset) {
    return new Option<>(name, unset, false);
  }

  /** An option that a running server can take a new value of. */
  static <T> Option<T> reloadable(String name, T unset) {
    return new Option<>(name, unset, true);
  }

  /** The name as the configuration file has it. */
  public String name() {
    return name;
  }

  /** The value where nobody set one. */
  public T unset() {
    return unset;
  }

  public boolean isReloadable() {
    return reloadable;
  }

  @Override
  public String toString() {
    return name;
  }
}
