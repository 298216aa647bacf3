package dev.hubkit.nats.security;

import dev.hubkit.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A client's TLS session as an auth callout is told of it. */
final class TlsDescription {
  private static final int LINE = 64;

  private TlsDescription() {}

  /** Writes it as an object; nothing where there is no session. */
  static void write(JsonWriter json, String field, @Nullable SSLSession session) {
    if (session == null) {
      return;
    }
    json.beginObject(field)
        .field("version", session.getProtocol().replaceFirst("^TLSv", ""))
        .field("cipher", session.getCipherSuite());
    List<String> chain = chain(session);
    if (!chain.isEmpty()) {
      // A certificate that was asked for has been verified: the others end the handshake.
      json.beginArray("verified_chains").beginArray();
      chain.forEach(json::value);
      json.endArray().endArray();
    }
    json.endObject();
  }

  private static List<String> chain(SSLSession session) {
    List<String> chain = new ArrayList<>();
    try {
      for (Certificate certificate : session.getPeerCertificates()) {
        chain.add(pem(certificate));
      }
    } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
      return List.of();
    }
    return chain;
  }

  private static String pem(Certificate certificate) throws CertificateEncodingException {
    String base64 =
        Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(certificate.getEncoded());
    return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
  }
}
