package dev.hubkit.nats.security;

import dev.hubkit.log.Log;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.net.LoginPeer;
import dev.hubkit.text.GoBase64;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that a configuration trusts. A proxy signs the nonce of a client that comes through
 * it (ADR-55; proxyCheck in nats-server's {@code auth.go}). Immutable.
 */
final class TrustedProxies {
  private static final Log log = Log.of(TrustedProxies.class);

  private final List<NKey> keys = new ArrayList<>();

  /**
   * Trusts the proxies with these public keys.
   *
   * @throws IllegalArgumentException if one is no public key; the configuration has been checked
   */
  TrustedProxies(List<String> trusted) {
    for (String key : trusted) {
      try {
        keys.add(NKey.parse(key));
      } catch (CredentialException e) {
        throw new IllegalArgumentException("proxy trusted key \"" + key + "\" is invalid", e);
      }
    }
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * Notes with the connection which trusted proxy it comes through, if any.
   *
   * @return false when a proxy has signed that is not trusted
   */
  boolean check(Login login) {
    LoginPeer connection = login.connection();
    connection.proxyKey(null);
    String signature = login.options().proxySignature();
    if (keys.isEmpty() || signature == null) {
      return true;
    }
    byte[] signed = decode(signature);
    String nonce = connection.nonce();
    if (signed == null || nonce == null) {
      log.debug("{} - Proxy signature not valid base64", connection);
      return false;
    }
    byte[] nonceBytes = nonce.getBytes(StandardCharsets.US_ASCII);
    for (NKey key : keys) {
      if (key.verify(nonceBytes, signed)) {
        connection.proxyKey(key.toString());
        return true;
      }
    }
    return false;
  }

  // Only base64 with the alphabet of URLs and without padding, unlike the signatures of users.
  private static byte @Nullable [] decode(String signature) {
    try {
      return GoBase64.rawUrl(signature);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
