package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.security.TestCertificate;
import dev.hubkit.workspace.UpstreamState;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Hubs whose NATS server is a leaf node of a real nats-server that is secured. The JVM is told whom
 * it trusts, as a user tells it, so nothing else runs meanwhile.
 */
@Isolated
class SecuredUpstreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TRUST = "javax.net.ssl.trustStore";
  private static final String PASSWORD = "javax.net.ssl.trustStorePassword";

  @TempDir Path directory;

  private NatsServerProcess team(TestCertificate own, int leafs, int webSocket) throws IOException {
    String tls =
        "tls { cert_file: \"%s\", key_file: \"%s\" }".formatted(own.certFile(), own.keyFile());
    Path file = directory.resolve("team.conf");
    Files.writeString(
        file,
        """
        leafnodes { listen: "127.0.0.1:%d", %s, authorization { user: ada, password: s3cret } }
        websocket { listen: "127.0.0.1:%d", %s }
        """
            .formatted(leafs, tls, webSocket, tls));
    return NatsServerProcess.start(
        Files.createDirectories(directory.resolve("team")), "-c", file.toString());
  }

  private static void check(Path root, String url) throws Exception {
    HubOptions options =
        HubOptions.forTests().toBuilder().fossil(Backend.off()).upstream(url, "ada:s3cret").build();
    try (Hub hub = Hub.start(Files.createDirectories(root), options)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(Hub.status(hub.root()).upstreams())
                      .first()
                      .returns(null, UpstreamState::problem)
                      .returns(true, UpstreamState::connected));
    }
  }

  @Test
  void itIsReachedWhereTheJvmTrustsIt() throws Exception {
    TestCertificate own =
        TestCertificate.make(directory, "team", "CN=team", "dns:localhost,ip:127.0.0.1");
    Path trusted = directory.resolve("trusted.p12");
    try (OutputStream to = Files.newOutputStream(trusted)) {
      own.store().store(to, "changeit".toCharArray());
    }
    int leafs = FixedPort.free();
    int webSocket = FixedPort.free();
    assertThat(System.getProperty(TRUST)).isNull();
    System.setProperty(TRUST, trusted.toString());
    System.setProperty(PASSWORD, "changeit");
    try (NatsServerProcess team = team(own, leafs, webSocket)) {
      assertThat(team.port()).isPositive();
      for (String url : List.of("tls://127.0.0.1:" + leafs, "wss://127.0.0.1:" + webSocket)) {
        check(directory.resolve(url.substring(0, 3)), url);
      }
    } finally {
      System.clearProperty(TRUST);
      System.clearProperty(PASSWORD);
    }
  }
}
