package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.nats.net.RawClient;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes limits, users and mappings of accounts while clients are connected. */
@ComparedWithNatsServer
class ReloadedClientsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String USER_A = "{user: a, password: a}";
  private static final String USER_B = "{user: b, password: b}";

  @TempDir Path directory;

  private static String config(String a, String b, String more) {
    return "server_name: srv\naccounts {\nS { users: [{user: s, password: s}] }\nA { "
        + a
        + " }\nB { "
        + b
        + " }\n}\nsystem_account: S\n"
        + more;
  }

  private static String users(String... users) {
    return "users: [" + String.join(", ", users) + "]";
  }

  private static Map<String, String> changes() {
    String both = users(USER_A, USER_B);
    String other = users("{user: c, password: c}");
    Map<String, String> changes = new LinkedHashMap<>();
    changes.put("nothing", config(both, other, ""));
    changes.put("no_auth_user", config(both, other, "no_auth_user: c\n"));
    changes.put("one connection", config(both + "\nlimits {max_connections: 1}", other, ""));
    changes.put("two subscriptions", config(both + "\nlimits {max_subscriptions: 2}", other, ""));
    changes.put("three subscriptions", config(both + "\nlimits {max_subscriptions: 3}", other, ""));
    changes.put("four subscriptions", config(both + "\nlimits {max_subscriptions: 4}", other, ""));
    changes.put("small payload", config(both + "\nlimits {max_payload: 3}", other, ""));
    changes.put("two for all", config(both, other, "max_subscriptions: 2\n"));
    changes.put("user gone", config(users(USER_A), other, ""));
    changes.put("user moved", config(users(USER_A), users("{user: c, password: c}", USER_B), ""));
    changes.put("password", config(users(USER_A, "{user: b, password: x}"), other, ""));
    changes.put("mapped", config(both + "\nmappings { \"x.1\": y }", other, ""));
    return changes;
  }

  private static RawClient connect(int port, String user) throws Exception {
    RawClient client = RawClient.connect(port, 0);
    client.send(
        "CONNECT {\"verbose\":false,\"user\":\"%s\",\"pass\":\"%s\"}\r\n".formatted(user, user));
    assertThat(client.roundTrip()).isEmpty();
    return client;
  }

  private static List<String> said(RawClient client) throws Exception {
    List<String> lines = new ArrayList<>();
    client.send("PUB x.1 5\r\nhello\r\nPING\r\n");
    for (String line = client.line(); !"PONG".equals(line); line = client.line()) {
      if (line == null) {
        lines.add("closed");
        break;
      }
      if (!line.startsWith("INFO ") && !line.equals("PING")) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static String reload(Connection admin, Path file, String config) throws Exception {
    Files.writeString(file, config);
    String id = admin.getServerInfo().getServerId();
    Message answer =
        admin.request("$SYS.REQ.SERVER." + id + ".RELOAD", "".getBytes(UTF_8), PATIENCE);
    return Json.parseObject(answer.getData())
        .objectOrEmpty("error")
        .string("description", "ok")
        .replace(file.toString(), "(file)")
        .strip();
  }

  private List<String> change(int port, Path file, String head) throws Exception {
    List<String> heard = new ArrayList<>();
    String first = head + changes().get("nothing");
    try (Connection admin =
        Nats.connect(
            Options.builder()
                .server("nats://127.0.0.1:" + port)
                .userInfo("s", "s")
                .noReconnect()
                .build())) {
      for (Map.Entry<String, String> change : changes().entrySet()) {
        assertThat(reload(admin, file, first)).isEqualTo("ok");
        try (RawClient a = connect(port, "a");
            RawClient b = connect(port, "b")) {
          for (RawClient client : List.of(a, b)) {
            client.send("SUB x.> 1\r\nSUB y 2\r\nSUB z 3\r\n");
            assertThat(client.roundTrip()).isEmpty();
          }
          String answer = reload(admin, file, head + change.getValue());
          // nats-server closes those with too many subscriptions a moment after it has told them.
          boolean closing =
              change.getKey().equals("two subscriptions")
                  || change.getKey().equals("three subscriptions");
          heard.add(change.getKey() + ": " + answer);
          if (change.getKey().equals("one connection")) {
            // Which of the two may stay is left to chance in nats-server.
            Stream.of(said(a), said(b))
                .map(lines -> "  one: " + lines)
                .sorted()
                .forEach(heard::add);
          } else {
            heard.add("  a: " + (closing ? a.untilEnd() : said(a)));
            heard.add("  b: " + (closing ? b.untilEnd() : said(b)));
          }
        }
      }
    }
    return heard;
  }

  @Test
  void theyFollowAsWithNatsServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, changes().get("nothing"))) {
      List<String> ours =
          change(servers.ours().port(), directory.resolve("hub.conf"), "port: -1\n");
      assertThat(ours)
          .containsExactlyElementsOf(
              change(servers.real().port(), directory.resolve("real.conf"), ""));
    }
  }
}
