package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends a request to every subject of the JetStream API: in an account with JetStream, in one
 * without, in the system account, and over a domain. Hub answers, and does not answer, as
 * nats-server does.
 */
@ComparedWithNatsServer
class ApiSubjectsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  // Both have been silent for this long, and have answered the same requests.
  private static final Duration QUIET = Duration.ofMillis(300);

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", domain: hub }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        B { users: [{user: B, password: B}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  // The names are those of the constants in server/jetstream_api.go.
  private static final List<String> SUBJECTS =
      List.of(
          "INFO",
          "STREAM.CREATE.none",
          "STREAM.UPDATE.none",
          "STREAM.NAMES",
          "STREAM.LIST",
          "STREAM.INFO.S",
          "STREAM.INFO.none",
          "STREAM.DELETE.none",
          "STREAM.PURGE.none",
          "STREAM.SNAPSHOT.none",
          "STREAM.RESTORE.none",
          "STREAM.MSG.DELETE.none",
          "STREAM.MSG.GET.S",
          "STREAM.MSG.GET.none",
          "DIRECT.GET.S",
          "DIRECT.GET.S.s",
          "DIRECT.GET.none",
          "DIRECT.GET.none.s",
          "CONSUMER.CREATE.none",
          "CONSUMER.CREATE.none.c",
          "CONSUMER.CREATE.none.c.s.>",
          "CONSUMER.DURABLE.CREATE.none.c",
          "CONSUMER.NAMES.S",
          "CONSUMER.NAMES.none",
          "CONSUMER.LIST.S",
          "CONSUMER.LIST.none",
          "CONSUMER.INFO.S.c",
          "CONSUMER.INFO.none.c",
          "CONSUMER.DELETE.none.c",
          "CONSUMER.PAUSE.none.c",
          "CONSUMER.UNPIN.none.c",
          "CONSUMER.RESET.none.c",
          "CONSUMER.MSG.NEXT.S.none",
          "CONSUMER.MSG.NEXT.none.c",
          "STREAM.PEER.REMOVE.S",
          "STREAM.PEER.EVACUATE.S",
          "STREAM.CANCEL_MOVE.S",
          "STREAM.LEADER.STEPDOWN.S",
          "CONSUMER.LEADER.STEPDOWN.S.c",
          "CONSUMER.PEER.REMOVE.S.c",
          "CONSUMER.PEER.EVACUATE.S.c",
          "META.LEADER.STEPDOWN",
          "META.RESCUE",
          "SERVER.REMOVE",
          "SERVER.EVACUATE",
          "ACCOUNT.PURGE.none",
          "ACCOUNT.STREAM.MOVE.A.S",
          "ACCOUNT.STREAM.CANCEL_MOVE.A.S",
          // None of these exist.
          "UNKNOWN",
          "INFO.more",
          "STREAM",
          "STREAM.NAMES.more",
          "STREAM.UNKNOWN.S",
          "STREAM.PEER.UNKNOWN.S",
          "STREAM.INFO.S.more",
          "STREAM.MSG.NEXT.S",
          "STREAM.TEMPLATE.NAMES",
          "CONSUMER",
          "CONSUMER.MSG",
          "CONSUMER.MSG.NEXT",
          "CONSUMER.MSG.NEXT.S",
          "CONSUMER.MSG.NEXT.S.c.more",
          "CONSUMER.MSG.UNKNOWN.S.c",
          "CONSUMER.INFO.S",
          "CONSUMER.INFO.S.c.more",
          "CONSUMER.UNKNOWN.S.c",
          "CONSUMER.UNKNOWN.S",
          "CONSUMER.PEER.UNKNOWN.S.c",
          "DIRECT",
          "DIRECT.GET",
          "DIRECT.UNKNOWN.S",
          "META.UNKNOWN",
          "SERVER.UNKNOWN",
          "ACCOUNT.UNKNOWN",
          "ACCOUNT.PURGE",
          "ACCOUNT.PURGE.none.more");

  private static final List<String> BODIES = List.of("", "{}", "{\"seq\":1}", "{\"peer\":\"x\"}");

  @TempDir Path directory;

  /** All requests to one server, and the answers that have come so far. */
  private static final class Walk implements AutoCloseable {
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private volatile long heard = System.nanoTime();

    Walk(int port) throws Exception {
      try (Peer a = new Peer(port, "A")) {
        a.ask(
            "$JS.API.STREAM.CREATE.S",
            Map.of(),
            "{\"name\":\"S\",\"subjects\":[\"s\"],\"allow_direct\":true}");
        a.ask(
            "$JS.API.CONSUMER.CREATE.S.c",
            Map.of(),
            "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\"}}");
        a.ask("s", Map.of(), "text");
      }
      for (String user : List.of("A", "B", "SYS")) {
        Connection connection = new Peer(port, user).connection();
        connections.add(connection);
        connection.createDispatcher(audit -> note(user, audit)).subscribe("$JS.EVENT.ADVISORY.API");
        for (String prefix : List.of("$JS.API.", "$JS.hub.API.")) {
          askAll(connection, user, prefix);
        }
      }
    }

    private void askAll(Connection connection, String user, String prefix) throws Exception {
      String inbox = connection.createInbox();
      List<String> asked = new ArrayList<>();
      Dispatcher dispatcher =
          connection.createDispatcher(
              answer -> {
                String reply = answer.getSubject();
                // The message of a stream that answers a request bears its own subject.
                int number = Integer.parseInt(reply.substring(reply.lastIndexOf('.') + 1));
                String text = withoutCounts(Peer.text(answer));
                answers.merge(asked.get(number), text, (one, two) -> one + "\n" + two);
                heard = System.nanoTime();
              });
      for (String body : BODIES) {
        for (String subject : SUBJECTS) {
          asked.add(user + " " + prefix + subject + " " + body);
        }
      }
      dispatcher.subscribe(inbox + ".*");
      int number = 0;
      for (String body : BODIES) {
        for (String subject : SUBJECTS) {
          connection.publish(
              prefix + subject, inbox + "." + number, body.getBytes(StandardCharsets.UTF_8));
          number++;
        }
      }
    }

    // Requests are counted in the order in which a server gets to them.
    private static String withoutCounts(String answer) {
      return answer.replaceAll("api=\\{[^}]*}", "api");
    }

    private void note(String user, Message audit) {
      JsonObject event = Json.parseObject(audit.getData());
      JsonObject client = event.object("client");
      List<String> known = new ArrayList<>(client == null ? List.of("nobody") : client.names());
      known.remove("rtt"); // present once the server has measured it
      String request = event.string("subject", "") + " " + event.string("request", "");
      String response = withoutCounts(Peer.normal(event.string("response", "{}")));
      String told = event.names() + " " + known + " " + response;
      answers.merge(user + " audits " + request, told, (one, two) -> one + "\n" + two);
      heard = System.nanoTime();
    }

    boolean isQuiet() {
      return System.nanoTime() - heard > QUIET.toNanos();
    }

    @Override
    public void close() throws Exception {
      for (Connection connection : connections) {
        connection.close();
      }
    }
  }

  private static List<String> differences(Map<String, String> hub, Map<String, String> real) {
    Set<String> requests = new TreeSet<>(hub.keySet());
    requests.addAll(real.keySet());
    List<String> differences = new ArrayList<>();
    for (String request : requests) {
      String is = hub.getOrDefault(request, "(no answer)");
      String wanted = real.getOrDefault(request, "(no answer)");
      if (!is.equals(wanted)) {
        differences.add(request + "\n  Hub:         " + is + "\n  nats-server: " + wanted + "\n");
      }
    }
    return differences;
  }

  @Test
  void answersEverySubjectAsNatsServerDoes() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG);
        Walk hub = new Walk(servers.ours().port());
        Walk real = new Walk(servers.real().port())) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(hub.isQuiet() && real.isQuiet()).isTrue();
                assertThat(differences(hub.answers, real.answers)).isEmpty();
              });
      assertThat(hub.answers).hasSizeGreaterThan(SUBJECTS.size());
    }
  }
}
