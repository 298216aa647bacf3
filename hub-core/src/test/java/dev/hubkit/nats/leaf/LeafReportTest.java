package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Options;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What both ends of one connection tell of it, one of them the real nats-server. */
class LeafReportTest extends LeafServers {
  private static final String HTTP = "http: \"127.0.0.1:-1\"\n";
  private static final Set<String> OWN =
      Set.of(
          "server",
          "server_id",
          "now",
          "start",
          "stop",
          "uptime",
          "idle",
          "rtt",
          "last_activity",
          "timestamp",
          "id",
          "cid",
          "port",
          "update_time",
          "mem",
          "cpu",
          "cores",
          "gomaxprocs",
          "compression",
          "num_cache",
          "num_inserts",
          "num_removes",
          "num_matches",
          "cache_hit_rate",
          "max_fanout",
          "avg_fanout",
          "sublist_stats",
          "jetstream",
          "lang",
          "version",
          "subscriptions",
          "pending_bytes",
          "sent",
          // nats-server counts what it has read when it has read all.
          "in_msgs",
          "in_bytes",
          "received_from_clients",
          "received",
          "sent_to_clients",
          "out_bytes",
          "out_msgs");

  private final HttpClient http = HttpClient.newHttpClient();

  private HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private JsonObject page(int port, String path) throws Exception {
    return Json.parseObject(get(port, path).body());
  }

  @Test
  void pagesTellOfAConnectionAsTheRealServerDoes() throws Exception {
    NatsServer hub = start("hub", HTTP + "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    NatsServerProcess leaf = startReal("leaf", HTTP + remote(hub, ""));
    awaitLeafs(hub, 1);
    int there = leaf.monitorPort();
    await().atMost(PATIENCE).until(() -> page(there, "/leafz").integer("leafnodes", 0) == 1);
    // Told by the leaf node when both are connected.
    JsonObject ours =
        await()
            .atMost(PATIENCE)
            .until(
                () -> page(hub.monitorPort(), "/leafz?subs=1").objects("leafs").get(0),
                each ->
                    each.strings("subscriptions_list").stream()
                        .anyMatch(subject -> subject.startsWith("$LDS.")));
    JsonObject real = page(there, "/leafz?subs=1").objects("leafs").get(0);
    assertThat(ours.names()).containsAll(real.names());
    assertThat(ours.string("name", "")).isEqualTo("leaf");
    assertThat(ours.string("account", "")).isEqualTo("$G");
    assertThat(ours.bool("is_spoke", true)).isFalse();
    assertThat(real.bool("is_spoke", false)).isTrue();
    assertThat(page(hub.monitorPort(), "/leafz?acc=other").integer("leafnodes", 9)).isZero();
    assertThat(page(hub.monitorPort(), "/varz").integer("leafnodes", 0)).isOne();
    assertThat(page(hub.monitorPort(), "/accountz?acc=$G").object("account_detail"))
        .satisfies(detail -> assertThat(detail.integer("leafnode_connections", 0)).isOne());
  }

  /** The requests of the system account and the pages of both ends, asked at both ends. */
  @Test
  void requestsAndPagesOfAHubAreThoseOfTheRealServer() throws Exception {
    String config =
        HTTP
            + "accounts { A { users: [{user: a, password: p}] },"
            + " SYS { users: [{user: sys, password: p}] } }\nsystem_account: SYS\n";
    int port = freePort();
    NatsServerProcess real =
        startReal("hub", config + "leafnodes { listen: \"127.0.0.1:" + port + "\" }\n");
    List<String> expected = told(real.port(), real.monitorPort(), port);
    NatsServer ours = start("ours", config + "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    assertThat(told(ours.port(), ours.monitorPort(), ours.leafNodePort()))
        .containsExactlyElementsOf(expected);
  }

  private List<String> told(int client, int http, int leafPort) throws Exception {
    List<String> told = new ArrayList<>();
    try (RawLeaf leaf =
        new RawLeaf(leafPort)
            .connect("one", "\"user\":\"a\",\"pass\":\"p\",\"remote_account\":\"$G\"")) {
      leaf.send("LS+ x\nLS+ y q 2\nLMSG x 2\nhi").answers();
      Connection system = connect(client, Options.builder().userInfo("sys", "p"));
      for (String subject :
          List.of(
              "SERVER.PING.LEAFZ",
              "SERVER.PING.STATSZ",
              "SERVER.PING.CONNZ",
              "ACCOUNT.A.LEAFZ",
              "ACCOUNT.B.LEAFZ",
              "ACCOUNT.A.STATZ",
              "ACCOUNT.A.CONNZ",
              "ACCOUNT.A.SUBSZ")) {
        Message answer =
            system.request("$SYS.REQ." + subject, bytes("{\"subscriptions\":true}"), PATIENCE);
        told.add(subject + " " + stable(answer == null ? "" : String.valueOf(text(answer))));
      }
      for (String page :
          List.of(
              "connz?acc=A&subs=detail&auth=1",
              "connz",
              "leafz?subs=1",
              "accountz?acc=A",
              "subsz?subs=1&acc=A")) {
        told.add(page + " " + stable(get(http, "/" + page).body()));
      }
    }
    // Told once it is gone, too.
    await()
        .atMost(PATIENCE)
        .until(() -> page(http, "/connz?state=closed&acc=A").integer("total", 0) == 1);
    told.add("closed " + stable(get(http, "/connz?state=closed&acc=A&subs=detail").body()));
    return told;
  }

  // The names of all fields, and the values of those that do not differ by time or server.
  private static String stable(String json) {
    return json.isEmpty()
        ? ""
        : values(Json.parseObject(json)).toString().replaceAll("_INBOX[^\\],]*", "_INBOX");
  }

  private static Map<String, Object> values(JsonObject object) {
    Map<String, Object> values = new TreeMap<>();
    for (String name : object.names()) {
      Object value = object.get(name);
      if (value instanceof JsonObject inner) {
        values.put(name, OWN.contains(name) ? "*" : values(inner));
      } else if (value instanceof List<?> list) {
        values.put(
            name,
            OWN.contains(name)
                ? "*"
                : list.stream()
                    .map(each -> each instanceof JsonObject inner ? values(inner) : each)
                    .map(String::valueOf)
                    .sorted()
                    .toList());
      } else {
        values.put(name, OWN.contains(name) ? "*" : String.valueOf(value));
      }
    }
    return values;
  }

  @Test
  void healthTellsOfAHubThatCannotBeReached() throws Exception {
    String remote = HTTP + remote(1, "");
    NatsServer ours = start("ours", remote);
    NatsServerProcess real = startReal("real", remote);
    String path = "/healthz?leaf-remotes-connected=1";
    HttpResponse<String> told = get(ours.monitorPort(), path);
    HttpResponse<String> expected = get(real.monitorPort(), path);
    assertThat(told.statusCode()).isEqualTo(expected.statusCode()).isEqualTo(503);
    assertThat(told.body()).isEqualTo(expected.body());
    JsonObject block = page(ours.monitorPort(), "/varz").object("leaf");
    JsonObject expectedBlock = page(real.monitorPort(), "/varz").object("leaf");
    assertThat(JsonWriter.compact().any(block).toBytes())
        .isEqualTo(JsonWriter.compact().any(expectedBlock).toBytes());
  }
}
