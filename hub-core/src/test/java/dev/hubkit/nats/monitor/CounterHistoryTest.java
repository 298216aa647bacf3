package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While clients come and go, no counter of a report goes backwards, and none misses a message. */
class CounterHistoryTest {
  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      accounts {
        A { users: [{user: A, password: A}], exports: [{stream: "shared.>"}] }
        B { users: [{user: B, password: B}]
            imports: [{stream: {account: A, subject: "shared.>"}}] }
      }
      """;
  private static final int CLIENTS = 120;
  private static final int MESSAGES = 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Long> seen = new HashMap<>();

  @TempDir private Path directory;

  private JsonObject get(NatsServer server, String page) throws Exception {
    return Json.parseObject(
        http.send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.monitorPort() + "/" + page))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static void login(RawClient client, String user) {
    client.send(
        "CONNECT {\"verbose\":false,\"user\":\"" + user + "\",\"pass\":\"" + user + "\"}\r\n");
  }

  // Gets each message that it sends, and one of the other account's for each.
  private static void comeAndGo(int port, int number) throws IOException {
    try (RawClient a = RawClient.connect(port, 0);
        RawClient b = RawClient.connect(port, 0)) {
      login(a, "A");
      login(b, "B");
      String subject = "shared." + number;
      a.send("SUB " + subject + " 1\r\n");
      b.send("SUB " + subject + " 1\r\n");
      assertThat(b.roundTrip()).isEmpty();
      a.send(("PUB " + subject + " 3\r\nabc\r\n").repeat(MESSAGES));
      assertThat(a.roundTrip()).hasSize(2 * MESSAGES);
    }
  }

  private void look(NatsServer server) throws Exception {
    JsonObject varz = get(server, "varz");
    for (String name :
        List.of(
            "in_msgs",
            "in_bytes",
            "in_client_msgs",
            "in_client_bytes",
            "out_msgs",
            "out_bytes",
            "out_client_msgs",
            "out_client_bytes",
            "total_connections",
            "slow_consumers",
            "stale_connections",
            "stalled_clients")) {
      look(name, varz.integer(name, -1));
    }
    for (JsonObject account : get(server, "accstatz?unused=1").objects("account_statz")) {
      for (String flow : List.of("sent", "received")) {
        String name = account.string("acc", "") + " " + flow;
        look(name, account.object(flow).integer("msgs", -1));
        look(name + " bytes", account.object(flow).integer("bytes", -1));
      }
    }
  }

  private void look(String name, long value) {
    Long before = seen.put(name, value);
    assertThat(value).as(name).isGreaterThanOrEqualTo(before == null ? 0 : before);
  }

  @Test
  void countersOnlyGrowAndMissNothing() throws Exception {
    ExecutorService crowd = Executors.newFixedThreadPool(4);
    try (NatsServer server = PeerServers.start(directory, "hub", CONFIG)) {
      List<Future<?>> visits = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        visits.add(
            crowd.submit(
                () -> {
                  comeAndGo(server.port(), number);
                  return null;
                }));
      }
      while (!visits.stream().allMatch(Future::isDone)) {
        look(server);
      }
      for (Future<?> visit : visits) {
        visit.get();
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> get(server, "varz").integer("connections", -1) == 0);
      look(server);
    } finally {
      crowd.shutdownNow();
    }
    long sent = (long) CLIENTS * MESSAGES;
    // The messages that B gets count as sent in A, where they were published.
    assertThat(seen)
        .containsEntry("in_msgs", sent)
        .containsEntry("in_client_bytes", 3 * sent)
        .containsEntry("out_msgs", 2 * sent)
        .containsEntry("out_client_bytes", 6 * sent)
        .containsEntry("A received", sent)
        .containsEntry("A sent", 2 * sent)
        .containsEntry("A sent bytes", 6 * sent)
        .containsEntry("B sent", 0L)
        .containsEntry("total_connections", 2L * CLIENTS);
  }
}
