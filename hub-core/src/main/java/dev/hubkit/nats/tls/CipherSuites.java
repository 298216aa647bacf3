package dev.hubkit.nats.tls;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The cipher suites and key exchange groups a configuration may name: those that Go knows. */
public final class CipherSuites {
  private static final Set<String> SECURE =
      Set.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
  private static final Set<String> INSECURE =
      Set.of(
          "TLS_RSA_WITH_RC4_128_SHA",
          "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA",
          "TLS_RSA_WITH_AES_256_CBC_SHA",
          "TLS_RSA_WITH_AES_128_CBC_SHA256",
          "TLS_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
          "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256");
  // Those of both versions that a server chooses from first, in Go's order on a machine with
  // instructions for AES (cipherSuitesPreferenceOrder in crypto/tls); others follow.
  private static final List<String> PREFERRED =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");
  private static final Map<String, String> CURVES =
      Map.of(
          "X25519MLKEM768", "X25519MLKEM768",
          "X25519", "x25519",
          "CurveP256", "secp256r1",
          "CurveP384", "secp384r1",
          "CurveP521", "secp521r1");

  private CipherSuites() {}

  public static boolean isKnown(String name) {
    return SECURE.contains(name) || INSECURE.contains(name);
  }

  /** Returns whether a suite needs {@code allow_insecure_cipher_suites}. */
  public static boolean isInsecure(String name) {
    return INSECURE.contains(name);
  }

  /**
   * Returns those of {@code offered} that nats-server has where no suites are configured: the ones
   * with forward secrecy that Go takes for secure.
   */
  static String[] secure(String[] offered) {
    return Stream.of(offered)
        // What is no suite up to TLS 1.2 is one of TLS 1.3, or no suite at all.
        .filter(name -> SECURE.contains(name) || !name.contains("_WITH_"))
        .toArray(String[]::new);
  }

  /**
   * Returns the suites in the order in which a server of Go prefers them, however they are
   * configured.
   */
  static String[] ordered(String[] suites) {
    return Stream.of(suites)
        .sorted(
            Comparator.comparingInt(
                name -> {
                  int place = PREFERRED.indexOf(name);
                  return place < 0 ? PREFERRED.size() : place;
                }))
        .toArray(String[]::new);
  }

  /** Returns Java's name of a key exchange group; null when there is no such group. */
  public static @Nullable String curve(String name) {
    return CURVES.get(name);
  }
}
