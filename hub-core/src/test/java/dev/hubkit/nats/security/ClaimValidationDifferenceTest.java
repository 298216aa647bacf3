package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes and shows tokens whose claims are not valid, each with one fault. */
@ComparedWithNatsServer
class ClaimValidationDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LIMITS =
      "\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,\"exports\":-1,"
          + "\"imports\":-1,\"wildcards\":true,\"leaf\":-1}";
  private static final String LONG = "x".repeat(8193);

  @TempDir Path directory;
  private NKey operator;
  private NKey system;
  private NKey used;
  private NKey other;

  @BeforeEach
  void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    system = NKey.createAccount(null);
    used = NKey.createAccount(null);
    other = NKey.createAccount(null);
  }

  private static String key(NKey key) throws Exception {
    return OperatorTest.key(key);
  }

  private String account(NKey account, String head, String claims) throws Exception {
    return OperatorTest.token(operator, account, head, "\"type\":\"account\"," + claims);
  }

  private String config(String resolver) throws Exception {
    return "operator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + key(system)
        + "\nresolver: "
        + resolver
        + "\nresolver_preload: {\n"
        + key(system)
        + ": "
        + account(system, "", LIMITS)
        + "\n"
        + key(used)
        + ": "
        + account(used, "", LIMITS)
        + "\n}\n";
  }

  private static List<String> exports() {
    List<String> exports = new ArrayList<>();
    exports.add("null");
    String[] faults = {
      "",
      "\"type\":\"service\"",
      "\"type\":\"service\",\"subject\":\"\"",
      "\"type\":\"service\",\"subject\":\"a b\"",
      "\"type\":\"service\",\"subject\":\"a..b\"",
      "\"type\":\"service\",\"subject\":\".a.\"",
      "\"type\":\"service\",\"subject\":\"a\\tb\"",
      "\"type\":\"Service\",\"subject\":\"a\"",
      "\"type\":7,\"subject\":\"a\"",
      "\"type\":\"service\",\"subject\":\"a\",\"response_type\":\"stream\"",
      "\"type\":\"service\",\"subject\":\"a\",\"response_type\":\"Stream\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"response_type\":\"Singleton\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"allow_trace\":true",
      "\"type\":\"stream\",\"subject\":\"a\",\"service_latency\":{\"sampling\":5,\"results\":\"r\"}",
      "\"type\":\"service\",\"subject\":\"a\",\"service_latency\":{\"sampling\":101,\"results\":\"r\"}",
      "\"type\":\"service\",\"subject\":\"a\",\"service_latency\":{\"sampling\":-1,\"results\":\"\"}",
      "\"type\":\"service\",\"subject\":\"a\",\"service_latency\":{\"sampling\":\"Headers\",\"results\":\"r.*\"}",
      "\"type\":\"service\",\"subject\":\"a\",\"service_latency\":{\"sampling\":\"x\",\"results\":\"r\"}",
      "\"type\":\"service\",\"subject\":\"a\",\"response_threshold\":-5",
      "\"type\":\"stream\",\"subject\":\"a\",\"response_threshold\":5",
      "\"type\":\"stream\",\"subject\":\"a\",\"account_token_position\":1",
      "\"type\":\"stream\",\"subject\":\"a.*\",\"account_token_position\":1",
      "\"type\":\"stream\",\"subject\":\"a.*\",\"account_token_position\":3",
      "\"type\":\"stream\",\"subject\":\"a.>\",\"account_token_position\":2",
      "\"type\":\"stream\",\"subject\":\"a.*\",\"account_token_position\":18446744073709551615",
      "\"type\":\"stream\",\"subject\":\"a.*\",\"account_token_position\":-1",
      "\"type\":\"stream\",\"subject\":\"a\",\"description\":\"" + LONG + "\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"nowhere\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://h:port/\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://a b/\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://h/%zz\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"a:b\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"1:b\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\":b\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://h\\u0001/\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://[::1/\"",
      "\"type\":\"stream\",\"subject\":\"a\",\"info_url\":\"http://[::1]:4/x?y#z\"",
    };
    for (String fault : faults) {
      exports.add("{" + fault + "}");
    }
    String stream = "{\"type\":\"stream\",\"subject\":\"%s\"}";
    exports.add(stream.formatted("a") + "," + stream.formatted("a"));
    exports.add(stream.formatted("a.b") + "," + stream.formatted("a.*"));
    exports.add(stream.formatted("a.*") + "," + stream.formatted("a.b"));
    exports.add(stream.formatted("a.b.c") + "," + stream.formatted("a.>"));
    return exports;
  }

  private List<String> imports() throws Exception {
    String from = "\"account\":\"" + key(other) + "\",";
    List<String> imports = new ArrayList<>();
    imports.add("null");
    String[] faults = {
      "",
      "\"type\":\"stream\",\"subject\":\"a\"",
      from + "\"subject\":\"a\"",
      from + "\"type\":\"service\",\"subject\":\"a\",\"allow_trace\":true",
      from + "\"type\":\"service\",\"subject\":\"a\",\"to\":\"b\"",
      from + "\"type\":\"service\",\"subject\":\"a\",\"to\":\"b\",\"local_subject\":\"c\"",
      from + "\"type\":\"stream\",\"subject\":\"a\",\"share\":true",
      from + "\"type\":\"stream\",\"subject\":\"\",\"local_subject\":\"b\"",
      from + "\"type\":\"stream\",\"subject\":\"a.*\",\"local_subject\":\"b\"",
      from + "\"type\":\"stream\",\"subject\":\"a.*\",\"local_subject\":\"b.$1\"",
      from + "\"type\":\"stream\",\"subject\":\"a.*\",\"local_subject\":\"b.$2\"",
      from + "\"type\":\"stream\",\"subject\":\"a.>\",\"local_subject\":\"b\"",
      from + "\"type\":\"stream\",\"subject\":\"a\",\"local_subject\":\"b c\"",
      from + "\"type\":\"stream\",\"subject\":\"a\",\"token\":\"x\"",
    };
    for (String fault : faults) {
      imports.add("{" + fault + "}");
    }
    String service = "{" + from + "\"type\":\"service\",\"subject\":\"%s\"%s}";
    imports.add(service.formatted("a", "") + "," + service.formatted("a", ""));
    imports.add(service.formatted("a.*", "") + "," + service.formatted("a.b", ""));
    imports.add(service.formatted("a", "") + "," + service.formatted("b", ",\"to\":\"a\""));
    imports.add(
        service.formatted("a", "") + "," + service.formatted("x.*", ",\"local_subject\":\"a.$1\""));
    String[] activations = {
      "\"subject\":\"a\",\"kind\":\"stream\"",
      "\"subject\":\"b\",\"kind\":\"stream\"",
      "\"subject\":\"a\",\"kind\":\"service\"",
      "\"subject\":\"a\"",
      "\"kind\":\"stream\"",
      "\"subject\":\"a\",\"kind\":\"stream\",\"issuer_account\":\"" + key(used) + "\"",
      "\"subject\":\"a\",\"kind\":\"stream\",\"issuer_account\":\"x\"",
    };
    for (NKey subject : List.of(used, system)) {
      for (String activation : activations) {
        String token =
            OperatorTest.token(other, subject, "", "\"type\":\"activation\"," + activation);
        imports.add(
            "{" + from + "\"type\":\"stream\",\"subject\":\"a\",\"token\":\"" + token + "\"}");
      }
    }
    return imports;
  }

  private List<String> faults() throws Exception {
    List<String> faults = new ArrayList<>();
    for (String export : exports()) {
      faults.add(account(used, "", LIMITS + ",\"exports\":[" + export + "]"));
    }
    for (String imported : imports()) {
      faults.add(account(used, "", LIMITS + ",\"imports\":[" + imported + "]"));
    }
    String one = "\"a\":[{\"subject\":\"%s\",\"weight\":%s}]";
    String two =
        "\"a\":[{\"subject\":\"b\",\"weight\":60,\"cluster\":\"%s\"},"
            + "{\"subject\":\"%s\",\"weight\":60,\"cluster\":\"%s\"}]";
    String[] mappings = {
      "\"\":[{\"subject\":\"b\"}]",
      "\"a b\":[{\"subject\":\"b\"}]",
      "\"a\":[]",
      "\"a\":[null]",
      "\"a\":[{}]",
      one.formatted("b", "100"),
      one.formatted("b", "101"),
      one.formatted("b", "256"),
      one.formatted("b", "-1"),
      one.formatted("b c", "1"),
      one.formatted("b.*", "1"),
      one.formatted("b.$1", "1"),
      one.formatted("{{nothing()}}", "1"),
      one.formatted("{{account-hash()}}", "1"),
      one.formatted("{{account-hash(1)}}", "1"),
      one.formatted("{{account-hash-import()}}", "1"),
      two.formatted("", "c", ""),
      two.formatted("", "b", ""),
      two.formatted("x", "c", "x"),
      two.formatted("x", "c", "y"),
      two.formatted("x", "b", "y"),
      "\"{{account-hash(1)}}\":[{\"subject\":\"b\"}]",
      "\"a.*\":[{\"subject\":\"b.$1.{{partition(3,1)}}\",\"weight\":10}]",
      "\"a.>\":[{\"subject\":\"b\"}]",
    };
    for (String mapping : mappings) {
      faults.add(account(used, "", LIMITS + ",\"mappings\":{" + mapping + "}"));
    }
    String user = "U" + "A".repeat(55);
    String[] others = {
      "\"authorization\":{\"allowed_accounts\":[\"*\"]}",
      "\"authorization\":{\"auth_users\":[\"" + user + "\"]}",
      "\"authorization\":{\"auth_users\":[\""
          + key(NKey.createUser(null))
          + "\"],\"allowed_accounts\":[\"*\",\"x\"]}",
      "\"authorization\":{\"auth_users\":[\"" + key(NKey.createUser(null)) + "\"],\"xkey\":\"x\"}",
      "\"trace\":{}",
      "\"trace\":{\"dest\":\"a b\"}",
      "\"trace\":{\"dest\":\"a.*\"}",
      "\"trace\":{\"dest\":\"a.>\",\"sampling\":101}",
      "\"trace\":{\"dest\":\"a\",\"sampling\":-1}",
      "\"trace\":{\"dest\":\"a\",\"sampling\":1.5}",
      "\"signing_keys\":[\"x\"]",
      "\"signing_keys\":[\"" + user + "\"]",
      "\"signing_keys\":[7]",
      "\"signing_keys\":[{\"kind\":\"user_scope\",\"key\":\"x\"}]",
      "\"signing_keys\":[{\"kind\":\"user_scope\",\"key\":\""
          + key(other)
          + "\",\"template\":{\"subs\":\"x\"}}]",
      "\"signing_keys\":[{\"kind\":\"other\",\"key\":\"x\"}]",
      "\"signing_keys\":[{\"kind\":\"other\",\"type\":\"a\\\"b\"}]",
      "\"cluster_traffic\":\"x\"",
      "\"cluster_traffic\":\"owner\"",
      "\"description\":\"" + LONG + "\"",
      "\"info_url\":\"" + LONG + "\"",
      "\"default_permissions\":{\"pub\":{\"allow\":[\"a b\"]}}",
      "\"default_permissions\":{\"sub\":{\"allow\":[\"a b\"]}}",
      "\"default_permissions\":{\"sub\":{\"deny\":[\"a b c\",\"\"]},\"pub\":{\"deny\":[\"a..b\"]}}",
      "\"default_permissions\":{\"resp\":{\"max\":-5}}",
      "\"revocations\":{\"x\":\"y\"}",
      "\"tags\":[1]",
      "\"tags\":\"x\"",
    };
    for (String claims : others) {
      faults.add(account(used, "", LIMITS + "," + claims));
    }
    String exports =
        ",\"exports\":[{\"subject\":\"a\",\"type\":\"stream\"},{\"subject\":\"b.*\",\"type\":\"stream\"}]"
            + ",\"imports\":[{\"subject\":\"a\",\"type\":\"stream\",\"account\":\""
            + key(other)
            + "\"}]";
    String[] limits = {
      "",
      "\"imports\":0",
      "\"exports\":1,\"imports\":-1",
      "\"exports\":2,\"imports\":1,\"subs\":5",
      "\"exports\":-1,\"imports\":-2",
      "\"exports\":-2,\"imports\":1,\"wildcards\":true",
      "\"conn\":\"x\"",
      "\"exports\":9,\"imports\":9,\"wildcards\":true,\"tiered_limits\":{\"\":{}}",
      "\"exports\":9,\"imports\":9,\"wildcards\":true,\"mem_storage\":5,\"tiered_limits\":{\"R1\":{}}",
    };
    for (String limit : limits) {
      faults.add(account(used, "", "\"limits\":{" + limit + "}" + exports));
    }
    faults.add(account(used, ",\"exp\":1", LIMITS));
    faults.add(account(used, ",\"nbf\":99999999999", LIMITS));
    faults.add(OperatorTest.token(used, used, "", "\"type\":\"account\"," + LIMITS));
    faults.add(account(NKey.createUser(null), "", LIMITS));
    faults.add(account(NKey.createOperator(null), "", LIMITS + ",\"trace\":{}"));
    return faults;
  }

  private static String shown(Message message) {
    if (message == null) {
      return "nothing";
    }
    JsonObject json = Json.parseObject(new String(message.getData(), UTF_8));
    JsonObject said = json.has("data") ? json.objectOrEmpty("data") : json.objectOrEmpty("error");
    StringBuilder shown = new StringBuilder();
    for (String name : said.names()) {
      shown.append(name).append('=').append(said.get(name)).append(' ');
    }
    return shown.toString();
  }

  private List<String> push(int port, List<String> tokens) throws Exception {
    List<String> answers = new ArrayList<>();
    List<String> subjects =
        List.of("$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT." + key(used) + ".CLAIMS.UPDATE");
    try (Connection admin = OperatorTest.connect(port, system, "");
        Connection client = OperatorTest.connect(port, used, "")) {
      assertThat(client.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      for (String token : tokens) {
        for (String subject : subjects) {
          Message answer = admin.request(subject, token.getBytes(UTF_8), PATIENCE);
          answers.add(payload(token) + "\n  " + shown(answer));
        }
      }
    }
    return answers;
  }

  private static String payload(String token) {
    String text =
        new String(java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), UTF_8);
    return text.length() > 1000 ? text.substring(0, 1000) : text;
  }

  private void compare(String resolver) throws Exception {
    List<String> tokens = faults();
    try (PeerServers servers = PeerServers.start(directory, config(resolver))) {
      assertThat(push(servers.ours().port(), tokens))
          .containsExactlyElementsOf(push(servers.real().port(), tokens));
    }
  }

  @Test
  void refusesToKeepAllThatNatsServerRefuses() throws Exception {
    compare("{type: full, dir: \"$STORE\"}");
  }

  @Test
  void refusesToCacheWhatNatsServerRefuses() throws Exception {
    compare("{type: cache, dir: \"$STORE\"}");
  }

  private static String logIn(int port, String jwt) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      String connect = "CONNECT {\"verbose\":false,\"jwt\":\"" + jwt + "\"}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(UTF_8));
      String line = in.readLine();
      return line.startsWith("INFO ") ? in.readLine() : line;
    }
  }

  private List<String> users() throws Exception {
    String[] faults = {
      "",
      "\"pub\":{\"allow\":[\"a b\"]}",
      "\"sub\":{\"allow\":[\"a b\"]}",
      "\"sub\":{\"deny\":[\"a b c\"]}",
      "\"pub\":{\"allow\":[\"\"]}",
      "\"pub\":{\"deny\":[\"a..b\"]}",
      "\"src\":[\"127.0.0.1\"]",
      "\"src\":[\"127.0.0.1/33\"]",
      "\"src\":[\"127.0.0.01/8\"]",
      "\"src\":[\"127.0.0.0/8\"]",
      "\"src\":[\"::/0\",\"127.0.0.0/8\"]",
      "\"src\":[\"::ffff:127.0.0.1/96\"]",
      "\"src\":[\":::/0\",\"127.0.0.0/8\"]",
      "\"src\":[\"1:2/129\",\"127.0.0.0/8\"]",
      "\"src\":\"127.0.0.0/8,::/0\"",
      "\"src\":\"127.0.0.0/8 , ,x\"",
      "\"src\":[\"localhost/8\"]",
      "\"times\":[{\"start\":\"00:00:00\",\"end\":\"23:59:59\"}]",
      "\"times\":[{\"start\":\"0:00:00\",\"end\":\"23:59:59.5\"}]",
      "\"times\":[{\"start\":\"00:00\",\"end\":\"23:59:59\"}]",
      "\"times\":[{\"start\":\"00:00:00\"}]",
      "\"times\":[{\"end\":\"23:59:59\"}]",
      "\"times\":[{\"start\":\"00:00:00\",\"end\":\"24:00:00\"}]",
      "\"times\":[{\"start\":\"00:00:00\",\"end\":\"23:59:60\"}]",
      "\"times_location\":\"Europe/Berlin\"",
      "\"times_location\":\"europe/berlin\"",
      "\"times_location\":\"Local\"",
      "\"times_location\":\"EST\"",
      "\"times_location\":\"UTC\"",
      "\"times_location\":\"+02:00\"",
      "\"times_location\":\"../x\"",
      "\"issuer_account\":\"x\"",
      "\"resp\":{\"max\":-1}",
      "\"allowed_connection_types\":[\"x\"]",
      "\"allowed_connection_types\":[\"x\",\"standard\"]",
      "\"tags\":[\"a\"]",
    };
    List<String> users = new ArrayList<>();
    String claims =
        "\"type\":\"user\",\"subs\":-1,\"data\":-1,\"payload\":-1,\"bearer_token\":true";
    for (String fault : faults) {
      String more = fault.isEmpty() ? "" : "," + fault;
      users.add(OperatorTest.token(used, NKey.createUser(null), "", claims + more));
    }
    users.add(OperatorTest.token(used, NKey.createUser(null), ",\"exp\":1", claims));
    users.add(OperatorTest.token(used, NKey.createUser(null), ",\"nbf\":99999999999", claims));
    users.add(OperatorTest.token(used, NKey.createAccount(null), "", claims));
    users.add(OperatorTest.token(other, NKey.createUser(null), "", claims));
    return users;
  }

  private static List<String> logInAll(int port, List<String> users) throws Exception {
    List<String> answers = new ArrayList<>();
    for (String user : users) {
      answers.add(payload(user) + "\n  " + logIn(port, user));
    }
    return answers;
  }

  @Test
  void letsInTheUsersThatNatsServerLetsIn() throws Exception {
    List<String> users = users();
    try (PeerServers servers = PeerServers.start(directory, config("MEMORY"))) {
      assertThat(logInAll(servers.ours().port(), users))
          .containsExactlyElementsOf(logInAll(servers.real().port(), users));
    }
  }

  /** The first time that somebody comes to an account, its token is looked at as a whole. */
  @Test
  void usesTheAccountsThatNatsServerUses() throws Exception {
    List<String> preloaded = new ArrayList<>();
    List<String> users = new ArrayList<>();
    String claims =
        "\"type\":\"user\",\"subs\":-1,\"data\":-1,\"payload\":-1,\"bearer_token\":true";
    String[][] faults = {
      {"", LIMITS},
      {"", LIMITS + ",\"trace\":{}"},
      {"", LIMITS + ",\"mappings\":{\"a\":[{\"subject\":\"b.*\"}]}"},
      {"", LIMITS + ",\"exports\":[{\"subject\":\"a\"}]"},
      {",\"exp\":1", LIMITS},
      {",\"nbf\":99999999999", LIMITS},
      {"", "\"limits\":{\"conn\":-1,\"subs\":-1,\"data\":-1,\"payload\":-1}"},
      {"", "\"description\":\"no limits\""},
    };
    for (String[] fault : faults) {
      NKey account = NKey.createAccount(null);
      preloaded.add(key(account) + ": " + account(account, fault[0], fault[1]));
      users.add(OperatorTest.token(account, NKey.createUser(null), "", claims));
    }
    // Under the key of another.
    NKey account = NKey.createAccount(null);
    preloaded.add(key(other) + ": " + account(account, "", LIMITS));
    users.add(OperatorTest.token(account, NKey.createUser(null), "", claims));
    users.add(OperatorTest.token(other, NKey.createUser(null), "", claims));
    for (String resolver : List.of("MEMORY", "{type: full, dir: \"$STORE\"}")) {
      String config =
          config(resolver)
              .replaceFirst("resolver_preload: \\{", "$0\n" + String.join("\n", preloaded));
      Path own = directory.resolve(resolver.substring(1, 4));
      java.nio.file.Files.createDirectories(own);
      try (PeerServers servers = PeerServers.start(own, config)) {
        assertThat(logInAll(servers.ours().port(), users))
            .containsExactlyElementsOf(logInAll(servers.real().port(), users));
      }
    }
  }
}
