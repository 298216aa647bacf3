package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what the log says of clients that do wrong with the real nats-server: one process of
 * each, which all scenarios share.
 */
class ClientLogDifferenceTest {
  private static final String CONFIGURATION =
      """
      listen: "127.0.0.1:-1"
      max_payload: 100
      max_control_line: 1024
      max_connections: 3
      max_subscription_tokens: 4
      max_subscriptions: 3
      accounts {
        A {
          users [
            { user: a, password: pw,
              permissions { publish: ["ok.>"], subscribe: ["ok.>"] } }
            { user: b, password: pw }
            { nkey: UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR }
          ]
        }
      }
      authorization { timeout: 30 }
      """;

  /** What a client sends, and how the last line begins that it is answered. */
  private record Scenario(String text, String last) {}

  private static String connect(String user, String password) {
    return "CONNECT {\"verbose\":false,\"pedantic\":false,\"user\":\"%s\",\"pass\":\"%s\","
            .formatted(user, password)
        + "\"name\":\"me\",\"lang\":\"x\",\"version\":\"1\",\"protocol\":1,\"headers\":true,"
        + "\"no_responders\":true}\r\n";
  }

  private static final String NKEY = "UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR";
  private static final String B = connect("b", "pw");

  private static final List<Scenario> SCENARIOS =
      List.of(
          new Scenario(connect("a", "wrong"), "-ERR"),
          new Scenario("CONNECT {\"auth_token\":\"secret\"}\r\n", "-ERR"),
          new Scenario("CONNECT {\"nkey\":\"UABC\",\"sig\":\"secret\"}\r\n", "-ERR"),
          new Scenario("CONNECT {}\r\n", "-ERR"),
          new Scenario("PING\r\n", "-ERR"),
          new Scenario(
              connect("a", "pw")
                  + "PUB no.x 2\r\nhi\r\nSUB no.y 1\r\nSUB no.y q 2\r\nPUB ok.x _R_.x 2\r\nhi\r\n"
                  + "SUB ok.a.b.c.d.e 7\r\nPING\r\n",
              "PONG"),
          new Scenario(
              B + "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d 4\r\nSUB e 5\r\nPING\r\n", "PONG"),
          new Scenario(B + "PUB a 200\r\n", "-ERR"),
          new Scenario(B + "FOO bar\r\n", "-ERR"),
          new Scenario(B + "PUB a b c d e\r\n", "end"),
          new Scenario(B + "PUB a x\r\n", "end"),
          new Scenario(B + "PUB a 2\r\nhixx\r\nPING\r\n", "-ERR"),
          new Scenario(B + "SUB a\r\n", "end"),
          new Scenario(B + "UNSUB\r\n", "-ERR"),
          new Scenario(B + "HPUB a 20 10\r\n", "end"),
          new Scenario(B + "HPUB a x 10\r\n", "end"),
          new Scenario(B + "HPUB a 10 x\r\n", "end"),
          new Scenario(B + "MSG a 1 2\r\nhi\r\n", "-ERR"),
          new Scenario(B + "PUB a 1 \u00e9\u0007\r\n", "end"),
          new Scenario("CONNECT {\"nkey\":\"" + NKEY + "\",\"sig\":\"eHg\"}\r\n", "-ERR"),
          new Scenario("CONNECT {\"nkey\":\"" + NKEY + "\",\"sig\":\"!\"}\r\n", "-ERR"),
          new Scenario("CONNECT {\"nkey\":\"" + NKEY + "\"}\r\n", "-ERR"),
          new Scenario("CONNECT {\"jwt\":\"e.e.e\",\"sig\":\"x\"}\r\n", "-ERR"),
          new Scenario(B + "SUB " + "x".repeat(2000) + " 1\r\n", "-ERR"),
          new Scenario(B + "-ERR 'I am broken'\r\n", "end"),
          new Scenario("CONNECT {bad\r\n", "end"),
          new Scenario(B.replace("\"headers\":true", "\"headers\":false"), "-ERR"),
          new Scenario(B.replace("\"protocol\":1", "\"protocol\":9"), "-ERR"));

  @TempDir Path directory;

  @Test
  void tellsOfClientsThatDoWrongAsTheRealServer() throws Exception {
    assumeTrue(Shell.has("nats-server"), "no nats-server on PATH");
    Files.writeString(directory.resolve("server.conf"), CONFIGURATION);
    List<String> real = linesOf(List.of("nats-server"), "real");
    List<String> hub = linesOf(Shell.hubCommand("nats-server"), "hub");
    assertThat(hub).containsExactlyInAnyOrderElementsOf(real);
    assertThat(hub).anyMatch(line -> line.contains("authentication error - User \"a\""));
    assertThat(String.join("\n", hub)).doesNotContain("secret").doesNotContain("wrong\"");
  }

  private List<String> linesOf(List<String> program, String name) throws Exception {
    Path log = directory.resolve(name + ".log");
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("-c", "server.conf", "-DV"));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      int port = port(log);
      for (Scenario scenario : SCENARIOS) {
        play(scenario, port);
      }
      tooMany(port);
      long clients = SCENARIOS.size() + 4L;
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> Files.readString(log).split("Client connection closed: ", -1).length > clients);
      // Some lines come after the one that tells of the end.
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("maximum connections exceeded\n"));
      return Files.readAllLines(log).stream()
          .filter(ClientLogDifferenceTest::isCompared)
          .map(ClientLogDifferenceTest::normal)
          .toList();
    } finally {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static int port(Path log) {
    Pattern line = Pattern.compile("Listening for client connections on 127\\.0\\.0\\.1:(\\d+)\n");
    return Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(
            () -> {
              String text = Files.readString(log);
              Matcher matcher = line.matcher(text);
              return text.contains("Server is ready") && matcher.find()
                  ? Integer.parseInt(matcher.group(1))
                  : 0;
            },
            found -> found > 0);
  }

  private static void play(Scenario scenario, int port) throws IOException {
    try (Socket socket = open(port)) {
      socket.getOutputStream().write(scenario.text().getBytes(UTF_8));
      readUntil(socket, scenario.last());
    }
  }

  // One more client than there may be.
  private static void tooMany(int port) throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        open.add(open(port));
        readUntil(open.get(i), i < 3 ? "INFO" : "-ERR");
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static void readUntil(Socket socket, String last) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(last)) {
          return;
        }
      }
    } catch (IOException e) {
      // The server has ended the connection with something unread.
      assertThat(e).hasMessageContaining("reset");
    }
  }

  private static boolean isCompared(String line) {
    return line.contains("] 127.0.0.1:")
        && (line.contains("[ERR]") || line.contains("[DBG]") || line.contains("[CONNECT"))
        // The real one tells of its timers, and of who leaves as it closes.
        && !line.contains("Ping Timer");
  }

  private static String normal(String line) {
    return line.replaceFirst("^.*\\[(ERR|DBG|TRC)] 127\\.0\\.0\\.1:\\d+ - cid:\\d+", "$1")
        // Where the parser of the real one was.
        .replaceFirst("state=\\d+, i=\\d+: ", "")
        // Hub keeps it to itself: that of a bearer is as good as a password.
        .replaceFirst("\"jwt\":\"[^\"]*\"", "jwt");
  }
}
