package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;

/** The certificates that a client has identified itself with, as {@code /connz} has them. */
final class PeerCertificates {
  private PeerCertificates() {}

  static void write(JsonWriter json, List<X509Certificate> certificates) {
    if (certificates.isEmpty()) {
      return;
    }
    json.beginArray("tls_peer_certs");
    for (X509Certificate certificate : certificates) {
      json.beginObject()
          .fieldIfSet("subject", certificate.getSubjectX500Principal().getName())
          .field("spki_sha256", digest(certificate.getPublicKey().getEncoded()))
          .field("cert_sha256", digest(encoded(certificate)))
          .endObject();
    }
    json.endArray();
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate that was decoded can't be encoded", e);
    }
  }

  private static String digest(byte[] data) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("The Java runtime has no SHA-256", e);
    }
  }
}
