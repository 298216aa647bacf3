package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests to the API of another account through imports that call it otherwise, and who hears of
 * requests to the API.
 */
@ComparedWithNatsServer
class ImportedAliasDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int STREAMS = 12;

  @TempDir Path directory;

  private static String config() {
    StringBuilder imports = new StringBuilder();
    for (int i = 1; i <= STREAMS; i++) {
      imports.append(
          "{ service: { account: A, subject: \"$JS.API.STREAM.PURGE.V%d\" }, to: \"purge%d\" }\n"
              .formatted(i, i));
    }
    return "server_name: srv\njetstream { store_dir: \"$STORE\", strict: false }\naccounts {\n"
        + "A { jetstream: enabled, users: [{user: a, password: a}], exports: ["
        + "{service: \"$JS.API.>\"}] }\n"
        + "B { jetstream: enabled, users: [{user: b, password: b},"
        + "{user: r, password: r, permissions: {publish: [\"ask\"], subscribe: \">\","
        + " allow_responses: true}}],\n"
        + "mappings { mapped: purge12 }\nimports: ["
        + imports
        + "{ service: { account: C, subject: \"$JS.API.DIRECT.GET.SRC\" }, to: dget }\n"
        + "{ service: { account: C, subject: svc } } ] }\n"
        + "C { jetstream: enabled, users: [{user: c, password: c}], exports: ["
        + "{service: \"$JS.API.DIRECT.GET.SRC\"}, {service: svc}] }\n"
        + "D { users: [{user: d, password: d}], imports: [{ service: { account: A, subject:"
        + " \"$JS.API.STREAM.INFO.V1\" }, to: info }] }\n"
        + "S { users: [{user: s, password: s}] } }\nsystem_account: S\n";
  }

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user)
            .connectionName(user)
            .noReconnect()
            .build());
  }

  private static Message ask(Connection client, String subject, String body) throws Exception {
    Message answer = client.request(subject, body.getBytes(UTF_8), PATIENCE);
    assertThat(answer).as(subject).isNotNull();
    return answer;
  }

  private static List<Long> counts(Connection a) throws Exception {
    List<Long> counts = new ArrayList<>();
    for (int i = 1; i <= STREAMS; i++) {
      JsonObject info = Json.parseObject(ask(a, "$JS.API.STREAM.INFO.V" + i, "").getData());
      counts.add(info.objectOrEmpty("state").integer("messages", -1));
    }
    return counts;
  }

  private static void send(Connection client, String subject, String reply, String body)
      throws Exception {
    client.publish(subject, reply, body.getBytes(UTF_8));
    client.flush(PATIENCE);
  }

  private static List<Long> misuse(int port) throws Exception {
    try (Connection a = connect(port, "a");
        Connection b = connect(port, "b");
        Connection r = connect(port, "r");
        Connection c = connect(port, "c")) {
      for (int i = 1; i <= STREAMS; i++) {
        String name = "V" + i;
        ask(
            a,
            "$JS.API.STREAM.CREATE." + name,
            "{\"name\":\"" + name + "\",\"subjects\":[\"" + name + "\"]}");
        ask(a, name, "x");
      }
      ask(
          c,
          "$JS.API.STREAM.CREATE.SRC",
          "{\"name\":\"SRC\",\"subjects\":[\"src\"],\"allow_direct\":true}");
      ask(c, "src", "x");
      Dispatcher service = c.createDispatcher(m -> c.publish(m.getReplyTo(), "y".getBytes(UTF_8)));
      service.subscribe("svc");
      c.flush(PATIENCE);
      ask(
          b,
          "$JS.API.STREAM.CREATE.OWN",
          "{\"name\":\"OWN\",\"subjects\":[\"own\"],\"republish\":{\"dest\":\"purge9\"}}");
      Dispatcher responder = r.createDispatcher(m -> r.publish(m.getReplyTo(), new byte[0]));
      responder.subscribe("granted");
      r.flush(PATIENCE);
      ask(b, "purge1", ""); // its own request
      send(b, "purge2", null, "");
      send(b, "dget", "purge3", "{\"seq\":1}");
      send(b, "svc", "purge4", "");
      send(b, "own", "purge5", "x");
      send(b, "$JS.API.STREAM.INFO.OWN", "purge6", "");
      ask(
          b,
          "$JS.API.CONSUMER.CREATE.OWN.push",
          "{\"stream_name\":\"OWN\",\"config\":{\"name\":\"push\",\"deliver_subject\":\"purge7\"}}");
      send(b, "granted", "purge8", "");
      ask(
          b,
          "$JS.API.CONSUMER.CREATE.OWN.pull",
          "{\"stream_name\":\"OWN\",\"config\":{\"durable_name\":\"pull\",\"ack_policy\":\"explicit\"}}");
      send(b, "$JS.API.CONSUMER.MSG.NEXT.OWN.pull", "purge10", "1");
      send(b, "$SYS.REQ.USER.INFO", "purge11", "");
      send(b, "mapped", null, "");
      // Another turn through everything that answers.
      ask(b, "$JS.API.STREAM.INFO.OWN", "");
      ask(b, "svc", "");
      ask(b, "granted", "");
      return counts(a);
    }
  }

  @Test
  void cannotMakeTheServerAskForThem() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config())) {
      List<Long> ours = misuse(servers.ours().port());
      assertThat(ours).isEqualTo(misuse(servers.real().port()));
      // Only those that the client has made itself.
      assertThat(ours).startsWith(0L, 0L, 1L, 1L).endsWith(0L);
    }
  }

  private static List<String> audits(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    String subject = "$JS.EVENT.ADVISORY.API";
    List<String> names = List.of("a", "b", "c", "d", "s");
    List<Connection> clients = new ArrayList<>();
    List<Subscription> advisories = new ArrayList<>();
    try {
      for (String name : names) {
        Connection client = connect(port, name);
        clients.add(client);
        advisories.add(client.subscribe(subject));
        advisories.add(client.subscribe("end"));
        client.flush(PATIENCE);
      }
      // Who asks for what, and who is told of it: nats-server tells a little after it has answered.
      String[][] requests = {
        {"a", "$JS.API.INFO", "", "a"},
        {"a", "$JS.API.STREAM.INFO.V1", "x", "a"},
        {"b", "purge1", "{}", "a"},
        {"b", "$JS.API.STREAM.NAMES", "", "b"},
        {"d", "$JS.API.INFO", "", "d"},
        {"d", "$JS.API.STREAM.CREATE.X", "{\"name\":\"X\"}", "d"},
        {"d", "$JS.API.STREAM.NAMES", "", "d"},
        {"d", "info", "x", "a"},
        {"s", "$JS.API.INFO", "", "s"},
        {"s", "$JS.API.STREAM.NAMES", "", "s"},
        {"s", "$JS.API.ACCOUNT.PURGE.A", "", "s"},
        {"s", "$JS.API.META.LEADER.STEPDOWN", "", ""},
      };
      for (String[] request : requests) {
        Connection client = clients.get(names.indexOf(request[0]));
        Message answer =
            client.request(request[1], request[2].getBytes(UTF_8), Duration.ofSeconds(2));
        heard.add(
            String.join(" ", List.of(request).subList(0, 3))
                + " "
                + (answer == null ? "unanswered" : ""));
        for (int i = 0; i < names.size(); i++) {
          Connection listener = clients.get(i);
          listener.publish("end", new byte[0]);
          advisories.get(2 * i + 1).nextMessage(PATIENCE);
          Message event =
              advisories
                  .get(2 * i)
                  .nextMessage(names.get(i).equals(request[3]) ? PATIENCE : Duration.ofMillis(1));
          if (event != null) {
            heard.add("  " + names.get(i) + " " + shown(event));
          }
        }
      }
    } finally {
      for (Connection client : clients) {
        client.close();
      }
    }
    return heard;
  }

  private static String shown(Message message) {
    JsonObject event = Json.parseObject(message.getData());
    JsonObject client = event.objectOrEmpty("client");
    TreeSet<String> fields = new TreeSet<>(client.names());
    fields.remove("rtt");
    return String.join(" ", event.names())
        + "\n    "
        + fields
        + " "
        + client.string("acc", "")
        + " "
        + client.string("svc", "")
        + " "
        + client.string("user", "")
        + " "
        + client.string("kind", "")
        + "\n    "
        + event.string("subject", "")
        + " "
        + event.string("request", "")
        + "\n    "
        + event.string("response", "").replaceAll("\"\\d{4}-\\d\\d-[^\"]*\"", "\"(time)\"");
  }

  @Test
  void areToldOfToWhomNatsServerTellsIt() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config())) {
      assertThat(audits(servers.ours().port()))
          .containsExactlyElementsOf(audits(servers.real().port()));
    }
  }
}
