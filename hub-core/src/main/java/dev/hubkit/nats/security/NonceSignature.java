package dev.hubkit.nats.security;

import dev.hubkit.log.Log;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.net.LoginPeer;
import dev.hubkit.text.GoBase64;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The proof that a client has a key: its signature of the nonce that INFO gave it. */
final class NonceSignature {
  private static final Log log = Log.of(NonceSignature.class);

  private NonceSignature() {}

  /**
   * Returns whether a client's signature of its nonce is that of {@code key}; the log tells what is
   * wrong with it.
   */
  static boolean verify(LoginPeer connection, @Nullable String signature, String key) {
    String nonce = connection.nonce();
    if (nonce == null || signature == null) {
      log.debug("{} - Signature missing", connection);
      return false;
    }
    try {
      boolean verified =
          NKey.parse(key).verify(nonce.getBytes(StandardCharsets.US_ASCII), decode(signature));
      if (!verified) {
        log.debug("{} - Signature not verified", connection);
      }
      return verified;
    } catch (IllegalArgumentException e) {
      log.debug("{} - Signature not valid base64", connection);
      return false;
    } catch (CredentialException e) {
      log.debug("{} - User nkey not valid: {}", connection, e.getMessage());
      return false;
    }
  }

  // Base 64 with the alphabet of URLs, or the standard one.
  private static byte[] decode(String signature) {
    try {
      return GoBase64.rawUrl(signature);
    } catch (IllegalArgumentException e) {
      return GoBase64.standard(signature);
    }
  }
}
