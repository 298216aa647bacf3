package dev.hubkit.nats.route;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.snappy.FrameInputStream;
import dev.hubkit.nats.snappy.FrameWriter;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compression of routes, which real servers and ours agree on in the same way. */
class RouteCompressionTest extends ServersOfACluster {
  private static final String LONG = "hub.leaf.rounds";

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

  private record Member(String name, int client, int monitor, int cluster) {}

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<NatsServerProcess> processes = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();

  @AfterEach
  void stopProcesses() {
    processes.forEach(NatsServerProcess::close);
  }

  // Connects to all members that there are, unless they have connected to it before.
  private String cluster(String mode) {
    List<String> urls = new ArrayList<>();
    members.forEach(each -> urls.add("\"nats-route://127.0.0.1:" + each.cluster() + "\""));
    return "name: c, compression: " + mode + ", routes: [" + String.join(", ", urls) + "]";
  }

  private void startOurs(int number, String mode) {
    String name = "H" + number;
    NatsServer ours = start(name, cluster(mode), "http: \"127.0.0.1:-1\"\n");
    members.add(new Member(name, ours.port(), ours.monitorPort(), ours.clusterPort()));
  }

  private void startReal(int number, String mode) throws IOException {
    String name = "R" + number;
    int port = FixedPort.free();
    Path home = Files.createDirectories(directory.resolve(name));
    Path file = home.resolve("real.conf");
    Files.writeString(
        file,
        "server_name: "
            + name
            + "\nhttp: \"127.0.0.1:-1\"\ncluster { listen: \"127.0.0.1:"
            + port
            + "\", pool_size: -1, "
            + cluster(mode)
            + " }\n");
    NatsServerProcess real = NatsServerProcess.start(home, "-c", file.toString());
    processes.add(real);
    members.add(new Member(name, real.port(), real.monitorPort(), port));
  }

