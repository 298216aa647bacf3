package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
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
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** JetStream domains on both sides of a leaf node connection. */
class LeafDomainsTest extends LeafServers {
  private static String jetStream(String domain) {
    return "jetstream { store_dir: \"$STORE\", domain: " + domain + " }\n";
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
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aRealLeafNodeSharesDomainsWithOurHub() throws Exception {
    NatsServer hub = start("hub", jetStream("HUB") + "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServerProcess leaf = startReal("leaf", jetStream("SPOKE") + remote(hub, ""));
    awaitLeafs(hub, 1);
    crossDomains(hub.port(), leaf.port());
  }

  /** The hub and the leaf node lose each other while messages are published. */
  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void mirrorsAndSourcesCatchUpAfterCuts() throws Exception {
    int port = freePort();
    NatsServerProcess realHub =
        startReal("hub", jetStream("HUB") + "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n");
    NatsServer leaf = start("leaf", jetStream("SPOKE") + remote(port, ""));
    awaitLeafs(leaf, 1);
    catchUp(realHub.port(), leaf.port(), leaf);
    NatsServer hub = start("hub2", jetStream("HUB") + "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServerProcess realLeaf = startReal("leaf2", jetStream("SPOKE") + remote(hub, ""));
    awaitLeafs(hub, 1);
    catchUp(hub.port(), realLeaf.port(), hub);
  }

  private void catchUp(int hubPort, int leafPort, NatsServer cut) throws Exception {
    Connection onHub = connect(hubPort, Options.builder());
    Connection onLeaf = connect(leafPort, Options.builder());
    onHub.jetStreamManagement().addStream(stream("HERE", "here.>"));
    onLeaf.jetStreamManagement().addStream(stream("THERE", "there.>"));
    onLeaf
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder().name("M").mirror(from("HERE", "HUB").build()).build());
    onHub
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("S")
                .addSource(
                    Source.builder()
                        .name("THERE")
                        .external(External.builder().api("$JS.SPOKE.API").build())
                        .build())
                .build());
    int rounds = Integer.getInteger(LONG, 3);
    for (int round = 1; round <= rounds; round++) {
      for (int i = 0; i < 50; i++) {
        if (i == 25) {
          ServerAccess.leafs(cut).forEach(each -> each.abort("to see what becomes of it"));
        }
        onHub.jetStream().publish("here.x", bytes("x"));
        onLeaf.jetStream().publish("there.x", bytes("x"));
      }
      awaitMessages(onLeaf.jetStreamManagement(), "M", 50L * round);
      awaitMessages(onHub.jetStreamManagement(), "S", 50L * round);
    }
  }

  private static Mirror.Builder from(String stream, String domain) {
    return Mirror.builder()
        .name(stream)
        .external(External.builder().api("$JS." + domain + ".API").build());
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
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(of.getStreamInfo(stream).getStreamState().getMsgCount())
                    .isEqualTo(count));
  }
}
