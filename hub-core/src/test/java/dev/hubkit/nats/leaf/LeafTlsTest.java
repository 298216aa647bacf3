package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.security.TestCertificate;
import io.nats.client.Connection;
import io.nats.client.Options;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS between a hub and a leaf node, one of which is the real nats-server. */
@EnabledIfSystemProperty(named = LeafServers.LONG, matches = ".+")
class LeafTlsTest extends LeafServers {
  private static String tls(TestCertificate own, String more) {
    return "tls { cert_file: '"
        + own.certFile()
        + "', key_file: '"
        + own.keyFile()
        + "', timeout: 10"
        + more
        + " }";
  }

  private static String trusting(TestCertificate hub, String more) {
    return "tls { ca_file: '" + hub.certFile() + "', timeout: 10" + more + " }";
  }

  private TestCertificate certificate() throws Exception {
    return TestCertificate.make(directory, "hub", "CN=hub", "dns:localhost,ip:127.0.0.1");
  }

  private void exchange(int hubPort, int leafPort) throws Exception {
    Connection onHub = connect(hubPort, Options.builder());
    Connection onLeaf = connect(leafPort, Options.builder());
    onHub.createDispatcher(m -> onHub.publish(m.getReplyTo(), bytes("hub"))).subscribe("ask.hub");
    onHub.flush(PATIENCE);
    onLeaf
        .createDispatcher(m -> onLeaf.publish(m.getReplyTo(), bytes("leaf")))
        .subscribe("ask.leaf");
    onLeaf.flush(PATIENCE);
    awaitService(onLeaf, "ask.hub");
    awaitService(onHub, "ask.leaf");
    assertThat(text(onLeaf.request("ask.hub", bytes("?"), PATIENCE))).isEqualTo("hub");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ", handshake_first: true", ", handshake_first: \"100ms\"", ", verify: true"})
  void aRealLeafNodeOfOurHub(String more) throws Exception {
    TestCertificate own = certificate();
    String verify = more.contains("verify") ? ", ca_file: '" + own.certFile() + "'" : "";
    NatsServer hub =
        start("hub", "leafnodes { listen: \"127.0.0.1:-1\", " + tls(own, more + verify) + " }\n");
    String first = more.contains("true") && more.contains("first") ? ", handshake_first: true" : "";
    String block =
        verify.isEmpty() ? trusting(own, first) : tls(own, ", ca_file: '" + own.certFile() + "'");
    NatsServerProcess leaf = startReal("leaf", remote(hub, block));
    awaitLeafs(hub, 1);
    exchange(hub.port(), leaf.port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ", handshake_first: true", ", handshake_first: \"100ms\"", ", verify: true"})
  void ourLeafNodeOfARealHub(String more) throws Exception {
    TestCertificate own = certificate();
    String verify = more.contains("verify") ? ", ca_file: '" + own.certFile() + "'" : "";
    int port = freePort();
    NatsServerProcess hub =
        startReal(
            "hub",
            "leafnodes { listen: \"127.0.0.1:" + port + "\", " + tls(own, more + verify) + " }\n");
    String first = more.contains("true") && more.contains("first") ? ", handshake_first: true" : "";
    String block =
        verify.isEmpty() ? trusting(own, first) : tls(own, ", ca_file: '" + own.certFile() + "'");
    NatsServer leaf = start("leaf", remote(port, block));
    awaitLeafs(leaf, 1);
    exchange(hub.port(), leaf.port());
  }
}
