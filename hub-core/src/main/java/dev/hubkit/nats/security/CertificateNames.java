package dev.hubkit.nats.security;

import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The names that a client's certificate gives its user, in the order nats-server tries them. */
final class CertificateNames {
  // Types of subject alternative names (RFC 5280, 4.2.1.6): mail address, DNS name, URI.
  private static final int[] ALTERNATIVES = {1, 2, 6};

  private CertificateNames() {}

  /** The certificate a client has presented; null for none. */
  static @Nullable X509Certificate of(@Nullable SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate first ? first : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /** Mail addresses, DNS names and URIs of the certificate. */
  static List<String> alternatives(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    Collection<List<?>> alternatives;
    try {
      alternatives = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return names;
    }
    if (alternatives == null) {
      return names;
    }
    for (int type : ALTERNATIVES) {
      for (List<?> name : alternatives) {
        if (name.get(0).equals(type) && name.get(1) instanceof String text) {
          names.add(text);
        }
      }
    }
    return names;
  }

  /**
   * Returns all that a user can be called for the certificate to be its own, literally: the
   * alternatives, and then the spellings of the subject.
   */
  static List<String> literal(X509Certificate certificate) {
    List<String> names = new ArrayList<>(alternatives(certificate));
    names.addAll(DistinguishedName.of(certificate).spellings());
    return names;
  }
}
