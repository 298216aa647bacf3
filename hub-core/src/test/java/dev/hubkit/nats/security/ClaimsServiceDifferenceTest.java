package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Subscription;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes, pulls and deletes account tokens, with the same results as with nats-server. */
class ClaimsServiceDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private NKey operator;
  private NKey signer;
  private NKey system;
  private NKey used;
  private NKey other;
  private NKey unknown;
  private NKey accountSigner;
  private boolean strict;

  @BeforeEach
  void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    signer = NKey.createOperator(null);
    system = NKey.createAccount(null);
    used = NKey.createAccount(null);
    other = NKey.createAccount(null);
    unknown = NKey.createAccount(null);
    accountSigner = NKey.createAccount(null);
  }

  private static String key(NKey key) throws Exception {
    return OperatorTest.key(key);
  }

  private String account(NKey account, NKey by, String more) throws Exception {
    return OperatorTest.token(
        by,
        account,
        "",
        "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,"
            + "\"exports\":-1,\"imports\":-1,\"wildcards\":true,\"leaf\":-1}"
            + ",\"signing_keys\":[\""
            + key(accountSigner)
            + "\"]"
            + more);
  }

  private String config(String resolver) throws Exception {
    return "operator: "
        + OperatorTest.token(
            operator,
            operator,
            "",
            "\"type\":\"operator\",\"strict_signing_key_usage\":"
                + strict
                + ",\"signing_keys\":[\""
                + key(signer)
                + "\"]")
        + "\nsystem_account: "
        + key(system)
        + "\nresolver: "
        + resolver
        + "\nresolver_preload: {\n"
        + key(system)
        + ": "
        + account(system, signer, "")
        + "\n"
        + key(used)
        + ": "
        + account(used, signer, "")
        + "\n}\n";
  }

  private static Connection connect(int port, NKey account, NKey signer) throws Exception {
    return OperatorTest.connect(port, signer, ",\"issuer_account\":\"" + key(account) + "\"");
  }

  private String request(String accounts, NKey by, NKey about) throws Exception {
    return OperatorTest.token(by, about, "", "\"accounts\":" + accounts);
  }

  private List<String[]> steps() throws Exception {
    List<String[]> steps = new ArrayList<>();
    String good = account(other, signer, "");
    String update = "$SYS.REQ.CLAIMS.UPDATE";
    String named = "$SYS.REQ.ACCOUNT." + key(used) + ".CLAIMS.UPDATE";
    String lookup = "$SYS.REQ.ACCOUNT.%s.CLAIMS.LOOKUP";
    String delete = "$SYS.REQ.CLAIMS.DELETE";
    steps.add(new String[] {"$SYS.REQ.CLAIMS.LIST", ""});
    steps.add(new String[] {update, "nonsense"});
    steps.add(new String[] {update, ""});
    steps.add(new String[] {named, ""});
    steps.add(new String[] {named, "nonsense"});
    steps.add(new String[] {named, good});
    steps.add(new String[] {update, account(other, operator, "")});
    steps.add(new String[] {update, good});
    steps.add(new String[] {update, account(used, signer, ",\"tags\":[\"x\"]")});
    steps.add(new String[] {named, account(used, signer, ",\"tags\":[\"y\"]")});
    steps.add(
        new String[] {
          "$SYS.ACCOUNT." + key(used) + ".CLAIMS.UPDATE", account(used, signer, ",\"tags\":[\"z\"]")
        });
    steps.add(new String[] {"$SYS.REQ.CLAIMS.LIST", ""});
    steps.add(new String[] {lookup.formatted(key(other)), ""});
    steps.add(new String[] {lookup.formatted(key(unknown)), ""});
    steps.add(new String[] {"$SYS.REQ.CLAIMS.PACK", ""});
    steps.add(new String[] {delete, "nonsense"});
    String one = "[\"" + key(other) + "\"]";
    steps.add(new String[] {delete, request(one, operator, signer)});
    steps.add(new String[] {delete, request(one, operator, operator)});
    NKey stranger = NKey.createOperator(null);
    steps.add(new String[] {delete, request(one, stranger, stranger)});
    steps.add(new String[] {delete, request("[\"x\"]", signer, signer)});
    steps.add(new String[] {delete, request("5", signer, signer)});
    steps.add(new String[] {delete, request("[\"" + key(system) + "\"]", signer, signer)});
    steps.add(new String[] {delete, request(one, signer, signer)});
    steps.add(new String[] {delete, request(one, signer, signer)});
    steps.add(new String[] {delete, request("[\"" + key(used) + "\"]", signer, signer)});
    steps.add(new String[] {"$SYS.REQ.CLAIMS.LIST", ""});
    return steps;
  }

  private List<String> transcript(int port, List<String[]> steps) throws Exception {
    List<String> transcript = new ArrayList<>();
    try (Connection admin = connect(port, system, accountSigner);
        Connection client = connect(port, used, accountSigner)) {
      transcript.add(signedByTheAccount(port));
      Subscription inbox = admin.subscribe("answers");
      for (String[] step : steps) {
        admin.publish(step[0], "answers", step[1].getBytes(UTF_8));
        admin.flush(PATIENCE);
        StringBuilder answer = new StringBuilder(step[0] + ":");
        // The server answers each request once, and a pack request in several parts. "No
        // responders" is an answer, too.
        Message message = inbox.nextMessage(PATIENCE);
        answer.append(' ').append(shown(message));
        while (step[0].endsWith(".PACK") && message.getData().length > 0) {
          message = inbox.nextMessage(PATIENCE);
          answer.append(' ').append(shown(message));
        }
        transcript.add(answer.toString());
      }
      // If the answer reports a deleted account, the server disconnects its clients.
      if (transcript.stream().anyMatch(line -> line.contains("deleted 1 accounts"))) {
        Awaitility.await().atMost(PATIENCE).until(() -> client.getLastError() != null);
      }
      transcript.add("client: " + client.getLastError());
    }
    return transcript;
  }

  private String signedByTheAccount(int port) throws Exception {
    NKey user = NKey.createUser(null);
    // When it allows no subscription, nats-server sometimes reports that before it answers.
    String claims = "\"type\":\"user\",\"bearer_token\":true";
    String unlimited = ",\"subs\":-1,\"data\":-1,\"payload\":-1";
    String token = OperatorTest.token(used, user, "", claims + unlimited);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      String connect = "CONNECT {\"verbose\":false,\"jwt\":\"" + token + "\"}\r\nPING\r\n";
      socket.getOutputStream().write(connect.getBytes(UTF_8));
      return "signed by the account: " + in.readLine();
    }
  }

  private static String shown(Message message) {
    String text = new String(message.getData(), UTF_8);
    if (!text.startsWith("{")) {
      return "\"" + text + "\"";
    }
    JsonObject json = Json.parseObject(text);
    boolean first = text.startsWith("{\"server\"");
    StringBuilder shown = new StringBuilder(first ? "server " : "");
    for (String part : List.of("data", "error")) {
      Object value = json.get(part);
      if (value instanceof JsonObject object) {
        for (String name : object.names()) {
          shown.append(name).append('=').append(object.get(name)).append(' ');
        }
      } else if (value != null) {
        shown.append(value);
      }
    }
    return shown.toString();
  }

  private void compare(String resolver) throws Exception {
    List<String[]> steps = steps();
    try (PeerServers servers = PeerServers.start(directory, config(resolver))) {
      assertThat(transcript(servers.ours().port(), steps))
          .isEqualTo(transcript(servers.real().port(), steps));
    }
  }

  @Test
  void allInADirectory() throws Exception {
    compare("{type: full, dir: \"$STORE\", allow_delete: true, interval: \"2m\"}");
  }

  @Test
  void allInADirectoryForGood() throws Exception {
    compare("{type: full, dir: \"$STORE\", allow_delete: false, limit: 2}");
  }

  @Test
  void someInADirectory() throws Exception {
    compare("{type: cache, dir: \"$STORE\", ttl: \"1h\"}");
  }

  @Test
  void inMemory() throws Exception {
    compare("MEMORY");
  }

  @Test
  void ofAnOperatorThatIsStrict() throws Exception {
    strict = true;
    compare("{type: full, dir: \"$STORE\", allow_delete: true, hard_delete: true}");
  }
}
