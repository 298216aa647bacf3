package dev.hubkit.nats;

import static dev.hubkit.nats.WireTranscriptTest.PAUSE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link WireTranscriptTest} with a server that has users, permissions, limits and imports. */
final class ConfiguredTranscriptTest {
  private static final String CONFIG =
      """
      max_control_line: 256
      max_payload: 64
      max_subscription_tokens: 4
      accounts {
        A {
          users: [
            {user: a, password: a}
            {user: pub, password: p, permissions: {publish: "ok.>", subscribe: ["in.>"]}}
            {user: deny, password: p, permissions: {
              publish: {deny: ["no.>", "bad"]}, subscribe: {deny: ["secret", "no.*", "dq q"]}}}
            {user: queue, password: p, permissions: {subscribe: ["foo", "bar v1", "baz v1.*"]}}
            {user: resp, password: p, permissions: {
              subscribe: "svc", publish: "zz.end", allow_responses: {max: 2, expires: "1m"}}}
            {user: once, password: p, permissions: {
              subscribe: "svc", publish: "zz.end", allow_responses: true}}
            {user: none, password: p, permissions: {publish: {allow: []}}}
          ]
          exports: [{service: "svc.>"}, {stream: "str.>"}, {service: "chunk", response: chunked}]
          mappings: {"m.*": "mapped.$1", "ok.m": "bad"}
        }
        B {
          users: [{user: b, password: b}]
          imports: [
            {service: {account: A, subject: "svc.>"}}
            {service: {account: A, subject: "svc.x"}, to: "mine", share: true}
            {stream: {account: A, subject: "str.>"}, prefix: "from"}
          ]
        }
        L {
          limits: {max_connections: 1, max_subscriptions: 2, max_payload: 10}
          users: [{user: l, password: l}]
        }
        NONE { limits: {max_connections: 0}, users: [{user: n, password: n}] }
        D {
          default_permissions: {publish: "d.>", subscribe: ["d.>"]}
          users: [{user: d, password: d}, {user: e, password: e, permissions: {publish: ">"}}]
        }
      }
      """;

  // Not every user may publish, so PING ends a session; INFO follows the first answer.
  private static final String END = "PING\r\nPING\r\nPING\r\n";
  private static final String END_ANSWER = "PONG\r\nPONG\r\n";

  @TempDir static Path directory;
  private static NatsServerProcess real;
  private static NatsServer ours;

  @BeforeAll
  static void start() throws IOException {
    Path file = directory.resolve("real.conf");
    Files.writeString(file, CONFIG);
    real =
        NatsServerProcess.start(
            Files.createDirectory(directory.resolve("real")), "-c", file.toString());
    Path own = directory.resolve("hub.conf");
    Files.writeString(own, "port: -1\n" + CONFIG);
    ours = NatsServer.start(NatsOptions.of(ConfigFile.read(own.toString(), name -> null)));
  }

  @AfterAll
  static void stop() {
    if (ours != null) {
      ours.close();
      real.close();
    }
  }

  private static String connect(String user, String password) {
    return "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
        + "\"protocol\":1,\"user\":\""
        + user
        + "\",\"pass\":\""
        + password
        + "\"}\r\n";
  }

  private static String pub(String subject) {
    return "PUB " + subject + " 1\r\nx\r\n";
  }

