package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.security.TestCertificate;
import io.nats.client.Connection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Leaf nodes, real ones and ours, that come in at our WebSocket port. */
class AcceptedWebSocketLeafTest extends LeafServers {
  private static String hub(String block) {
    return "leafnodes { listen: \"127.0.0.1:-1\" }\nwebsocket { listen: \"127.0.0.1:-1\", "
        + block
        + " }\n";
  }

  private static String remote(String scheme, String login, NatsServer hub, String more) {
    String url = scheme + "://" + login + "127.0.0.1:" + hub.webSocketPort();
    return "leafnodes { reconnect: \"100ms\", remotes: [{ url: \""
        + url
        + "\", "
        + more
        + " }] }\n";
  }

  private Leaf check(NatsServer hub, Connection onLeaf, String mode) throws Exception {
    awaitLeafs(hub, 1);
    Leaf only = ServerAccess.leafs(hub).iterator().next();
    assertThat(only.compressionMode()).startsWith(mode);
    assertThat(only.connectionType()).isEqualTo(ConnectionType.LEAFNODE_WS);
    Connection onHub = connect(hub);
    LeafWebSocketTest.exchange(onLeaf, onHub, "ask.hub");
    LeafWebSocketTest.exchange(onHub, onLeaf, "ask.leaf");
    return only;
  }

  // S2 frames below those of WebSocket, unless WebSocket compresses itself.
  @ParameterizedTest
  @CsvSource({"false, false, s2_", "true, true, off"})
  void aRealLeafNodeComesIn(boolean compress, boolean noMasking, String mode) throws Exception {
    NatsServer hub = start("hub", hub("no_tls: true, compression: true"));
    String more = "ws_compression: %s, ws_no_masking: %s".formatted(compress, noMasking);
    NatsServerProcess leaf = startReal("leaf", remote("ws", "", hub, more));
    check(hub, connect(leaf), mode);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void allOtherMixturesOfCompressionAndMasks() throws Exception {
    List<Boolean> both = List.of(false, true);
    int count = 0;
    for (boolean ofHub : both) {
      NatsServer hub = start("hub" + count++, hub("no_tls: true, compression: " + ofHub));
      for (boolean ofLeaf : both) {
        for (boolean noMasking : both) {
          String more = "ws_compression: %s, ws_no_masking: %s".formatted(ofLeaf, noMasking);
          String mode = ofHub && ofLeaf ? "off" : "s2_";
          String name = "leaf" + count++;
          NatsServerProcess real = startReal("real" + name, remote("ws", "", hub, more));
          check(hub, connect(real), mode);
          close(real);
          awaitLeafs(hub, 0);
          NatsServer ours = start(name, remote("ws", "", hub, more));
          check(hub, connect(ours), mode);
          close(ours);
          awaitLeafs(hub, 0);
        }
      }
    }
  }

  @Test
  void oursComesInAndComesBack() throws Exception {
    NatsServer hub = start("hub", hub("no_tls: true"));
    NatsServer leaf = start("leaf", remote("ws", "", hub, ""));
    Connection onLeaf = connect(leaf);
    Leaf first = check(hub, onLeaf, "s2_");
    first.abort("to see what becomes of it");
    Connection onHub = connect(hub);
    onHub.createDispatcher(m -> onHub.publish(m.getReplyTo(), bytes("yes"))).subscribe("again");
    onHub.flush(PATIENCE);
    awaitService(onLeaf, "again");
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void leafNodesComeInThroughTls() throws Exception {
    TestCertificate own =
        TestCertificate.make(directory, "hub", "CN=hub", "dns:localhost,ip:127.0.0.1");
    String files = "cert_file: '%s', key_file: '%s'".formatted(own.certFile(), own.keyFile());
    NatsServer hub = start("hub", hub("tls { " + files + ", timeout: 20 }"));
    String trusting = "tls { ca_file: '" + own.certFile() + "', timeout: 20 }";
    NatsServerProcess real = startReal("real", remote("wss", "", hub, trusting));
    assertThat(check(hub, connect(real), "s2_").tlsSession()).isNotNull();
    close(real);
    awaitLeafs(hub, 0);
    NatsServer ours = start("ours", remote("wss", "", hub, trusting));
    assertThat(check(hub, connect(ours), "s2_").tlsSession()).isNotNull();
  }

  // The certificate is that of the WebSocket port, the map that of the leafnodes block.
  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aCertificateTellsTheUser() throws Exception {
    TestCertificate own =
        TestCertificate.make(directory, "hub", "CN=hub", "dns:localhost,ip:127.0.0.1");
    String files =
        "cert_file: '%s', key_file: '%s', ca_file: '%s', timeout: 20"
            .formatted(own.certFile(), own.keyFile(), own.certFile());
    NatsServer hub =
        start(
            "hub",
            "accounts { A {}, B {} }\nleafnodes { listen: \"127.0.0.1:-1\", tls { "
                + files
                + ", verify_and_map: true }, authorization { users: ["
                + "{ user: other, account: A }, { user: localhost, account: B }] } }\n"
                + "websocket { listen: \"127.0.0.1:-1\", tls { "
                + files
                + ", verify: true } }\n");
    startReal("leaf", remote("wss", "", hub, "tls { " + files + " }"));
    awaitLeafs(hub, 1);
    assertThat(ServerAccess.leafs(hub).iterator().next().account())
        .isSameAs(ServerAccess.account(hub, "B"));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void muchCrossesInBothDirectionsAtOnce() throws Exception {
    NatsServer hub = start("hub", hub("no_tls: true, compression: true"));
    for (String more : List.of("", "ws_compression: true")) {
      NatsServerProcess leaf = startReal("leaf" + more.length(), remote("ws", "", hub, more));
      awaitLeafs(hub, 1);
      Connection onHub = connect(hub);
      Connection onLeaf = connect(leaf);
      List<io.nats.client.Subscription> arriving = new ArrayList<>();
      arriving.add(onHub.subscribe("up." + more.length()));
      arriving.add(onLeaf.subscribe("down." + more.length()));
      onHub.flush(PATIENCE);
      onLeaf.flush(PATIENCE);
      awaitInterest(hub, "down." + more.length());
      onHub
          .createDispatcher(m -> onHub.publish(m.getReplyTo(), m.getData()))
          .subscribe("ready." + more.length());
      onHub.flush(PATIENCE);
      awaitService(onLeaf, "ready." + more.length());
      for (int i = 0; i < 20_000; i++) {
        byte[] content = ("message " + i + "x".repeat(i % 3000)).getBytes(StandardCharsets.UTF_8);
        onLeaf.publish("up." + more.length(), content);
        onHub.publish("down." + more.length(), content);
      }
      for (io.nats.client.Subscription each : arriving) {
        each.setPendingLimits(-1, -1);
      }
      for (io.nats.client.Subscription each : arriving) {
        for (int i = 0; i < 20_000; i++) {
          assertThat(text(each.nextMessage(PATIENCE)))
              .startsWith("message " + i + "x".repeat(i % 3000 == 0 ? 0 : 1));
        }
      }
      close(leaf);
      awaitLeafs(hub, 0);
    }
  }
}