  private JsonObject routez(int monitor) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + "/routez")).build();
    return Json.parseObject(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  // How each member compresses what it sends each other one.
  private Map<String, String> modes() throws Exception {
    Map<String, String> modes = new TreeMap<>();
    for (Member member : members) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                List<JsonObject> routes = routez(member.monitor()).objects("routes");
                assertThat(routes.stream().map(each -> each.string("remote_name", "")))
                    .as(member.name())
                    .hasSize(members.size() - 1);
                for (JsonObject route : routes) {
                  modes.put(
                      member.name() + " to " + route.string("remote_name", ""),
                      route.string("compression", "(none)"));
                }
              });
    }
    return modes;
  }

  private void agreeAlike(List<String> modes) throws Exception {
    Map<String, String> agreed = modes();
    for (int i = 0; i < modes.size(); i++) {
      for (int j = 0; j < modes.size(); j++) {
        // A real server meets none of its own mode but ours.
        String real = agreed.get((i == j ? "R%d to H%d" : "R%d to R%d").formatted(i, j));
        for (String pair : List.of("R%d to H%d", "H%d to R%d", "H%d to H%d")) {
          String name = pair.formatted(i, j);
          if (i != j || !pair.startsWith("H%d to H")) {
            assertThat(agreed.get(name)).as("%s of %s", name, modes).isEqualTo(real);
          }
        }
      }
    }
    assertThat(agreed.values()).doesNotContainNull();
  }

  // Large and small messages between all.
  private void exchange() throws Exception {
    byte[] noise = new byte[70_000];
    new Random(1).nextBytes(noise);
    List<byte[]> contents = List.of(bytes("small"), noise, bytes("again and ".repeat(50_000)));
    List<Connection> clients = new ArrayList<>();
    for (Member member : members) {
      Connection client =
          connect(
              Options.builder()
                  .server("nats://127.0.0.1:" + member.client())
                  .connectionTimeout(PATIENCE)
                  .noReconnect());
      client
          .createDispatcher(m -> client.publish(m.getReplyTo(), m.getHeaders(), m.getData()))
          .subscribe("echo." + member.name());
      clients.add(client);
    }
    Headers headers = new Headers().add("Kind", "a kind");
    for (Connection from : clients) {
      for (Member to : members) {
        String subject = "echo." + to.name();
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(() -> from.request(subject, bytes("ready?"), Duration.ofMillis(500)) != null);
        for (byte[] content : contents) {
          Message answer = from.request(subject, headers, content, PATIENCE);
          assertThat(answer).as(subject).isNotNull();
          assertThat(answer.getData()).isEqualTo(content);
          assertThat(answer.getHeaders().getFirst("Kind")).isEqualTo("a kind");
        }
      }
    }
  }

  @Test
  @ComparedWithNatsServer
  void serversOfDifferentModesAgreeAsRealOnesDo() throws Exception {
    boolean all = System.getProperty(LONG) != null;
    List<String> modes = all ? MODES : List.of("accept", "s2_better");
    for (int i = 0; i < modes.size(); i++) {
      startReal(i, modes.get(i));
      startOurs(i, modes.get(i));
    }
    agreeAlike(modes);
    exchange();
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void whoeverConnectsToTheOther() throws Exception {
    for (int i = MODES.size() - 1; i >= 0; i--) {
      startOurs(i, MODES.get(i));
    }
    for (int i = 0; i < MODES.size(); i++) {
      startReal(i, MODES.get(i));
    }
    agreeAlike(MODES);
    exchange();
  }

  private static String modeOf(NatsServer server) {
    return ServerAccess.routes(server).stream().map(Route::compressionMode).findFirst().orElse("");
  }

  private static void awaitMode(NatsServer server, String mode) {
    await().atMost(PATIENCE).until(() -> modeOf(server).equals(mode));
  }

  @Test
  void aReloadChangesTheModeOfARouteAndOnlyWhereItMustMakesAnother() throws Exception {
    NatsServer a = start("A", "name: c, compression: s2_fast", "");
    NatsServer b = start("B", to(a) + ", compression: s2_fast", "");
    awaitMode(a, "s2_fast");
    awaitMode(b, "s2_fast");
    Route before = ServerAccess.routes(b).iterator().next();
    reload(a, "A", "s2_fast", "s2_better");
    reload(b, "B", "s2_fast", "s2_best");
    assertThat(modeOf(a)).isEqualTo("s2_better");
    assertThat(modeOf(b)).isEqualTo("s2_best");
    members.add(new Member("A", a.port(), 0, 0));
    members.add(new Member("B", b.port(), 0, 0));
    exchange();
    assertThat(ServerAccess.routes(b)).containsExactly(before);
    if (System.getProperty(LONG) == null) {
      // The next route comes a second later.
      return;
    }
    reload(b, "B", "s2_best", "off");
    awaitMode(a, "off");
    awaitMode(b, "off");
    assertThat(ServerAccess.routes(b)).doesNotContain(before);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void theLevelFollowsTheRoundTrip() throws Exception {
    String auto = "{ mode: auto, rtt_thresholds: [\"1h\", \"2h\", \"3h\"] }";
    NatsServer a = start("A", "name: c", "");
    NatsServer b = start("B", to(a) + ", ping_interval: \"50ms\", compression: " + auto, "");
    awaitMode(b, "s2_uncompressed");
    awaitMode(a, "s2_fast");
    reload(b, "B", "[\"1h\", \"2h\", \"3h\"]", "[\"1ns\", \"1h\"]");
    awaitMode(b, "s2_fast");
  }

  /** Another server that has agreed on frames with ours, and sends what a test has it send. */
  private static final class Framed implements AutoCloseable {
    final Socket socket;
    final InputStream in;

    Framed(NatsServer server) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), server.clusterPort());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      InputStream plain = socket.getInputStream();
      assertThat(line(plain)).startsWith("INFO ").contains("\"compression\":\"s2_fast\"");
      send(
          bytes(
              "CONNECT {\"cluster\":\"c\",\"name\":\"P\"}\r\nINFO {\"server_id\":\"P\","
                  + "\"server_name\":\"P\",\"cluster\":\"c\",\"compression\":\"s2_best\"}\r\n"));
      in = new FrameInputStream(plain);
      assertThat(line(in)).startsWith("INFO ").contains("\"compression\":\"s2_fast\"");
    }

    void send(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
    }

    static String line(InputStream in) throws IOException {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      for (int each = in.read(); each != '\n' && each >= 0; each = in.read()) {
        text.write(each);
      }
      return text.toString(UTF_8);
    }

    String rest() throws IOException {
      return new BufferedReader(new InputStreamReader(in, UTF_8))
          .lines()
          .reduce("", (all, each) -> all + each + "\n");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  // What comes instead of the frames that were agreed on.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "INFO {}\r\n",
        "\u00ff\u0006\u0000\u0000sNaPpY\u0000\u00ff\u00ff\u00ff",
        "\u00ff\u0006\u0000\u0000sNaPpY\u0000\u0008\u0000\u0000\u0001\u0002\u0003\u0004\u0080\u0080\u0080\u0001",
        "\u00ff\u00ff\u00ff\u00ff"
      })
  void aServerThatSendsOtherThanFramesIsClosed(String sent) throws Exception {
    NatsServer a = start("A", "name: c, compression: s2_fast", "");
    try (Framed framed = new Framed(a)) {
      framed.send(sent.getBytes(ISO_8859_1));
      assertThat(framed.rest()).doesNotContain("INFO");
    }
    awaitRoutes(0, a);
  }

  @Test
  void littleThatExpandsToMuchIsRefusedAtTheLimitOfALine() throws Exception {
    NatsServer a = start("A", "name: c, compression: s2_fast", "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    ByteArrayOutputStream small = new ByteArrayOutputStream();
    FrameWriter frames = new FrameWriter(small::write, FrameWriter.Level.BEST);
    byte[] endless = bytes("RS+ " + "a".repeat(8 * 1024 * 1024));
    frames.write(endless, 0, endless.length);
    frames.flush();
    assertThat(small.size()).isLessThan(1024 * 1024);
    try (Framed framed = new Framed(a)) {
      framed.send(small.toByteArray());
      assertThat(framed.rest()).contains("-ERR 'maximum control line exceeded'");
    }
    assertThat(ServerAccess.routes(a)).hasSize(1);
  }

  @Test
  void aModeThatThereIsNotIsRefusedAsNatsServerRefusesIt() throws Exception {
    startReal(0, "s2_fast");
    startOurs(0, "s2_fast");
    List<String> refusals = new ArrayList<>();
    for (Member member : members) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), member.cluster())) {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket
            .getOutputStream()
            .write(
                bytes(
                    "CONNECT {\"cluster\":\"c\",\"name\":\"P\"}\r\nINFO {\"server_id\":\"P\","
                        + "\"server_name\":\"P\",\"cluster\":\"c\",\"compression\":\"lz\"}\r\n"));
        String all = new String(socket.getInputStream().readAllBytes(), UTF_8);
        refusals.add(all.substring(all.indexOf("-ERR")));
      }
    }
    assertThat(refusals.get(1))
        .isEqualTo(refusals.get(0))
        .contains("unsupported route compression mode \"lz\"");
  }
}
