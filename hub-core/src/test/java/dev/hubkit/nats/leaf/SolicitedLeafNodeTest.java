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
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Servers of ours that are leaf nodes, of real nats-servers and of our own. */
class SolicitedLeafNodeTest extends LeafServers {
  private static String listen(int port) {
    return "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n";
  }

  @Test
  void messagesRequestsAndQueueGroupsCrossBothWays() throws Exception {
    int port = freePort();
    NatsServerProcess hub = startReal("hub", listen(port));
    NatsServer leaf = start("leaf", remote(port, ""));
    awaitLeafs(leaf, 1);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    Subscription here = onLeaf.subscribe("to.leaf.>");
    onLeaf
        .createDispatcher(m -> onLeaf.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
        .subscribe("ask.leaf");
    onLeaf.flush(PATIENCE);
    Subscription there = onHub.subscribe("to.hub.>");
    onHub
        .createDispatcher(m -> onHub.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
        .subscribe("ask.hub");
    onHub.flush(PATIENCE);
    awaitInterest(leaf, "ask.hub");
    awaitService(onHub, "ask.leaf");
    Headers headers = new Headers().add("Kind", "test");
    onHub.publish("to.leaf.a", headers, bytes("1"));
    onLeaf.publish("to.hub.a", headers, bytes("2"));
    Message arrived = here.nextMessage(PATIENCE);
    assertThat(text(arrived)).isEqualTo("1");
    assertThat(arrived.getHeaders().getFirst("Kind")).isEqualTo("test");
    assertThat(text(there.nextMessage(PATIENCE))).isEqualTo("2");
    assertThat(text(onHub.request("ask.leaf", headers, bytes("me"), PATIENCE))).isEqualTo("me");
    assertThat(text(onLeaf.request("ask.hub", bytes("you"), PATIENCE))).isEqualTo("you");
    AtomicInteger atLeaf = new AtomicInteger();
    AtomicInteger atHub = new AtomicInteger();
    onHub.createDispatcher(m -> atHub.incrementAndGet()).subscribe("work", "q");
    onHub.flush(PATIENCE);
    awaitInterest(leaf, "work");
    for (int i = 0; i < 50; i++) {
      onLeaf.publish("work", bytes("x"));
    }
    await().atMost(PATIENCE).until(() -> atHub.get() == 50);
    onLeaf.createDispatcher(m -> atLeaf.incrementAndGet()).subscribe("work", "q");
    onLeaf.flush(PATIENCE);
    for (int i = 0; i < 50; i++) {
      onLeaf.publish("work", bytes("x"));
    }
    await().atMost(PATIENCE).until(() -> atLeaf.get() == 50);
    assertThat(atHub).hasValue(50);
  }

  @Test
  void localWorkGoesOnUntilTheHubComesAndWhenItHasGone() throws Exception {
    int port = freePort();
    NatsServer leaf = start("leaf", remote(port, ""));
    Connection onLeaf = connect(leaf);
    onLeaf.createDispatcher(m -> onLeaf.publish(m.getReplyTo(), bytes("yes"))).subscribe("ask");
    assertThat(text(onLeaf.request("ask", bytes("?"), PATIENCE))).isEqualTo("yes");
    NatsServer hub = start("hub", listen(port));
    awaitLeafs(leaf, 1);
    awaitService(connect(hub), "ask");
    close(hub);
    awaitLeafs(leaf, 0);
    assertThat(text(onLeaf.request("ask", bytes("?"), PATIENCE))).isEqualTo("yes");
    NatsServer again = start("hub", listen(port));
    awaitLeafs(leaf, 1);
    awaitService(connect(again), "ask");
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void whatARemoteDeniesDoesNotCross() throws Exception {
    int port = freePort();
    NatsServerProcess hub = startReal("hub", listen(port));
    NatsServer leaf =
        start("leaf", remote(port, "deny_imports: \"no.in\", deny_exports: \"no.out\""));
    awaitLeafs(leaf, 1);
    Connection onHub = connect(hub);
    Connection onLeaf = connect(leaf);
    Subscription here = onLeaf.subscribe("*.in");
    onLeaf.createDispatcher(m -> onLeaf.publish(m.getReplyTo(), bytes("yes"))).subscribe("ask");
    onLeaf.flush(PATIENCE);
    Subscription there = onHub.subscribe("*.out");
    onHub.flush(PATIENCE);
    awaitInterest(leaf, "yes.out");
    awaitService(onHub, "ask");
    onHub.publish("no.in", bytes("1"));
    onHub.publish("yes.in", bytes("2"));
    onLeaf.publish("no.out", bytes("3"));
    onLeaf.publish("yes.out", bytes("4"));
    assertThat(text(here.nextMessage(PATIENCE))).isEqualTo("2");
    assertThat(text(there.nextMessage(PATIENCE))).isEqualTo("4");
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void logsInWithAPasswordOrAKeyAndIntoAnAccount() throws Exception {
    int port = freePort();
    startReal(
        "hub",
        listen(port)
            + "accounts { A { users: [{ user: u, password: \"p\" }, { nkey:"
            + " UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 }] }, B {} }\n");
    String url = "127.0.0.1:" + port;
    NatsServer leaf =
        start(
            "leaf",
            "accounts { X { users: [{ user: x, password: x }] }, Y {} }\n"
                + "leafnodes { reconnect: \"100ms\", remotes: [{ account: X, url: \"nats-leaf://u:p@"
                + url
                + "\" }, { account: Y, url: \"nats-leaf://"
                + url
                + "\", nkey: SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY }] }\n");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(ServerAccess.leafs(leaf))
                    .extracting(Leaf::account)
                    .extracting(Object::toString)
                    .containsExactlyInAnyOrder("X", "Y"));
  }

  @Test
  void aSilentHubHoldsUpNeitherTheStartNorTheEnd() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      NatsServer leaf = start("leaf", remote(silent.getLocalPort(), "first_info_timeout: \"1m\""));
      try (Socket accepted = silent.accept()) {
        assertThat(accepted.isConnected()).isTrue();
        long begun = System.nanoTime();
        close(leaf);
        assertThat(System.nanoTime() - begun).isLessThan(20_000_000_000L);
      }
    }
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aReloadAddsAndTakesAwayRemotes() throws Exception {
    NatsServer hub = start("hub", listen(-1));
    NatsServer leaf = start("leaf", "");
    leaf.reload(options("leaf", "port: -1\n"));
    assertThat(ServerAccess.leafs(leaf)).isEmpty();
    NatsServer other = start("other", remote(hub, "disabled: true"));
    assertThat(ServerAccess.leafs(other)).isEmpty();
    other.reload(options("other", "port: -1\n" + remote(hub, "")));
    awaitLeafs(other, 1);
    other.reload(options("other", "port: -1\n" + remote(hub, "disabled: true")));
    awaitLeafs(other, 0);
    awaitLeafs(hub, 0);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void serversInACircleNoticeIt() throws Exception {
    int port = freePort();
    NatsServer one = start("one", listen(port));
    NatsServer two =
        start(
            "two",
            "leafnodes { listen: \"127.0.0.1:-1\", reconnect: \"100ms\", remotes: [{ url:"
                + " \"nats-leaf://127.0.0.1:"
                + port
                + "\" }] }\n");
    awaitLeafs(one, 1);
    NatsServer three =
        start(
            "three",
            "leafnodes { reconnect: \"100ms\", remotes: [{ url: \"nats-leaf://127.0.0.1:"
                + two.leafNodePort()
                + "\" }, { url: \"nats-leaf://127.0.0.1:"
                + port
                + "\" }] }\n");
    // One of the connections that close the circle is given up for half a minute.
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                ServerAccess.leafs(one).size()
                        + ServerAccess.leafs(two).size()
                        + ServerAccess.leafs(three).size()
                    < 6);
    Connection client = connect(one.port(), Options.builder());
    Subscription once = client.subscribe("once");
    client.publish("once", bytes("x"));
    assertThat(once.nextMessage(PATIENCE)).isNotNull();
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aServerThatConnectsCanBeTheHub() throws Exception {
    int port = freePort();
    NatsServerProcess real = startReal("real", listen(port));
    NatsServer ours = start("ours", remote(port, "hub: true"));
    awaitLeafs(ours, 1);
    Connection onReal = connect(real);
    Connection onOurs = connect(ours);
    onReal.createDispatcher(m -> onReal.publish(m.getReplyTo(), bytes("r"))).subscribe("ask.real");
    onReal.flush(PATIENCE);
    onOurs.createDispatcher(m -> onOurs.publish(m.getReplyTo(), bytes("o"))).subscribe("ask.ours");
    onOurs.flush(PATIENCE);
    awaitService(onOurs, "ask.real");
    awaitService(onReal, "ask.ours");
    NatsServer listening = start("listening", listen(-1));
    Connection onListening = connect(listening);
    NatsServerProcess hub = startReal("hub", remote(listening, "hub: true"));
    Connection onHub = connect(hub);
    awaitLeafs(listening, 1);
    assertThat(ServerAccess.leafs(listening).iterator().next().isSpoke()).isTrue();
    onHub.createDispatcher(m -> onHub.publish(m.getReplyTo(), bytes("h"))).subscribe("ask.hub");
    onHub.flush(PATIENCE);
    awaitService(onListening, "ask.hub");
  }
}
