package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running server applies of a changed configuration, and what its clients see. */
class ReloadTest {
  private static final String FIRST =
      """
      accounts {
        A {
          users: [
            {user: a, password: a}
            {user: p, password: p, permissions: {publish: ">", subscribe: ["x", "y"]}}
          ]
          exports: [{stream: "s.>"}]
        }
        B { users: [{user: b, password: b}] }
      }
      """;

  @TempDir Path directory;
  private NatsServer server;

  @BeforeEach
  void start() throws IOException {
    server = NatsServer.start(options(FIRST));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private NatsOptions options(String text) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(file, "port: -1\n" + text);
    return NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
  }

  /** A client that shows every byte that it receives. */
  private final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Client(String user) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
      socket.setSoTimeout(20_000);
      in = socket.getInputStream();
      send(
          "CONNECT {\"verbose\":false,\"protocol\":1,\"user\":\""
              + user
              + "\",\"pass\":\""
              + user
              + "\"}\r\nPING\r\n");
      until("connect_info");
      until("\n");
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    String until(String end) throws IOException {
      StringBuilder text = new StringBuilder();
      while (!text.toString().endsWith(end)) {
        int next = in.read();
        if (next < 0) {
          return text + "(closed)";
        }
        text.append((char) next);
      }
      return text.toString();
    }

    String sees(String text) throws IOException {
      send(text + "PING\r\n");
      return until("PONG\r\n");
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void changesPermissionsOfThoseWhoAreConnected() throws Exception {
    try (Client client = new Client("p")) {
      client.sees("SUB x 1\r\nSUB y 2\r\n");
      server.reload(
          options(
              FIRST.replace(
                  "{publish: \">\", subscribe: [\"x\", \"y\"]}",
                  "{publish: \"q\", subscribe: [\"x\"]}")));
      assertThat(client.until("(sid \"2\")'\r\n"))
          .contains("-ERR 'Permissions Violation for Subscription to \"y\" (sid \"2\")'");
      assertThat(client.sees("PUB x 1\r\nx\r\nPUB q 1\r\nx\r\n"))
          .contains("-ERR 'Permissions Violation for Publish to \"x\"'\r\n")
          .doesNotContain("to \"q\"");
    }
  }

  @Test
  void sendsThoseAwayWhoCouldNotLogInAnyMore() throws Exception {
    try (Client changed = new Client("a");
        Client moved = new Client("p");
        Client same = new Client("b")) {
      server.reload(
          options(
              FIRST
                  .replace("{user: a, password: a}", "{user: a, password: other}")
                  .replace("B { users: [", "B { users: [{user: p, password: p}, ")
                  .replaceFirst("\\{user: p, password: p, .*}}", "")));
      assertThat(changed.until("(closed)")).endsWith("-ERR 'Authorization Violation'\r\n(closed)");
      // Without a word, as in nats-server.
      assertThat(moved.until("(closed)")).doesNotContain("-ERR");
      assertThat(same.sees("")).endsWith("PONG\r\n");
    }
  }

  @Test
  void sharesAnew() throws Exception {
    try (Client a = new Client("a");
        Client b = new Client("b")) {
      b.sees("SUB in.> 1\r\nSUB s.> 2\r\n");
      a.sees("PUB s.1 1\r\n1\r\n");
      server.reload(
          options(
              FIRST.replace(
                  "B {", "B { imports: [{stream: {account: A, subject: \"s.>\"}, prefix: in}], ")));
      a.sees("PUB s.2 1\r\n2\r\n");
      assertThat(b.until("2\r\n")).contains("MSG in.s.2 1 1\r\n2\r\n").doesNotContain("s.1");
      server.reload(options(FIRST));
      a.sees("PUB s.3 1\r\n3\r\n");
      assertThat(b.sees("")).doesNotContain("s.3");
    }
  }

  @Test
  void keepsEverythingWhereSomethingIsWrong() throws Exception {
    try (Client a = new Client("a")) {
      // The reader of configuration files rejects this mapping, but a program can set it.
      NatsOptions changed = options(FIRST.replace("{user: a, password: a}", ""));
      ServerConfig config = changed.config().copy();
      config.set(
          Options.MAPPINGS, Map.of("m.*", List.of(new AccountConfig.Destination("n.$2", 100, ""))));
      NatsOptions wrong = changed.toBuilder().config(config).build();
      assertThatThrownBy(() -> server.reload(wrong)).isInstanceOf(NatsException.class);
      assertThat(a.sees("SUB x 1\r\nPUB x 1\r\nx\r\n")).contains("MSG x 1 1\r\nx\r\n");
      try (Client again = new Client("a")) {
        assertThat(again.sees("")).endsWith("PONG\r\n");
      }
    }
  }

  @Test
  void limitsThoseWhoAreConnected() throws Exception {
    try (Client first = new Client("a");
        Client second = new Client("b")) {
      server.reload(options("max_payload: 4\nmax_connections: 1\n" + FIRST));
      assertThat(second.until("(closed)"))
          .endsWith("-ERR 'maximum connections exceeded'\r\n(closed)");
      assertThat(first.until("\n")).contains("\"max_payload\":4");
      first.send("PUB x 5\r\n12345\r\n");
      assertThat(first.until("(closed)")).contains("-ERR 'Maximum Payload Violation'");
    }
  }

  @Test
  void limitsTheClientsOfAnAccountThatAreConnected() throws Exception {
    String limited = FIRST.replaceFirst("A \\{", "A { limits: {max_connections: 2}");
    try (Client first = new Client("a");
        Client second = new Client("p");
        Client other = new Client("b")) {
      server.reload(options(limited));
      assertThat(first.sees("")).endsWith("PONG\r\n");
      assertThat(second.sees("")).endsWith("PONG\r\n");
      server.reload(options(limited.replace("connections: 2", "connections: 0")));
      assertThat(first.until("(closed)"))
          .contains("-ERR 'maximum account active connections exceeded'\r\n");
      assertThat(second.until("(closed)"))
          .contains("-ERR 'maximum account active connections exceeded'\r\n");
      assertThat(other.sees("")).endsWith("PONG\r\n");
    }
  }
}
