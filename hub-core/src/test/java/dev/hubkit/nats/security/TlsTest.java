package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsTest {
  @TempDir static Path directory;

  private static TestCertificate server;
  private static TestCertificate client;
  private static SSLContext context;

  @BeforeAll
  static void makeCertificates() throws Exception {
    server =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    client = TestCertificate.make(directory, "client", "CN=me,OU=here", "email:me@example.org");
    context = client.trusting(server);
  }

  private static String block(String more) {
    return "tls { cert_file: \""
        + server.certFile()
        + "\", key_file: \""
        + server.keyFile()
        + "\", timeout: 20, "
        + more
        + " }\n";
  }

  private static Options.Builder to(NatsServer hub) {
    return Options.builder()
        .server("tls://127.0.0.1:" + hub.port())
        .sslContext(context)
        .maxReconnects(0)
        .connectionTimeout(Duration.ofSeconds(20));
  }

  private static void exchange(Connection connection) throws Exception {
    byte[] large = new byte[300_000];
    Arrays.fill(large, (byte) 7);
    Subscription subscription = connection.subscribe("x.*");
    connection.publish("x.1", "hello".getBytes(StandardCharsets.UTF_8));
    connection.publish("x.2", large);
    connection.publish("x.3", new byte[0]);
    Message first = subscription.nextMessage(Duration.ofSeconds(10));
    Message second = subscription.nextMessage(Duration.ofSeconds(10));
    Message third = subscription.nextMessage(Duration.ofSeconds(10));
    assertThat(new String(first.getData(), StandardCharsets.UTF_8)).isEqualTo("hello");
    assertThat(second.getData()).isEqualTo(large);
    assertThat(third.getData()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "min_version: \"1.3\"",
        "cipher_suites: [\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"]",
        "handshake_first: auto"
      })
  void carriesClientsAfterInfo(String more) throws Exception {
    try (NatsServer hub = ConfiguredServer.start(directory, block(more));
        Connection connection = Nats.connect(to(hub).build())) {
      assertThat(connection.getServerInfo().isTLSRequired()).isTrue();
      exchange(connection);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"handshake_first: true", "handshake_first: 30s"})
  void carriesClientsThatBeginWithTheHandshake(String more) throws Exception {
    try (NatsServer hub = ConfiguredServer.start(directory, block(more));
        Connection connection = Nats.connect(to(hub).tlsFirst().build())) {
      exchange(connection);
    }
  }

  @Test
  void leavesClientsTheChoice() throws Exception {
    try (NatsServer hub = ConfiguredServer.start(directory, block("") + "allow_non_tls: true\n")) {
      try (Connection secured = Nats.connect(to(hub).build())) {
        exchange(secured);
      }
      try (Connection clear =
          Nats.connect(Options.builder().server(hub.clientUrl()).maxReconnects(0).build())) {
        exchange(clear);
      }
    }
  }

  @Test
  void demandsACertificateAndTakesTheUserFromIt() throws Exception {
    String text =
        block("verify_and_map: true, ca_file: \"" + client.certFile() + "\"")
            + "authorization { users: [{user: \"me@example.org\", permissions: {publish: \">\"}}] }";
    try (NatsServer hub = ConfiguredServer.start(directory, text)) {
      try (Connection connection = Nats.connect(to(hub).build())) {
        exchange(connection);
      }
      // This client waits until its timeout when the server turns it away after the client's half
      // of the handshake.
      Options.Builder stranger =
          to(hub).sslContext(server.trusting(server)).connectionTimeout(Duration.ofSeconds(1));
      assertThatThrownBy(() -> Nats.connect(stranger.build()).close())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void looksAtTheCertificateEachTime() throws Exception {
    String text =
        block("verify: true, handshake_first: true, ca_file: \"" + client.certFile() + "\"");
    try (NatsServer hub = ConfiguredServer.start(directory, text)) {
      byte[] first = sessionOf(hub);
      assertThat(sessionOf(hub)).isNotEmpty().isNotEqualTo(first);
    }
  }

  // Returns the id of the session; a resumed session keeps its id.
  private static byte[] sessionOf(NatsServer hub) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", hub.port())) {
      socket.setSoTimeout(20_000);
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThat(socket.getInputStream().read()).isEqualTo('I');
      return socket.getSession().getId();
    }
  }

  @Test
  void refusesFilesItCannotUse() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.pem"), "nothing\n");
    assertThatThrownBy(
            () ->
                ConfiguredServer.start(
                    directory,
                    "tls { cert_file: \""
                        + server.certFile()
                        + "\", key_file: \""
                        + empty
                        + "\" }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("failed to find any PEM data in key input");
    assertThatThrownBy(
            () ->
                ConfiguredServer.start(
                    directory,
                    "tls { cert_file: \""
                        + server.certFile()
                        + "\", key_file: \""
                        + client.keyFile()
                        + "\" }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tls: private key does not match public key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "compression: true"})
  void carriesWebSocketClients(String more) throws Exception {
    String text = "websocket { port: -1, " + block("") + "\n" + more + " }";
    try (NatsServer hub = ConfiguredServer.start(directory, text);
        Connection connection =
            Nats.connect(
                Options.builder()
                    .server("wss://127.0.0.1:" + hub.webSocketPort())
                    .sslContext(context)
                    .maxReconnects(0)
                    .build())) {
      exchange(connection);
    }
  }

  /** Upgrades a connection by hand, and returns the negotiated session. */
  private static SSLSession shakeHands(NatsServer hub, String host, String... suites)
      throws Exception {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      plain.setSoTimeout(20_000);
      InputStream in = plain.getInputStream();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        assertThat(next).isNotNegative();
      }
      try (SSLSocket secured =
          (SSLSocket) context.getSocketFactory().createSocket(plain, host, hub.port(), true)) {
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        if (suites.length > 0) {
          parameters.setProtocols(new String[] {"TLSv1.2"});
          parameters.setCipherSuites(suites);
        }
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured.getSession();
      }
    }
  }

  private static String subject(SSLSession session) throws Exception {
    return ((X509Certificate) session.getPeerCertificates()[0]).getSubjectX500Principal().getName();
  }

  private static String pair(TestCertificate certificate) {
    return "{cert_file: \""
        + certificate.certFile()
        + "\", key_file: \""
        + certificate.keyFile()
        + "\"}";
  }

  @Test
  void showsTheCertificateOfTheNameThatIsAskedFor() throws Exception {
    TestCertificate one = TestCertificate.make(directory, "one", "CN=one", "dns:one.example");
    TestCertificate two = TestCertificate.make(directory, "two", "CN=two", "dns:*.two.example");
    SSLContext before = context;
    context = client.trusting(one, two, server);
    try (NatsServer hub =
        ConfiguredServer.start(
            directory, "tls { certs: [" + pair(one) + ", " + pair(two) + "], timeout: 20 }")) {
      assertThat(subject(shakeHands(hub, "one.example"))).isEqualTo("CN=one");
      assertThat(subject(shakeHands(hub, "a.two.example"))).isEqualTo("CN=two");
      // As in nats-server, all other names get the first certificate.
      assertThat(subject(shakeHands(hub, "other.example"))).isEqualTo("CN=one");
      Path file = directory.resolve("server.conf");
      Files.writeString(file, "port: -1\ntls { certs: [" + pair(two) + "], timeout: 20 }");
      hub.reload(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
      assertThat(subject(shakeHands(hub, "one.example"))).isEqualTo("CN=two");
    } finally {
      context = before;
    }
  }

  @Test
  void hasByDefaultTheSuitesThatNatsServerHas() throws Exception {
    String secure = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA";
    String insecure = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256";
    try (NatsServer hub = ConfiguredServer.start(directory, block("verify: false"))) {
      assertThat(shakeHands(hub, "localhost", insecure, secure).getCipherSuite()).isEqualTo(secure);
      assertThatThrownBy(() -> shakeHands(hub, "localhost", insecure))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void agreesOnWhatIsConfiguredOnly() throws Exception {
    String configured = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    String other = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    String curves = ", curve_preferences: [CurveP256]";
    try (NatsServer hub =
        ConfiguredServer.start(
            directory, block("cipher_suites: [\"" + configured + "\"]" + curves))) {
      assertThat(shakeHands(hub, "localhost", other, configured).getCipherSuite())
          .isEqualTo(configured);
      assertThatThrownBy(() -> shakeHands(hub, "localhost", other)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(
            () -> ConfiguredServer.start(directory, block("curve_preferences: [CurveP255]")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("unrecognized curve preference CurveP255");
    assertThatThrownBy(
            () -> ConfiguredServer.start(directory, block("cipher_suites: [TLS_NOTHING]")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("unrecognized cipher TLS_NOTHING");
  }
}
