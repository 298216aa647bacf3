package dev.hubkit.nats.config;

import dev.hubkit.nats.release.Compatibility;
import org.jspecify.annotations.Nullable;

/**
 * How a configuration file is read.
 *
 * @param compatibility the releases of nats-server that decide what is valid, whatever the file
 *     says; null lets the file say it
 * @param toleratesUnsupported whether what nats-server has and Hub has not is left out with a
 *     warning, rather than refused
 */
public record ReadOptions(@Nullable Compatibility compatibility, boolean toleratesUnsupported) {
  /** The file says which releases decide, and what Hub has not is refused. */
  public static final ReadOptions DEFAULT = new ReadOptions(null, false);
}
