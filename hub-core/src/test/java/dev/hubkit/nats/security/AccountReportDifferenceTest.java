package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /accountz} and the system account tell of accounts that use everything. */
@ComparedWithNatsServer
class AccountReportDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LIMITS =
      "\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,\"exports\":-1,"
          + "\"imports\":-1,\"wildcards\":true,\"leaf\":-1%s}";
  // Each server has its own, and what others compare: the counters of subscriptions.
  private static final Set<String> OWN =
      Set.of("server_id", "now", "sublist_stats", "subscriptions", "server");

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final NKey operator = NKey.createOperator(null);
  private final NKey system = NKey.createAccount(null);
  private final NKey shop = NKey.createAccount(null);
  private final NKey stock = NKey.createAccount(null);
  private final NKey odd = NKey.createAccount(null);
  private final NKey old = NKey.createAccount(null);
  private final NKey brief = NKey.createAccount(null);
  private final NKey missing = NKey.createAccount(null);
  private final NKey signer = NKey.createAccount(null);
  private final NKey scoped = NKey.createAccount(null);
  private final NKey user = NKey.createUser(null);

  AccountReportDifferenceTest() throws Exception {}

  private static String key(NKey key) throws Exception {
    return OperatorTest.key(key);
  }

  private String account(NKey account, String head, String claims) throws Exception {
    return OperatorTest.token(operator, account, head, "\"type\":\"account\"," + claims);
  }

  private String stock(String more) throws Exception {
    return account(
        stock,
        ",\"aud\":\"NATS\",\"nbf\":1",
        LIMITS.formatted(",\"disk_storage\":100000,\"mem_storage\":-1,\"streams\":5")
            + ",\"tags\":[\"Blue\",\"a:B\"],\"description\":\"it <stores> things\""
            + ",\"info_url\":\"http://127.0.0.1/\""
            + ",\"signing_keys\":[\"%s\",{\"kind\":\"user_scope\",\"key\":\"%s\",\"role\":\"r\","
                .formatted(key(signer), key(scoped))
            + "\"template\":{\"pub\":{\"allow\":[\"b\",\"a\"]},\"resp\":{\"max\":2,\"ttl\":5},"
            + "\"src\":\"127.0.0.0/8, ::/0\",\"times\":[{\"start\":\"00:00:00\","
            + "\"end\":\"23:59:59\"}],\"times_location\":\"UTC\",\"data\":7,\"bearer_token\":true,"
            + "\"allowed_connection_types\":[\"STANDARD\"]}}]"
            + ",\"revocations\":{\"%s\":1600000000,\"*\":5}".formatted(key(user))
            + ",\"default_permissions\":{\"pub\":{\"deny\":[\"no\"]},\"sub\":{\"allow\":[\">\"]},"
            + "\"resp\":{\"max\":-1,\"ttl\":1000000000}}"
            + ",\"mappings\":{\"m.*\":[{\"subject\":\"n.$1\",\"weight\":30},{\"subject\":\"o.$1\","
            + "\"weight\":50,\"cluster\":\"c\"}],\"one\":[{\"subject\":\"two\"}]}"
            + ",\"cluster_traffic\":\"owner\",\"trace\":{\"dest\":\"traces\"}"
            + more);
  }

  private String exports(String stillExported) throws Exception {
    return ",\"exports\":[{\"name\":\"n\",\"subject\":\"pub.>\",\"type\":\"stream\","
        + "\"advertise\":true,\"description\":\"d\",\"info_url\":\"http://127.0.0.1/\"},"
        + "{\"subject\":\"priv.*\",\"type\":\"stream\",\"token_req\":true,"
        + "\"revocations\":{\"%s\":1500000000}},".formatted(key(odd))
        + "{\"subject\":\"own.*\",\"type\":\"stream\",\"account_token_position\":2},"
        + "{\"subject\":\"svc\",\"type\":\"service\",\"response_type\":\"Stream\","
        + "\"service_latency\":{\"sampling\":50,\"results\":\"lat\"},"
        + "\"response_threshold\":90000000000,\"allow_trace\":true},"
        + "{\"subject\":\"hdr\",\"type\":\"service\",\"service_latency\":{\"sampling\":\"headers\","
        + "\"results\":\"lat.hdr\"}},"
        + stillExported
        + "{\"subject\":\"chunk.*\",\"type\":\"service\",\"response_type\":\"Chunked\","
        + "\"token_req\":true}]";
  }

  private String stock() throws Exception {
    return stock(
        exports(
            "{\"subject\":\"gone.service\",\"type\":\"service\"},"
                + "{\"subject\":\"gone.stream\",\"type\":\"stream\"},"));
  }

  /** Exports less, and has taken back an activation. */
  private String changedStock() throws Exception {
    String revoked = "\"revocations\":{\"" + key(shop) + "\":9999999999,";
    return stock(exports("").replace("\"revocations\":{", revoked));
  }

  private String activation(String claims) throws Exception {
    return OperatorTest.token(stock, shop, "", "\"type\":\"activation\"," + claims);
  }

  private static String imported(NKey from, String type, String rest) throws Exception {
    return "{\"account\":\"%s\",\"type\":\"%s\",%s}".formatted(key(from), type, rest);
  }

  private String shop() throws Exception {
    List<String> imports = new ArrayList<>();
    imports.add(imported(stock, "stream", "\"name\":\"i\",\"subject\":\"pub.>\",\"to\":\"pre\""));
    imports.add(imported(stock, "stream", "\"subject\":\"pub.a.*\",\"local_subject\":\"mine.$1\""));
    String token = activation("\"subject\":\"priv.*\",\"kind\":\"stream\"");
    imports.add(imported(stock, "stream", "\"subject\":\"priv.*\",\"token\":\"" + token + "\""));
    String own = "\"subject\":\"own." + key(shop) + "\",\"allow_trace\":true";
    imports.add(imported(stock, "stream", own));
    imports.add(
        imported(stock, "service", "\"subject\":\"svc\",\"share\":true,\"local_subject\":\"ask\""));
    imports.add(imported(stock, "service", "\"subject\":\"hdr\",\"to\":\"hdr\""));
    token = activation("\"subject\":\"chunk.*\",\"kind\":\"service\"");
    imports.add(
        imported(
            stock,
            "service",
            "\"subject\":\"chunk.*\",\"local_subject\":\"in.*.x\",\"token\":\"" + token + "\""));
    imports.add(imported(stock, "service", "\"subject\":\"gone.service\""));
    imports.add(imported(stock, "stream", "\"subject\":\"gone.stream\""));
    imports.add(imported(old, "stream", "\"subject\":\"old\""));
    return account(
        shop, "", LIMITS.formatted("") + ",\"imports\":[" + String.join(",", imports) + "]");
  }

  private String odd() throws Exception {
    String external =
        "\"authorization\":{\"auth_users\":[\"" + key(user) + "\"],\"allowed_accounts\":[\"*\"]}";
    return account(
            odd,
            "",
            LIMITS.formatted(",\"tiered_limits\":{\"R1\":{\"disk_storage\":5}}")
                + ",\"imports\":["
                + imported(missing, "stream", "\"subject\":\"x\"")
                + ","
                + imported(stock, "stream", "\"subject\":\"priv.*\"")
                + ","
                + imported(stock, "service", "\"subject\":\"svc\",\"to\":\"old.form\"")
                + "],\"exports\":["
                + "{\"subject\":\"a\",\"type\":\"stream\"},{\"subject\":\"b\",\"type\":\"stream\","
                + "\"description\":\"other\"}],"
                + external)
        .trim();
  }

  /** A token of version 1, which has its type and tags beside the claims. */
  private String old() throws Exception {
    String body =
        "{\"jti\":\"x\",\"iat\":5,\"iss\":\"%s\",\"sub\":\"%s\",\"type\":\"account\",\"tags\":[\"T\"],"
                .formatted(key(operator), key(old))
            + "\"nats\":{%s,\"exports\":[{\"subject\":\"old\",\"type\":\"stream\"}]}}"
                .formatted(LIMITS.formatted(""));
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String head = encoder.encodeToString("{\"typ\":\"jwt\",\"alg\":\"ed25519\"}".getBytes(UTF_8));
    String signed = encoder.encodeToString(body.getBytes(UTF_8));
    byte[] signature = operator.sign(signed.getBytes(UTF_8));
    return head + "." + signed + "." + encoder.encodeToString(signature);
  }

  private String config(String resolver) throws Exception {
    Map<NKey, String> tokens = new LinkedHashMap<>();
    tokens.put(system, account(system, "", LIMITS.formatted("")));
    tokens.put(shop, shop());
    tokens.put(stock, stock());
    tokens.put(odd, odd());
    tokens.put(old, old());
    tokens.put(brief, account(brief, "", LIMITS.formatted("")));
    tokens.put(signer, account(signer, "", LIMITS.formatted("")));
    StringBuilder config =
        new StringBuilder("http: \"127.0.0.1:-1\"\njetstream {store_dir: \"$STORE\"}\noperator: ")
            .append(OperatorTest.token(operator, operator, "", "\"type\":\"operator\""))
            .append("\nsystem_account: ")
            .append(key(system))
            .append("\nresolver: ")
            .append(resolver)
            .append("\nresolver_preload: {\n");
    for (Map.Entry<NKey, String> each : tokens.entrySet()) {
      config.append(key(each.getKey())).append(": ").append(each.getValue()).append('\n');
    }
    return config.append("}\n").toString();
  }

  // ---- What a server tells.

  private JsonObject page(int monitor, String query) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + monitor + "/accountz" + query);
    return Json.parseObject(
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static JsonObject request(Connection admin, String subject, String body)
      throws Exception {
    Message answer = admin.request(subject, body.getBytes(UTF_8), PATIENCE);
    return Json.parseObject(new String(Objects.requireNonNull(answer, subject).getData(), UTF_8));
  }

  /** Sorts what has no order, and takes out what is not the same in two servers. */
  private static @Nullable Object shown(String name, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      Map<String, @Nullable Object> fields = new TreeMap<>();
      for (String field : object.names()) {
        if (!OWN.contains(field)) {
          String as = field.startsWith("_R_.") ? "REPLY" : field;
          fields.put(as, shown(field, object.get(field)));
        }
      }
      return fields;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>();
      list.forEach(element -> elements.add(shown(name, element)));
      if (Set.of("exports", "imports", "accounts", "validation_result_jwt").contains(name)) {
        elements.sort((one, other) -> String.valueOf(one).compareTo(String.valueOf(other)));
      }
      return elements;
    }
    if (value instanceof String text) {
      if (text.startsWith("_R_.")) {
        return "REPLY";
      }
      return name.equals("update_time") && !text.startsWith("0001") ? "TIME" : text;
    }
    return value;
  }

  private static List<String> lines(String title, JsonObject told) {
    List<String> lines = new ArrayList<>();
    describe(title, shown("", told), lines);
    return lines;
  }

  private static void describe(String path, @Nullable Object value, List<String> lines) {
    if (value instanceof List<?> list && !list.isEmpty()) {
      list.forEach(each -> lines.add(path + "[] = " + each));
    } else if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      map.forEach((name, each) -> describe(path + " " + name, each, lines));
    } else {
      lines.add(path + " = " + value);
    }
  }

  private Connection connect(int port, NKey account) throws Exception {
    return OperatorTest.connect(port, account, "");
  }

  private List<String> look(int port, int monitor, String changed) throws Exception {
    List<String> told = new ArrayList<>(lines("at first", page(monitor, "")));
    Connection passing = connect(port, brief);
    try (Connection admin = connect(port, system);
        Connection one = connect(port, shop);
        Connection service = connect(port, stock)) {
      OperatorTest.answerToLogin(port, odd);
      service.subscribe("svc");
      service.flush(PATIENCE);
      Subscription answers = one.subscribe("answers");
      one.publish("ask", "answers", new byte[0]);
      one.flush(PATIENCE);
      told.addAll(lines("then", page(monitor, "")));
      told.addAll(all("", admin, monitor, system, shop, stock, odd, old, brief, missing));
      answers.unsubscribe();
      one.flush(PATIENCE);
      final String before = updated(monitor, stock);
      String push = "$SYS.REQ.ACCOUNT." + key(stock) + ".CLAIMS.UPDATE";
      told.add("push " + request(admin, push, changed).has("error"));
      assertThat(updated(monitor, stock)).isGreaterThan(before);
      told.addAll(all("changed ", admin, monitor, shop, stock, odd));
      told.addAll(expire(admin, monitor, passing));
    } finally {
      passing.close();
    }
    return told;
  }

  /** Has an account expire, and tells what is seen of it then but for its token. */
  private List<String> expire(Connection admin, int monitor, Connection passing) throws Exception {
    String head = ",\"exp\":" + (Instant.now().getEpochSecond() + 1);
    String push = "$SYS.REQ.ACCOUNT." + key(brief) + ".CLAIMS.UPDATE";
    request(admin, push, account(brief, head, LIMITS.formatted("")));
    await().atMost(PATIENCE).until(() -> passing.getStatus() == Connection.Status.CLOSED);
    // A token is expired for its validation in the second after the account has expired.
    String result = "validation_result_jwt";
    JsonObject told =
        await()
            .atMost(PATIENCE)
            .until(
                () -> page(monitor, "?acc=" + key(brief)).objectOrEmpty("account_detail"),
                detail -> detail.get(result) != null);
    return lines("expires", told).stream()
        .filter(line -> line.matches("expires (expired|complete|" + result + ").*"))
        .toList();
  }

  private String updated(int monitor, NKey account) throws Exception {
    return page(monitor, "?acc=" + key(account))
        .objectOrEmpty("account_detail")
        .string("update_time", "");
  }

  private List<String> all(String when, Connection admin, int monitor, NKey... accounts)
      throws Exception {
    List<String> told = new ArrayList<>();
    for (NKey account : accounts) {
      String key = key(account);
      String name = when + name(account);
      if (!account.equals(missing)) {
        told.addAll(lines(name, page(monitor, "?acc=" + key)));
      }
      String body = "{\"account\":\"" + key + "\"}";
      told.addAll(lines(name + " A", request(admin, "$SYS.REQ.SERVER.PING.ACCOUNTZ", body)));
      told.addAll(lines(name + " I", request(admin, "$SYS.REQ.ACCOUNT." + key + ".INFO", "")));
    }
    return told;
  }

  private String name(NKey account) {
    Map<NKey, String> names = new LinkedHashMap<>();
    names.put(system, "system");
    names.put(shop, "shop");
    names.put(stock, "stock");
    names.put(odd, "odd");
    names.put(old, "old");
    names.put(brief, "brief");
    return names.getOrDefault(account, "missing");
  }

  private interface Look {
    List<String> at(int port, int monitor) throws Exception;
  }

  /** Looks at both servers at once, as both wait for the same things. */
  private static void compare(PeerServers servers, Look look) throws Exception {
    FutureTask<List<String>> real =
        new FutureTask<>(() -> look.at(servers.real().port(), servers.real().monitorPort()));
    Thread looking = new Thread(real, "looking at nats-server");
    looking.start();
    try {
      List<String> ours = look.at(servers.ours().port(), servers.ours().monitorPort());
      assertThat(String.join("\n", ours)).isEqualTo(String.join("\n", real.get()));
    } finally {
      looking.join();
    }
  }

  @Test
  void tellsOfClaimsWhatNatsServerTells() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config("MEMORY"))) {
      String changed = changedStock();
      compare(servers, (port, monitor) -> look(port, monitor, changed));
    }
  }

  /** A deleted account stays known, as one that has expired, until its token is pushed again. */
  private List<String> delete(int port, int monitor, String changed) throws Exception {
    List<String> told = new ArrayList<>();
    try (Connection admin = connect(port, system);
        Connection client = connect(port, stock)) {
      told.addAll(all("before ", admin, monitor, stock));
      final String before = updated(monitor, stock);
      String accounts = "\"accounts\":[\"" + key(stock) + "\"]";
      String delete = OperatorTest.token(operator, operator, "", accounts);
      told.addAll(lines("delete", request(admin, "$SYS.REQ.CLAIMS.DELETE", delete)));
      await().atMost(PATIENCE).until(() -> client.getStatus() == Connection.Status.CLOSED);
      assertThat(updated(monitor, stock)).isGreaterThan(before);
      told.addAll(all("deleted ", admin, monitor, stock));
      request(admin, "$SYS.REQ.CLAIMS.UPDATE", changed);
      told.addAll(all("pushed ", admin, monitor, stock));
    }
    return told;
  }

  @Test
  void tellsOfDeletedAccountsWhatNatsServerTells() throws Exception {
    String resolver = "{type: full, dir: \"$STORE-jwt\", allow_delete: true}";
    try (PeerServers servers = PeerServers.start(directory, config(resolver))) {
      String changed = changedStock();
      compare(servers, (port, monitor) -> delete(port, monitor, changed));
    }
  }

  @Test
  void tellsOfConfiguredAccountsWhatNatsServerTells() throws Exception {
    String config =
        """
        http: "127.0.0.1:-1"
        accounts {
          SYS { users: [{user: SYS, password: p}] }
          A {
            jetstream: enabled
            users: [{user: A, password: p}]
            default_permissions: {publish: "a.>"}
            exports: [
              {stream: "s.>"}, {stream: "t.*", accounts: [B]},
              {service: "q", latency: {sampling: 100%, subject: "lat"}}
              {service: "z", latency: {sampling: 30%, subject: "lat"}}
              {service: "st", response: stream}
              {service: "h", latency: {sampling: headers, subject: "lat"}, accounts: [B]}
              {service: "c.*", response: chunked, threshold: "2s", allow_trace: true}
              {stream: "p.*", account_token_position: 2}
            ]
            mappings: {"m1": "m2", "w.*": [{dest: "x.$1", weight: 20%}, {dest: "y.$1", weight: 30%}]}
          }
          B {
            users: [{user: B, password: p}]
            imports: [
              {stream: {account: A, subject: "s.>"}, prefix: pre}
              {stream: {account: A, subject: "t.*"}, to: "u.*", allow_trace: true}
              {service: {account: A, subject: "q"}, to: qq, share: true}
              {service: {account: A, subject: "h"}}
              {service: {account: A, subject: "c.*"}, to: "d.*.e"}
            ]
          }
          N: {}
        }
        system_account: SYS
        jetstream { store_dir: "$STORE" }
        """;
    try (PeerServers servers = PeerServers.start(directory, config)) {
      compare(servers, (port, monitor) -> lookAtNames(port, monitor));
    }
  }

  private static Connection connect(int port, String name) throws Exception {
    String url = "nats://" + name + ":p@127.0.0.1:" + port;
    return Nats.connect(Options.builder().server(url).noReconnect().build());
  }

  private List<String> lookAtNames(int port, int monitor) throws Exception {
    List<String> told = new ArrayList<>(lines("all", page(monitor, "")));
    try (Connection admin = connect(port, "SYS");
        Connection service = connect(port, "A");
        Connection asking = connect(port, "B")) {
      service.subscribe("q");
      service.flush(PATIENCE);
      asking.subscribe("answers");
      asking.publish("qq", "answers", new byte[0]);
      asking.flush(PATIENCE);
      for (String account : List.of("SYS", "A", "B", "N", "$G")) {
        told.addAll(lines(account, page(monitor, "?acc=" + account)));
        String info = "$SYS.REQ.ACCOUNT." + account + ".INFO";
        told.addAll(lines(account + " I", request(admin, info, "")));
      }
    }
    return told;
  }
}
