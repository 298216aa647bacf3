package dev.hubkit.cli;

import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.ClientCredentials.NameAndPassword;
import dev.hubkit.nats.credential.ClientCredentials.Token;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.tls.PemFile;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to log in to a NATS server; the options have the names that they have in the nats CLI. */
final class LoginOptions {
  @Option(names = "--user", paramLabel = "NAME", description = "The name of the user, or a token.")
  private @Nullable String user;

  @Option(names = "--password", paramLabel = "PASSWORD", description = "The user's password.")
  private @Nullable String password;

  @Option(names = "--creds", paramLabel = "FILE", description = "A credentials file.")
  private @Nullable Path creds;

  @Option(names = "--nkey", paramLabel = "FILE", description = "A file with the seed of an NKey.")
  private @Nullable Path nkey;

  @Option(
      names = "--tlsca",
      paramLabel = "FILE",
      description = "The authorities that may have signed the server's certificate.")
  private @Nullable Path tlsAuthorities;

  @Option(names = "--tlscert", paramLabel = "FILE", description = "The client's certificate.")
  private @Nullable Path tlsCertificate;

  @Option(names = "--tlskey", paramLabel = "FILE", description = "The client's private key.")
  private @Nullable Path tlsKey;

  @Option(
      names = "--tlsfirst",
      description = "Make the TLS handshake before the server sends its greeting.")
  private boolean tlsFirst;

  /** Returns whether TLS comes before the greeting. */
  boolean isTlsFirst() {
    return tlsFirst;
  }

  /** Returns whether options ask for TLS. */
  boolean wantsTls() {
    return tlsFirst || tlsAuthorities != null || tlsCertificate != null;
  }

  /** Returns what to log in with, by the options or the user of a URL; null for nothing. */
  @Nullable ClientCredentials credentials(URI server) {
    try {
      if (creds != null) {
        return ClientCredentials.credentialsFile(creds);
      }
      if (nkey != null) {
        return ClientCredentials.nkeyFile(nkey);
      }
    } catch (CredentialException e) {
      throw new Failure.WrongOptionException(String.valueOf(e.getMessage()));
    }
    if (user != null) {
      return password == null ? new Token(user) : new NameAndPassword(user, password);
    }
    String info = server.getRawUserInfo();
    if (info == null) {
      return null;
    }
    int colon = info.indexOf(':');
    return colon < 0
        ? new Token(decoded(info))
        : new NameAndPassword(
            decoded(info.substring(0, colon)), decoded(info.substring(colon + 1)));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Returns what makes TLS connections. */
  SSLContext tls() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), authorities(), null);
      return context;
    } catch (TlsException | GeneralSecurityException | IOException e) {
      throw new Failure.WrongOptionException("TLS cannot be used: " + e.getMessage());
    }
  }

  private TrustManager @Nullable [] authorities()
      throws TlsException, GeneralSecurityException, IOException {
    if (tlsAuthorities == null) {
      return null;
    }
    return TlsContext.trusting(PemFile.certificates(tlsAuthorities.toString()));
  }

  private KeyManager @Nullable [] keys()
      throws TlsException, GeneralSecurityException, IOException {
    if (tlsCertificate == null) {
      return null;
    }
    if (tlsKey == null) {
      throw new Failure.WrongOptionException("--tlscert needs --tlskey");
    }
    X509Certificate[] chain =
        PemFile.certificates(tlsCertificate.toString()).toArray(new X509Certificate[0]);
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry("client", PemFile.key(tlsKey.toString()), new char[0], chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }
}
