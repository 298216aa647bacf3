package dev.hubkit.nats.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the events and answers of the system account with those of the real nats-server. */
class SystemAccountTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SILENCE = Duration.ofMillis(400);

  // Fields that only a Go process has, that depend on timing, or that show a random subset.
  private static final List<String> NOT_COMPARED =
      List.of(".data.memstats", ".data.System recvQ", ".cluster.leader", ".imports");

  private static final List<String> LAST =
      List.of("$SYS.ACCOUNT.$G.DISCONNECT", "$SYS.SERVER.ID.CLIENT.AUTH.ERR");

  // The server leaves out a round trip time that is too short for its clock.
  private static final List<String> NOT_ALWAYS = List.of(".client.rtt");

  @TempDir Path directory;

  private String config(String name) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.writeString(
        file,
        """
        server_name: probe
        accounts {
          SYS { users: [{user: sys, password: s}] }
          A {
            jetstream: enabled
            users: [
              {user: a, password: a}
              {user: p, password: p, permissions {
                publish: {allow: ["foo", "$SYS.REQ.USER.INFO"], deny: "bar"}
                subscribe: {allow: ["_INBOX.>", "q g"]}, allow_responses: true}}
            ]
            exports: [{service: "svc.>"}, {stream: "str.>"}]
            mappings: {map: mapped}
          }
          B {
            users: [{user: b, password: b}]
            imports: [{service: {account: A, subject: "svc.>"}}
                      {stream: {account: A, subject: "str.x"}}]
          }
        }
        system_account: SYS
        jetstream { store_dir: "%s" }
        """
            .formatted(directory.resolve(name)));
    return file.toString();
  }

  private NatsServer hub() throws IOException {
    Path file = Path.of(config("hub"));
    Files.writeString(file, "port: -1\n" + Files.readString(file));
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
  }

  private NatsServerProcess real() throws IOException {
    return NatsServerProcess.start(
        Files.createDirectories(directory.resolve("logs")), "-c", config("real"));
  }

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user.equals("sys") ? "s" : user)
            .connectionName("test of " + user)
            .connectionTimeout(PATIENCE)
            .build());
  }

  private static final class Session {
    private final Connection system;
    private final Connection one;
    private final int port;
    private final String id;
    private final Map<String, String> transcript = new TreeMap<>();

    Session(int port) throws Exception {
      this.port = port;
      system = connect(port, "sys");
      one = connect(port, "a");
      one.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("S").subjects("s").build());
      one.subscribe("foo.>");
      one.flush(PATIENCE);
      id = one.getServerInfo().getServerId();
    }

    private static String ask(Connection connection, String subject, String payload)
        throws Exception {
      Message answer = connection.request(subject, payload.getBytes(UTF_8), PATIENCE);
      return answer == null ? "nothing" : new String(answer.getData(), UTF_8);
    }

    void note(Connection connection, String subject, String payload) throws Exception {
      String text = ask(connection, subject, payload);
      transcript.put(
          subject.replace(id, "ID") + " " + payload,
          JsonShape.of(text, NOT_COMPARED) + value(text, "error"));
    }

    // The test compares errors word for word.
    private static String value(String text, String field) {
      JsonObject json = Json.parseObject(text);
      JsonObject object = json.object(field);
      return object == null
          ? ""
          : object.integer("code", 0) + " " + object.string("description", "");
    }

    Map<String, String> run() throws Exception {
      for (String name :
          List.of(
              "IDZ",
              "STATSZ",
              "VARZ",
              "SUBSZ",
              "CONNZ",
              "ROUTEZ",
              "GATEWAYZ",
              "LEAFZ",
              "ACCOUNTZ",
              "JSZ",
              "HEALTHZ",
              "EXPVARZ",
              "IPQUEUESZ",
              "PROFILEZ",
              "RAFTZ")) {
        note(system, "$SYS.REQ.SERVER.PING." + name, "");
        note(system, "$SYS.REQ.SERVER." + id + "." + name, "");
      }
      note(system, "$SYS.REQ.SERVER.PING", "");
      note(system, "$SYS.REQ.SERVER.PING.PROFILEZ", "{\"name\":\"nope\"}");
      note(system, "$SYS.REQ.SERVER.PING.PROFILEZ", "{\"name\":\"cpu\"}");
      note(system, "$SYS.REQ.SERVER.PING.PROFILEZ", "{\"name\":\"cpu\",\"duration\":16000000000}");
      String server = "$SYS.REQ.SERVER.PING.";
      note(system, server + "CONNZ", "{\"auth\":true,\"subscriptions\":true}");
      note(system, server + "CONNZ", "{\"subscriptions_detail\":true,\"state\":2,\"acc\":\"A\"}");
      note(system, server + "CONNZ", "{\"sort\":\"nope\"}");
      note(system, server + "CONNZ", "{\"sort\":\"idle\",\"limit\":1,\"server_name\":\"pro\"}");
      note(system, server + "SUBSZ", "{\"subscriptions\":true,\"account\":\"A\"}");
      note(system, server + "SUBSZ", "{\"subscriptions\":true,\"test\":\"foo.x\"}");
      note(system, server + "JSZ", "{\"accounts\":true,\"streams\":true,\"config\":true}");
      note(system, server + "ACCOUNTZ", "{\"account\":\"A\"}");
      note(system, server + "HEALTHZ", "{\"details\":true}");
      note(system, server + "HEALTHZ", "{\"stream\":\"X\"}");
      note(system, server + "HEALTHZ", "{\"account\":\"A\",\"stream\":\"X\"}");
      note(system, server + "HEALTHZ", "{\"account\":\"A\",\"stream\":\"X\",\"details\":true}");
      note(system, server + "HEALTHZ", "{\"account\":\"A\",\"stream\":\"S\"}");
      note(system, server + "HEALTHZ", "{\"account\":\"Z\"}");
      note(system, server + "IDZ", "{\"exact_match\":true,\"server_name\":\"probe\"}");
      for (String name : List.of("CONNZ", "SUBSZ", "LEAFZ", "INFO", "STATZ", "CONNS", "JSZ")) {
        note(system, "$SYS.REQ.ACCOUNT.A." + name, "");
      }
      note(system, "$SYS.REQ.ACCOUNT.A.JSZ", "{\"streams\":true}");
      note(system, "$SYS.REQ.ACCOUNT.PING.STATZ", "");
      note(system, "$SYS.REQ.ACCOUNT.ZZ.INFO", "");
      note(system, "$SYS.REQ.ACCOUNT.ZZ.JSZ", "");
      note(system, "$SYS.REQ.ACCOUNT.B.JSZ", "");
      note(system, "$SYS.REQ.ACCOUNT.ZZ.STATZ", "{\"include_unused\":true}");
      note(one, "$SYS.REQ.ACCOUNT.PING.CONNZ", "");
      note(one, "$SYS.REQ.SERVER.PING.CONNZ", "");
      note(one, "$SYS.REQ.ACCOUNT.PING.STATZ", "");
      note(system, "$SYS.REQ.SERVER." + id + ".KICK", "{\"cid\":987654}");
      note(system, "$SYS.REQ.SERVER." + id + ".LDM", "{\"cid\":987654}");
      note(system, "$SYS.REQ.SERVER." + id + ".RELOAD", "");
      users();
      transcript.put("subscribers", ask(system, "$SYS.DEBUG.SUBSCRIBERS", "$SYS.x"));
      return transcript;
    }

    private void users() throws Exception {
      for (String user : List.of("sys", "a", "p", "b")) {
        try (Connection connection = connect(port, user)) {
          JsonObject answer = Json.parseObject(ask(connection, "$SYS.REQ.USER.INFO", ""));
          JsonObject data = answer.object("data");
          transcript.put("user " + user, describe(data));
        }
      }
    }

    private static String describe(@Nullable Object value) {
      if (value instanceof JsonObject object) {
        Map<String, String> fields = new TreeMap<>();
        object.names().forEach(name -> fields.put(name, describe(object.get(name))));
        return fields.toString();
      }
      return value instanceof List<?> list
          ? list.stream().map(String::valueOf).sorted().toList().toString()
          : String.valueOf(value);
    }

    void close() throws InterruptedException {
      one.close();
      system.close();
    }
  }

  // Which queues of streams have something waiting depends on the moment.
  private static List<String> fields(String answer) {
    String lasting = answer.replaceAll("\\.data\\.\\[ACC:[^,}]*(, )?", "");
    return List.of(lasting.split(", ", -1));
  }

  @Test
  @ComparedWithNatsServer
  void answersAsTheRealServer() throws Exception {
    Map<String, String> expected;
    Map<String, String> actual;
    try (NatsServerProcess real = real()) {
      Session session = new Session(real.port());
      expected = session.run();
      session.close();
    }
    try (NatsServer hub = hub()) {
      Session session = new Session(hub.port());
      actual = session.run();
      session.close();
    }
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    // A failure lists single fields, because whole reports are too long to read.
    List<String> differences = new ArrayList<>();
    expected.forEach(
        (asked, answer) -> {
          List<String> theirs = fields(answer);
          List<String> ours = fields(actual.getOrDefault(asked, ""));
          theirs.stream()
              .filter(field -> !ours.contains(field))
              .forEach(field -> differences.add(asked + ": theirs only: " + field));
          ours.stream()
              .filter(field -> !theirs.contains(field))
              .forEach(field -> differences.add(asked + ": ours only: " + field));
        });
    assertThat(differences).isEmpty();
  }

  private static String lines(Map<String, String> transcript) {
    StringBuilder text = new StringBuilder();
    transcript.forEach(
        (asked, answer) -> text.append(asked).append("\n    ").append(answer).append('\n'));
    return text.toString();
  }

  /**
   * Returns everything that the system account hears about a client that comes and goes, and about
   * one that is turned away.
   */
  private static String events(int port) throws Exception {
    try (Connection system = connect(port, "sys")) {
      Subscription all = system.subscribe("$SYS.*.*.>");
      system.flush(PATIENCE);
      List<String> seen = new ArrayList<>();
      Map<String, String> shapes = new TreeMap<>();
      String id = system.getServerInfo().getServerId();
      connect(port, "a").close();
      // The next client comes only then, because the server reports two at once in any order.
      hear(all, id, List.of("$SYS.ACCOUNT.A.DISCONNECT"), seen, shapes);
      try (Connection refused =
          Nats.connect(
              Options.builder()
                  .server("nats://127.0.0.1:" + port)
                  .userInfo("a", "wrong")
                  .maxReconnects(0)
                  .build())) {
        throw new IllegalStateException("let in: " + refused.getServerInfo());
      } catch (io.nats.client.AuthenticationException e) {
        // The server refuses the client, as expected.
      }
      hear(all, id, LAST, seen, shapes);
      // The real server sends each of the last two events from a thread of its own.
      seen.removeAll(LAST);
      return String.join("\n", seen) + "\n" + lines(shapes);
    }
  }

  /** Records events until each of {@code last} has come. */
  private static void hear(
      Subscription all,
      String serverId,
      List<String> last,
      List<String> seen,
      Map<String, String> shapes)
      throws Exception {
    while (!seen.containsAll(last)) {
      Message event = all.nextMessage(PATIENCE);
      assertThat(event).as("after " + seen).isNotNull();
      String subject = event.getSubject().replace(serverId, "ID");
      // Whether the client hears of its own connection depends on when it has subscribed.
      if (!subject.contains("STATSZ") && !subject.contains(".SYS.")) {
        String text = new String(event.getData(), UTF_8);
        seen.add(subject);
        shapes.put(subject, JsonShape.of(text, NOT_ALWAYS) + " " + values(text));
      }
    }
  }

  private static String values(String text) {
    JsonObject event = Json.parseObject(text);
    JsonObject client = event.object("client");
    return event.string("type", "")
        + " "
        + event.string("reason", "")
        + (client == null
            ? ""
            : " "
                + client.string("acc")
                + " "
                + client.string("user")
                + " "
                + client.string("kind"))
        + " "
        + event.integer("conns", -1);
  }

  @Test
  @ComparedWithNatsServer
  void tellsOfClientsAsTheRealServer() throws Exception {
    String expected;
    try (NatsServerProcess real = real()) {
      expected = events(real.port());
    }
    try (NatsServer hub = hub()) {
      assertThat(events(hub.port())).isEqualTo(expected);
    }
  }

  @Test
  void tellsOfItsOwnEnd() throws Exception {
    NatsServer hub = hub();
    try (Connection system = connect(hub.port(), "sys")) {
      Subscription statistics = system.subscribe("$SYS.SERVER.*.STATSZ");
      Subscription ends = system.subscribe("$SYS.SERVER.*.*");
      system.flush(PATIENCE);
      assertThat(statistics.nextMessage(PATIENCE)).isNotNull();
      hub.lameDuck(Duration.ofDays(1), Duration.ofSeconds(1));
      List<String> seen = new ArrayList<>();
      while (!seen.contains("SHUTDOWN")) {
        Message event = ends.nextMessage(PATIENCE);
        assertThat(event).as("after " + seen).isNotNull();
        String what = event.getSubject().substring(event.getSubject().lastIndexOf('.') + 1);
        if (!what.equals("STATSZ")) {
          seen.add(what);
          assertThat(Json.parseObject(event.getData()).string("id")).isEqualTo(hub.id());
        }
        if (what.equals("LAMEDUCK")) {
          hub.close();
        }
      }
      assertThat(seen).containsExactly("LAMEDUCK", "SHUTDOWN");
    } finally {
      hub.close();
    }
  }

  @Test
  void doesWhatItIsTold() throws Exception {
    try (NatsServer hub = hub();
        Connection system = connect(hub.port(), "sys");
        Connection one = connect(hub.port(), "a")) {
      String orders = "$SYS.REQ.SERVER." + hub.id() + ".";
      String cid = "{\"cid\":" + one.getServerInfo().getClientId() + "}";
      one.flush(PATIENCE);
      assertThat(Json.parseObject(Session.ask(system, orders + "LDM", cid)).has("error")).isFalse();
      Subscription gone = system.subscribe("$SYS.ACCOUNT.A.DISCONNECT");
      system.flush(PATIENCE);
      assertThat(Json.parseObject(Session.ask(system, orders + "KICK", cid)).has("error"))
          .isFalse();
      Message event = gone.nextMessage(PATIENCE);
      assertThat(event).isNotNull();
      assertThat(Json.parseObject(event.getData()).string("reason")).isEqualTo("Kicked");
    }
  }

  @Test
  void isSilentWhereTheRequestIsForAnother() throws Exception {
    try (NatsServer hub = hub();
        Connection system = connect(hub.port(), "sys")) {
      for (String other :
          List.of(
              "{\"server_name\":\"other\"}",
              "{\"server_name\":\"prob\",\"exact_match\":true}",
              "{\"tags\":[\"x\"]}",
              "{\"cluster\":\"c\"}",
              "{\"domain\":\"d\"}",
              "{\"host\":\"nowhere\"}")) {
        assertThat(system.request("$SYS.REQ.SERVER.PING.VARZ", other.getBytes(UTF_8), SILENCE))
            .as(other)
            .isNull();
      }
    }
  }

  @Test
  void compressesWhereAsked() throws Exception {
    try (NatsServer hub = hub();
        Connection system = connect(hub.port(), "sys")) {
      Message zipped = accepting(system, "gzip");
      assertThat(zipped.getHeaders().getFirst("Content-Encoding")).isEqualTo("gzip");
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped.getData()))) {
        assertThat(Json.parseObject(in.readAllBytes()).has("data")).isTrue();
      }
      Message snapped = accepting(system, "snappy");
      assertThat(snapped.getHeaders().getFirst("Content-Encoding")).isEqualTo("snappy");
      assertThat(snapped.getData()).startsWith(0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y');
      assertThat(accepting(system, "br").getHeaders().getFirst("Content-Encoding"))
          .isEqualTo("identity");
    }
  }

  private static Message accepting(Connection connection, String encoding) throws Exception {
    Message answer =
        connection.request(
            NatsMessage.builder()
                .subject("$SYS.REQ.SERVER.PING.VARZ")
                .headers(new Headers().add("Accept-Encoding", encoding))
                .build(),
            PATIENCE);
    assertThat(answer).isNotNull();
    return answer;
  }
}
