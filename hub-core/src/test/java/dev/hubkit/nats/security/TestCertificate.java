package dev.hubkit.nats.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate of its own authority, in PEM files and as a key store. */
public record TestCertificate(KeyStore store, Path certFile, Path keyFile) {
  private static final char[] PASSWORD = "changeit".toCharArray();

  /**
   * Makes a certificate for a new key.
   *
   * @param name of its files
   * @param alternatives other names of the subject: {@code dns:}, {@code ip:} or {@code email:},
   *     with commas in between
   */
  public static TestCertificate make(
      Path directory, String name, String subject, String alternatives)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    Certificate certificate = SelfSignedCertificate.of(keys, subject, alternatives);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    store.setKeyEntry("a", keys.getPrivate(), PASSWORD, new Certificate[] {certificate});
    Path cert = directory.resolve(name + ".crt");
    Path key = directory.resolve(name + ".key");
    Files.writeString(cert, pem("CERTIFICATE", certificate.getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    return new TestCertificate(store, cert, key);
  }

  private static String pem(String type, byte[] bytes) {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }

  /** Returns a client's context that trusts {@code servers} and presents this certificate. */
  public SSLContext trusting(TestCertificate... servers) throws GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    try {
      trusted.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    for (int i = 0; i < servers.length; i++) {
      trusted.setCertificateEntry("server" + i, servers[i].store.getCertificate("a"));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
