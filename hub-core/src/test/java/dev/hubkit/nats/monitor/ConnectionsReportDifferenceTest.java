package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.net.RawClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of open and closed connections, {@code /connz} selects, counts, orders and tells what the real
 * nats-server does.
 */
@ComparedWithNatsServer
class ConnectionsReportDifferenceTest {
  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      max_closed_clients: 3
      accounts {
        A { users: [{user: a, password: x}, {user: b, password: x}] }
        B { users: [{user: c, password: x}] }
      }
      no_auth_user: c
      """;

  private static final List<String> SORTS =
      List.of(
          "cid",
          "start",
          "subs",
          "pending",
          "msgs_to",
          "msgs_from",
          "bytes_to",
          "bytes_from",
          "stop",
          "reason",
          "nonsense");

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private String get(int port, String path) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static RawClient open(int port, String name, String user, String more)
      throws IOException {
    RawClient client = RawClient.connect(port, 0);
    client.send(
        "CONNECT {\"verbose\":false,\"name\":\""
            + name
            + "\""
            + (user.isEmpty() ? "" : ",\"user\":\"" + user + "\",\"pass\":\"x\"")
            + "}\r\n"
            + more);
    client.roundTrip();
    return client;
  }

  private static List<String> queries() {
    List<String> queries = new ArrayList<>();
    for (String state : List.of("", "&state=open", "&state=closed", "&state=all")) {
      for (String filter :
          List.of(
              "subs=1",
              "subs=detail",
              "auth=1",
              "acc=A",
              "acc=B&user=c",
              "acc=$G",
              "user=a",
              "user=nobody",
              "acc=A&user=c",
              "mqtt_client=m",
              "cid=99999",
              "limit=1",
              "offset=1&limit=1",
              "offset=2",
              "offset=100",
              "offset=9223372036854775807&limit=2",
              "acc=A&limit=1",
              "user=a&auth=1&subs=1")) {
        queries.add("/connz?" + filter + state);
      }
      SORTS.forEach(sort -> queries.add("/connz?sort=" + sort + state));
      SORTS.forEach(sort -> queries.add("/connz?limit=2&offset=1&sort=" + sort + state));
    }
    return queries;
  }

  private List<String> hear(int port, int monitor) throws Exception {
    List<String> heard = new ArrayList<>();
    String two = "SUB t 1\r\nSUB t.> q 2\r\nUNSUB 2 5\r\n";
    RawClient first = open(port, "first", "a", two + "PUB t 2\r\nhi\r\n");
    RawClient second = open(port, "second", "b", "SUB t 7\r\n");
    RawClient third = open(port, "third", "", "");
    for (int i = 0; i < 4; i++) {
      // Of these the first is forgotten.
      RawClient gone = open(port, "gone" + i, i % 2 == 0 ? "a" : "", i == 3 ? two : "SUB x 1\r\n");
      // nats-server takes off what it has sent a moment later, and a closed connection keeps it.
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  Json.parseObject(get(monitor, "/connz")).objects("connections").stream()
                      .allMatch(connection -> connection.integer("pending_bytes", 0) == 0));
      gone.close();
      int open = 3;
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Json.parseObject(get(monitor, "/varz")).integer("connections", 0) == open);
    }
    for (String query : queries()) {
      heard.add(query + "\n" + plain(get(monitor, query)));
    }
    first.close();
    second.close();
    third.close();
    return heard;
  }

  // Clients are known by their names: nats-server gives out other numbers.
  private static String plain(String answer) {
    if (!answer.startsWith("{")) {
      return answer;
    }
    JsonObject json = Json.parseObject(answer);
    StringBuilder text = new StringBuilder();
    for (String name : List.of("num_connections", "total", "offset", "limit")) {
      text.append(name).append(' ').append(json.get(name)).append(' ');
    }
    if (json.get("connections") == null) {
      return text + "null " + json.string("server_id", "");
    }
    for (JsonObject connection : json.objects("connections")) {
      text.append("\n  ");
      for (String name : connection.names()) {
        Object value = connection.get(name);
        boolean own =
            List.of(
                    "cid",
                    "port",
                    "start",
                    "last_activity",
                    "stop",
                    "rtt",
                    "uptime",
                    "idle",
                    // nats-server counts a PONG for pending until after its client has read it.
                    "pending_bytes")
                .contains(name);
        text.append(name).append('=').append(own ? "" : text(value)).append(' ');
      }
    }
    return text.toString();
  }

  private static String text(Object value) {
    if (!(value instanceof List<?> list)) {
      return String.valueOf(value);
    }
    List<String> texts = new ArrayList<>();
    for (Object element : list) {
      texts.add(
          element instanceof JsonObject object
              ? object.string("subject", "")
                  + object.string("qgroup", "")
                  + object.string("sid", "")
                  + object.integer("msgs", -1)
                  + object.integer("max", -1)
              : String.valueOf(element));
    }
    // Those of one client are in no order.
    texts.sort(null);
    return texts.toString();
  }

  @Test
  void tellsOfConnectionsAsTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port(), servers.ours().monitorPort());
      List<String> real = hear(servers.real().port(), servers.real().monitorPort());
      List<String> differences = new ArrayList<>();
      for (int i = 0; i < real.size(); i++) {
        if (!hub.get(i).equals(real.get(i))) {
          differences.add("Hub: " + hub.get(i) + "\nnats-server: " + real.get(i));
        }
      }
      assertThat(String.join("\n", differences)).isEmpty();
    }
  }
}
