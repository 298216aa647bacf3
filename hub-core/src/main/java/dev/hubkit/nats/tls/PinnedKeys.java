package dev.hubkit.nats.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.util.HexFormat;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** The check of {@code pinned_certs}: a client's public key must be one of those listed. */
public final class PinnedKeys {
  private PinnedKeys() {}

  /** Returns whether the pinned keys allow the other side of a session. */
  public static boolean allow(TlsSettings settings, SSLSession session) {
    if (settings.pinnedCertificates().isEmpty()) {
      return true;
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(chain[0].getPublicKey().getEncoded());
      return settings.pinnedCertificates().contains(HexFormat.of().formatHex(digest));
    } catch (SSLPeerUnverifiedException e) {
      return false;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
