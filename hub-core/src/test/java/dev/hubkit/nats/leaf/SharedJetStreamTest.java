package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Clients of a leaf node without JetStream that use the JetStream of its hub. */
class SharedJetStreamTest extends LeafServers {
  private static final String ACCOUNTS =
      "accounts { A { jetstream: enabled, users: [{user: a, password: p}] },"
          + " SYS { users: [{user: sys, password: p}] } }\nsystem_account: SYS\n";

  private static String hub(int port) {
    return ACCOUNTS
        + "jetstream { store_dir: \"$STORE\", domain: HUB }\nleafnodes { listen: \"127.0.0.1:"
        + port
        + "\" }\n";
  }

  private static String leaf(int port, String domain) {
    String url = "@127.0.0.1:" + port + "\"";
    return ACCOUNTS
        + "jetstream { enabled: false, domain: "
        + domain
        + " }\nleafnodes { reconnect: \"100ms\", remotes: [{ url: \"nats-leaf://a:p"
        + url
        + ", account: A }, { url: \"nats-leaf://sys:p"
        + url
        + ", account: SYS }] }\n";
  }

  private Connection client(int port) throws Exception {
    return connect(port, Options.builder().userInfo("a", "p"));
  }

  // Without a word of the domain, since the leaf node extends it.
  private void use(Connection onLeaf, JetStreamOptions options) throws Exception {
    JetStreamManagement streams = onLeaf.jetStreamManagement(options);
    await().atMost(PATIENCE).ignoreExceptions().until(() -> streams.getStreamNames() != null);
    streams.addStream(
        StreamConfiguration.builder()
            .name("S")
            .subjects("s.>")
            .storageType(StorageType.Memory)
            .build());
    // The answer comes over the link of the system account, the interest over that of the account.
    awaitStream(onLeaf, "s.x");
    assertThat(onLeaf.jetStream(options).publish("s.x", bytes("x")).getSeqno()).isEqualTo(1);
    assertThat(streams.getMessage("S", 1).getSubject()).isEqualTo("s.x");
    onLeaf.jetStream(options).publish("s.y", bytes("y"));
    // With nats-server, too, nobody takes pull requests.
    JetStreamSubscription pushed = onLeaf.jetStream(options).subscribe("s.>");
    for (String subject : List.of("s.x", "s.y")) {
      Message next = pushed.nextMessage(PATIENCE);
      assertThat(next.getSubject()).isEqualTo(subject);
      next.ackSync(PATIENCE);
    }
    assertThat(streams.deleteStream("S")).isTrue();
  }

  @Test
  void aRealLeafNodeExtendsTheDomainOfOurHub() throws Exception {
    NatsServer hub = start("hub", hub(-1));
    NatsServerProcess leaf = startReal("leaf", leaf(hub.leafNodePort(), "HUB"));
    awaitLeafs(hub, 2);
    use(client(leaf.port()), JetStreamOptions.DEFAULT_JS_OPTIONS);
  }

  @Test
  void ourLeafNodeExtendsTheDomainOfARealHub() throws Exception {
    int port = freePort();
    startReal("hub", hub(port));
    NatsServer leaf = start("leaf", leaf(port, "HUB"));
    awaitLeafs(leaf, 2);
    use(client(leaf.port()), JetStreamOptions.DEFAULT_JS_OPTIONS);
  }

  /** Over a single link, whoever has the answer can publish. */
  @Test
  void aLeafNodeHearsOfTheSubjectsOfAStreamBeforeTheAnswerToItsCreation() throws Exception {
    String config =
        "jetstream { store_dir: \"$STORE\", domain: HUB }\nleafnodes { listen: \"127.0.0.1:-1\" }\n";
    NatsServer hub = start("hub", config);
    try (RawLeaf leaf = new RawLeaf(hub.leafNodePort()).connect("leaf", "\"domain\":\"LEAF\"")) {
      leaf.send("LS+ made");
      leaf.answers();
      String stream = "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\"memory\"}";
      assertThat(said(leaf, "$JS.HUB.API.STREAM.CREATE.S", stream)).contains("LS+ s.>");
      String consumer =
          "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"C\",\"ack_policy\":\"explicit\"}}";
      assertThat(said(leaf, "$JS.HUB.API.CONSUMER.DURABLE.CREATE.S.C", consumer))
          .anyMatch(line -> line.startsWith("LS+ $JS.ACK."));
    }
  }

  // Up to the answer to a request.
  private static List<String> said(RawLeaf leaf, String subject, String body) throws Exception {
    leaf.send("LMSG " + subject + " made " + body.length() + "\n" + body);
    return leaf.until(line -> line.startsWith("LMSG made "));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void anotherDomainIsReachedByItsName() throws Exception {
    NatsServer hub = start("hub", hub(-1));
    NatsServer leaf = start("leaf", leaf(hub.leafNodePort(), "OTHER"));
    awaitLeafs(leaf, 2);
    use(client(leaf.port()), JetStreamOptions.builder().domain("HUB").build());
  }
}
