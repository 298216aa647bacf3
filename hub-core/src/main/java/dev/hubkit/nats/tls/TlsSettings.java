package dev.hubkit.nats.tls;

import java.util.List;
import java.util.Set;

/**
 * The TLS settings of a listener, as in nats-server's {@code tls} block.
 *
 * @param certificates the server's certificates with their keys; by the name a client asks for one
 *     of several is chosen
 * @param caFile PEM file of the authorities that sign clients; empty for those the JVM trusts
 * @param verify whether a client must present a certificate
 * @param verifyOptional whether the certificate of a client that presents one is checked, but none
 *     is needed
 * @param verifyAndMap whether the client's certificate names its user
 * @param cipherSuites names of the suites up to TLS 1.2; empty for the default ones
 * @param curves names of the key exchange groups in Java's spelling; empty for the default ones
 * @param timeoutSeconds how long a handshake may take; 0 for the default
 * @param connectionsPerSecond most handshakes in a second; 0 for no limit
 * @param pinnedCertificates hexadecimal SHA-256 of the public keys clients may have; empty for any
 * @param handshakeFirst whether the handshake comes before INFO
 * @param fallbackNanos how long to wait for that handshake before INFO is sent after all; 0 to wait
 *     for nothing else
 * @param minVersion lowest protocol version, {@code TLSv1.2} or {@code TLSv1.3}
 * @param insecure for connections this server makes: whether the peer's certificate is not checked
 */
public record TlsSettings(
    List<Certificate> certificates,
    String caFile,
    boolean verify,
    boolean verifyOptional,
    boolean verifyAndMap,
    List<String> cipherSuites,
    List<String> curves,
    double timeoutSeconds,
    long connectionsPerSecond,
    Set<String> pinnedCertificates,
    boolean handshakeFirst,
    long fallbackNanos,
    String minVersion,
    boolean insecure) {

  /** TLS_TIMEOUT of nats-server ({@code const.go}). */
  public static final double DEFAULT_TIMEOUT_SECONDS = 2;

  /** A certificate chain and its private key, each in a PEM file. */
  public record Certificate(String certFile, String keyFile) {}

  public TlsSettings {
    certificates = List.copyOf(certificates);
    cipherSuites = List.copyOf(cipherSuites);
    curves = List.copyOf(curves);
    pinnedCertificates = Set.copyOf(pinnedCertificates);
  }

  /** Returns how long a handshake may take, in seconds: the default where nothing is set. */
  public double handshakeSeconds() {
    return timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TIMEOUT_SECONDS;
  }

  /** Returns how long a handshake may take, in nanoseconds. */
  public long handshakeNanos() {
    return (long) (handshakeSeconds() * 1e9);
  }

  /**
   * Returns the same, under which a client need not present a certificate, but one that it presents
   * is checked.
   *
   * @param optional false for no change
   */
  public TlsSettings verifiedIfGiven(boolean optional) {
    return new TlsSettings(
        certificates,
        caFile,
        verify,
        optional,
        verifyAndMap,
        cipherSuites,
        curves,
        timeoutSeconds,
        connectionsPerSecond,
        pinnedCertificates,
        handshakeFirst,
        fallbackNanos,
        minVersion,
        insecure);
  }

  /** Returns settings with one certificate and defaults for all else. */
  public static TlsSettings of(String certFile, String keyFile, String caFile, boolean verify) {
    return new TlsSettings(
        List.of(new Certificate(certFile, keyFile)),
        caFile,
        verify,
        false,
        false,
        List.of(),
        List.of(),
        0,
        0,
        Set.of(),
        false,
        0,
        "TLSv1.2",
        false);
  }
}
