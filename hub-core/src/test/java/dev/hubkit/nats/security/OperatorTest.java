package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.net.RawClient;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatorTest {
  private static final String LIMITS = "\"subs\":-1,\"data\":-1,\"payload\":-1";
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private static NKey operator;
  private static NKey system;
  private static NKey account;
  private static NKey signer;
  private static NKey user;

  @TempDir Path directory;

  @BeforeAll
  static void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    system = NKey.createAccount(null);
    account = NKey.createAccount(null);
    signer = NKey.createAccount(null);
    user = NKey.createUser(null);
  }

  static String key(NKey key) throws IOException, GeneralSecurityException {
    return new String(key.getPublicKey());
  }

  private static long now() {
    return System.currentTimeMillis() / 1000;
  }

  /**
   * Connects as a new user of an account, with a client that does not reconnect.
   *
   * @param issuer the account's key, or one of its signing keys
   * @param claims more of the user's token; empty or beginning with a comma
   */
  static Connection connect(int port, NKey issuer, String claims) throws Exception {
    NKey user = NKey.createUser(null);
    String token =
        token(
            issuer, user, "", "\"type\":\"user\",\"subs\":-1,\"payload\":-1,\"data\":-1" + claims);
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .maxReconnects(0)
            .connectionTimeout(Duration.ofSeconds(20))
            .errorListener(new io.nats.client.ErrorListener() {})
            .authHandler(Nats.staticCredentials(token.toCharArray(), user.getSeed()))
            .build());
  }

  /** Logs in as a user with a token; returns the server's answer. */
  static @Nullable String answerToLogin(int port, NKey user, String token) throws Exception {
    try (RawClient client = RawClient.connect(port, 0)) {
      String info = String.valueOf(client.line());
      String nonce = info.replaceFirst(".*\"nonce\":\"([^\"]*)\".*", "$1");
      String signature =
          BASE64.encodeToString(user.sign(nonce.getBytes(StandardCharsets.US_ASCII)));
      client.send(
          "CONNECT {\"verbose\":false,\"jwt\":\""
              + token
              + "\",\"sig\":\""
              + signature
              + "\"}\r\nPING\r\n");
      return client.line();
    }
  }

  /** Logs in as a new user of an account; returns the server's answer. */
  static @Nullable String answerToLogin(int port, NKey issuer) throws Exception {
    NKey user = NKey.createUser(null);
    String claims = "\"type\":\"user\",\"subs\":-1,\"payload\":-1,\"data\":-1";
    return answerToLogin(port, user, token(issuer, user, "", claims));
  }

  static String token(NKey issuer, NKey subject, String more, String claims)
      throws IOException, GeneralSecurityException {
    String head = "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}";
    String body =
        "{\"jti\":\"x\",\"iat\":"
            + now()
            + ",\"iss\":\""
            + key(issuer)
            + "\",\"sub\":\""
            + key(subject)
            + "\",\"name\":\"me\""
            + more
            + ",\"nats\":{"
            + claims
            + ",\"version\":2}}";
    String signed =
        BASE64.encodeToString(head.getBytes(StandardCharsets.UTF_8))
            + "."
            + BASE64.encodeToString(body.getBytes(StandardCharsets.UTF_8));
    return signed
        + "."
        + BASE64.encodeToString(issuer.sign(signed.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String accountToken(String more) throws Exception {
    return token(
        operator,
        account,
        "",
        "\"type\":\"account\",\"limits\":{\"conn\":2,\"subs\":-1,\"payload\":-1},\"signing_keys\":[{"
            + "\"kind\":\"user_scope\",\"key\":\""
            + key(signer)
            + "\",\"template\":{\"pub\":{\"allow\":[\"{{name()}}.>\"]},\"sub\":{},"
            + "\"subs\":-1,\"data\":-1,\"payload\":-1}}]"
            + more);
  }

  private NatsServer start() throws Exception {
    String operatorToken = token(operator, operator, "", "\"type\":\"operator\"");
    String systemToken =
        token(operator, system, "", "\"type\":\"account\",\"limits\":{\"conn\":-1," + LIMITS + "}");
    return ConfiguredServer.start(
        directory,
        "operator: "
            + operatorToken
            + "\nsystem_account: "
            + key(system)
            + "\nresolver: MEMORY\nresolver_preload: { "
            + key(account)
            + ": "
            + accountToken("")
            + "\n "
            + key(system)
            + ": "
            + systemToken
            + " }\n");
  }

  private static Options to(NatsServer hub, String jwt, NKey signing) {
    return Options.builder()
        .server(hub.clientUrl())
        .maxReconnects(0)
        .authHandler(Nats.staticCredentials(jwt.toCharArray(), signing.getSeed()))
        .build();
  }

  private static String userToken(String more, String claims) throws Exception {
    return token(account, user, more, "\"type\":\"user\",\"subs\":-1,\"payload\":-1" + claims);
  }

  private static void refused(NatsServer hub, String jwt, NKey signing) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      JsonObject info = Json.parseObject(in.readLine().substring(5));
      byte[] nonce = info.string("nonce", "").getBytes(StandardCharsets.US_ASCII);
      String connect =
          "CONNECT {\"verbose\":false,\"jwt\":\""
              + jwt
              + "\",\"sig\":\""
              + BASE64.encodeToString(signing.sign(nonce))
              + "\"}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(StandardCharsets.UTF_8));
      assertThat(in.readLine()).isEqualTo("-ERR 'Authorization Violation'");
    }
  }

  @Test
  void letsInWhomTheOperatorsAccountHasSigned() throws Exception {
    try (NatsServer hub = start()) {
      try (Connection connection = Nats.connect(to(hub, userToken("", ""), user))) {
        Subscription subscription = connection.subscribe("x");
        connection.publish("x", new Headers(), "1".getBytes(StandardCharsets.UTF_8));
        Message message = subscription.nextMessage(Duration.ofSeconds(5));
        assertThat(message.getData()).hasSize(1);
      }
      refused(hub, userToken("", ""), NKey.createUser(null));
      refused(hub, userToken(",\"exp\":" + (now() - 10), ""), user);
      refused(hub, token(NKey.createAccount(null), user, "", "\"type\":\"user\""), user);
      refused(hub, userToken("", ",\"src\":[\"192.0.2.0/24\"]"), user);
      refused(hub, userToken("", ",\"allowed_connection_types\":[\"WEBSOCKET\"]"), user);
      refused(hub, accountToken(""), user);
      refused(hub, "not.a.token", user);
    }
  }

  @Test
  void fillsInTheTemplateOfAScopedKey() throws Exception {
    try (NatsServer hub = start()) {
      String scoped =
          token(signer, user, "", "\"type\":\"user\",\"issuer_account\":\"" + key(account) + "\"");
      try (Connection connection = Nats.connect(to(hub, scoped, user))) {
        connection.publish("me.x", new byte[0]);
        connection.flush(Duration.ofSeconds(5));
        assertThat(connection.getLastError()).isNullOrEmpty();
        connection.publish("you.x", new byte[0]);
        Awaitility.await()
            .atMost(5, TimeUnit.SECONDS)
            .untilAsserted(
                () ->
                    assertThat(connection.getLastError())
                        .containsIgnoringCase("Permissions Violation for Publish to \"you.x\""));
      }
      refused(
          hub,
          token(
              signer,
              user,
              "",
              "\"type\":\"user\",\"pub\":{\"allow\":[\">\"]},\"issuer_account\":\""
                  + key(account)
                  + "\""),
          user);
    }
  }

  @Test
  void endsTheConnectionWhenTheTokenExpires() throws Exception {
    try (NatsServer hub = start();
        Connection connection =
            Nats.connect(to(hub, userToken(",\"exp\":" + (now() + 2), ""), user))) {
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> connection.getStatus() == Connection.Status.CLOSED);
      assertThat(connection.getLastError()).containsIgnoringCase("User Authentication Expired");
    }
  }

  @Test
  void expelsRevokedUsersWhenTheAccountChanges() throws Exception {
    NKey admin = NKey.createUser(null);
    try (NatsServer hub = start();
        Connection connection = Nats.connect(to(hub, userToken("", ""), user));
        Connection systemUser =
            Nats.connect(to(hub, token(system, admin, "", "\"type\":\"user\"," + LIMITS), admin))) {
      String changed = accountToken(",\"revocations\":{\"" + key(user) + "\":" + (now() + 1) + "}");
      Message response =
          systemUser.request(
              "$SYS.REQ.ACCOUNT." + key(account) + ".CLAIMS.UPDATE",
              changed.getBytes(StandardCharsets.UTF_8),
              Duration.ofSeconds(5));
      assertThat(new String(response.getData(), StandardCharsets.UTF_8)).contains("jwt updated");
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> connection.getStatus() == Connection.Status.CLOSED);
      refused(hub, userToken("", ""), user);
    }
  }

  @Test
  void keepsAccountsToTheirNumberOfConnections() throws Exception {
    try (NatsServer hub = start();
        Connection one = Nats.connect(to(hub, userToken("", ""), user));
        Connection two = Nats.connect(to(hub, userToken("", ""), user));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.port())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      JsonObject info = Json.parseObject(in.readLine().substring(5));
      byte[] nonce = info.string("nonce", "").getBytes(StandardCharsets.US_ASCII);
      String connect =
          "CONNECT {\"verbose\":false,\"jwt\":\""
              + userToken("", "")
              + "\",\"sig\":\""
              + BASE64.encodeToString(user.sign(nonce))
              + "\"}\r\n";
      socket.getOutputStream().write(connect.getBytes(StandardCharsets.UTF_8));
      assertThat(in.readLine()).isEqualTo("-ERR 'maximum account active connections exceeded'");
      assertThat(one.getStatus()).isEqualTo(two.getStatus());
    }
  }
}
