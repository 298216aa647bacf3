package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Real nats-servers that are leaf nodes of ours. */
class AcceptedLeafNodeTest extends LeafServers {
  private static final String LISTEN = "leafnodes { listen: \"127.0.0.1:-1\" }\n";

  @Test
  void messagesRequestsAndQueueGroupsCrossBothWays() throws Exception {
    NatsServer hub = start("hub", LISTEN);
    NatsServerProcess leaf = startReal("leaf", remote(hub, ""));
    awaitLeafs(hub, 1);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    Subscription there = onLeaf.subscribe("to.leaf.>");
    onLeaf
        .createDispatcher(m -> onLeaf.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
        .subscribe("ask.leaf");
    onLeaf.flush(PATIENCE);
    awaitInterest(hub, "ask.leaf");
    Subscription here = onHub.subscribe("to.hub.>");
    onHub
        .createDispatcher(m -> onHub.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
        .subscribe("ask.hub");
    onHub.flush(PATIENCE);
    awaitService(onLeaf, "ask.hub");
    Headers headers = new Headers().add("Kind", "test");
    onHub.publish("to.leaf.a", headers, bytes("1"));
    onLeaf.publish("to.hub.a", headers, bytes("2"));
    Message arrived = there.nextMessage(PATIENCE);
    assertThat(text(arrived)).isEqualTo("1");
    assertThat(arrived.getHeaders().getFirst("Kind")).isEqualTo("test");
    Message came = here.nextMessage(PATIENCE);
    assertThat(text(came)).isEqualTo("2");
    assertThat(came.getHeaders().getFirst("Kind")).isEqualTo("test");
    assertThat(text(onHub.request("ask.leaf", headers, bytes("me"), PATIENCE))).isEqualTo("me");
    assertThat(text(onLeaf.request("ask.hub", bytes("you"), PATIENCE))).isEqualTo("you");
    // Nothing has come twice.
    onHub.flush(PATIENCE);
    onLeaf.flush(PATIENCE);
    assertThat(there.getPendingMessageCount()).isNotPositive();
    assertThat(here.getPendingMessageCount()).isNotPositive();
  }

  @Test
  void aQueueGroupOfBothSidesTakesEachMessageOnceAndWhereItIsPublishedFirst() throws Exception {
    NatsServer hub = start("hub", LISTEN);
    NatsServerProcess leaf = startReal("leaf", remote(hub, ""));
    awaitLeafs(hub, 1);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    AtomicInteger here = new AtomicInteger();
    AtomicInteger there = new AtomicInteger();
    onLeaf.createDispatcher(m -> there.incrementAndGet()).subscribe("work", "q");
    onLeaf.flush(PATIENCE);
    awaitInterest(hub, "work");
    for (int i = 0; i < 100; i++) {
      onHub.publish("work", bytes("x"));
    }
    await().atMost(PATIENCE).until(() -> there.get() == 100);
    onHub.createDispatcher(m -> here.incrementAndGet()).subscribe("work", "q");
    onHub.flush(PATIENCE);
    for (int i = 0; i < 100; i++) {
      onHub.publish("work", bytes("x"));
      onLeaf.publish("work", bytes("x"));
    }
    await().atMost(PATIENCE).until(() -> here.get() + there.get() == 300);
    assertThat(here).hasValue(100);
  }

  @Test
  void whereNobodyAnswersARequesterHearsOfIt() throws Exception {
    NatsServer hub = start("hub", LISTEN);
    NatsServerProcess leaf = startReal("leaf", remote(hub, ""));
    awaitLeafs(hub, 1);
    Connection onHub = connect(hub.port(), Options.builder().reportNoResponders());
    Connection onLeaf = connect(leaf.port(), Options.builder().reportNoResponders());
    for (Connection client : new Connection[] {onHub, onLeaf}) {
      assertThat(client.request("nobody", bytes("x")))
          .failsWithin(PATIENCE)
          .withThrowableThat()
          .withMessageContaining("503");
    }
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void permissionsOfTheUserHoldInBothDirections() throws Exception {
    NatsServer hub =
        start(
            "hub",
            LISTEN
                + "accounts { A { users: [{ user: leaf, password: s3cret, permissions: {"
                + " publish: { deny: \"no.hub\" }, subscribe: { deny: \"no.leaf\" } } },"
                + " { user: client, password: c }] } }\n");
    String url = "nats-leaf://leaf:s3cret@127.0.0.1:" + hub.leafNodePort();
    NatsServerProcess leaf =
        startReal("leaf", "leafnodes { remotes: [{ url: \"" + url + "\" }] }\n");
    awaitLeafs(hub, 1);
    Connection onHub = connect(hub.port(), Options.builder().userInfo("client", "c"));
    Connection onLeaf = connect(leaf);
    Subscription there = onLeaf.subscribe(">");
    Subscription here = onHub.subscribe("*.hub");
    onHub.createDispatcher(m -> onHub.publish(m.getReplyTo(), bytes("yes"))).subscribe("ask");
    onHub.flush(PATIENCE);
    awaitService(onLeaf, "ask");
    await()
        .atMost(PATIENCE)
        .until(() -> ServerAccess.account(hub, "A").hasInterest("anything.at.all"));
    onHub.publish("no.leaf", bytes("1"));
    onHub.publish("yes.leaf", bytes("2"));
    onLeaf.publish("no.hub", bytes("3"));
    onLeaf.publish("yes.hub", bytes("4"));
    assertThat(text(here.nextMessage(PATIENCE))).isEqualTo("4");
    String seen;
    do {
      seen = text(there.nextMessage(PATIENCE));
      assertThat(seen).isNotEqualTo("1");
    } while (!"2".equals(seen));
    assertThat(ServerAccess.leafs(hub)).hasSize(1);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void logsLeafNodesInByTheirOwnUsers() throws Exception {
    NatsServer hub =
        start(
            "hub",
            "accounts { A {}, B {} }\n"
                + "leafnodes { listen: \"127.0.0.1:-1\", authorization { users: ["
                + "{ user: one, password: p, account: A }, { user: two, password: p, account: B }"
                + "] } }\n");
    startReal("wrong", remoteAs(hub, "one:wrong"));
    startReal("right", remoteAs(hub, "two:p"));
    awaitLeafs(hub, 1);
    Leaf only = ServerAccess.leafs(hub).iterator().next();
    assertThat(only.remoteName()).isEqualTo("right");
    assertThat(only.account()).isSameAs(ServerAccess.account(hub, "B"));
  }

  private static String remoteAs(NatsServer hub, String login) {
    String url = "nats-leaf://" + login + "@127.0.0.1:" + hub.leafNodePort();
    return "leafnodes { reconnect: \"200ms\", remotes: [{ url: \"" + url + "\" }] }\n";
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aLeafNodeThatIsKilledComesBack() throws Exception {
    NatsServer hub = start("hub", LISTEN);
    NatsServerProcess leaf = startReal("leaf", remote(hub, ""));
    awaitLeafs(hub, 1);
    ServerAccess.leafs(hub).iterator().next().abort("to see what becomes of it");
    awaitLeafs(hub, 1);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    onHub.createDispatcher(m -> onHub.publish(m.getReplyTo(), bytes("yes"))).subscribe("ask");
    onHub.flush(PATIENCE);
    awaitService(onLeaf, "ask");
    close(leaf);
    awaitLeafs(hub, 0);
    assertThat(onHub.request("ask", bytes("?"), Duration.ofSeconds(20))).isNotNull();
  }

  @Test
  void messagesGoFromOneLeafNodeToAnother() throws Exception {
    NatsServer hub = start("hub", LISTEN);
    Connection one = connect(startReal("one", remote(hub, "")));
    Connection two = connect(startReal("two", remote(hub, "")));
    awaitLeafs(hub, 2);
    one.createDispatcher(m -> one.publish(m.getReplyTo(), bytes("one"))).subscribe("ask");
    one.flush(PATIENCE);
    awaitService(two, "ask");
    assertThat(text(two.request("ask", bytes("?"), PATIENCE))).isEqualTo("one");
  }
}
