package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.NKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares resolvers that fetch accounts over TLS with the real nats-server's. */
@ComparedWithNatsServer
class ResolverTlsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void trustsTheAuthorityThatResolverTlsNames() throws Exception {
    TestCertificate trusted =
        TestCertificate.make(directory, "trusted", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    TestCertificate other =
        TestCertificate.make(directory, "other", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    NKey operator = NKey.createOperator(null);
    NKey account = NKey.createAccount(null);
    Map<String, String> tokens =
        Map.of(
            OperatorTest.key(account),
            OperatorTest.token(
                operator,
                account,
                "",
                "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,"
                    + "\"data\":-1,\"exports\":-1,\"imports\":-1,\"wildcards\":true,\"leaf\":-1}"));
    HttpsServer web =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.setHttpsConfigurator(new HttpsConfigurator(trusted.trusting()));
    web.createContext(
        "/jwt/",
        exchange -> {
          String key = exchange.getRequestURI().getPath().substring("/jwt/".length());
          // nats-server asks for no account at all first, to see whether anybody is there.
          byte[] token = tokens.getOrDefault(key, "none").getBytes(UTF_8);
          exchange.sendResponseHeaders(200, token.length);
          exchange.getResponseBody().write(token);
          exchange.close();
        });
    web.start();
    try {
      // The first handshake of a JVM takes long on a busy machine, and nats-server ends when the
      // resolver does not answer its start within 1.9 seconds.
      try (Socket first =
          trusted
              .trusting(trusted)
              .getSocketFactory()
              .createSocket("localhost", web.getAddress().getPort())) {
        ((SSLSocket) first).startHandshake();
      }
      String config =
          "operator: "
              + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
              + "\nresolver: URL(\"https://localhost:"
              + web.getAddress().getPort()
              + "/jwt/\")\n";
      assertThat(
              letsIn(
                  config + "resolver_tls { ca_file: \"" + trusted.certFile() + "\" }\n", account))
          .containsExactly(true, true);
      // The real server does not even start.
      try (NatsServer ours =
          PeerServers.start(
              directory,
              "distrusting",
              config + "resolver_tls { ca_file: \"" + other.certFile() + "\" }\n")) {
        assertThat(OperatorTest.answerToLogin(ours.port(), account)).startsWith("-ERR 'Auth");
      }
      assertThat(letsIn(config + "resolver_tls { insecure: true }\n", account))
          .containsExactly(true, true);
    } finally {
      web.stop(0);
    }
  }

  private List<Boolean> letsIn(String config, NKey account) throws Exception {
    List<Boolean> let = new ArrayList<>();
    try (PeerServers servers = PeerServers.start(directory, config)) {
      for (int port : new int[] {servers.real().port(), servers.ours().port()}) {
        // A token that comes too slowly is none: either server waits 1.9 seconds for it.
        await().atMost(PATIENCE).until(() -> letsIn(port, account));
        let.add(true);
      }
    }
    return let;
  }

  private static boolean letsIn(int port, NKey account) throws Exception {
    try (Connection client = OperatorTest.connect(port, account, "")) {
      return client.getStatus() == Connection.Status.CONNECTED;
    } catch (IOException e) {
      return false;
    }
  }
}
