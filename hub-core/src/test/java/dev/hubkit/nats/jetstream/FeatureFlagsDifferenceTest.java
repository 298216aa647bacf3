package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The feature flags of a configuration: what they change, and how they are reported. */
@ComparedWithNatsServer
class FeatureFlagsDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", DOMAIN }
      FLAGS
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  @TempDir Path directory;

  /** One server, and what was heard from it. */
  private final class Session {
    private final List<String> heard = new ArrayList<>();
    private final String name;
    private final int port;

    Session(String name, int port) {
      this.name = name;
      this.port = port;
    }

    private void hear(Message message) {
      heard.add(
          message == null
              ? "(nothing)"
              : (message.getSubject()
                      + " ["
                      + message.getReplyTo()
                      + "] "
                      + (message.isStatusMessage() ? message.getStatus() : ""))
                  .replaceAll("(JS\\.ACK\\..*?\\.\\d+\\.\\d+\\.\\d+)\\.\\d{19}", "$1.(time)")
                  .replaceAll("(\\$JSC\\.R\\.(.*\\.)?)\\w{8}]", "$1(id)]")
                  .replaceAll("(\\$JS\\.FC\\..*\\.)\\w{4}]", "$1(id)]"));
    }

    List<String> run(String config) throws Exception {
      try (Peer a = new Peer(port, "A");
          Peer system = new Peer(port, "SYS")) {
        Connection connection = a.connection();
        String create = "$JS.API.STREAM.CREATE.";
        a.ask(create + "S", Map.of(), "{\"name\":\"S\",\"subjects\":[\"s\"]}");
        a.ask("s", Map.of(), "text");
        acknowledge(a);
        flowControl(a);
        Subscription requests = connection.subscribe("$JS.API.CONSUMER.CREATE.>");
        connection.flush(LIMIT);
        a.ask(create + "M", Map.of(), "{\"name\":\"M\",\"mirror\":{\"name\":\"S\"}}");
        hear(requests.nextMessage(LIMIT));
        a.ask(
            create + "X",
            Map.of(),
            "{\"name\":\"X\",\"sources\":[{\"name\":\"S\",\"filter_subject\":\"s\"}]}");
        hear(requests.nextMessage(LIMIT));
        report(system, config);
      }
      return heard;
    }

    private void acknowledge(Peer a) throws Exception {
      Connection connection = a.connection();
      a.ask(
          "$JS.API.CONSUMER.CREATE.S.c",
          Map.of(),
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\","
              + "\"ack_policy\":\"explicit\"}}");
      String inbox = connection.createInbox();
      Subscription pulled = connection.subscribe(inbox);
      connection.publish("$JS.API.CONSUMER.MSG.NEXT.S.c", inbox, new byte[0]);
      Message message = pulled.nextMessage(LIMIT);
      hear(message);
      byte[] ack = "+ACK".getBytes(StandardCharsets.UTF_8);
      Message confirmed = connection.request(message.getReplyTo(), ack, LIMIT);
      heard.add("confirmed " + (confirmed != null));
      String info = a.ask("$JS.API.CONSUMER.INFO.S.c", Map.of(), "");
      heard.add(info.replaceAll("last_active=[^,}]*", "last_active"));
    }

    private void flowControl(Peer a) throws Exception {
      Connection connection = a.connection();
      Subscription pushed = connection.subscribe("pushed");
      a.ask(
          "$JS.API.CONSUMER.CREATE.S.p",
          Map.of(),
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"p\",\"deliver_subject\":\"pushed\","
              + "\"flow_control\":true,\"idle_heartbeat\":100000000,\"ack_policy\":\"none\"}}");
      hear(pushed.nextMessage(LIMIT));
      byte[] large = new byte[900_000];
      for (int i = 0; i < 3; i++) {
        connection.request("s", large, LIMIT);
      }
      Message last = pushed.nextMessage(LIMIT);
      while (last != null && !String.valueOf(last.getReplyTo()).startsWith("$JS.FC")) {
        last = pushed.nextMessage(LIMIT);
      }
      hear(last);
      pushed.unsubscribe();
    }

    private void report(Peer system, String config) throws Exception {
      Connection connection = system.connection();
      for (String request : List.of("VARZ", "IDZ")) {
        Message answer = connection.request("$SYS.REQ.SERVER.PING." + request, new byte[0], LIMIT);
        JsonObject said = Json.parseObject(answer.getData());
        for (String part : List.of("server", "data")) {
          JsonObject flags =
              said.object(part) == null ? null : said.object(part).object("feature_flags");
          heard.add(part + " " + (flags == null ? "" : Peer.json(flags)));
        }
        if (request.equals("IDZ")) {
          reload(connection, said.string("id", ""), config);
        }
      }
    }

    private void reload(Connection connection, String id, String config) throws Exception {
      String store = directory.resolve(name + "-store").toString();
      Files.writeString(
          directory.resolve(name + ".conf"),
          (name.equals("hub") ? "port: -1\n" : "")
              + config.replace("$STORE", store)
              + "\nfeature_flags { js_ack_fc_v2: true, js_raft_delete_range: false, b: false }\n");
      Message answer = connection.request("$SYS.REQ.SERVER." + id + ".RELOAD", new byte[0], LIMIT);
      JsonObject error = Json.parseObject(answer.getData()).object("error");
      // Hub names options as the file does.
      String refusal = error == null ? "reloaded" : Peer.json(error);
      heard.add(refusal.replace("FeatureFlags", "feature_flags"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "domain: hub | js_ack_fc_v2: true, js_api_reply_v2: true, unknown: true"})
  void flagsChangeSubjectsAsWithNatsServer(String settings) throws Exception {
    String domain = settings.startsWith("domain") ? "domain: hub" : "";
    String flags = settings.contains("js_") ? settings.replaceFirst(".*\\| ", "") : "";
    String base = CONFIG.replace(", DOMAIN", domain.isEmpty() ? "" : ", " + domain);
    String config = base.replace("FLAGS", "feature_flags {" + flags + "}");
    try (PeerServers servers = PeerServers.start(directory, config)) {
      String reloaded = base.replace("FLAGS", "");
      List<String> hub = new Session("hub", servers.ours().port()).run(reloaded);
      List<String> real = new Session("real", servers.real().port()).run(reloaded);
      assertThat(hub).isNotEmpty().containsExactlyElementsOf(real);
    }
  }
}
