package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.NKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares which tokens and signatures Hub and the real nats-server take. */
@ComparedWithNatsServer
class StrictTokensDifferenceTest {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final String HEAD = "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}";
  private static final int CLIENTS = 64;
  private static final String EXPIRED = "-ERR 'User Authentication Expired'\r\n";
  private static final Pattern ERROR = Pattern.compile("-ERR '[^']*'");
  private static final String LIMITS = "\"subs\":-1,\"data\":-1,\"payload\":-1";

  @TempDir Path directory;

  private final NKey operator = NKey.createOperator(null);
  private final NKey account = NKey.createAccount(null);
  private final NKey system = NKey.createAccount(null);
  private final NKey user = NKey.createUser(null);

  StrictTokensDifferenceTest() throws Exception {}

  private String config() throws Exception {
    String accountToken =
        OperatorTest.token(
            operator,
            account,
            "",
            "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1}");
    String systemToken =
        OperatorTest.token(operator, system, "", "\"type\":\"account\",\"limits\":{\"conn\":-1}");
    return "operator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + OperatorTest.key(system)
        + "\nresolver: MEMORY\nresolver_preload: { "
        + OperatorTest.key(account)
        + ": "
        + accountToken
        + "\n "
        + OperatorTest.key(system)
        + ": "
        + systemToken
        + " }\n";
  }

  private String token(String head, String body) throws Exception {
    return token(head, body, bytes -> bytes);
  }

  private String token(String head, String body, UnaryOperator<byte[]> change) throws Exception {
    String signed =
        BASE64.encodeToString(head.getBytes(UTF_8))
            + "."
            + BASE64.encodeToString(body.getBytes(UTF_8));
    return signed
        + "."
        + BASE64.encodeToString(change.apply(account.sign(signed.getBytes(US_ASCII))));
  }

  private String body(String more, String claims) throws Exception {
    return "{\"jti\":\"x\",\"iat\":1,\"iss\":\""
        + OperatorTest.key(account)
        + "\",\"sub\":\""
        + OperatorTest.key(user)
        + "\""
        + more
        + ",\"nats\":{\"type\":\"user\",\"version\":2,\"bearer_token\":true,"
        + claims
        + "}}";
  }

