package dev.hubkit.nats.tls;

import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Allows some groups for the exchange of keys and no others, for JDKs before 20, whose TLS has no
 * list of them for a single listener, but asks for each group by its name. The client's order
 * counts.
 */
final class CurveConstraints implements AlgorithmConstraints {
  // The groups of the JDK, and the one primitive under which it asks for them.
  private static final Set<String> GROUPS =
      Set.of(
          "secp256r1",
          "secp384r1",
          "secp521r1",
          "x25519",
          "x448",
          "ffdhe2048",
          "ffdhe3072",
          "ffdhe4096",
          "ffdhe6144",
          "ffdhe8192");

  private final Set<String> allowed;

  private CurveConstraints(Set<String> allowed) {
    this.allowed = allowed;
  }

  /**
   * Returns the constraints for the groups of a configuration.
   *
   * @throws TlsException if this JVM has none of them
   */
  static CurveConstraints of(List<String> curves) throws TlsException {
    Set<String> allowed =
        curves.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(GROUPS::contains)
            .collect(Collectors.toUnmodifiableSet());
    if (allowed.isEmpty()) {
      throw new TlsException("this JVM has none of the curves " + curves + "; use a newer one");
    }
    return new CurveConstraints(allowed);
  }

  private boolean permits(String algorithm) {
    String name = algorithm.toLowerCase(Locale.ROOT);
    return !GROUPS.contains(name) || allowed.contains(name);
  }

  @Override
  public boolean permits(
      Set<CryptoPrimitive> primitives, String algorithm, AlgorithmParameters parameters) {
    return permits(algorithm);
  }

  @Override
  public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
    return true;
  }

  @Override
  public boolean permits(
      Set<CryptoPrimitive> primitives, String algorithm, Key key, AlgorithmParameters parameters) {
    return permits(algorithm);
  }
}
