package dev.hubkit.nats.tls;

import org.jspecify.annotations.Nullable;

/**
 * Thrown for a key, certificate or setting that TLS cannot work with; the message says which and
 * why.
 */
public final class TlsException extends Exception {
  private static final long serialVersionUID = 1L;

  TlsException(String message) {
    super(message);
  }

  TlsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
