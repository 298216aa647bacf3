package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pull requests whose askers are gone do not count as waiting. */
@ComparedWithNatsServer
class PullWaitingDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.S.c";

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE" }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}]
          exports [ {service: "$JS.API.CONSUMER.MSG.NEXT.S.c", response: stream} ] }
        B { users: [{user: B, password: B}]
          imports [ {service: {account: A, subject: "$JS.API.CONSUMER.MSG.NEXT.S.c"}} ] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  @TempDir Path directory;

  private static String pull(Connection connection, String request) throws Exception {
    String inbox = connection.createInbox();
    connection.publish(NEXT, inbox, request.getBytes(StandardCharsets.UTF_8));
    connection.flush(LIMIT);
    return inbox;
  }

  private static Subscription waiting(Connection connection) throws Exception {
    String inbox = connection.createInbox();
    Subscription subscription = connection.subscribe(inbox);
    connection.publish(NEXT, inbox, "{\"batch\":5}".getBytes(StandardCharsets.UTF_8));
    connection.flush(LIMIT);
    return subscription;
  }

  /** Returns what each report says of the requests that wait. */
  private static List<Long> counts(Peer a, Peer system) throws Exception {
    JsonObject info = ask(a, "$JS.API.CONSUMER.INFO.S.c", "");
    JsonObject list = ask(a, "$JS.API.CONSUMER.LIST.S", "");
    JsonObject report =
        ask(
            system,
            "$SYS.REQ.SERVER.PING.JSZ",
            "{\"accounts\":true,\"streams\":true,\"consumer\":true}");
    return List.of(
        info.integer("num_waiting", -1),
        list.objects("consumers").get(0).integer("num_waiting", -1),
        report
            .object("data")
            .objects("account_details")
            .get(0)
            .objects("stream_detail")
            .get(0)
            .objects("consumer_detail")
            .get(0)
            .integer("num_waiting", -1));
  }

  private static JsonObject ask(Peer peer, String subject, String body) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return Json.parseObject(peer.connection().request(subject, bytes, LIMIT).getData());
  }

  private static void expect(long count, Peer a, Peer system) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(counts(a, system)).containsExactly(count, count, count));
  }

  private static void check(int port) throws Exception {
    try (Peer a = new Peer(port, "A");
        Peer b = new Peer(port, "B");
        Peer system = new Peer(port, "SYS")) {
      ask(a, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}");
      ask(
          a,
          "$JS.API.CONSUMER.CREATE.S.c",
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\","
              + "\"ack_policy\":\"explicit\"}}");
      Peer leaving = new Peer(port, "A");
      Subscription unsubscribed = waiting(a.connection());
      Subscription imported = waiting(b.connection());
      waiting(leaving.connection());
      waiting(a.connection());
      expect(4, a, system);

      unsubscribed.unsubscribe();
      a.connection().flush(LIMIT);
      expect(3, a, system);

      imported.unsubscribe();
      b.connection().flush(LIMIT);
      expect(2, a, system);

      leaving.close();
      expect(1, a, system);

      // Nobody has ever listened.
      pull(a.connection(), "{\"batch\":5}");
      pull(b.connection(), "");
      expect(1, a, system);
    }
  }

  @Test
  void countsOnlyThoseThatAreAwaited() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      check(servers.real().port());
      check(servers.ours().port());
    }
  }
}
