package dev.hubkit.nats.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends all requests of the system account with all kinds of malformed and odd options, and expects
 * the answers, the errors and the silence of the real nats-server.
 */
@ComparedWithNatsServer
class SystemRequestDifferenceTest {
  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        B { users: [{user: B, password: B}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  private static final List<String> SERVER =
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
          "PROFILEZ",
          "EXPVARZ",
          "IPQUEUESZ",
          "RAFTZ");

  private static final List<String> ACCOUNT =
      List.of("CONNZ", "SUBSZ", "LEAFZ", "JSZ", "INFO", "STATZ", "CONNS", "NSUBS");

  private static final List<String> WITH_OPTIONS =
      List.of("SUBSZ", "CONNZ", "GATEWAYZ", "ACCOUNTZ", "JSZ", "HEALTHZ", "PROFILEZ");

  private static final List<String> BODIES =
      List.of(
          "",
          "{}",
          "null",
          "[]",
          "1",
          "\"x\"",
          "{",
          "nul",
          "{\"a\":1}{}",
          "\ufeff{}",
          "-",
          "{\"offset\":\"x\",\"limit\":\"y\"}",
          "\0",
          "{\"offset\":1,}",
          "{'a':1}",
          "{\"a\" 1}",
          "{\"offset\":01}",
          "[1,]",
          "{\"a\":\"\n\"}",
          "{\"a\":\"\\x\"}",
          "{\"x\":.5}",
          "{\"Offset\":7,\"LIMIT\":3}");

  private static final List<String> FIELDS =
      List.of(
          "server_name",
          "cluster",
          "host",
          "exact_match",
          "tags",
          "domain",
          "sort",
          "auth",
          "subscriptions",
          "subscriptions_detail",
          "offset",
          "limit",
          "cid",
          "mqtt_client",
          "state",
          "user",
          "acc",
          "filter_subject",
          "account",
          "test",
          "name",
          "accounts",
          "account_name",
          "include_unused",
          "streams",
          "consumer",
          "direct_consumer",
          "config",
          "leader_only",
          "raft",
          "stream_leader_only",
          "js-enabled",
          "js-enabled-only",
          "js-server-only",
          "js-meta-only",
          "leaf-remotes-connected",
          "details",
          "stream",
          "debug",
          "duration",
          "all",
          "filter",
          "group",
          "queue",
          "subject",
          "unheard_of");

  private static final List<String> VALUES =
      List.of("\"x\"", "1.5", "true", "null", "[]", "18446744073709551616");

  private static final List<String> COUNTS =
      List.of(
          "{\"acc\":\"A\",\"subject\":\"p\"}",
          "{\"acc\":\"A\",\"subject\":\"p.x\"}",
          "{\"acc\":\"A\",\"subject\":\"p.x\",\"queue\":\"cQ==\"}",
          "{\"acc\":\"A\",\"subject\":\"p.x\",\"queue\":\"q\"}",
          "{\"acc\":\"A\",\"subject\":\">\"}",
          "{\"acc\":\"B\",\"subject\":\"p\"}",
          "{\"acc\":\"NOBODY\",\"subject\":\"p\"}");

  @TempDir private Path directory;

  private record Request(String subject, String body) {}

  private static List<Request> requests() {
    List<Request> requests = new ArrayList<>();
    List<String> all = new ArrayList<>();
    List<String> odd = new ArrayList<>(BODIES);
    for (String field : FIELDS) {
      VALUES.forEach(value -> odd.add("{\"" + field + "\":" + value + "}"));
    }
    for (String kind : SERVER) {
      List<String> bodies = WITH_OPTIONS.contains(kind) ? odd : BODIES;
      bodies.forEach(body -> requests.add(new Request("$SYS.REQ.SERVER.PING." + kind, body)));
      requests.add(new Request("$SYS.REQ.SERVER.<ID>." + kind, "{\"tags\":1}"));
    }
    for (String kind : ACCOUNT) {
      List<String> bodies = kind.equals("STATZ") || kind.equals("JSZ") ? odd : BODIES;
      bodies.forEach(body -> requests.add(new Request("$SYS.REQ.ACCOUNT.A." + kind, body)));
      for (String account : List.of("B", "SYS", "NOBODY", "PING")) {
        requests.add(new Request("$SYS.REQ.ACCOUNT." + account + "." + kind, ""));
        requests.add(new Request("$SYS.REQ.ACCOUNT." + account + "." + kind, "{\"acc\":1}"));
      }
    }
    all.addAll(
        List.of(
            "$SYS.REQ.SERVER.PING",
            "$SYS.REQ.SERVER.<ID>.RELOAD",
            "$SYS.REQ.SERVER.<ID>.KICK",
            "$SYS.REQ.SERVER.<ID>.LDM",
            "$SYS.REQ.ACCOUNT.NSUBS",
            "$SYS.REQ.USER.INFO",
            "$SYS.REQ.USER.A.INFO",
            "$SYS.REQ.SERVER.NOBODY.VARZ",
            "$SYS.REQ.SERVER.PING.UNHEARD"));
    for (String subject : all) {
      BODIES.forEach(body -> requests.add(new Request(subject, body)));
    }
    for (String name : List.of("KICK", "LDM")) {
      for (String value : VALUES) {
        requests.add(new Request("$SYS.REQ.SERVER.<ID>." + name, "{\"cid\":" + value + "}"));
      }
    }
    COUNTS.forEach(body -> requests.add(new Request("$SYS.REQ.ACCOUNT.NSUBS", body)));
    return requests;
  }

  private static Connection connect(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    return Nats.connect(Options.builder().server(url).noReconnect().build());
  }

  private static List<String> hear(int port) throws Exception {
    List<Request> requests = requests();
    Map<Integer, String> answers = new ConcurrentHashMap<>();
    try (Connection a = connect(port, "A");
        Connection system = connect(port, "SYS")) {
      a.subscribe("p");
      a.subscribe("p.*", "q");
      a.flush(Duration.ofSeconds(20));
      String id = system.getServerInfo().getServerId();
      // What was asked before is answered before these three, each in a queue of its own.
      List<String> last = List.of("IDZ", "STATSZ", "VARZ");
      CountDownLatch end = new CountDownLatch(last.size() + profiles(requests));
      Dispatcher inbox =
          system.createDispatcher(
              message -> {
                String number = message.getSubject().substring("in.".length());
                if (number.startsWith("end")) {
                  end.countDown();
                  return;
                }
                int index = Integer.parseInt(number);
                String answer = essence(requests.get(index), new String(message.getData(), UTF_8));
                answers.merge(index, answer, (first, second) -> first + " and " + second);
                if (isProfile(requests.get(index))) {
                  end.countDown();
                }
              });
      inbox.subscribe("in.*");
      for (int i = 0; i < requests.size(); i++) {
        Request request = requests.get(i);
        String subject = request.subject.replace("<ID>", id);
        system.publish(subject, "in." + i, request.body.getBytes(UTF_8));
      }
      for (String kind : last) {
        system.publish("$SYS.REQ.SERVER.PING." + kind, "in.end" + kind, new byte[0]);
      }
      assertThat(end.await(30, TimeUnit.SECONDS)).as("answered in time").isTrue();
    }
    List<String> heard = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      heard.add(request.subject + " " + request.body + ": " + answers.get(i));
    }
    return heard;
  }

