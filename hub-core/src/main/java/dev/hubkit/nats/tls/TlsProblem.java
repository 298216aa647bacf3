package dev.hubkit.nats.tls;

import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;

/**
 * Why a TLS handshake has failed, in the words of Go's {@code crypto/tls}, which operators look for
 * in the log. What Go has no words for is told in the JDK's.
 */
public final class TlsProblem {
  private static final String ALERT = "(?i)received fatal alert: ";

  // The texts of the JDK, and those of Go's crypto/tls (conn.go, handshake_server*.go).
  private static final Map<String, String> TEXTS =
      Map.of(
          "Unsupported or unrecognized SSL message",
          "tls: first record does not look like a TLS handshake",
          "Empty client certificate chain",
          "tls: client didn't provide a certificate",
          "no cipher suites in common",
          "tls: no cipher suite supported by both client and server",
          "PKIX path building failed",
          "tls: failed to verify certificate: x509: certificate signed by unknown authority",
          "PKIX path validation failed",
          "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
          "are not accepted by server preferences",
          "tls: client offered only unsupported versions");

  private TlsProblem() {}

  /** Returns the words for a failure. */
  public static String text(Exception problem) {
    String message = String.valueOf(problem.getMessage());
    if (problem instanceof SSLException && message.matches(ALERT + ".*")) {
      String alert = message.replaceFirst(ALERT, "").replace('_', ' ').toLowerCase(Locale.ROOT);
      return "remote error: tls: " + alertText(alert);
    }
    for (Map.Entry<String, String> each : TEXTS.entrySet()) {
      if (message.contains(each.getKey())) {
        return each.getValue();
      }
    }
    return message;
  }

  /**
   * Returns whether the other side does not speak TLS at all, as the probes of load balancers do
   * (isClientProbeTLSHandshakeError of nats-server).
   */
  public static boolean isProbe(Exception problem) {
    return text(problem).startsWith("tls: first record");
  }

  // alertText of crypto/tls/alert.go, where it differs from the name of the alert.
  private static String alertText(String alert) {
    return switch (alert) {
      case "unknown ca" -> "unknown certificate authority";
      case "certificate revoked" -> "revoked certificate";
      case "certificate expired" -> "expired certificate";
      case "certificate unknown" -> "unknown certificate";
      case "certificate required" -> "certificate required";
      case "unsupported certificate" -> "unsupported certificate";
      case "decode error" -> "error decoding message";
      case "decrypt error" -> "error decrypting message";
      case "protocol version" -> "protocol version not supported";
      case "insufficient security" -> "insufficient security level";
      case "unrecognized name" -> "unrecognized name";
      default -> alert;
    };
  }
}
