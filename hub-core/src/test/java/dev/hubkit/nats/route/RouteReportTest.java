package dev.hubkit.nats.route;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * What servers of a cluster report about their routes, compared with the reports of the real
 * nats-server.
 */
class RouteReportTest extends ServersOfACluster {
  private static final String USERS =
      """
      accounts { SYS { users: [{user: s, password: s}] }, A { users: [{user: a, password: a}] } }
      system_account: SYS
      """;

  private final HttpClient http = HttpClient.newHttpClient();

  private String get(int port, String page) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + page)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private Connection connect(int port, String user) throws Exception {
    return connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .connectionName(user)
            .connectionTimeout(PATIENCE)
            .userInfo(user, user));
  }

  /** A test with our server and the real one in the same cluster. */
  private interface Both {
    void meet(NatsServer ours, NatsServerProcess real, int realMonitor) throws Exception;
  }

  private void inOneCluster(Both both) throws Exception {
    NatsServer ours = start("A", "name: c", "http: \"127.0.0.1:-1\"\n" + USERS);
    int monitor = FixedPort.free();
    Files.writeString(
        directory.resolve("real.conf"),
        "server_name: R\nhttp: \"127.0.0.1:"
            + monitor
            + "\"\ncluster { listen: \"127.0.0.1:-1\", name: c, pool_size: -1, compression: off,"
            + " routes: [\"nats-route://127.0.0.1:"
            + ours.clusterPort()
            + "\"] }\n"
            + USERS);
    try (NatsServerProcess real =
        NatsServerProcess.start(directory, "-c", directory.resolve("real.conf").toString())) {
      awaitRoutes(1, ours);
      both.meet(ours, real, monitor);
    }
  }

  @Test
  @ComparedWithNatsServer
  void pagesAboutRoutesHaveTheSameFields() throws Exception {
    inOneCluster(
        (ours, real, monitor) -> {
          Connection onOurs = connect(ours.port(), "a");
          Connection onReal = connect(real.port(), "a");
          onOurs.subscribe("here", "q");
          onOurs.subscribe("here.>");
          onReal.subscribe("there", "q");
          Subscription there = onReal.subscribe("there.>");
          onOurs.flush(PATIENCE);
          onReal.flush(PATIENCE);
          await()
              .atMost(PATIENCE)
              .until(() -> ServerAccess.account(ours, "A").hasInterest("there.1"));
          onOurs.publish("there.1", bytes("x"));
          there.nextMessage(PATIENCE);
          await()
              .atMost(PATIENCE)
              .until(() -> get(monitor, "routez?subs=1").contains("\"here.\\u003e\""));
          for (String page : List.of("routez", "routez?subs=1", "routez?subs=detail", "varz")) {
            List<String> left =
                List.of(
                    ".subscriptions_list_detail[].account",
                    ".subscriptions_list_detail[].account_tag",
                    ".cluster.urls",
                    ".cluster.tls_timeout",
                    ".system_account",
                    ".cluster.pool_size");
            assertThat(JsonShape.of(get(ours.monitorPort(), page), left))
                .as(page)
                .isEqualTo(JsonShape.of(get(monitor, page), left));
          }
          JsonObject varz = Json.parseObject(get(ours.monitorPort(), "varz"));
          assertThat(varz.integer("routes", 0)).isEqualTo(1);
          assertThat(varz.integer("out_msgs", 0) - varz.integer("out_client_msgs", 0)).isPositive();
        });
  }

  @Test
  @ComparedWithNatsServer
  void statisticsHaveTheSameFieldsAndCountTheRoutes() throws Exception {
    inOneCluster(
        (ours, real, monitor) -> {
          Connection system = connect(ours.port(), "s");
          Map<String, JsonObject> answers = new HashMap<>();
          Subscription inbox = system.subscribe("answers");
          await()
              .atMost(PATIENCE)
              .until(
                  () -> {
                    system.publish("$SYS.REQ.SERVER.PING.STATSZ", "answers", bytes(""));
                    for (Message message = inbox.nextMessage(PATIENCE);
                        message != null;
                        message = inbox.nextMessage(Duration.ofMillis(200))) {
                      JsonObject answer = Json.parseObject(text(message));
                      answers.put(answer.object("server").string("name", ""), answer);
                    }
                    return answers.size() == 2
                        && answers.values().stream()
                            .allMatch(
                                each -> each.object("statsz").integer("active_servers", 0) == 2);
                  });
          assertThat(JsonShape.of(json(answers.get("A")), List.of(".server.tags")))
              .isEqualTo(JsonShape.of(json(answers.get("R")), List.of(".server.tags")));
          JsonObject route = answers.get("A").object("statsz").objects("routes").get(0);
          assertThat(route.string("name", "")).isEqualTo("R");
          assertThat(route.object("sent").integer("msgs", 0)).isPositive();
        });
  }

  private JsonObject traffic(int port) throws Exception {
    return Json.parseObject(get(port, "accstatz")).objects("account_statz").stream()
        .filter(account -> account.string("acc", "").equals("A"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @ComparedWithNatsServer
  void accountsCountWhatRoutesCarry() throws Exception {
    inOneCluster(
        (ours, real, monitor) -> {
          Connection onOurs = connect(ours.port(), "a");
          Connection onReal = connect(real.port(), "a");
          Subscription here = onOurs.subscribe("here");
          Subscription there = onReal.subscribe("there");
          onOurs.flush(PATIENCE);
          onReal.flush(PATIENCE);
          await()
              .atMost(PATIENCE)
              .until(() -> ServerAccess.account(ours, "A").hasInterest("there"));
          await().atMost(PATIENCE).until(() -> get(monitor, "routez?subs=1").contains("\"here\""));
          // The same in both directions, so that both servers have the same to tell.
          for (int i = 0; i < 3; i++) {
            onOurs.publish("there", bytes("hello"));
            onReal.publish("here", bytes("hello"));
          }
          for (int i = 0; i < 3; i++) {
            assertThat(there.nextMessage(PATIENCE)).isNotNull();
            assertThat(here.nextMessage(PATIENCE)).isNotNull();
          }
          for (String flow : List.of("sent", "received")) {
            assertThat(json(traffic(ours.monitorPort()).object(flow)))
                .as(flow)
                .isEqualTo(json(traffic(monitor).object(flow)))
                .contains("\"routes\":{\"msgs\":3,\"bytes\":15}");
          }
        });
  }

  @Test
  void tracesCrossRoutesBothWays() throws Exception {
    inOneCluster(
        (ours, real, monitor) -> {
          Connection onOurs = connect(ours.port(), "a");
          Connection onReal = connect(real.port(), "a");
          assertThat(
                  traced(
                      onOurs,
                      onReal,
                      "to.real",
                      () -> ServerAccess.account(ours, "A").hasInterest("to.real")))
              .isEqualTo(
                  traced(
                      onReal,
                      onOurs,
                      "to.ours",
                      () -> get(monitor, "routez?subs=1").contains("to.ours")));
        });
  }

  private static String json(JsonObject object) {
    return new String(JsonWriter.compact().any(object).toBytes(), UTF_8);
  }

  private interface Known {
    boolean is() throws Exception;
  }

  /** Returns the trace events of both servers for a message that goes from one to the other. */
  private static String traced(Connection from, Connection to, String subject, Known known)
      throws Exception {
    StringBuilder transcript = new StringBuilder();
    Subscription traces = from.subscribe("traces");
    Subscription there = to.subscribe(subject);
    from.subscribe(subject);
    from.flush(PATIENCE);
    to.flush(PATIENCE);
    await().atMost(PATIENCE).until(known::is);
    for (String only : List.of("", "true")) {
      Headers headers = new Headers().add("Nats-Trace-Dest", "traces");
      if (!only.isEmpty()) {
        headers.add("Nats-Trace-Only", only);
      }
      from.publish(subject, headers, bytes("x"));
      Map<Integer, String> byKind = new TreeMap<>();
      for (int i = 0; i < 2; i++) {
        JsonObject trace = Json.parseObject(text(traces.nextMessage(PATIENCE)));
        List<JsonObject> events = trace.objects("events");
        StringBuilder line = new StringBuilder();
        line.append(json(trace.object("request"))).append(" hops ");
        line.append(trace.integer("hops", 0)).append('\n');
        for (JsonObject event : events) {
          for (String name : event.names()) {
            // Ids, times and names differ between servers and connections.
            boolean own = List.of("ts", "cid", "name").contains(name);
            line.append(name).append('=').append(own ? "" : event.get(name)).append(' ');
          }
          line.append('\n');
        }
        byKind.put((int) events.get(0).integer("kind", -1), line.toString());
      }
      transcript.append(byKind.toString().replace(subject, "SUBJECT"));
    }
    assertThat(text(there.nextMessage(PATIENCE))).isEqualTo("x");
    to.flush(PATIENCE);
    assertThat(there.getPendingMessageCount()).isNotPositive();
    traces.unsubscribe();
    return transcript.toString();
  }
}
