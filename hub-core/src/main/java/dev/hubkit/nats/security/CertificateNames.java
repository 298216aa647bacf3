package dev.hubkit.nats.security;

import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
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

  /** Whether a user's name spells the certificate's subject, in whatever order of its parts. */
  static boolean isSubject(String user, X509Certificate certificate) {
    if (user.indexOf('=') < 0) {
      return false;
    }
    try {
      return parts(user)
          .equals(parts(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253)));
    } catch (InvalidNameException e) {
      return false;
    }
  }

  private static Set<String> parts(String name) throws InvalidNameException {
    Set<String> parts = new HashSet<>();
    for (Rdn rdn : new LdapName(name).getRdns()) {
      parts.add(rdn.getType().toLowerCase(Locale.ROOT) + "=" + rdn.getValue());
    }
    return parts;
  }
}
