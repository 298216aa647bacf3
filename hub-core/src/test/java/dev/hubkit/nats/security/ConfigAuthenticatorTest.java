package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import io.nats.client.AuthHandler;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigAuthenticatorTest {
  // "secret" at the lowest cost.
  private static final String HASH = bcrypt("secret");

  @TempDir Path directory;

  private static String bcrypt(String password) {
    return BCrypt.withDefaults().hashToString(4, password.toCharArray());
  }

  private static Options.Builder to(NatsServer server) {
    return Options.builder()
        .server(server.clientUrl())
        .maxReconnects(0)
        .connectionTimeout(Duration.ofSeconds(10));
  }

  /** Sends CONNECT with the fields, and expects the server to refuse it. */
  private static void refused(NatsServer server, String fields) throws IOException {
    refused(server, nonce -> fields);
  }

  private static void refused(NatsServer server, Function<String, String> fields)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      JsonObject info = Json.parseObject(in.readLine().substring(5));
      String connect =
          "CONNECT {\"verbose\":false," + fields.apply(info.string("nonce", "")) + "}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(StandardCharsets.UTF_8));
      assertThat(in.readLine()).isEqualTo("-ERR 'Authorization Violation'");
      assertThat(in.readLine()).isNull();
    }
  }

  private static String user(String name, String password) {
    return "\"user\":\"" + name + "\",\"pass\":\"" + password + "\"";
  }

  private static String signed(NKey claimed, NKey signing, String nonce) {
    try {
      byte[] signature = signing.sign(nonce.getBytes(StandardCharsets.US_ASCII));
      return "\"nkey\":\""
          + new String(claimed.getPublicKey())
          + "\",\"sig\":\""
          + Base64.getUrlEncoder().withoutPadding().encodeToString(signature)
          + "\"";
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"secret", "HASH"})
  void letsInAUserWithItsPasswordOnly(String configured) throws Exception {
    String password = configured.equals("HASH") ? HASH : configured;
    try (NatsServer server =
        ConfiguredServer.start(
            directory, "authorization { user: me, password: \"" + password + "\" }")) {
      try (Connection connection = Nats.connect(to(server).userInfo("me", "secret").build())) {
        connection.flush(Duration.ofSeconds(5));
        assertThat(connection.getServerInfo().isAuthRequired()).isTrue();
      }
      refused(server, user("me", "wrong"));
      refused(server, user("you", "secret"));
      refused(server, "\"name\":\"nobody\"");
    }
  }

  @Test
  void letsInWhoHasTheToken() throws Exception {
    try (NatsServer server = ConfiguredServer.start(directory, "authorization { token: abc123 }")) {
      Nats.connect(to(server).token("abc123".toCharArray()).build()).close();
      refused(server, "\"auth_token\":\"abc124\"");
      refused(server, "\"name\":\"nobody\"");
    }
  }

  @Test
  void letsInWhoSignsTheNonce() throws Exception {
    NKey key = NKey.createUser(null);
    NKey other = NKey.createUser(null);
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "authorization { users: [{nkey: " + new String(key.getPublicKey()) + "}] }")) {
      Nats.connect(to(server).authHandler(new Signer(key, key)).build()).close();
      refused(server, nonce -> signed(other, other, nonce));
      refused(server, nonce -> signed(key, other, nonce));
    }
  }

  @Test
  void refusesUsersWhoMustComeThroughAProxy() throws Exception {
    NKey key = NKey.createUser(null);
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "authorization { users: [{user: a, password: a, proxy_required: true},"
                + " {user: b, password: b, proxy_required: false},"
                + " {nkey: "
                + new String(key.getPublicKey())
                + ", proxy_required: true}] }")) {
      Nats.connect(to(server).userInfo("b", "b").build()).close();
      refused(server, user("a", "a"));
      refused(server, nonce -> signed(key, key, nonce));
    }
  }

  @Test
  void refusesWhoeverIsTakenForAUserThatMustComeThroughAProxy() throws Exception {
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "no_auth_user: guest\n"
                + "authorization { users: [{user: guest, password: x, proxy_required: true}] }")) {
      refused(server, "\"name\":\"nobody\"");
    }
  }

  private record Signer(NKey claimed, NKey signing) implements AuthHandler {
    @Override
    public byte[] sign(byte[] nonce) {
      try {
        return signing.sign(nonce);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public char[] getID() {
      try {
        return claimed.getPublicKey();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public char @Nullable [] getJWT() {
      return null;
    }
  }

  @Test
  void keepsAccountsApart() throws Exception {
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "accounts { A { users: [{user: a, password: a}, {user: a2, password: a2}] }\n"
                + " B { users: [{user: b, password: b}] } }")) {
      try (Connection a = Nats.connect(to(server).userInfo("a", "a").build());
          Connection a2 = Nats.connect(to(server).userInfo("a2", "a2").build());
          Connection b = Nats.connect(to(server).userInfo("b", "b").build())) {
        Subscription inA = a2.subscribe("x");
        Subscription inB = b.subscribe("x");
        a2.flush(Duration.ofSeconds(5));
        b.flush(Duration.ofSeconds(5));
        a.publish("x", "1".getBytes(StandardCharsets.UTF_8));
        b.publish("x", "2".getBytes(StandardCharsets.UTF_8));
        Message fromA = inA.nextMessage(Duration.ofSeconds(5));
        Message fromB = inB.nextMessage(Duration.ofSeconds(5));
        assertThat(new String(fromA.getData(), StandardCharsets.UTF_8)).isEqualTo("1");
        assertThat(new String(fromB.getData(), StandardCharsets.UTF_8)).isEqualTo("2");
        a.publish("x", "3".getBytes(StandardCharsets.UTF_8));
        Message next = inA.nextMessage(Duration.ofSeconds(5));
        assertThat(new String(next.getData(), StandardCharsets.UTF_8)).isEqualTo("3");
      }
    }
  }

  @Test
  void takesTheUserForThoseWithoutOne() throws Exception {
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "no_auth_user: guest\n"
                + "authorization { users: [{user: me, password: pw},"
                + " {user: guest, password: x, permissions: {publish: hello}}] }")) {
      try (Connection guest = Nats.connect(to(server).build())) {
        assertThat(guest.getServerInfo().isAuthRequired()).isFalse();
        guest.flush(Duration.ofSeconds(5));
      }
      refused(server, user("me", "wrong"));
    }
  }

  @Test
  void saysWhatIsNotAllowed() throws Exception {
    try (NatsServer server =
            ConfiguredServer.start(
                directory,
                "authorization { users: [{user: me, password: pw, permissions:"
                    + " {publish: {allow: a, deny: b}, subscribe: \"c q\"}}] }");
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      socket
          .getOutputStream()
          .write(
              String.join(
                      "\r\n",
                      "CONNECT {\"user\":\"me\",\"pass\":\"pw\",\"verbose\":false}",
                      "PUB b 0",
                      "",
                      "SUB d 1",
                      "SUB c 2",
                      "SUB c q 3",
                      "PING",
                      "")
                  .getBytes(StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      assertThat(in.readLine()).isEqualTo("-ERR 'Permissions Violation for Publish to \"b\"'");
      assertThat(in.readLine()).isEqualTo("-ERR 'Permissions Violation for Subscription to \"d\"'");
      assertThat(in.readLine()).isEqualTo("-ERR 'Permissions Violation for Subscription to \"c\"'");
      assertThat(in.readLine()).isEqualTo("PONG");
    }
  }

  @Test
  void keepsUsersToTheirWaysOfConnecting() throws Exception {
    try (NatsServer server =
        ConfiguredServer.start(
            directory,
            "websocket {port: -1, no_tls: true}\nauthorization { users: ["
                + "{user: web, password: pw, allowed_connection_types: [WEBSOCKET]},"
                + "{user: tcp, password: pw, allowed_connection_types: [\"standard\"]}] }")) {
      String webSocket = "ws://127.0.0.1:" + server.webSocketPort();
      Nats.connect(to(server).userInfo("tcp", "pw").build()).close();
      refused(server, user("web", "pw"));
      Nats.connect(
              Options.builder().server(webSocket).maxReconnects(0).userInfo("web", "pw").build())
          .close();
    }
  }
}
