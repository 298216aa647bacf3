package dev.hubkit.nats.config;

import dev.hubkit.nats.tls.TlsContext;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The {@code proxy} through which the hub of a remote is reached, with HTTP's CONNECT.
 *
 * @param url of scheme http or https
 * @param user empty for none
 * @param timeoutNanos how long it may take to connect, and again to answer; 0 for the remote's time
 *     to connect
 * @param tls what an https proxy is trusted by; null for the certificates of the JDK
 */
@SuppressWarnings("exports")
public record LeafProxyConfig(
    URI url, String user, String password, long timeoutNanos, @Nullable TlsContext tls) {
  /** Without what is secret. */
  @Override
  public String toString() {
    return "proxy " + url.getHost();
  }
}
