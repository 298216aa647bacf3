package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsException;
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
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares how much of JetStream Hub and the real nats-server grant to accounts, and what a reload
 * changes.
 */
class JetStreamLimitsDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  // Without it, consumers that nobody uses are gone after five seconds.
  private static final String LASTING = ",\"inactive_threshold\":3600000000000";

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", SERVER }
      accounts {
        A { ONE, users: [{user: A, password: A}] }
        B { TWO, users: [{user: B, password: B}] }
        C { THREE, users: [{user: C, password: C}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;
  private static final String ROOM = "max_mem: 4096, max_file: 8192";

  @TempDir Path directory;

  private static String config(String server, String one, String two, String three) {
    return CONFIG
        .replace("SERVER", server)
        .replace("ONE", one)
        .replace("TWO", two)
        .replace("THREE", three)
        .replaceAll("\\{ ,", "{");
  }

  private static final String BEFORE =
      config(
          ROOM,
          "jetstream: {max_mem: 1024, max_file: 2048, max_streams: 2, max_consumers: 1,"
              + " max_ack_pending: 10}",
          "jetstream: enabled",
          "");
  private static final String LOWERED =
      config(
          ROOM,
          "jetstream: {max_mem: 512, max_file: 2048, max_streams: 1, max_consumers: 1}",
          "",
          "jetstream: enabled");

  private static Connection connect(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    return Nats.connect(
        Options.builder()
            .server(url)
            .connectionTimeout(Duration.ofSeconds(20))
            .noReconnect()
            .build());
  }

  /** The requests to one server, and its answers. */
  private final class Session implements AutoCloseable {
    private final List<String> heard = new ArrayList<>();
    private final int port;
    private final String server;
    private final Connection system;
    private final List<Connection> accounts = new ArrayList<>();

    Session(int port, String server) throws Exception {
      this.port = port;
      this.server = server;
      this.system = connect(port, "SYS");
      connectAccounts();
    }

    private void connectAccounts() throws Exception {
      for (Connection account : accounts) {
        account.close();
      }
      accounts.clear();
      for (String user : List.of("A", "B", "C")) {
        accounts.add(connect(port, user));
      }
    }

    void ask(int account, String subject, String body) throws Exception {
      Message answer =
          accounts.get(account).request(subject, body.getBytes(StandardCharsets.UTF_8), LIMIT);
      String text =
          answer == null
              ? "(none)"
              : answer.isStatusMessage()
                  ? answer.getStatus().toString()
                  : new String(answer.getData(), StandardCharsets.UTF_8);
      heard.add(
          account
              + subject
              + body
              + "\n"
              + text.replaceAll("\"\\d{4}-\\d\\d-\\d\\dT[^\"]*\"", "\"(time)\"")
                  .replaceAll("\"_nats.ver\":\"[^\"]*\"", ""));
    }

    void create(int account, String name, String more) throws Exception {
      ask(account, "$JS.API.STREAM.CREATE." + name, "{\"name\":\"" + name + "\"" + more + "}");
    }

    void reload(String config) throws Exception {
      Path file = directory.resolve(server + ".conf");
      String store = directory.resolve(server + "-store").toString();
      String first = server.equals("hub") ? "port: -1\n" : "";
      Files.writeString(file, first + config.replace("$STORE", store));
      String id =
          Json.parseObject(system.request("$SYS.REQ.SERVER.PING.IDZ", new byte[0], LIMIT).getData())
              .string("id", "");
      Message answer = system.request("$SYS.REQ.SERVER." + id + ".RELOAD", new byte[0], LIMIT);
      heard.add(
          new String(answer.getData(), StandardCharsets.UTF_8)
              .replaceFirst("\"server\":\\{.*?\"time\":\"[^\"]*\"\\}", ""));
      connectAccounts();
    }

    @Override
    public void close() throws Exception {
      system.close();
      for (Connection account : accounts) {
        account.close();
      }
    }
  }

  private List<String> hear(int port, String server) throws Exception {
    try (Session session = new Session(port, server)) {
      streams(session);
      room(session);
      for (int account = 0; account < 3; account++) {
        session.ask(account, "$JS.API.INFO", "");
      }
      session.reload(LOWERED);
      for (int account = 0; account < 3; account++) {
        session.ask(account, "$JS.API.INFO", "");
        session.ask(account, "$JS.API.STREAM.NAMES", "");
        session.create(account, "N", ",\"subjects\":[\"n\"]");
        session.ask(account, "s", "hello");
        session.ask(account, "t", "hello");
      }
      refusedReloads(session);
      return session.heard;
    }
  }

  private static void streams(Session session) throws Exception {
    session.create(0, "S", ",\"subjects\":[\"s\"]");
    session.create(0, "T", ",\"subjects\":[\"t\"],\"storage\":\"memory\"");
    session.create(0, "U", ",\"subjects\":[\"u\"]");
    for (String consumer : List.of("c", "d")) {
      session.ask(
          0,
          "$JS.API.CONSUMER.CREATE.S." + consumer,
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"" + consumer + "\"" + LASTING + "}}");
    }
    session.ask(
        0,
        "$JS.API.CONSUMER.CREATE.T.c",
        "{\"stream_name\":\"T\",\"config\":{\"name\":\"c\",\"ack_policy\":\"explicit\","
            + "\"max_ack_pending\":11"
            + LASTING
            + "}}");
    session.create(1, "R", ",\"subjects\":[\"r\"],\"max_bytes\":7000");
    for (int bytes : List.of(2000, 1000)) {
      session.ask(
          0,
          "$JS.API.STREAM.UPDATE.S",
          "{\"name\":\"S\",\"subjects\":[\"s\"],\"max_bytes\":" + bytes + "}");
    }
    session.create(1, "R2", ",\"subjects\":[\"r2\"],\"max_bytes\":300");
    session.create(1, "R2", ",\"subjects\":[\"r2\"],\"max_bytes\":100");
    session.create(1, "M", ",\"subjects\":[\"m\"],\"storage\":\"memory\"");
  }

  // Fills the space of one account, then of the server as a whole.
  private static void room(Session session) throws Exception {
    for (int i = 0; i < 3; i++) {
      session.ask(0, "s", "x".repeat(600));
      session.ask(0, "t", "x".repeat(500));
    }
    for (int i = 0; i < 6; i++) {
      session.ask(1, "m", "x".repeat(900));
    }
    session.ask(0, "t", "small");
  }

  private static void refusedReloads(Session session) throws Exception {
    for (String server :
        List.of(
            "max_mem: 2048, max_file: 8192",
            "max_mem: 4096",
            ROOM + ", domain: other",
            ROOM + ", strict: false",
            ROOM + ", limits: {max_ack_pending: 5, duplicate_window: \"1m\", batch: {max_msgs: 3}}",
            ROOM + ", sync_interval: \"5m\"",
            ROOM + ", sync_interval: always",
            ROOM + ", max_buffered_msgs: 7",
            ROOM + ", max_buffered_msgs: 7, request_queue_limit: 7",
            ROOM + ", info_queue_limit: 7",
            "max_mem: 8192, max_file: 8192")) {
      session.reload(LOWERED.replace(ROOM, server));
    }
    session.reload(LOWERED.replace("$STORE", "$STORE-elsewhere"));
  }

  @Test
  @ComparedWithNatsServer
  void limitsAccountsAndTheServerAsNatsServerDoes() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, BEFORE)) {
      List<String> hub = hear(servers.ours().port(), "hub");
      assertThat(hub).containsExactlyElementsOf(hear(servers.real().port(), "real"));
    }
  }

  @Test
  void doesNotStartWhereAccountsAreToHaveMoreThanThereIs() {
    String half = "jetstream: {max_file: 5000}";
    Assertions.assertThatThrownBy(
            () -> PeerServers.start(directory, "hub", config(ROOM, half, half, "")))
        .isInstanceOf(NatsException.class)
        // The log of nats-server has the same message.
        .hasMessageContaining(
            "Can't start JetStream: Error enabling jetstream on configured accounts:"
                + " insufficient storage resources available (10047)");
  }
}
