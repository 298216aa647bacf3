package dev.hubkit.nats.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** Chooses the certificate by the name the client asks for (RFC 6066), else the first that fits. */
final class ServerIdentity extends X509ExtendedKeyManager {
  record Pair(X509Certificate[] chain, PrivateKey key) {
    static Pair load(TlsSettings.Certificate files) throws TlsException {
      X509Certificate[] chain =
          PemFile.certificates(files.certFile()).toArray(new X509Certificate[0]);
      PrivateKey key = PemFile.key(files.keyFile());
      if (!belong(chain[0].getPublicKey(), key)) {
        throw new TlsException("tls: private key does not match public key");
      }
      return new Pair(chain, key);
    }

    private static boolean belong(PublicKey publicKey, PrivateKey privateKey) {
      String algorithm =
          switch (privateKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
          };
      try {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(privateKey);
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update((byte) 1);
        return signature.verify(signed);
      } catch (GeneralSecurityException e) {
        return false;
      }
    }

    boolean isFor(String host) {
      Collection<List<?>> names;
      try {
        names = chain[0].getSubjectAlternativeNames();
      } catch (CertificateParsingException e) {
        return false;
      }
      if (names == null) {
        return false;
      }
      for (List<?> name : names) {
        // Type 2 is a DNS name (RFC 5280, 4.2.1.6).
        if (Integer.valueOf(2).equals(name.get(0)) && matches(host, (String) name.get(1))) {
          return true;
        }
      }
      return false;
    }

    private static boolean matches(String host, String name) {
      String wanted = host.toLowerCase(Locale.ROOT);
      String pattern = name.toLowerCase(Locale.ROOT);
      int dot = wanted.indexOf('.');
      return pattern.equals(wanted)
          || (pattern.startsWith("*.")
              && dot > 0
              && pattern.substring(1).equals(wanted.substring(dot)));
    }
  }

  private final List<Pair> pairs;

  ServerIdentity(List<Pair> pairs) {
    this.pairs = pairs;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    String host = null;
    if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName hostName) {
          host = hostName.getAsciiName();
        }
      }
    }
    String first = null;
    for (int i = 0; i < pairs.size(); i++) {
      if (!pairs.get(i).key.getAlgorithm().equals(algorithm(keyType))) {
        continue;
      }
      if (host != null && pairs.get(i).isFor(host)) {
        return Integer.toString(i);
      }
      if (first == null) {
        first = Integer.toString(i);
      }
    }
    return first;
  }

  // Key types of TLS 1.2 name the exchange too: EC_EC, EC_RSA.
  private static String algorithm(String keyType) {
    return switch (keyType) {
      case "RSA", "RSASSA-PSS", "EC_RSA", "DHE_RSA" -> "RSA";
      case "EC", "EC_EC" -> "EC";
      case "Ed25519", "EdDSA" -> "EdDSA";
      default -> keyType;
    };
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return pairs.isEmpty() ? null : "0";
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return pairs.isEmpty() ? null : "0";
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return pairs.isEmpty() ? null : "0";
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return pairs.get(Integer.parseInt(alias)).chain.clone();
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return pairs.get(Integer.parseInt(alias)).key;
  }
}
