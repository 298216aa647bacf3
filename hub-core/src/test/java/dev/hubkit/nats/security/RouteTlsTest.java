package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.route.Route;
import io.nats.client.Connection;
import io.nats.client.Subscription;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes over TLS, where both servers have a certificate. */
class RouteTlsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  private TestCertificate certificate(String name) throws Exception {
    return TestCertificate.make(directory, name, "CN=" + name, "ip:127.0.0.1");
  }

  private static String config(
      String name, TestCertificate own, TestCertificate other, String more) {
    return "server_name: "
        + name
        + "\ncluster { listen: \"127.0.0.1:-1\", name: c, "
        + more
        + "\n tls { cert_file: '"
        + own.certFile()
        + "', key_file: '"
        + own.keyFile()
        + "', ca_file: '"
        + other.certFile()
        + "' } }\n";
  }

  private static String to(NatsServer server) {
    return "routes: [\"nats-route://127.0.0.1:" + server.clusterPort() + "\"]";
  }

  private static void awaitRoutes(NatsServer server, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(ServerAccess.routes(server)).hasSize(count));
  }

  @Test
  void messagesCrossThem() throws Exception {
    TestCertificate one = certificate("one");
    TestCertificate two = certificate("two");
    try (NatsServer a = PeerServers.start(directory, "a", config("A", one, two, ""));
        NatsServer b = PeerServers.start(directory, "b", config("B", two, one, to(a)))) {
      awaitRoutes(a, 1);
      awaitRoutes(b, 1);
      try (Connection onA = PatientClient.connect(a.clientUrl());
          Connection onB = PatientClient.connect(b.clientUrl())) {
        Subscription there = onB.subscribe("x");
        onB.flush(PATIENCE);
        await().atMost(PATIENCE).until(() -> ServerAccess.defaultAccount(a).hasInterest("x"));
        onA.publish("x", "secret".getBytes(UTF_8));
        assertThat(there.nextMessage(PATIENCE).getData()).asString(UTF_8).isEqualTo("secret");
      }
      try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), a.clusterPort())) {
        plain.setSoTimeout(20_000);
        plain.getOutputStream().write("CONNECT {}\r\n".getBytes(UTF_8));
        assertThat(new String(plain.getInputStream().readAllBytes(), UTF_8)).doesNotContain("INFO");
      }
    }
  }

  @Test
  void aServerWithAnotherCertificateIsRefused() throws Exception {
    TestCertificate one = certificate("one");
    TestCertificate two = certificate("two");
    TestCertificate stranger = certificate("stranger");
    try (NatsServer a = PeerServers.start(directory, "a", config("A", one, two, ""));
        NatsServer no = PeerServers.start(directory, "no", config("S", stranger, one, to(a)));
        NatsServer b = PeerServers.start(directory, "b", config("B", two, one, to(a)))) {
      awaitRoutes(b, 1);
      awaitRoutes(a, 1);
      assertThat(ServerAccess.routes(a)).extracting(Route::remoteName).containsExactly("B");
      assertThat(ServerAccess.routes(no)).isEmpty();
    }
  }

  @Test
  void theRealServerTakesPart() throws Exception {
    TestCertificate one = certificate("one");
    TestCertificate two = certificate("two");
    try (NatsServer a = PeerServers.start(directory, "a", config("A", one, two, ""))) {
      Path file = directory.resolve("real.conf");
      Files.writeString(file, config("R", two, one, to(a)));
      try (NatsServerProcess real = NatsServerProcess.start(directory, "-c", file.toString())) {
        awaitRoutes(a, 1);
        try (Connection onA = PatientClient.connect(a.clientUrl());
            Connection onReal = PatientClient.connect("nats://127.0.0.1:" + real.port())) {
          Subscription there = onReal.subscribe("x");
          onReal.flush(PATIENCE);
          await().atMost(PATIENCE).until(() -> ServerAccess.defaultAccount(a).hasInterest("x"));
          onA.publish("x", "secret".getBytes(UTF_8));
          assertThat(there.nextMessage(PATIENCE).getData()).asString(UTF_8).isEqualTo("secret");
        }
      }
    }
  }
}
