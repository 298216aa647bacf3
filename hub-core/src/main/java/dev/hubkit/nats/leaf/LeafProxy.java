package dev.hubkit.nats.leaf;

import dev.hubkit.nats.tls.TlsContext;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP proxy through which a hub is reached.
 *
 * @param secured whether the connection to it is secured
 * @param login {@code user:password}; empty for none
 * @param timeout how long it may take to connect, and again to answer
 * @param tls what it is trusted by; null for the certificates of the JDK
 */
public record LeafProxy(
    String host,
    int port,
    boolean secured,
    String login,
    Duration timeout,
    @Nullable TlsContext tls) {
  /** Without what is secret. */
  @Override
  public String toString() {
    return "proxy " + host + ":" + port;
  }
}
