package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.security.TestCertificate;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers of ours that reach real hubs through WebSocket. */
class LeafWebSocketTest extends LeafServers {
  private static String hub(int port, String more) {
    return "leafnodes { listen: \"127.0.0.1:-1\" }\nwebsocket { listen: \"127.0.0.1:%d\", %s }%n"
        .formatted(port, more);
  }

  private static String remote(String scheme, int port, String more) {
    return "leafnodes { reconnect: \"100ms\", remotes: [{ url: \"%s://127.0.0.1:%d\", %s }] }%n"
        .formatted(scheme, port, more);
  }

  static void exchange(Connection from, Connection to, String subject) throws Exception {
    to.createDispatcher(m -> to.publish(m.getReplyTo(), m.getData())).subscribe(subject);
    to.flush(PATIENCE);
    awaitService(from, subject);
    byte[] noise = new byte[300_000];
    new Random(1).nextBytes(noise);
    for (byte[] content : List.of(bytes(""), noise, bytes("again and ".repeat(50_000)))) {
      Message answer = from.request(subject, content, PATIENCE);
      assertThat(answer).isNotNull();
      assertThat(answer.getData()).isEqualTo(content);
    }
  }

  private void check(NatsServer leaf, NatsServerProcess hub, String mode) throws Exception {
    awaitLeafs(leaf, 1);
    Leaf only = ServerAccess.leafs(leaf).iterator().next();
    assertThat(only.compressionMode()).startsWith(mode);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    exchange(onLeaf, onHub, "ask.hub");
    exchange(onHub, onLeaf, "ask.leaf");
  }

  // What WebSocket compresses is not put into S2 frames, too.
  @ParameterizedTest
  @CsvSource({"false, false, s2_", "true, true, off"})
  void reachesARealHub(boolean compress, boolean noMasking, String mode) throws Exception {
    int port = freePort();
    NatsServerProcess hub = startReal("hub", hub(port, "no_tls: true, compression: true"));
    String more = "ws_compression: %s, ws_no_masking: %s".formatted(compress, noMasking);
    NatsServer leaf = start("leaf", remote("ws", port, more));
    check(leaf, hub, mode);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void goesOnWithoutCompressionWhereTheHubHasNone() throws Exception {
    int port = freePort();
    NatsServerProcess hub = startReal("hub", hub(port, "no_tls: true"));
    NatsServer leaf =
        start("leaf", remote("ws", port, "ws_compression: true, compression: s2_fast"));
    check(leaf, hub, "s2_fast");
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void reachesASecuredRealHub() throws Exception {
    TestCertificate own =
        TestCertificate.make(directory, "hub", "CN=hub", "dns:localhost,ip:127.0.0.1");
    int port = freePort();
    String tls = "tls { cert_file: '%s', key_file: '%s' }".formatted(own.certFile(), own.keyFile());
    NatsServerProcess hub = startReal("hub", hub(port, tls));
    NatsServer leaf =
        start("leaf", remote("wss", port, "tls { ca_file: '%s' }".formatted(own.certFile())));
    check(leaf, hub, "s2_");
  }

  @Test
  void saysWhyAServerWithoutLeafNodesAtItsWebSocketPortIsOfNoUse() throws Exception {
    NatsServer other = start("other", "websocket { listen: \"127.0.0.1:-1\", no_tls: true }\n");
    NatsServer leaf = start("leaf", remote("ws", other.webSocketPort(), ""));
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                leaf.leafRemotes().stream()
                    .anyMatch(
                        each ->
                            String.valueOf(each.problem()).contains("has closed the connection")));
  }
}
