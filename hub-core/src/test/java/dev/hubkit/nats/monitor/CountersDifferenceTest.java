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
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After the same load, every counter of every report is that of the real nats-server: while the
 * clients are connected, and after they have left.
 */
@ComparedWithNatsServer
class CountersDifferenceTest {
  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      server_name: srv
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}]
            exports: [{stream: "shared.>"}] }
        B { users: [{user: B, password: B}]
            imports: [{stream: {account: A, subject: "shared.>"}}] }
        C { users: [{user: C, password: C, permissions: {publish: ["c.>", "c"]}}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      """;

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private JsonObject get(int port, String page) throws Exception {
    return Json.parseObject(
        http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + page)).build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static RawClient login(int port, String user) throws IOException {
    RawClient client = RawClient.connect(port, 0);
    client.send(
        "CONNECT {\"verbose\":false,\"user\":\""
            + user
            + "\",\"pass\":\""
            + user
            + "\",\"name\":\""
            + user
            + "\",\"headers\":true,\"no_responders\":true}\r\n");
    return client;
  }

  private static String publish(String subject, String reply, String payload) {
    return "PUB " + subject + " " + reply + " " + payload.length() + "\r\n" + payload + "\r\n";
  }

  private static void awaitLine(RawClient client, String begin) throws IOException {
    String line = client.line();
    while (line != null && !line.startsWith(begin)) {
      line = client.line();
    }
    assertThat(line).as("a line that begins with %s", begin).isNotNull();
  }

  private void load(RawClient a, RawClient b, RawClient c, int monitor) throws Exception {
    a.send("SUB shared.x 1\r\nSUB shared.* q 2\r\nSUB inbox.* 3\r\n");
    b.send("SUB shared.> 1\r\nSUB inbox.* 2\r\nSUB b 3\r\nUNSUB 3 2\r\n");
    c.send("SUB c.> 1\r\n");
    a.roundTrip();
    b.roundTrip();
    a.send(publish("shared.x", "", "hello").repeat(5) + publish("shared.y", "", "hi").repeat(3));
    b.send(publish("b", "", "12345").repeat(4) + publish("nobody", "inbox.none", ""));
    c.send(publish("c.1", "", "x").repeat(7) + publish("denied", "", "y").repeat(2));
    c.send("HPUB c.h 21 24\r\nNATS/1.0\r\nName: x\r\n\r\nabc\r\n");
    jetStream(a, monitor);
    for (RawClient client : List.of(a, b, c)) {
      client.roundTrip();
    }
  }

  // Nobody subscribes to "nowhere": an answer with a time in it has no fixed length.
  private void jetStream(RawClient a, int monitor) throws Exception {
    a.send(
        publish(
            "$JS.API.STREAM.CREATE.S",
            "nowhere",
            "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\"memory\"}"));
    awaitCount(monitor, "streams");
    a.send(
        publish(
            "$JS.API.CONSUMER.CREATE.S.c",
            "nowhere",
            "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\","
                + "\"ack_policy\":\"explicit\"}}"));
    awaitCount(monitor, "consumers");
    a.send(publish("s.1", "inbox.stored", "stored"));
    awaitLine(a, "{\"stream\":\"S\"");
    a.send(publish("$JS.API.CONSUMER.MSG.NEXT.S.c", "inbox.next", ""));
    awaitLine(a, "stored");
  }

  private void awaitCount(int monitor, String name) {
    await().atMost(Duration.ofSeconds(30)).until(() -> get(monitor, "jsz").integer(name, -1) == 1);
  }

  private List<String> counters(int monitor) throws Exception {
    List<String> counters = new ArrayList<>();
    JsonObject varz = get(monitor, "varz");
    counters.add("varz " + numbers(varz));
    for (JsonObject account : get(monitor, "accstatz?unused=1").objects("account_statz")) {
      if (!account.string("acc", "").equals("SYS")) {
        counters.add("accstatz " + account.string("acc", "") + numbers(account));
      }
    }
    for (String state : List.of("open", "closed")) {
      for (JsonObject client : get(monitor, "connz?state=" + state).objects("connections")) {
        if (!client.string("name", "").isEmpty()) {
          counters.add(state + " " + client.string("name", "") + numbers(client));
        }
      }
    }
    counters.sort(null);
    return counters;
  }

  private static Map<String, Object> numbers(JsonObject report) {
    Map<String, Object> numbers = new TreeMap<>();
    for (String name : report.names()) {
      // In the system account, and so altogether, each server has as many as it needs.
      boolean own = name.equals("subscriptions") && report.names().contains("server_id");
      if (!own
          && name.matches(
              "(in|out|total|slow|stale|stalled)_.*|conn.*|sent|received|.*subscriptions")) {
        numbers.put(name, text(report.get(name)));
      }
    }
    return numbers;
  }

  private static String text(Object value) {
    if (!(value instanceof JsonObject object)) {
      return String.valueOf(value);
    }
    Map<String, String> fields = new TreeMap<>();
    object.names().forEach(name -> fields.put(name, text(object.get(name))));
    return fields.toString();
  }

  private List<String> hear(int port, int monitor) throws Exception {
    List<String> heard;
    try (RawClient a = login(port, "A");
        RawClient b = login(port, "B");
        RawClient c = login(port, "C")) {
      load(a, b, c, monitor);
      heard = counters(monitor);
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> get(monitor, "varz").integer("connections", -1) == 0);
    heard.addAll(counters(monitor));
    return heard;
  }

  @Test
  void countsWithClientsAndAfterThemWhatNatsServerCounts() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      assertThat(hear(servers.ours().port(), servers.ours().monitorPort()))
          .containsExactlyElementsOf(hear(servers.real().port(), servers.real().monitorPort()));
    }
  }

  private String lookups(int monitor) throws Exception {
    return text(get(monitor, "accountz?acc=C").object("account_detail").object("sublist_stats"));
  }

  private List<String> lookUp(int port, int monitor) throws Exception {
    List<String> heard = new ArrayList<>();
    try (RawClient one = login(port, "C");
        RawClient other = login(port, "C")) {
      heard.add(lookups(monitor));
      one.send("SUB c.x 1\r\nSUB c.* q 2\r\nSUB c.> 3\r\n");
      other.send("SUB c.x 1\r\n");
      one.roundTrip();
      other.roundTrip();
      heard.add(lookups(monitor));
      for (RawClient client : List.of(one, other, one)) {
        client.send(publish("c.x", "", "1").repeat(7) + publish("c.y.z", "", "2").repeat(7));
        // Nobody subscribes to it.
        client.send(publish("c", "", "3").repeat(7));
        client.roundTrip();
        heard.add(lookups(monitor));
      }
      one.send("UNSUB 1\r\n");
      one.roundTrip();
      heard.add(lookups(monitor));
      other.send(publish("c.x", "", "4").repeat(3) + publish("c.y.z", "", "5").repeat(3));
      other.roundTrip();
      heard.add(lookups(monitor));
    }
    return heard;
  }

  @Test
  void countsLookupsOfSubscriptionsAsNatsServerDoes() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      assertThat(lookUp(servers.ours().port(), servers.ours().monitorPort()))
          .containsExactlyElementsOf(lookUp(servers.real().port(), servers.real().monitorPort()));
    }
  }
}
