package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compression between hubs and leaf nodes, which real servers and ours agree on in the same way.
 */
class LeafCompressionTest extends LeafServers {
  // Round trips that do not depend on how busy the machine is.
  private static final List<String> MODES =
      List.of(
          "off",
          "accept",
          "s2_fast",
          "s2_better",
          "s2_best",
          "\"not supported\"",
          "{ mode: s2_auto, rtt_thresholds: [\"1h\"] }",
          "{ mode: auto, rtt_thresholds: [\"0s\", \"0s\", \"1h\"] }",
          "{ mode: auto, rtt_thresholds: [\"1ns\", \"2ns\", \"3ns\"] }");

  // Messages are exchanged over one of so many of the connections.
  private static final int EVERY = System.getProperty(LONG) == null ? 12 : 1;

  private static final String HTTP = "http: \"127.0.0.1:-1\"\n";

  private final HttpClient http = HttpClient.newHttpClient();

  private static String accounts() {
    StringBuilder text = new StringBuilder("accounts {\n");
    for (int i = 0; i < 2 * MODES.size(); i++) {
      text.append("A%d { users: [{ user: u%d, password: p }] }%n".formatted(i, i));
    }
    return text + "}\n";
  }

  private static String hub(int port, String mode) {
    return HTTP
        + accounts()
        + "leafnodes { listen: \"127.0.0.1:%d\", compression: %s }%n".formatted(port, mode);
  }

  // Has a connection to each of the hubs for each mode, from the account of that number.
  private static String leaf(int real, int ours) {
    StringBuilder text =
        new StringBuilder(HTTP + accounts() + "leafnodes { reconnect: \"100ms\", remotes: [\n");
    for (int i = 0; i < MODES.size(); i++) {
      remote(text, i, real, MODES.get(i));
      remote(text, i + MODES.size(), ours, MODES.get(i));
    }
    return text + "] }\n";
  }

  private static void remote(StringBuilder text, int account, int port, String mode) {
    text.append(
        "{ account: A%d, url: \"nats-leaf://u%d:p@127.0.0.1:%d\", compression: %s }%n"
            .formatted(account, account, port, mode));
  }

