package dev.hubkit.nats.config;

import dev.hubkit.nats.release.Compatibility;
import org.jspecify.annotations.Nullable;

/** How a configuration file is read. Immutable. */
public final class ReadOptions {
  /** The file says which releases decide, and what Hub has not is refused. */
  public static final ReadOptions DEFAULT = new ReadOptions(null, false);

  private final @Nullable Compatibility compatibility;
  private final boolean toleratesUnsupported;

  /**
   * Makes a way to read files.
   *
   * @param compatibility the releases of nats-server that decide what is valid, whatever the file
   *     says; null lets the file say it
   * @param toleratesUnsupported whether what nats-server has and Hub has not is left out with a
   *     warning, rather than refused
   */
  public ReadOptions(@Nullable Compatibility compatibility, boolean toleratesUnsupported) {
    this.compatibility = compatibility;
    this.toleratesUnsupported = toleratesUnsupported;
  }

  @Nullable Compatibility compatibility() {
    return compatibility;
  }

  boolean toleratesUnsupported() {
    return toleratesUnsupported;
  }
}
