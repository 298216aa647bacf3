package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.JsonShape;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.CurveKeyPair;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares auth callouts (ADR-26) of the real nats-server and ours, with one service for both. */
class AuthCalloutDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ERRORS = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";

  @TempDir Path directory;

  /** The callout service, which chooses its answer to a login by the name of the user. */
  private static final class Service {
    private final NKey issuer = NKey.createAccount(null);
    private final NKey stranger = NKey.createAccount(null);
    private final CurveKeyPair curve = CurveKeyPair.generate();
    private final boolean encrypts;
    private final Map<String, String> shapes = new TreeMap<>();

    Service(boolean encrypts) throws Exception {
      this.encrypts = encrypts;
    }

    void answer(Connection connection, Message request) {
      try {
        connection.publish(request.getReplyTo(), answer(request));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private byte[] answer(Message request) throws Exception {
      byte[] data = request.getData();
      String serverKey = "";
      if (encrypts) {
        serverKey = request.getHeaders().getFirst("Nats-Server-Xkey");
        data = curve.open(data, serverKey);
      }
      JsonObject claims = body(new String(data, UTF_8));
      JsonObject nats = claims.object("nats");
      String name = nats.object("connect_opts").string("user", "");
      // Keeps the shape of the first request for each name.
      shapes.putIfAbsent(
          name, JsonShape.of(json(claims), List.of(".jti")) + " " + request.hasHeaders());
      String token = token(name, nats);
      byte[] answer = token.getBytes(UTF_8);
      return encrypts && !name.startsWith("open") ? sealed(answer, serverKey) : answer;
    }

    private byte[] sealed(byte[] answer, String serverKey) throws CredentialException {
      return curve.seal(answer, serverKey);
    }

    private String token(String name, JsonObject nats) throws Exception {
      NKey subject = NKey.fromPublicKey(nats.string("user_nkey", "").toCharArray());
      String user =
          switch (name) {
            case "elsewhere" -> user(issuer, subject, "NOWHERE", "");
            case "nowhere" -> user(issuer, subject, "", "");
            case "stranger" -> user(stranger, subject, "APP", "");
            case "other" -> user(issuer, NKey.createUser(null), "APP", "");
            case "afar" -> user(issuer, subject, "APP", "", ",\"src\":[\"192.0.2.0/24\"]");
            case "websocket" ->
                user(issuer, subject, "APP", "", ",\"allowed_connection_types\":[\"WEBSOCKET\"]");
            case "in auth" -> user(issuer, subject, "AUTH", "", ",\"sub\":{}");
            case "late" -> user(issuer, subject, "APP", ",\"exp\":1000");
            case "issuer" -> user(issuer, subject, "APP", "").replace("x", "y");
            default -> user(issuer, subject, "APP", "");
          };
      String fields =
          switch (name) {
            case "error", "other error" -> ",\"error\":\"go away\"";
            case "both" -> ",\"error\":\"go away\",\"jwt\":\"" + user + "\"";
            case "neither" -> "";
            case "garbage" -> ",\"jwt\":\"abc\"";
            default -> ",\"jwt\":\"" + user + "\"";
          };
      String server = nats.object("server_id").string("id", "");
      if (name.equals("nothing")) {
        return "";
      }
      if (name.endsWith("nonsense")) {
        return "nonsense";
      }
      NKey about = name.equals("about") ? NKey.createUser(null) : subject;
      String to = name.equals("server") ? "NSOMEBODY" : server;
      return OperatorTest.token(
          name.equals("other error") ? stranger : issuer,
          about,
          ",\"aud\":\"" + to + "\"",
          "\"type\":\"authorization_response\"" + fields);
    }

    private static String user(NKey by, NKey subject, String account, String more)
        throws Exception {
      return user(by, subject, account, more, "");
    }

    private static String user(
        NKey by, NKey subject, String account, String more, String permissions) throws Exception {
      return OperatorTest.token(
          by,
          subject,
          (account.isEmpty() ? "" : ",\"aud\":\"" + account + "\"") + more,
          "\"type\":\"user\",\"pub\":{\"allow\":[\"ok\"]},\"subs\":-1,\"data\":-1,\"payload\":-1"
              + permissions);
    }
  }

  private static JsonObject body(String token) {
    return Json.parseObject(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
  }

  private static String json(JsonObject object) {
    return new String(JsonWriter.compact().any(object).toBytes(), UTF_8);
  }

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, "pw")
            .connectionTimeout(PATIENCE)
            .build());
  }

  private static List<String> transcript(int port, Service service, List<String> names)
      throws Exception {
    List<String> transcript = new ArrayList<>();
    try (Connection auth = connect(port, "auth");
        Connection system = connect(port, "sys")) {
      auth.createDispatcher(m -> service.answer(auth, m)).subscribe("$SYS.REQ.USER.AUTH");
      Subscription errors = auth.subscribe(ERRORS);
      Subscription serverErrors = system.subscribe("$SYS.SERVER.*.CLIENT.AUTH.ERR");
      auth.flush(PATIENCE);
      system.flush(PATIENCE);
      for (String name : names) {
        String said = said(port, name);
        transcript.add(name + ": " + said);
        if (said.contains("Authorization Violation")) {
          transcript.add(event(errors.nextMessage(PATIENCE), true));
          transcript.add(event(serverErrors.nextMessage(PATIENCE), false));
        }
      }
      auth.publish("$SYS.REQ.USER.AUTH", bytes("by hand"));
      auth.flush(PATIENCE);
      transcript.add(String.valueOf(auth.getLastError()));
    }
    transcript.add(service.shapes.toString());
    return transcript;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String event(@Nullable Message message, boolean withReason) {
    if (message == null) {
      return "no event";
    }
    JsonObject event = Json.parseObject(message.getData());
    return event.object("client").string("acc", "")
        + " "
        + event.object("client").string("user", "")
        + (withReason
            // Keys differ from run to run.
            ? " " + event.string("reason", "").replaceAll("[UAN][A-Z2-7]{55}", "KEY")
            : "");
  }

  private static String said(int port, String name) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      socket
          .getOutputStream()
          .write(
              bytes(
                  "CONNECT {\"verbose\":false,\"protocol\":0,\"user\":\""
                      + name
                      + "\",\"pass\":\"pw\"}\r\nPUB no 0\r\n\r\nSUB $SYS.REQ.USER.AUTH 1\r\n"
                      + "SUB $SYS._INBOX.> 2\r\nPING\r\n"));
      StringBuilder said = new StringBuilder();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.append(line).append(' ');
        if (line.equals("PONG")) {
          break;
        }
      }
      return said.toString();
    }
  }

  private static String config(String issuer, int timeout, String more) {
    return """
        accounts {
          AUTH { users: [{user: auth, password: pw}] }
          APP { users: [{user: listed, password: pw}] }
          FREE { users: [{user: free, password: pw}] }
          SYS { users: [{user: sys, password: pw}] }
        }
        system_account: SYS
        server_tags: ["a:b"]
        authorization {
          timeout: %d
          auth_callout { issuer: %s, account: AUTH, auth_users: [auth], allowed_accounts: [APP] %s }
        }
        """
        .formatted(timeout, issuer, more);
  }

  private void compare(Service service, String more, List<String> names) throws Exception {
    String config = config(OperatorTest.key(service.issuer), 10, more);
    try (PeerServers servers = PeerServers.start(directory, config)) {
      List<String> theirs = transcript(servers.real().port(), service, names);
      service.shapes.clear();
      List<String> ours = transcript(servers.ours().port(), service, names);
      assertThat(ours).isEqualTo(theirs);
    }
  }

  @Test
  @ComparedWithNatsServer
  void everyAnswerLeadsToTheSame() throws Exception {
    compare(
        new Service(false),
        "",
        List.of(
            "fine",
            "listed",
            "free",
            "elsewhere",
            "nowhere",
            "stranger",
            "other",
            "late",
            "error",
            "both",
            "neither",
            "garbage",
            "nothing",
            "nonsense",
            "about",
            "server",
            "other error",
            "afar",
            "websocket",
            "in auth"));
  }

  @Test
  @ComparedWithNatsServer
  void encryptedOrNot() throws Exception {
    Service service = new Service(true);
    compare(
        service,
        ", xkey: " + service.curve.publicKey(),
        List.of("fine", "open", "error", "open nonsense", "nonsense"));
  }

  @Test
  void noAnswerIsAwaitedAsLong() throws Exception {
    String config = config(OperatorTest.key(NKey.createAccount(null)), 1, "");
    try (PeerServers servers = PeerServers.start(directory, config)) {
      assertThat(said(servers.ours().port(), "anybody"))
          .isEqualTo(said(servers.real().port(), "anybody"));
    }
  }
}
