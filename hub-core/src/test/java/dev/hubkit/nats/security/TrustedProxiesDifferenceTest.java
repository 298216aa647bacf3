package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.NKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares who may log in through a trusted proxy only (ADR-55) with the real nats-server. */
@ComparedWithNatsServer
class TrustedProxiesDifferenceTest {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String MONITOR = "http: \"127.0.0.1:-1\"\n";

  @TempDir Path directory;
  private NKey proxy;
  private NKey other;
  private NKey stranger;
  private NKey user;

  @BeforeEach
  void makeKeys() throws Exception {
    proxy = NKey.createServer(null);
    other = NKey.createUser(null);
    stranger = NKey.createServer(null);
    user = NKey.createUser(null);
  }

  private String trusted() throws Exception {
    return MONITOR
        + "proxies { trusted: [ {key: "
        + OperatorTest.key(proxy)
        + "}, {public_key: "
        + OperatorTest.key(other)
        + "} ] }\n";
  }

  /** What the client sends as the proxy's signature. */
  private enum Signed {
    NOT,
    BY_PROXY,
    BY_OTHER,
    BY_STRANGER,
    NOT_AT_ALL_BASE64,
    PADDED
  }

  private String connect(String fields, Signed signed, @Nullable NKey signer, String nonce)
      throws Exception {
    byte[] bytes = nonce.getBytes(StandardCharsets.US_ASCII);
    String proxySignature =
        switch (signed) {
          case NOT -> "";
          case BY_PROXY -> BASE64.encodeToString(proxy.sign(bytes));
          case BY_OTHER -> BASE64.encodeToString(other.sign(bytes));
          case BY_STRANGER -> BASE64.encodeToString(stranger.sign(bytes));
          case NOT_AT_ALL_BASE64 -> "?!";
          case PADDED -> Base64.getUrlEncoder().encodeToString(proxy.sign(bytes));
        };
    return "CONNECT {\"verbose\":false"
        + fields
        + (signed == Signed.NOT ? "" : ",\"proxy_sig\":\"" + proxySignature + "\"")
        + (signer == null ? "" : ",\"sig\":\"" + BASE64.encodeToString(signer.sign(bytes)) + "\"")
        + "}\r\nPING\r\n";
  }

