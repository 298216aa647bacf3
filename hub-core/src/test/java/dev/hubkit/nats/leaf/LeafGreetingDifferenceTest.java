package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hubs tell a leaf node that connects, and what becomes of it: real ones, and ours. */
class LeafGreetingDifferenceTest extends LeafServers {
  private static String listen(int port, String more) {
    return "leafnodes { listen: \"127.0.0.1:%d\", %s }%n".formatted(port, more);
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  private static List<Object> place(int port) throws IOException {
    try (Socket socket = open(port)) {
      JsonObject info = Json.parseObject(reader(socket).readLine().substring(5).getBytes(UTF_8));
      List<Object> told = new ArrayList<>();
      told.add(info.string("host", ""));
      told.add(info.integer("port", 0) == port ? "own port" : info.integer("port", 0));
      told.add(info.string("ip", "").replace(Integer.toString(port), "own port"));
      told.add(
          info.strings("leafnode_urls").stream()
              .map(url -> url.replace(Integer.toString(port), "own port"))
              .toList());
      return told;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no_advertise: false",
        "no_advertise: true",
        "advertise: \"hub.example:1234\"",
        "advertise: \"hub.example\"",
        "advertise: \"hub.example:1234\", no_advertise: true"
      })
  void tellsWhereToConnect(String more) throws Exception {
    int port = freePort();
    startReal("real", listen(port, more));
    NatsServer ours = start("ours", listen(-1, more));
    assertThat(place(ours.leafNodePort())).isEqualTo(place(port));
  }

  // The kinds of operations that the hub sends until it closes the connection.
  private static List<String> answers(int port, String version) throws IOException {
    try (Socket socket = open(port)) {
      BufferedReader in = reader(socket);
      List<String> answers = new ArrayList<>();
      answers.add(in.readLine().substring(0, 4));
      String connect =
          "CONNECT {\"version\":\"%s\",\"name\":\"raw\",\"server_id\":\"R\",\"protocol\":1}\r\n"
              .formatted(version);
      socket.getOutputStream().write(connect.getBytes(UTF_8));
      String line = in.readLine();
      while (line != null) {
        answers.add(line.startsWith("INFO") ? "INFO" : line);
        line = in.readLine();
      }
      return answers;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.98.9", "", "nonsense"})
  void refusesOldLeafNodes(String version) throws Exception {
    int port = freePort();
    String more = "min_version: \"2.99.0\"";
    startReal("real", listen(port, more));
    NatsServer ours = start("ours", listen(-1, more));
    assertThat(answers(ours.leafNodePort(), version)).isEqualTo(answers(port, version));
  }

  @Test
  void aLeafNodeKnowsThatItIsTooOld() throws Exception {
    int port = freePort();
    startReal("hub", listen(port, "min_version: \"2.99.0\""));
    NatsServer leaf = start("leaf", remote(port, ""));
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                leaf.leafRemotes().stream()
                    .anyMatch(
                        each ->
                            String.valueOf(each.problem()).contains("minimum version required")));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void goesToAServerOfTheClusterThatItHasLearnedOf() throws Exception {
    int one = freePort();
    int two = freePort();
    int routes = freePort();
    NatsServerProcess first =
        startReal(
            "first",
            listen(one, "") + "cluster { name: c, listen: \"127.0.0.1:%d\" }%n".formatted(routes));
    startReal(
        "second",
        listen(two, "")
            + "cluster { name: c, listen: \"127.0.0.1:-1\", routes: [\"nats://127.0.0.1:%d\"] }%n"
                .formatted(routes));
    NatsServer leaf = start("leaf", remote(one, ""));
    awaitLeafs(leaf, 1);
    // The hub tells of the other server when it has joined.
    await().atMost(PATIENCE).until(() -> place(one).toString().contains("127.0.0.1:" + two));
    close(first);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                ServerAccess.leafs(leaf).stream()
                    .anyMatch(each -> each.remoteName().equals("second")));
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void triesEachOfSeveralUrls() throws Exception {
    NatsServer hub = start("hub", listen(-1, ""));
    NatsServer leaf =
        start(
            "leaf",
            ("leafnodes { reconnect: \"20ms\", remotes: [{ urls: [\"nats-leaf://127.0.0.1:1\","
                    + " \"nats-leaf://127.0.0.1:2\", \"nats-leaf://127.0.0.1:%d\"] }] }%n")
                .formatted(hub.leafNodePort()));
    awaitLeafs(leaf, 1);
  }

  @Test
  void aHubThatSaysNothingIsGivenUpAfterItsTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      NatsServer leaf =
          start("leaf", remote(silent.getLocalPort(), "first_info_timeout: \"50ms\""));
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  leaf.leafRemotes().stream()
                      .anyMatch(each -> String.valueOf(each.problem()).contains("no INFO within")));
    }
  }
}