  private Map<String, String> tokens() throws Exception {
    Map<String, String> tokens = new LinkedHashMap<>();
    String good = token(HEAD, body("", LIMITS));
    tokens.put("good", good);
    tokens.put("blank before", " " + good);
    tokens.put("blank behind", good + " ");
    tokens.put("line end behind", good + "\n");
    tokens.put("padding", good + "==");
    tokens.put("four chunks", good + ".x");
    tokens.put("standard alphabet", good.replace('-', '+').replace('_', '/') + "+");
    String[] parts = good.split("\\.", -1);
    tokens.put("line end inside", parts[0] + "." + parts[1] + ".\n" + parts[2]);
    tokens.put("a zero byte more", token(HEAD, body("", LIMITS), b -> Arrays.copyOf(b, 65)));
    tokens.put("a byte less", token(HEAD, body("", LIMITS), b -> Arrays.copyOf(b, 63)));
    for (String head :
        new String[] {
          "{\"typ\":\"jwt\",\"alg\":\"ED25519-NKEY\"}",
          "{\"typ\":\"JWT\",\"alg\":\"ed25519\"}",
          "{\"typ\":\"JWT\",\"alg\":\"none\"}",
          "{\"typ\":1,\"alg\":\"ed25519-nkey\"}",
          "{\"TYP\":\"JWT\",\"Alg\":\"ed25519-nkey\",\"more\":[1]}",
          "{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"} x",
          "\ufeff{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}",
          "null"
        }) {
      tokens.put("header " + head, token(head, body("", LIMITS)));
    }
    for (String claims :
        new String[] {
          "\"subs\":-1,\"data\":-1,\"payload\":-1,\"version\":3",
          "\"subs\":-1,\"data\":-1,\"payload\":-1,\"version\":0",
          "\"subs\":-1,\"data\":-1,\"payload\":-1,\"version\":\"2\"",
          "\"subs\":-1,\"data\":-1,\"payload\":-1,\"type\":\"other\"",
          "\"subs\":-1,\"data\":-1,\"payload\":-1,\"type\":\"account\"",
          "\"data\":-1,\"payload\":-1",
          "\"subs\":-1,\"data\":-1",
          "\"subs\":1.5,\"data\":-1,\"payload\":-1",
          "\"subs\":99999999999999999999,\"data\":-1,\"payload\":-1",
          "\"subs\":4294967297,\"data\":-1,\"payload\":-1",
          LIMITS + ",\"src\":\"127.0.0.0/8, 10.0.0.0/8\"",
          LIMITS + ",\"src\":[\"127.0.0.0/8\"]",
          LIMITS + ",\"src\":\"10.0.0.0/8\"",
          LIMITS + ",\"src\":[\"127.0.0.0\"]",
          LIMITS + ",\"src\":7",
          LIMITS + ",\"tags\":\"x\"",
          LIMITS + ",\"pub\":[]",
          LIMITS + ",\"pub\":null",
          LIMITS + ",\"pub\":{\"allow\":[\"a\",1]}",
          LIMITS + ",\"resp\":{\"max\":1,\"ttl\":\"1s\"}",
          LIMITS + ",\"allowed_connection_types\":[\"standard\"]",
          LIMITS + ",\"allowed_connection_types\":[\"WEBSOCKET\"]",
          LIMITS + ",\"Bearer_Token\":true",
          LIMITS + ",\"unknown\":{\"a\":[]}",
        }) {
      tokens.put("claims " + claims, token(HEAD, body("", claims)));
    }
    for (String more :
        new String[] {
          ",\"exp\":\"1\"",
          ",\"exp\":1.5",
          ",\"exp\":99999999999999999999",
          ",\"exp\":null",
          ",\"nbf\":9999999999",
          ",\"aud\":7",
          ",\"Sub\":\"nobody\"",
          ",\"type\":\"user\"",
          ",\"sub\":null"
        }) {
      tokens.put("body " + more, token(HEAD, body(more, LIMITS)));
    }
    return tokens;
  }

  private static String said(int port, String connect) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      // One after the other, since a server that refuses a client with unread bytes resets it.
      String said = answers(socket, in, connect);
      if (said.endsWith("PONG ")) {
        // Others are connected at the same time.
        String own = "a" + socket.getLocalPort();
        said += answers(socket, in, "SUB " + own + " 1\r\nPUB " + own + " 1\r\nx");
        said = said.replace(own, "a");
      }
      // Whether a client hears anything beside an error depends on how fast it was.
      Matcher error = ERROR.matcher(said);
      return error.find() ? error.group() : said;
    }
  }

  private static String answers(Socket socket, BufferedReader in, String lines) throws IOException {
    StringBuilder said = new StringBuilder();
    try {
      socket.getOutputStream().write((lines + "\r\nPING\r\n").getBytes(UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.append(line).append(' ');
        if (line.equals("PONG")) {
          break;
        }
      }
    } catch (SocketException e) {
      // What it has said so far counts.
    }
    return said.toString();
  }

  private static String connect(String token) {
    JsonWriter json = JsonWriter.compact().beginObject().field("verbose", false);
    return "CONNECT " + new String(json.field("jwt", token).endObject().toBytes(), UTF_8);
  }

  @Test
  void takesTheSameTokens() throws Exception {
    Map<String, String> theirs = new LinkedHashMap<>();
    Map<String, String> ours = new LinkedHashMap<>();
    // At once, since Hub slows down an address whose logins fail.
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (PeerServers servers = PeerServers.start(directory, config())) {
      Map<String, Future<String>> asked = new LinkedHashMap<>();
      for (Map.Entry<String, String> token : tokens().entrySet()) {
        String connect = connect(token.getValue());
        theirs.put(token.getKey(), said(servers.real().port(), connect));
        asked.put(token.getKey(), clients.submit(() -> said(servers.ours().port(), connect)));
      }
      for (Map.Entry<String, Future<String>> each : asked.entrySet()) {
        ours.put(each.getKey(), each.getValue().get(20, TimeUnit.SECONDS));
      }
    } finally {
      clients.shutdownNow();
    }
    assertThat(ours).isEqualTo(theirs);
    assertThat(theirs.get("good")).contains("PONG");
  }

  /** Such a token is valid, and its time is over at once: how far its client gets is chance. */
  @Test
  void closesTheClientOfATokenThatExpiredBefore1970() throws Exception {
    String connect = connect(token(HEAD, body(",\"exp\":-1", LIMITS)));
    try (PeerServers servers = PeerServers.start(directory, config())) {
      assertThat(saidUntilTheEnd(servers.real().port(), connect)).isEqualTo(EXPIRED);
      assertThat(saidUntilTheEnd(servers.ours().port(), connect)).isEqualTo(EXPIRED);
    }
  }

  private static String saidUntilTheEnd(int port, String connect) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write((connect + "\r\n").getBytes(UTF_8));
      String said = new String(socket.getInputStream().readAllBytes(), UTF_8);
      return said.substring(said.indexOf("\r\n") + 2);
    }
  }

  private static final String[] CONNECTS = {
    "CONNECT {}",
    "CONNECT {\"verbose\":false}",
    "CONNECT {\"verbose\":\"no\"}",
    "CONNECT {\"verbose\":0}",
    "CONNECT {\"verbose\":null,\"Verbose\":false}",
    "CONNECT {\"verbose\":false,\"protocol\":\"1\"}",
    "CONNECT {\"verbose\":false,\"protocol\":1.5}",
    "CONNECT {\"verbose\":false,\"protocol\":2}",
    "CONNECT {\"verbose\":false,\"protocol\":99999999999999999999}",
    "CONNECT {\"verbose\":false,\"name\":7}",
    "CONNECT {\"verbose\":false,\"name\":\"a\\ud800\"}",
    "CONNECT {\"verbose\":false,\"headers\":\"yes\"}",
    "CONNECT {\"verbose\":false,\"unknown\":[{}]}",
    "CONNECT {\"verbose\":false,}",
    "CONNECT {'verbose':false}",
    "CONNECT {\"verbose\":false} x",
    "CONNECT {\"verbose\":false}{}",
    "CONNECT [\"a\"]",
    "CONNECT null",
    "CONNECT \"a\"",
    "CONNECT ",
    "CONNECT",
    "CONNECT \ufeff{\"verbose\":false}",
    "CONNECT {\"verbose\":false,\"account\":1}",
    "CONNECT {\"verbose\":false,\"user\":[]}",
    "CONNECT {\"verbose\":false,\"nkey\":{}}",
    "CONNECT {\"verbose\":true,\"verbose\":false}",
  };

  @Test
  void readsConnectAsNatsServerDoes() throws Exception {
    Map<String, String> theirs = new LinkedHashMap<>();
    Map<String, String> ours = new LinkedHashMap<>();
    try (PeerServers servers = PeerServers.start(directory, "server_name: s\n")) {
      for (String connect : CONNECTS) {
        theirs.put(connect, said(servers.real().port(), connect));
        ours.put(connect, said(servers.ours().port(), connect));
      }
    }
    assertThat(ours).isEqualTo(theirs);
  }
}