  /** Returns what a client is told, which proxy connz shows, and why the connection ended. */
  private String login(int port, int monitor, String fields, Signed signed, @Nullable NKey signer)
      throws Exception {
    String told;
    String shown = "";
    long id;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      JsonObject info = Json.parseObject(in.readLine().substring(5));
      id = info.integer("client_id", 0);
      String nonce = info.string("nonce", "");
      socket.getOutputStream().write(connect(fields, signed, signer, nonce).getBytes(UTF_8));
      told = nonce.isEmpty() ? "no nonce " : "nonce ";
      told += in.readLine();
      if (told.endsWith("PONG")) {
        JsonObject by = connz(monitor, "open").get(0).object("proxy");
        shown = by == null ? " directly" : " " + by.string("key", "");
      }
    }
    return told + shown + " " + closed(monitor, id);
  }

  private static String closed(int monitor, long id) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                connz(monitor, "closed").stream()
                    .filter(each -> each.integer("cid", 0) == id)
                    .map(each -> each.string("reason", ""))
                    .findFirst()
                    .orElse(""),
            text -> !text.isEmpty());
  }

  private static List<JsonObject> connz(int monitor, String state) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + monitor + "/connz?limit=500&state=" + state))
            .build();
    return Json.parseObject(HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray()).body())
        .objects("connections");
  }

  private void compare(String config, List<String> clients, @Nullable NKey signer)
      throws Exception {
    List<String> real = new ArrayList<>();
    List<String> ours = new ArrayList<>();
    try (PeerServers servers = PeerServers.start(directory, patient(config))) {
      for (String fields : clients) {
        for (Signed signed : Signed.values()) {
          String what = fields + " " + signed + ": ";
          real.add(
              what
                  + login(
                      servers.real().port(), servers.real().monitorPort(), fields, signed, signer));
          ours.add(
              what
                  + login(
                      servers.ours().port(), servers.ours().monitorPort(), fields, signed, signer));
        }
      }
      assertThat(shown(servers.ours().monitorPort()))
          .isEqualTo(shown(servers.real().monitorPort()));
    }
    assertThat(ours).isEqualTo(real);
  }

  // Time enough for a client on a busy machine to make its signatures.
  private static String patient(String config) {
    String begin = "authorization {";
    return config.contains(begin)
        ? config.replace(begin, begin + " timeout: 30,")
        : config + begin + " timeout: 30 }\n";
  }

  /** Returns the keys of the proxies in {@code /varz}; null where it has no such block. */
  private static @Nullable List<String> shown(int monitor) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + "/varz")).build();
    JsonObject proxies =
        Json.parseObject(HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray()).body())
            .object("proxies");
    return proxies == null ? null : keys(proxies);
  }

  private static List<String> keys(JsonObject proxies) {
    return proxies.objects("trusted").stream().map(each -> each.string("key", "")).toList();
  }

  @Test
  void letsListedUsersInThroughTheirProxyOnly() throws Exception {
    compare(
        trusted()
            + "authorization { users: [ {user: a, password: p, proxy_required: true},"
            + " {user: b, password: p}, {nkey: "
            + OperatorTest.key(user)
            + ", proxy_required: true} ] }\n",
        List.of(
            ",\"user\":\"a\",\"pass\":\"p\"",
            ",\"user\":\"a\",\"pass\":\"wrong\"",
            ",\"user\":\"b\",\"pass\":\"p\"",
            ",\"nkey\":\"" + OperatorTest.key(user) + "\""),
        user);
  }

  @Test
  void letsNobodyInWhoNeedsAProxyWhereNoneIsTrusted() throws Exception {
    compare(
        MONITOR
            + "proxies {}\nno_auth_user: a\nauthorization { users: [ {user: a, password: p,"
            + " proxy_required: true}, {user: b, password: p} ] }\n",
        List.of("", ",\"user\":\"a\",\"pass\":\"p\"", ",\"user\":\"b\",\"pass\":\"p\""),
        null);
  }

  @Test
  void appliesToTheSingleUserTheTokenAndThoseWithoutLogin() throws Exception {
    compare(
        trusted() + "authorization { user: a, password: p, proxy_required: true }\n",
        List.of(",\"user\":\"a\",\"pass\":\"p\"", ",\"user\":\"x\",\"pass\":\"p\"", ""),
        null);
    compare(
        trusted() + "authorization { token: t, proxy_required: true }\n",
        List.of(",\"auth_token\":\"t\"", ",\"auth_token\":\"x\""),
        null);
    compare(trusted(), List.of(""), null);
    compare(trusted() + "authorization { proxy_required: true }\n", List.of(""), null);
  }

  @Test
  void letsUsersOfTheOperatorInThroughTheirProxyOnly() throws Exception {
    NKey operator = NKey.createOperator(null);
    NKey account = NKey.createAccount(null);
    NKey scope = NKey.createAccount(null);
    String limits =
        "\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,\"exports\":-1,"
            + "\"imports\":-1,\"wildcards\":true,\"leaf\":-1}";
    String template =
        "{\"pub\":{},\"sub\":{},\"subs\":-1,\"data\":-1,\"payload\":-1,\"proxy_required\":true}";
    String accountToken =
        OperatorTest.token(
            operator,
            account,
            "",
            "\"type\":\"account\","
                + limits
                + ",\"signing_keys\":[{\"kind\":\"user_scope\",\"role\":\"r\",\"key\":\""
                + OperatorTest.key(scope)
                + "\",\"template\":"
                + template
                + "}]");
    String free = "\"type\":\"user\",\"subs\":-1,\"payload\":-1,\"data\":-1";
    List<String> clients = new ArrayList<>();
    for (String token :
        List.of(
            OperatorTest.token(account, user, "", free),
            OperatorTest.token(account, user, "", free + ",\"proxy_required\":true"),
            OperatorTest.token(
                scope,
                user,
                "",
                "\"type\":\"user\",\"issuer_account\":\"" + OperatorTest.key(account) + "\""))) {
      clients.add(",\"jwt\":\"" + token + "\"");
    }
    compare(
        trusted()
            + "operator: "
            + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
            + "\nresolver: MEMORY\nresolver_preload: { "
            + OperatorTest.key(account)
            + ": "
            + accountToken
            + " }\n",
        clients,
        user);
  }

  @Test
  void closesThoseOfAProxyThatIsTrustedNoMore() throws Exception {
    String config =
        trusted()
            + "server_name: s\nauthorization { users: [ {user: a, password: p, proxy_required:"
            + " true} ] }\n";
    String changed = config.replace("{key: " + OperatorTest.key(proxy) + "}, ", "");
    try (PeerServers servers = PeerServers.start(directory, config)) {
      for (boolean real : new boolean[] {true, false}) {
        int port = real ? servers.real().port() : servers.ours().port();
        int monitor = real ? servers.real().monitorPort() : servers.ours().monitorPort();
        try (Client stays = new Client(port, Signed.BY_OTHER);
            Client goes = new Client(port, Signed.BY_PROXY)) {
          Path file = directory.resolve(real ? "real.conf" : "hub.conf");
          Files.writeString(file, changed);
          if (real) {
            servers.real().reload();
          } else {
            Files.writeString(file, "port: -1\n" + changed);
            servers.ours().reload(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
          }
          assertThat(goes.line()).as("real: %s", real).contains("Authorization Violation");
          assertThat(goes.line()).isNull();
          assertThat(stays.pings()).isEqualTo("PONG");
        }
        assertThat(
                Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> connz(monitor, "closed"), closed -> closed.size() == 2))
            .extracting(each -> each.string("reason", ""))
            .containsExactlyInAnyOrder("Proxy Not Trusted", "Client Closed");
      }
    }
  }

  /** A client with the user that needs a proxy. */
  private final class Client implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Client(int port, Signed signed) throws Exception {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(20_000);
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      JsonObject info = Json.parseObject(in.readLine().substring(5));
      String connect =
          connect(",\"user\":\"a\",\"pass\":\"p\"", signed, null, info.string("nonce", ""));
      socket.getOutputStream().write(connect.getBytes(UTF_8));
      assertThat(in.readLine()).isEqualTo("PONG");
    }

    @Nullable String line() throws IOException {
      return in.readLine();
    }

    String pings() throws IOException {
      socket.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      return in.readLine();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