  // nats-server answers these in any order, and all but those for another server.
  private static boolean isProfile(Request request) {
    return request.subject.endsWith("PROFILEZ");
  }

  private static int profiles(List<Request> requests) {
    int filtered = 0;
    int profiles = 0;
    for (Request request : requests) {
      if (isProfile(request)) {
        profiles++;
        boolean other = request.body.matches("\\{\"(cluster|host|domain|server_name)\":\"x\"}");
        filtered += other ? 1 : 0;
      }
    }
    return profiles - filtered;
  }

  /** Returns the error of an answer, or the names of what it says. */
  private static String essence(Request request, String answer) {
    Object value;
    try {
      value = Json.parse(answer.getBytes(UTF_8));
    } catch (JsonException e) {
      return answer;
    }
    if (!(value instanceof JsonObject json)) {
      return answer;
    }
    JsonObject error = json.object("error");
    if (error != null) {
      return new TreeSet<>(json.names()) + " " + error.get("code") + " " + error.get("description");
    }
    JsonObject data = json.object("data");
    // Queues between threads, and imports of the system account from itself, are nats-server's own.
    boolean own = request.subject.endsWith("IPQUEUESZ") || request.subject.endsWith("SYS.INFO");
    return new TreeSet<>(json.names())
        + (data == null || own ? "" : " " + new TreeSet<>(data.names()));
  }

  @Test
  void answersOddRequestsAsTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port());
      List<String> real = hear(servers.real().port());
      List<String> differences = new ArrayList<>();
      for (int i = 0; i < real.size(); i++) {
        if (!hub.get(i).equals(real.get(i))) {
          differences.add("Hub: " + hub.get(i) + "\nnats-server: " + real.get(i));
        }
      }
      assertThat(String.join("\n", differences)).isEmpty();
    }
  }
}
