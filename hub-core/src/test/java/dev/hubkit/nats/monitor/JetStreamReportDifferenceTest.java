package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares to the letter what Hub and the real nats-server report about JetStream and its health.
 */
@ComparedWithNatsServer
class JetStreamReportDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", domain: hub, max_mem: 64M, max_file: 128M
        limits { max_ack_pending: 500, batch { max_msgs: 7 } } }
      accounts {
        A { jetstream: {max_mem: 1M, max_file: 10M}, users: [{user: A, password: A}] }
        B { jetstream: enabled, users: [{user: B, password: B}] }
        C { users: [{user: C, password: C}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  private static final List<String> REPORTS =
      List.of(
          "",
          "{\"accounts\":true}",
          "{\"streams\":true}",
          "{\"consumer\":true}",
          "{\"config\":true}",
          "{\"consumer\":true,\"config\":true}",
          "{\"account\":\"A\"}",
          "{\"account\":\"B\",\"streams\":true}",
          "{\"account\":\"C\",\"streams\":true}",
          "{\"accounts\":true,\"limit\":1}",
          "{\"accounts\":true,\"offset\":1}",
          "{\"accounts\":true,\"offset\":7}",
          "{\"accounts\":true,\"limit\":-1}",
          "{\"accounts\":true,\"offset\":-1}",
          "{\"raft\":true,\"consumer\":true}",
          "{\"leader_only\":true}",
          "{\"stream_leader_only\":true,\"streams\":true}",
          "{\"direct_consumer\":true}");

  private static final List<String> HEALTH =
      List.of(
          "",
          "{\"js-enabled-only\":true}",
          "{\"js-server-only\":true}",
          "{\"account\":\"A\"}",
          "{\"account\":\"C\"}",
          "{\"account\":\"SYS\"}",
          "{\"account\":\"NOPE\"}",
          "{\"account\":\"A\",\"stream\":\"S\"}",
          "{\"account\":\"A\",\"stream\":\"M\"}",
          "{\"account\":\"A\",\"stream\":\"EMPTY\"}",
          "{\"account\":\"A\",\"stream\":\"EMPTY\",\"consumer\":\"c\"}",
          "{\"account\":\"A\",\"stream\":\"a.b\"}",
          "{\"account\":\"A\",\"stream\":\"S\",\"consumer\":\"c\"}",
          "{\"account\":\"A\",\"stream\":\"S\",\"consumer\":\"a*b\"}",
          "{\"account\":\"C\",\"stream\":\"Y\"}",
          "{\"account\":\"NOPE\",\"stream\":\"X\"}",
          "{\"stream\":\"S\"}",
          "{\"account\":\"A\",\"consumer\":\"c\"}");

  @TempDir Path directory;

  private static Connection connect(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    return Nats.connect(Options.builder().server(url).noReconnect().build());
  }

  private static String ask(Connection connection, String subject, String body) throws Exception {
    Message answer = connection.request(subject, body.getBytes(StandardCharsets.UTF_8), LIMIT);
    return answer == null ? "(none)" : new String(answer.getData(), StandardCharsets.UTF_8);
  }

  private static void create(Connection connection, String name, String more) throws Exception {
    String answer =
        ask(connection, "$JS.API.STREAM.CREATE." + name, "{\"name\":\"" + name + "\"" + more + "}");
    assertThat(answer).contains("did_create");
  }

  private static void fill(int port) throws Exception {
    try (Connection a = connect(port, "A");
        Connection b = connect(port, "B")) {
      create(a, "S", ",\"subjects\":[\"s.>\"],\"max_bytes\":1000000");
      create(a, "M", ",\"subjects\":[\"m\"],\"storage\":\"memory\"");
      create(b, "T", ",\"subjects\":[\"t\"]");
      ask(a, "s.x", "hello");
      ask(
          a,
          "$JS.API.CONSUMER.CREATE.S.c",
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\"}}");
      create(a, "MIRROR", ",\"mirror\":{\"name\":\"S\"}");
      create(a, "ALL", ",\"sources\":[{\"name\":\"S\"}]");
    }
  }

  // Asks in a way that does not count as use of the API.
  private static void awaitCopies(Connection system) {
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () ->
                ask(system, "$SYS.REQ.ACCOUNT.A.JSZ", "{\"streams\":true}")
                        .split("\"messages\":1,", -1)
                        .length
                    == 4);
  }

  // The health check finds unrecoverable streams by reading the files at any time, not only at a
  // start.
  private void damage(String server) throws Exception {
    Path accounts = directory.resolve(server + "-store").resolve("jetstream");
    for (String lost : List.of("A/streams/EMPTY", "C/streams/Y", "NOPE/streams/X")) {
      Files.createDirectories(accounts.resolve(lost));
    }
  }

  private List<String> hear(int port, String server) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Connection system = connect(port, "SYS")) {
      health(system, heard);
      fill(port);
      awaitCopies(system);
      health(system, heard);
      for (String report : REPORTS) {
        for (String subject :
            List.of(
                "$SYS.REQ.SERVER.PING.JSZ", "$SYS.REQ.ACCOUNT.A.JSZ", "$SYS.REQ.ACCOUNT.C.JSZ")) {
          heard.add(subject + report + "\n" + plain(ask(system, subject, report)));
        }
      }
      damage(server);
      health(system, heard);
      try (Connection a = connect(port, "A");
          Connection c = connect(port, "C")) {
        for (String subject : List.of("$JS.API.INFO", "$JS.hub.API.INFO", "$JS.API.STREAM.NAMES")) {
          heard.add(subject + "\n" + ask(a, subject, "") + "\n" + ask(c, subject, ""));
        }
      }
    }
    return heard;
  }

  private static void health(Connection system, List<String> heard) throws Exception {
    for (String question : HEALTH) {
      for (String details : List.of("", "\"details\":true")) {
        String body =
            question.isEmpty()
                ? details.isEmpty() ? "" : "{" + details + "}"
                : details.isEmpty() ? question : "{" + details + "," + question.substring(1);
        String answer = ask(system, "$SYS.REQ.SERVER.PING.HEALTHZ", body);
        heard.add(body + "\n" + answer.replaceFirst("^\\{\"server\":\\{.*?\\},\"data\"", "data"));
      }
    }
  }

  // Removes times, directories and random names; puts streams and sources in alphabetical order.
  private static String plain(String answer) {
    JsonWriter out = JsonWriter.compact();
    out.any(sorted(Json.parseObject(answer)));
    return new String(out.toBytes(), StandardCharsets.UTF_8)
        .replaceAll("\"server\":\\{.*?\"time\":\"[^\"]*\"\\}", "")
        .replaceAll("\"server_id\":\"\\w+\"", "")
        .replaceAll("\"store_dir\":\"[^\"]*\"", "")
        .replaceAll("\"\\d{4}-\\d\\d-\\d\\dT[^\"]*\"", "\"(time)\"")
        .replaceAll("\"active\":-?\\d+", "\"active\":0");
  }

  private static Object sorted(Object value) {
    if (value instanceof JsonObject object) {
      JsonWriter out = JsonWriter.compact().beginObject();
      for (String name : object.names()) {
        Object field = object.get(name);
        out.any(name, field == null ? null : sorted(field));
      }
      return Json.parseObject(out.endObject().toBytes());
    }
    if (value instanceof List<?> list) {
      List<Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(sorted(element)));
      elements.sort(Comparator.comparing(JetStreamReportDifferenceTest::name));
      return elements;
    }
    return value;
  }

  private static String name(Object element) {
    return element instanceof JsonObject object ? object.string("name", "") : element.toString();
  }

  @Test
  void tellsOfJetStreamWhatNatsServerTells() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port(), "hub");
      assertThat(hub).containsExactlyElementsOf(hear(servers.real().port(), "real"));
    }
  }
}