  private Map<String, String> modes(int monitorPort, int count) throws Exception {
    Map<String, String> modes = new TreeMap<>();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              modes.clear();
              for (JsonObject each : leafs(monitorPort)) {
                modes.put(each.string("account", ""), each.string("compression", "none"));
              }
              assertThat(modes).hasSize(count);
            });
    return modes;
  }

  private List<JsonObject> leafs(int monitorPort) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitorPort + "/leafz")).build();
    String page = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return Json.parseObject(page).objects("leafs");
  }

  static List<String> hubModes() {
    return System.getProperty(LONG) == null ? List.of("s2_fast") : MODES;
  }

  @ParameterizedTest
  @MethodSource("hubModes")
  void agreesAsRealServersDo(String mode) throws Exception {
    int realPort = freePort();
    NatsServerProcess realHub = startReal("realHub", hub(realPort, mode));
    NatsServer ourHub = start("ourHub", hub(-1, mode));
    String text = leaf(realPort, ourHub.leafNodePort());
    NatsServerProcess realLeaf = startReal("realLeaf", text);
    int all = 2 * MODES.size();
    Map<String, String> expected = modes(realLeaf.monitorPort(), all);
    Map<String, String> accepted = modes(realHub.monitorPort(), MODES.size());
    // Ours, as the hub and as the leaf node of real ones.
    Map<String, String> ours = modes(ourHub.monitorPort(), MODES.size());
    for (int i = 0; i < MODES.size(); i++) {
      String to = "A" + (i + MODES.size());
      assertThat(expected.get(to)).as(MODES.get(i)).isEqualTo(expected.get("A" + i));
      assertThat(ours.get(to)).as(MODES.get(i)).isEqualTo(accepted.get("A" + i));
    }
    exchange(realLeaf.port(), realHub.port(), ourHub.port());
    close(realLeaf);
    NatsServer ourLeaf = start("ourLeaf", text);
    assertThat(modes(ourLeaf.monitorPort(), all)).isEqualTo(expected);
    exchange(ourLeaf.port(), realHub.port(), ourHub.port());
  }

  // Large and small messages both ways, over each of the connections.
  private void exchange(int leaf, int realHub, int ourHub) throws Exception {
    for (int i = EVERY == 1 ? 0 : 2; i < 2 * MODES.size(); i += EVERY) {
      Options.Builder login = Options.builder().userInfo("u" + i, "p");
      Connection there = connect(i < MODES.size() ? realHub : ourHub, login);
      Connection here = connect(leaf, Options.builder().userInfo("u" + i, "p"));
      exchange(here, there);
      exchange(there, here);
      here.close();
      there.close();
    }
  }

  private static void exchange(Connection from, Connection to) throws Exception {
    String subject = "echo." + from.getServerInfo().getServerName();
    to.createDispatcher(m -> to.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
        .subscribe(subject);
    to.flush(PATIENCE);
    awaitService(from, subject);
    byte[] noise = new byte[70_000];
    new Random(1).nextBytes(noise);
    Headers headers = new Headers().add("Kind", "a kind");
    for (byte[] content : List.of(bytes("small"), noise, bytes("again and ".repeat(50_000)))) {
      Message answer = from.request(subject, headers, content, PATIENCE);
      assertThat(answer).isNotNull();
      assertThat(answer.getData()).isEqualTo(content);
      assertThat(answer.getHeaders().getFirst("Kind")).isEqualTo("a kind");
    }
  }

  private String modeOf(NatsServer server) {
    return ServerAccess.leafs(server).stream().map(Leaf::compressionMode).findFirst().orElse("");
  }

  private void awaitMode(NatsServer server, String mode) {
    await().atMost(PATIENCE).until(() -> modeOf(server).equals(mode));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aReloadChangesTheModeOfAConnectionAndOnlyWhereItMustMakesAnother() throws Exception {
    NatsServer hub = start("hub", hub(-1, "s2_fast"));
    String remote = "compression: s2_fast";
    NatsServer leaf = start("leaf", remoteAs(hub, remote));
    awaitMode(leaf, "s2_fast");
    awaitMode(hub, "s2_fast");
    Leaf before = ServerAccess.leafs(leaf).iterator().next();
    leaf.reload(options("leaf", "port: -1\n" + remoteAs(hub, "compression: s2_best")));
    hub.reload(options("hub", "port: -1\n" + hub(-1, "s2_better")));
    assertThat(modeOf(leaf)).isEqualTo("s2_best");
    assertThat(modeOf(hub)).isEqualTo("s2_better");
    Connection onHub = connect(hub.port(), Options.builder().userInfo("u0", "p"));
    Connection onLeaf = connect(leaf);
    exchange(onLeaf, onHub);
    exchange(onHub, onLeaf);
    assertThat(ServerAccess.leafs(leaf)).containsExactly(before);
    leaf.reload(options("leaf", "port: -1\n" + remoteAs(hub, "compression: off")));
    awaitMode(leaf, "off");
    awaitMode(hub, "off");
    assertThat(ServerAccess.leafs(leaf)).doesNotContain(before);
    hub.reload(options("hub", "port: -1\n" + hub(-1, "accept")));
    leaf.reload(options("leaf", "port: -1\n" + remoteAs(hub, "compression: s2_better")));
    awaitMode(leaf, "s2_better");
    awaitMode(hub, "s2_better");
    exchange(onHub, onLeaf);
  }

  private static String remoteAs(NatsServer hub, String more) {
    return "leafnodes { reconnect: \"100ms\", remotes: [{ url: \"nats-leaf://u0:p@127.0.0.1:%d\", %s }] }%n"
        .formatted(hub.leafNodePort(), more);
  }

  @Test
  void whatIsCompressedTakesLessOfTheWire() throws Exception {
    NatsServer hub = start("hub", hub(-1, "s2_fast"));
    NatsServer leaf;
    byte[] content = bytes("{\"order\": 17, \"state\": \"open\"}, ".repeat(3000));
    try (CountingRelay relay = new CountingRelay(hub.leafNodePort())) {
      leaf =
          start(
              "leaf",
              "leafnodes { remotes: [{ url: \"nats-leaf://u0:p@127.0.0.1:%d\", compression: s2_better }] }%n"
                  .formatted(relay.port()));
      awaitLeafs(leaf, 1);
      Connection onHub = connect(hub.port(), Options.builder().userInfo("u0", "p"));
      Connection onLeaf = connect(leaf);
      Subscription there = onHub.subscribe("orders");
      onHub.flush(PATIENCE);
      awaitInterest(leaf, "orders");
      for (int i = 0; i < 20; i++) {
        onLeaf.publish("orders", content);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(there.nextMessage(PATIENCE).getData()).isEqualTo(content);
      }
      assertThat(relay.bytes()).isLessThan(20L * content.length / 10);
      close(leaf);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void theLevelFollowsTheRoundTrip() throws Exception {
    NatsServer hub = start("hub", hub(-1, "accept"));
    NatsServer leaf =
        start(
            "leaf",
            remoteAs(hub, "compression: { mode: auto, rtt_thresholds: [\"1h\", \"2h\", \"3h\"] }"));
    awaitMode(leaf, "s2_uncompressed");
    leaf.reload(
        options(
            "leaf",
            "port: -1\n"
                + remoteAs(hub, "compression: { mode: auto, rtt_thresholds: [\"1ns\", \"1h\"] }")));
    awaitMode(leaf, "s2_fast");
  }

  // What comes instead of the frames that were agreed on.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONNECT {}\r\n",
        "\u00ff\u0006\u0000\u0000sNaPpY\u0000\u00ff\u00ff\u00ff",
        "\u00ff\u0006\u0000\u0000sNaPpY\u0000\u0008\u0000\u0000\u0001\u0002\u0003\u0004\u0080\u0080\u0080\u0001",
        "\u00ff\u00ff\u00ff\u00ff"
      })
  void aPeerThatSendsOtherThanFramesIsClosed(String sent) throws Exception {
    NatsServer hub = start("hub", hub(-1, "s2_fast"));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.leafNodePort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      assertThat(in.readLine()).startsWith("INFO ").contains("\"compression\":\"s2_fast\"");
      OutputStream out = socket.getOutputStream();
      out.write("INFO {\"compression\":\"s2_best\"}\r\n".getBytes(UTF_8));
      out.write(sent.getBytes(ISO_8859_1));
      out.flush();
      String rest = in.lines().reduce("", String::concat);
      assertThat(rest).contains("sNaPpY");
    }
  }
}