  static List<String> sessions() {
    List<String> sessions = new ArrayList<>();
    // Logging in.
    sessions.add("PING\r\n");
    sessions.add("SUB a 1\r\n");
    sessions.add("CONNECT {}\r\nPING\r\n");
    sessions.add("CONNECT {\"user\":\"a\"}\r\n");
    sessions.add("CONNECT {\"user\":\"a\",\"pass\":\"wrong\"}\r\n");
    sessions.add("CONNECT {\"user\":\"nobody\",\"pass\":\"wrong\",\"verbose\":true}\r\n");
    sessions.add("CONNECT {\"auth_token\":\"a\"}\r\n");
    sessions.add("CONNECT {\"nkey\":\"UABC\",\"sig\":\"x\"}\r\n");
    sessions.add("CONNECT {\"jwt\":\"x\"}\r\n");
    sessions.add(connect("a", "a") + "PING\r\nPING\r\n");
    sessions.add(connect("a", "a") + connect("b", "b") + "PING\r\nPING\r\n");
    sessions.add(connect("a", "a") + "SUB x 1\r\n" + connect("a", "wrong"));
    sessions.add("CONNECT {\"user\":\"a\",\"pass\":\"a\",\"verbose\":true}\r\nPING\r\n");
    sessions.add("CONNECT {\"user\":\"a\",\"pass\":\"a\",\"account\":\"A\"}\r\nPING\r\n");
    // Permissions to publish.
    sessions.add(connect("pub", "p") + "SUB in.a 1\r\nPUB ok.a 1\r\nx\r\nPUB in.a 1\r\nx\r\n");
    sessions.add(
        connect("pub", "p") + "PUB no in.r 1\r\nx\r\nHPUB no 12 13\r\nNATS/1.0\r\n\r\nx\r\n");
    sessions.add(connect("pub", "p") + "SUB out.a 1\r\nSUB in.* 2\r\nSUB > 3\r\nSUB out q 4\r\n");
    sessions.add(
        "CONNECT {\"user\":\"pub\",\"pass\":\"p\",\"verbose\":true}\r\nPUB no 1\r\nx\r\nSUB no 1\r\n");
    sessions.add(connect("deny", "p") + pub("no.a") + pub("bad") + pub("fine"));
    sessions.add(connect("deny", "p") + "SUB secret 1\r\nSUB no.x 2\r\nSUB > 3\r\nSUB dq q 4\r\n");
    sessions.add(
        connect("deny", "p") + "SUB dq 1\r\nSUB dq r 2\r\nSUB * 3\r\n" + pub("dq") + "UNSUB 3\r\n");
    sessions.add(
        connect("deny", "p") + "SUB > 3\r\n" + pub("secret") + pub("open") + "UNSUB 3\r\n");
    sessions.add(connect("none", "p") + pub("a") + "SUB a 1\r\n");
    sessions.add(connect("pub", "p") + PAUSE + "PUB ok.m 1\r\nx\r\n");
    // Permissions with queues.
    sessions.add(
        connect("queue", "p") + "SUB foo 1\r\nSUB foo any 2\r\nSUB bar 3\r\nSUB bar v1 4\r\n");
    sessions.add(connect("queue", "p") + "SUB bar v2 1\r\nSUB baz v1.x 2\r\nSUB baz v2 3\r\n");
    sessions.add(connect("a", "a") + "SUB foo _sys_ 1\r\n");
    // Responses.
    sessions.add(
        connect("resp", "p")
            + pub("reply")
            + "SUB svc 1\r\nPUB zz.end svc 1\r\nx\r\n"
            + pub("svc"));
    sessions.add(connect("once", "p") + "SUB svc 1\r\n" + pub("inbox.1"));
    // Limits.
    sessions.add(connect("l", "l") + "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nUNSUB 1\r\nUNSUB 2\r\n");
    sessions.add(connect("l", "l") + "SUB a 1\r\nPUB a 10\r\n0123456789\r\nUNSUB 1\r\n");
    sessions.add(connect("l", "l") + "PUB a 11\r\n0123456789a\r\n");
    sessions.add(connect("l", "l") + "HPUB a 12 13\r\nNATS/1.0\r\n\r\nx\r\n");
    sessions.add(connect("n", "n"));
    sessions.add(connect("n", "n") + "PING\r\n");
    sessions.add(connect("a", "a") + "PUB a 65\r\n" + "x".repeat(65) + "\r\n");
    sessions.add(connect("a", "a") + "SUB a.b.c.d 1\r\nSUB a.b.c.d.e 2\r\nSUB a.b.c.> 3\r\n");
    sessions.add(connect("a", "a") + "SUB " + "a".repeat(255) + " 1\r\n");
    sessions.add(connect("a", "a") + "PUB " + "a".repeat(253) + " 1\r\nx\r\n");
    sessions.add(
        "CONNECT {\"user\":\"a\",\"pass\":\"a\",\"name\":\"" + "n".repeat(300) + "\"}\r\n");
    // Default permissions.
    sessions.add(connect("d", "d") + "SUB d.a 1\r\nSUB e.a 2\r\n" + pub("d.a") + pub("e.a"));
    sessions.add(connect("e", "e") + "SUB e.a 1\r\n" + pub("e.a"));
    // Mappings, which apply from the second read on.
    String mapped = connect("a", "a") + PAUSE;
    sessions.add(mapped + "SUB mapped.* 1\r\n" + pub("m.x") + "SUB m.x 2\r\n" + pub("m.x"));
    sessions.add(mapped + "PUB m.x r 1\r\nx\r\nSUB r 1\r\nPUB m.x r 1\r\nx\r\n");
    // Services of another account, which nobody serves.
    sessions.add(connect("b", "b") + "SUB r 1\r\nPUB svc.a r 1\r\nx\r\nPUB mine r 1\r\nx\r\n");
    sessions.add(connect("b", "b") + pub("svc.a") + "PUB svc.b _R_.a.b 1\r\nx\r\n");
    return sessions;
  }

  @ParameterizedTest
  @MethodSource("sessions")
  void answersLikeTheRealServer(String session) {
    assertThat(converse(ours.port(), session)).isEqualTo(converse(real.port(), session));
  }

  // The account of "l" has room for one connection, and the end of a session is noticed a little
  // later.
  private static String converse(int port, String session) {
    boolean alone = session.startsWith(connect("l", "l"));
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> WireTranscriptTest.converse(port, session, END, END_ANSWER),
            answer -> !alone || !answer.contains("maximum account active connections exceeded"));
  }
}
