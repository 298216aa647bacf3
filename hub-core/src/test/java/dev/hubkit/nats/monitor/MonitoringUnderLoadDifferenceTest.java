package dev.hubkit.nats.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * While clients publish and streams store, each page of monitoring with each of its options, and
 * each request of the system account, has the fields and types of the real nats-server.
 */
@ComparedWithNatsServer
class MonitoringUnderLoadDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      server_name: srv
      accounts {
        SYS { users: [{user: sys, password: sys}] }
        A {
          jetstream: enabled
          users: [{user: a, password: a}]
          exports: [{stream: "s.>"}, {service: "q"}]
          mappings: {"m1": "m2"}
        }
        B {
          users: [{user: b, password: b}]
          imports: [{stream: {account: A, subject: "s.>"}}, {service: {account: A, subject: "q"}}]
        }
      }
      system_account: SYS
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M, domain: hub }
      websocket { listen: "127.0.0.1:-1", no_tls: true }
      """;

  // Of "/ipqueuesz?all=1", "/debug/vars" and "/stacksz" each server has its own; what waits in the
  // queues, and so is in "/ipqueuesz", depends on the moment.
  private static final List<String> PAGES =
      List.of(
          "/varz",
          "/connz",
          "/connz?subs=1",
          "/connz?subs=detail",
          "/connz?auth=1",
          "/connz?state=all&auth=1&subs=detail",
          "/connz?state=closed",
          "/connz?sort=bytes_to",
          "/connz?sort=uptime",
          "/connz?sort=idle",
          "/connz?sort=rtt",
          "/connz?user=a",
          "/connz?acc=A&limit=1&offset=1",
          "/connz?filter_subject=s.x&acc=A&subs=1",
          "/routez",
          "/routez?subs=detail",
          "/subsz",
          "/subsz?subs=1",
          "/subsz?subs=1&acc=A&test=s.x",
          "/jsz",
          "/jsz?accounts=1",
          "/jsz?streams=1",
          "/jsz?consumers=1",
          "/jsz?config=1",
          "/jsz?raft=1",
          "/jsz?acc=A&consumers=1&config=1",
          "/jsz?leader-only=1",
          "/jsz?stream-leader-only=1&streams=1",
          "/jsz?direct-consumers=1&consumers=1",
          "/jsz?accounts=1&streams=1&consumers=1&config=1&raft=1&direct-consumers=1",
          "/accountz",
          "/accountz?acc=A",
          "/accountz?acc=B",
          "/accstatz",
          "/accstatz?unused=1",
          "/healthz",
          "/healthz?js-enabled-only=1",
          "/healthz?js-server-only=1",
          "/healthz?details=1",
          "/raftz",
          "/raftz?acc=A",
          "/gatewayz",
          "/gatewayz?accs=1",
          "/leafz",
          "/leafz?subs=1",
          "/ipqueuesz?queues=none");

  private static final List<String> REQUESTS =
      List.of(
          "VARZ",
          "CONNZ",
          "SUBSZ",
          "ROUTEZ",
          "GATEWAYZ",
          "LEAFZ",
          "ACCOUNTZ",
          "JSZ",
          "HEALTHZ",
          "STATSZ",
          "IDZ");

  private static final List<String> OPTIONS =
      List.of(
          "",
          "{\"subscriptions\":true,\"subscriptions_detail\":true,\"auth\":true,\"state\":2}",
          "{\"accounts\":true,\"streams\":true,\"consumer\":true,\"config\":true,\"raft\":true}",
          "{\"account\":\"A\"}");

  // Whether some counters are there depends on how far the load has come.
  private static final List<String> BY_CHANCE =
      List.of(".idle", ".rtt", ".stalls", ".active_servers", ".gomemlimit", ".cpu");

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private static Connection connect(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    return Nats.connect(Options.builder().server(url).connectionName(user).noReconnect().build());
  }

  private static byte[] ask(Connection connection, String subject, String body) throws Exception {
    Message answer = connection.request(subject, body.getBytes(UTF_8), PATIENCE);
    return Objects.requireNonNull(answer, subject).getData();
  }

  private static void create(Connection a, String name, String more) throws Exception {
    String answer =
        new String(
            ask(a, "$JS.API.STREAM.CREATE." + name, "{\"name\":\"" + name + "\"," + more + "}"),
            UTF_8);
    assertThat(answer).contains("did_create");
  }

  private static void prepare(Connection a) throws Exception {
    create(a, "S", "\"subjects\":[\"js.>\"]");
    create(a, "M", "\"mirror\":{\"name\":\"S\"}");
    create(a, "Q", "\"sources\":[{\"name\":\"S\"}]");
    for (String consumer : List.of("\"name\":\"C\"", "\"name\":\"P\",\"deliver_subject\":\"p\"")) {
      ask(
          a,
          "$JS.API.CONSUMER.CREATE.S." + consumer.charAt(8),
          "{\"stream_name\":\"S\",\"config\":{\"ack_policy\":\"explicit\"," + consumer + "}}");
    }
  }

  // One round of it before each request, so that there is always something under way.
  private static void load(Connection a, Connection b) {
    for (int i = 0; i < 20; i++) {
      a.publish("s.x", new byte[100]);
      a.publish("js.x", new byte[100]);
      b.publish("m1", new byte[10]);
    }
  }

  private Map<String, Object> look(int port, int monitor) throws Exception {
    Map<String, Object> seen = new TreeMap<>();
    try (Connection a = connect(port, "a");
        Connection other = connect(port, "a");
        Connection b = connect(port, "b");
        Connection system = connect(port, "sys")) {
      other.subscribe("s.>");
      other.subscribe("q", "workers");
      b.subscribe("s.>");
      prepare(a);
      ask(a, "js.x", "first");
      // A stream that has copied nothing yet does not tell how far it is.
      for (String copy : List.of("M", "Q")) {
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    !new String(ask(a, "$JS.API.STREAM.INFO." + copy, ""), UTF_8)
                        .contains("\"messages\":0"));
      }
      for (String page : PAGES) {
        load(a, b);
        HttpResponse<String> response =
            http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + page)).build(),
                HttpResponse.BodyHandlers.ofString());
        seen.put(page, response.statusCode() + " " + shape(response.body()));
      }
      for (String request : REQUESTS) {
        for (String options : OPTIONS) {
          load(a, b);
          String subject = "$SYS.REQ.SERVER.PING." + request;
          seen.put(subject + options, shape(new String(ask(system, subject, options), UTF_8)));
        }
      }
    }
    return seen;
  }

  private static String shape(String json) {
    if (!json.startsWith("{")) {
      return json;
    }
    return String.join("\n", JsonShape.of(json, BY_CHANCE).toString().split(", ", -1));
  }

  private static <T> CompletableFuture<T> begin(Callable<T> work) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return work.call();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  @Test
  void tellsWhatTheRealServerTells() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      CompletableFuture<Map<String, Object>> real =
          begin(() -> look(servers.real().port(), servers.real().monitorPort()));
      Map<String, Object> hub = look(servers.ours().port(), servers.ours().monitorPort());
      List<String> different = new ArrayList<>();
      real.get()
          .forEach(
              (request, shape) -> {
                if (!shape.equals(hub.get(request))) {
                  different.add(request + "\nnats-server " + shape + "\nHub " + hub.get(request));
                }
              });
      assertThat(String.join("\n", different)).isEmpty();
    }
  }
}
