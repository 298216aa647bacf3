package dev.hubkit.nats.monitor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServerProgram;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Wherever a client can request a part of a list, Hub accepts and refuses the same numbers as the
 * real nats-server, and returns the same part of the list.
 */
class OddNumbersDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        B { jetstream: enabled, users: [{user: B, password: B}] }
        C { users: [{user: C, password: C}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  private static final List<String> NUMBERS =
      List.of(
          "-9223372036854775809",
          "-9223372036854775808",
          "-2147483649",
          "-1",
          "0",
          "1",
          "2",
          "2147483647",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "18446744073709551616");

  // These are no plain numbers, in a URL.
  private static final List<String> ODD_TEXTS =
      List.of("x", "+1", "-", "1e3", "0x10", "1_0", "1.0", "%d9%a3", "%201", "-0", "007");

  // These are no integers, in JSON.
  private static final List<String> ODD_VALUES =
      List.of("\"1\"", "1.5", "1e3", "1e300", "true", "null", "{}", "[]");

  private static final List<String> PAGES =
      List.of(
          "/connz?sort=start&",
          "/connz?state=closed&",
          "/subsz?subs=1&acc=A&test=probe&",
          "/jsz?accounts=1&",
          "/routez?");

  private static final List<String> REQUESTS =
      List.of(
          "$SYS.REQ.SERVER.PING.CONNZ",
          "$SYS.REQ.SERVER.PING.SUBSZ",
          "$SYS.REQ.SERVER.PING.JSZ",
          "$SYS.REQ.ACCOUNT.A.CONNZ",
          "$SYS.REQ.ACCOUNT.A.SUBSZ",
          "$SYS.REQ.ACCOUNT.A.JSZ");

  private static final List<String> LISTS =
      List.of(
          "$JS.API.STREAM.LIST",
          "$JS.API.STREAM.NAMES",
          "$JS.API.STREAM.INFO.S",
          "$JS.API.CONSUMER.LIST.S",
          "$JS.API.CONSUMER.NAMES.S");

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private static Connection connect(int port, String user) throws Exception {
    String url = "nats://" + user + ":" + user + "@127.0.0.1:" + port;
    return Nats.connect(Options.builder().server(url).connectionName(user).noReconnect().build());
  }

  private static String ask(Connection connection, String subject, String body) throws Exception {
    Message answer = connection.request(subject, body.getBytes(UTF_8), PATIENCE);
    return answer == null ? "(none)" : new String(answer.getData(), UTF_8);
  }

  private static void fill(Connection a) throws Exception {
    for (String stream : List.of("S", "T", "U")) {
      ask(
          a,
          "$JS.API.STREAM.CREATE." + stream,
          "{\"name\":\"" + stream + "\",\"subjects\":[\"" + stream + ".>\"]}");
      ask(a, stream + ".one", "hello");
      ask(a, stream + ".two", "hello");
    }
    for (String consumer : List.of("c", "d", "e")) {
      ask(
          a,
          "$JS.API.CONSUMER.CREATE.S." + consumer,
          "{\"stream_name\":\"S\",\"config\":{\"name\":\""
              + consumer
              + "\",\"durable_name\":\""
              + consumer
              + "\"}}");
    }
    for (int i = 0; i < 3; i++) {
      a.subscribe("probe");
    }
    a.flush(PATIENCE);
  }

  private List<String> visit(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    List<String> values = new ArrayList<>(NUMBERS);
    values.addAll(ODD_TEXTS);
    for (String page : PAGES) {
      for (String value : values) {
        for (String query : List.of("offset=" + value, "limit=" + value, "cid=" + cid(value))) {
          heard.add(page + query + "\n" + get(port, page + query));
        }
        for (String most : List.of("2", "2147483647")) {
          String query = "offset=" + most + "&limit=" + value;
          heard.add(page + query + "\n" + get(port, page + query));
        }
      }
    }
    return heard;
  }

  // nats-server numbers its first clients differently.
  private static String cid(String number) {
    return number.equals("1") || number.equals("2") ? "1000" + number : number;
  }

  private String get(int port, String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + essence(response.body());
  }

  private static List<String> request(Connection connection, List<String> subjects)
      throws Exception {
    List<String> heard = new ArrayList<>();
    List<String> values = new ArrayList<>(NUMBERS);
    values.addAll(ODD_VALUES);
    for (String subject : subjects) {
      for (String value : values) {
        for (String body : bodies(subject, value)) {
          heard.add(subject + " " + body + "\n" + essence(ask(connection, subject, body)));
        }
      }
    }
    return heard;
  }

  private static List<String> bodies(String subject, String value) {
    if (subject.startsWith("$JS.API.")) {
      // These requests accept no unknown fields.
      String more = subject.contains(".INFO.") ? "\"subjects_filter\":\">\"," : "";
      return List.of("{" + more + "\"offset\":" + value + "}");
    }
    List<String> fields = new ArrayList<>();
    fields.add("\"offset\":" + value);
    fields.add("\"limit\":" + value);
    fields.add("\"offset\":2147483647,\"limit\":" + value);
    String what = "\"acc\":\"A\",\"subscriptions\":true,\"test\":\"probe\"";
    if (subject.endsWith("CONNZ")) {
      fields.add("\"cid\":" + cid(value));
    } else if (subject.endsWith("JSZ")) {
      what = "\"accounts\":true";
    }
    String rest = "," + what + "}";
    return fields.stream().map(field -> "{" + field + rest).toList();
  }

  /**
   * Returns which part of a list a response has, and the entries in it; the whole response if it is
   * not JSON.
   */
  private static String essence(String answer) {
    JsonObject json;
    try {
      json = Json.parseObject(answer);
    } catch (JsonException e) {
      return answer;
    }
    JsonObject data = json.object("data") == null ? json : json.object("data");
    StringBuilder text = new StringBuilder();
    for (String name : List.of("num_connections", "total", "offset", "limit", "error")) {
      Object value = name.equals("error") ? error(json) : data.get(name);
      text.append(name).append(' ').append(value).append(", ");
    }
    for (String list :
        List.of("connections", "subscriptions_list", "account_details", "streams", "consumers")) {
      Object elements = data.get(list);
      text.append(list)
          .append(' ')
          .append(elements instanceof List<?> all ? text(list, all) : "none");
    }
    JsonObject state = data.object("state");
    if (state != null && state.object("subjects") != null) {
      text.append(" subjects ").append(state.object("subjects").names());
    }
    return text.toString();
  }

  // The wording for a number that does not fit depends on the names of Go's structures.
  private static String error(JsonObject answer) {
    JsonObject error = answer.object("error");
    return error == null
        ? "none"
        : error.get("code")
            + " "
            + error.get("err_code")
            + " "
            + error
                .string("description", "")
                .replaceFirst("(json: cannot unmarshal|number \\S+ does not fit).*", "(unmarshal)");
  }

  private static String text(String list, List<?> elements) {
    List<String> names = names(elements);
    if (list.equals("account_details")) {
      // nats-server lists accounts in any order when it lists all of them.
      names.sort(null);
    }
    return names + " ";
  }

  private static List<String> names(List<?> elements) {
    List<String> names = new ArrayList<>();
    for (Object element : elements) {
      if (element instanceof JsonObject object) {
        JsonObject config = object.object("config");
        names.add(
            object.string("name", "")
                + object.string("sid", "")
                + object.string("subject", "")
                + (config == null ? "" : config.string("name", "")));
      } else {
        names.add(String.valueOf(element));
      }
    }
    return names;
  }

  private List<String> hear(int port, int monitorPort) throws Exception {
    try (Connection a = connect(port, "A");
        Connection b = connect(port, "B");
        Connection c = connect(port, "C");
        Connection system = connect(port, "SYS")) {
      fill(a);
      b.flush(PATIENCE);
      c.flush(PATIENCE);
      List<String> heard = visit(monitorPort);
      heard.addAll(request(system, REQUESTS));
      heard.addAll(request(a, LISTS));
      return heard;
    }
  }

  @Test
  void partsOfListsAreThoseOfNatsServer() throws Exception {
    // nats-server 2.14 reports another total for a connection that does not exist, and lists
    // subscriptions in no fixed order.
    assumeTrue(
        !NatsServerProgram.any().version().startsWith("2.14."),
        "compared with nats-server 2.15 and later");
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port(), servers.ours().monitorPort());
      List<String> real = hear(servers.real().port(), servers.real().monitorPort());
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
