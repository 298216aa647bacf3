package dev.hubkit.nats.security;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.Nanos;
import java.time.Duration;

/** How long a login may take, be it the client's part of it or an auth callout's. */
public final class LoginTimeout {
  private static final double NANOS = 1e9;

  private LoginTimeout() {}

  /**
   * Returns what a configuration says; where it says nothing, a second more than a TLS handshake
   * may take, as nats-server does (getDefaultAuthTimeout in its {@code opts.go}).
   */
  public static Duration of(ServerConfig config) {
    double seconds = config.get(Options.AUTH_TIMEOUT);
    if (seconds <= 0) {
      seconds = TlsContext.loginSeconds(config.get(Options.TLS).orElse(null));
    }
    return Duration.ofNanos(Math.round(seconds * NANOS));
  }

  /** Returns a time as {@link Options#AUTH_TIMEOUT} has it. */
  public static double seconds(Duration timeout) {
    return Nanos.of(timeout) / NANOS;
  }
}
