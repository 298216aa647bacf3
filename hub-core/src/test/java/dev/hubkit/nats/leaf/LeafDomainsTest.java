package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Options;
import io.nats.client.api.External;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.Mirror;
import io.nats.client.api.Source;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** JetStream domains on both sides of a leaf node connection. */
class LeafDomainsTest extends LeafServers {
  private static String jetStream(String domain) {
    return "jetstream { store_dir: \"$STORE\", domain: " + domain + " }\n";
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void ourLeafNodeSharesDomainsWithARealHub() throws Exception {
    int port = freePort();
    NatsServerProcess hub =
        startReal("hub", jetStream("HUB") + "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n");
    NatsServer leaf = start("leaf", jetStream("SPOKE") + remote(port, ""));
    awaitLeafs(leaf, 1);
    crossDomains(hub.port(), leaf.port());
  }

  @Test
  void aRealLeafNodeSharesDomainsWithOurHub() throws Exception {
    NatsServer hub = start("hub", jetStream("HUB") + "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServerProcess leaf = startReal("leaf", jetStream("SPOKE") + remote(hub, ""));
    awaitLeafs(hub, 1);
    crossDomains(hub.port(), leaf.port());
  }

  // Each side uses the API of the other by its domain; mirrors and sources follow across.
  private void crossDomains(int hubPort, int leafPort) throws Exception {
    Connection onHub = connect(hubPort, Options.builder());
    Connection onLeaf = connect(leafPort, Options.builder());
    JetStreamManagement hubItself = onHub.jetStreamManagement();
    JetStreamManagement leafItself = onLeaf.jetStreamManagement();
    JetStreamManagement hubFromLeaf = onLeaf.jetStreamManagement(domain("HUB"));
    await().atMost(PATIENCE).ignoreExceptions().until(() -> hubFromLeaf.getStreamNames() != null);
    hubItself.addStream(stream("ORDERS", "orders.>"));
    assertThat(hubFromLeaf.getStreamNames()).containsExactly("ORDERS");
    assertThat(leafItself.getStreamNames()).isEmpty();
    JetStreamManagement leafFromHub = onHub.jetStreamManagement(domain("SPOKE"));
    await().atMost(PATIENCE).ignoreExceptions().until(() -> leafFromHub.getStreamNames() != null);
    leafFromHub.addStream(
        StreamConfiguration.builder()
            .name("MIRROR")
            .storageType(StorageType.Memory)
            .mirror(
                Mirror.builder()
                    .name("ORDERS")
                    .external(External.builder().api("$JS.HUB.API").build())
                    .build())
            .build());
    hubItself.addStream(
        StreamConfiguration.builder()
            .name("BACK")
            .storageType(StorageType.Memory)
            .addSource(
                Source.builder()
                    .name("MIRROR")
                    .external(External.builder().api("$JS.SPOKE.API").build())
                    .build())
            .build());
    JetStream publishing = onHub.jetStream();
    for (int i = 0; i < 20; i++) {
      publishing.publish("orders." + i, bytes("x" + i));
    }
    awaitMessages(leafItself, "MIRROR", 20);
    awaitMessages(hubItself, "BACK", 20);
    assertThat(leafItself.getMessage("MIRROR", 7).getSubject()).isEqualTo("orders.6");
    buckets(onHub, onLeaf);
  }

  private static void buckets(Connection onHub, Connection onLeaf) throws Exception {
    onHub
        .keyValueManagement()
        .create(
            KeyValueConfiguration.builder()
                .name("SETTINGS")
                .storageType(StorageType.Memory)
                .build());
    KeyValue here = onHub.keyValue("SETTINGS");
    here.put("a", "1");
    KeyValue there = onLeaf.keyValue("SETTINGS", KeyValueOptions.builder().jsDomain("HUB").build());
    assertThat(there.get("a").getValueAsString()).isEqualTo("1");
    there.put("b", "2");
    assertThat(here.get("b").getValueAsString()).isEqualTo("2");
  }

  private static JetStreamOptions domain(String name) {
    return JetStreamOptions.builder().domain(name).build();
  }

  private static StreamConfiguration stream(String name, String subject) {
    return StreamConfiguration.builder()
        .name(name)
        .subjects(subject)
        .storageType(StorageType.Memory)
        .build();
  }

  private static void awaitMessages(JetStreamManagement of, String stream, long count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(of.getStreamInfo(stream).getStreamState().getMsgCount())
                    .isEqualTo(count));
  }
}
