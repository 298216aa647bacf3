package dev.hubkit.nats.leaf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** What both ends of one connection tell of it, one of them the real nats-server. */
class LeafReportTest extends LeafServers {
  private static final String HTTP = "http: \"127.0.0.1:-1\"\n";
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
    JsonObject ours = page(hub.monitorPort(), "/leafz?subs=1").objects("leafs").get(0);
    JsonObject real = page(there, "/leafz?subs=1").objects("leafs").get(0);
    assertThat(ours.names()).containsAll(real.names());
    assertThat(ours.string("name", "")).isEqualTo("leaf");
    assertThat(ours.string("account", "")).isEqualTo("$G");
    assertThat(ours.bool("is_spoke", true)).isFalse();
    assertThat(real.bool("is_spoke", false)).isTrue();
    assertThat(ours.strings("subscriptions_list")).anyMatch(each -> each.startsWith("$LDS."));
    assertThat(page(hub.monitorPort(), "/leafz?acc=other").integer("leafnodes", 9)).isZero();
    assertThat(page(hub.monitorPort(), "/varz").integer("leafnodes", 0)).isOne();
    assertThat(page(hub.monitorPort(), "/accountz?acc=$G").object("account_detail"))
        .satisfies(detail -> assertThat(detail.integer("leafnode_connections", 0)).isOne());
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
