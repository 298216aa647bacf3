package dev.hubkit.nats.tls;

import java.io.IOException;
import java.lang.reflect.Method;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Settings with their keys and certificates loaded; makes the engines of connections. */
public final class TlsContext {
  // The sessions that are kept for clients without a ticket. The JDK keeps 20,480 of some
  // kilobytes each, for a day.
  private static final int MOST_SESSIONS = 1024;

  // AUTH_TIMEOUT of nats-server.
  private static final double DEFAULT_LOGIN_SECONDS = 2;

  private final TlsSettings settings;
  private final SSLContext context;
  private final SSLParameters parameters;
  private final KeyManager[] keys;
  private final TrustManager @Nullable [] trust;
  private final @Nullable X509Certificate certificate;

  private TlsContext(
      TlsSettings settings,
      SSLContext context,
      SSLParameters parameters,
      KeyManager[] keys,
      TrustManager @Nullable [] trust,
      @Nullable X509Certificate certificate) {
    this.certificate = certificate;
    this.settings = settings;
    this.context = context;
    this.parameters = parameters;
    this.keys = keys;
    this.trust = trust;
  }

  /**
   * Reads the files the settings name.
   *
   * @throws TlsException if one cannot be used, or this JVM cannot do what the settings ask for
   */
  public static TlsContext load(TlsSettings settings) throws TlsException {
    List<ServerIdentity.Pair> pairs = new ArrayList<>();
    int count = settings.certificates().size();
    for (int i = 0; i < count; i++) {
      try {
        pairs.add(ServerIdentity.Pair.load(settings.certificates().get(i)));
      } catch (TlsException e) {
        String which = count > 1 ? " " + (i + 1) + "/" + count : "";
        throw new TlsException(
            "error parsing X509 certificate/key pair" + which + ": " + e.getMessage(), e);
      }
    }
    TrustManager @Nullable [] trust =
        settings.caFile().isEmpty() ? null : authorities(settings.caFile());
    try {
      KeyManager[] keys = {new ServerIdentity(pairs)};
      SSLContext context = context(keys, trust);
      return new TlsContext(
          settings,
          context,
          parameters(settings, context),
          keys,
          trust,
          pairs.isEmpty() ? null : pairs.get(0).chain()[0]);
    } catch (GeneralSecurityException e) {
      throw new TlsException("tls: " + e.getMessage(), e);
    }
  }

  public TlsSettings settings() {
    return settings;
  }

  /** Returns the first certificate of the server; null where it has none. */
  public @Nullable X509Certificate certificate() {
    return certificate;
  }

  /**
   * Returns how long a login may take where nothing is set, in seconds: one more than the handshake
   * (getDefaultAuthTimeout of nats-server).
   *
   * @param tls the TLS of the listener; null for none
   */
  public static double loginSeconds(@Nullable TlsContext tls) {
    return tls == null ? DEFAULT_LOGIN_SECONDS : 1 + tls.settings().handshakeSeconds();
  }

  /** Returns the keys with their certificates. */
  KeyManager identity() {
    return keys[0];
  }

  /** Returns the algorithm of the first key; null where there is none. */
  @Nullable String keyAlgorithm() {
    return certificate == null ? null : certificate.getPublicKey().getAlgorithm();
  }

  /** Returns the engine of the server's side of one connection. */
  public SSLEngine serverEngine() {
    SSLEngine engine =
        (settings.verify() || settings.verifyOptional() ? withoutSessions() : context)
            .createSSLEngine();
    engine.setUseClientMode(false);
    engine.setSSLParameters(parameters);
    return engine;
  }

  // A client that resumes a session is not asked for a certificate again, and its former one
  // may have expired; Go checks that, the JDK does not.
  private SSLContext withoutSessions() {
    try {
      return context(keys, trust);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("tls: what was loaded can't be used again", e);
    }
  }

  private static SSLContext context(KeyManager[] keys, TrustManager @Nullable [] trust)
      throws GeneralSecurityException {
    SSLContext made = SSLContext.getInstance("TLS");
    made.init(keys, trust, null);
    made.getServerSessionContext().setSessionCacheSize(MOST_SESSIONS);
    return made;
  }

  /** Returns the context of an HTTP client, which checks names itself unless it is insecure. */
  public SSLContext clientContext() {
    try {
      return settings.insecure()
          ? context(keys, new TrustManager[] {new TrustingEverybody()})
          : context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("tls: what was loaded can't be used again", e);
    }
  }

  /** Returns the context for the HTTPS listener of the monitor. */
  public SSLContext sslContext() {
    return context;
  }

  /** Returns a copy of the TLS parameters of a listener. */
  public SSLParameters parameters() throws TlsException {
    return parameters(settings, context);
  }

  private static TrustManager[] authorities(String file) throws TlsException {
    List<X509Certificate> certificates;
    try {
      certificates = PemFile.certificates(file);
    } catch (TlsException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith("open ") || message.startsWith("read ")
          ? e
          : new TlsException("failed to parse root ca certificate", e);
    }
    try {
      return trusting(certificates);
    } catch (GeneralSecurityException | IOException e) {
      throw new TlsException("failed to parse root ca certificate", e);
    }
  }

  /** Returns what trusts these certificate authorities and no others. */
  public static TrustManager[] trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry(Integer.toString(i), authorities.get(i));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static SSLParameters parameters(TlsSettings settings, SSLContext context)
      throws TlsException {
    SSLParameters parameters = context.getDefaultSSLParameters();
    parameters.setProtocols(
        settings.minVersion().equals("TLSv1.3")
            ? new String[] {"TLSv1.3"}
            : new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setUseCipherSuitesOrder(true);
    if (settings.verify()) {
      parameters.setNeedClientAuth(true);
    } else if (settings.verifyOptional()) {
      parameters.setWantClientAuth(true);
    }
    parameters.setCipherSuites(
        CipherSuites.ordered(
            settings.cipherSuites().isEmpty()
                ? CipherSuites.secure(parameters.getCipherSuites())
                : suites(settings.cipherSuites(), context)));
    if (!settings.curves().isEmpty()) {
      setNamedGroups(parameters, settings.curves());
    }
    return parameters;
  }

  // As in Go, the list is about TLS 1.2; the suites of TLS 1.3 are always there.
  private static String[] suites(List<String> names, SSLContext context) throws TlsException {
    List<String> supported = List.of(context.getSupportedSSLParameters().getCipherSuites());
    List<String> enabled = new ArrayList<>();
    for (String name : List.of(context.getDefaultSSLParameters().getCipherSuites())) {
      if (!name.contains("_WITH_")) {
        enabled.add(name);
      }
    }
    for (String name : names) {
      if (name.contains("_WITH_")) {
        if (!supported.contains(name)) {
          throw new TlsException("cipher suite " + name + " is not offered by this JVM");
        }
        enabled.add(name);
      }
    }
    return enabled.toArray(new String[0]);
  }

  // SSLParameters.setNamedGroups came with Java 20; this code runs on 17 as well.
  private static void setNamedGroups(SSLParameters parameters, List<String> curves)
      throws TlsException {
    try {
      Method method = SSLParameters.class.getMethod("setNamedGroups", String[].class);
      method.invoke(parameters, (Object) curves.toArray(new String[0]));
    } catch (NoSuchMethodException e) {
      parameters.setAlgorithmConstraints(CurveConstraints.of(curves));
    } catch (ReflectiveOperationException e) {
      throw new TlsException("curve_preferences cannot be set: " + e.getMessage(), e);
    }
  }
}
