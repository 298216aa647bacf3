package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the {@code nats} command against the real nats-server and ours, which must give the same
 * answers.
 */
class NatsCliTest {
  // The command gives a server two seconds to greet it, and can't be told otherwise.
  private static final int MOST_TRIES = 3;
  private static final String CONFIG =
      """
      server_name: probe
      http: "127.0.0.1:-1"
      accounts {
        SYS { users: [{user: sys, password: sys}] }
        A { jetstream: enabled, users: [{user: a, password: a}] }
        B { users: [{user: b, password: b}] }
      }
      system_account: SYS
      jetstream { store_dir: "$STORE", max_mem: 100M, max_file: 1G }
      """;
  private static final Pattern ID = Pattern.compile("\\bN[A-Z2-7]{55}\\b");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]+");
  private static final Pattern INBOX = Pattern.compile("_INBOX\\.[0-9A-Za-z.]+");
  private static final Pattern UNIQUE = Pattern.compile("\"id\": ?\"[^\"]*\"");
  private static final Pattern NUMBER =
      Pattern.compile("[0-9][0-9.,:]*( ?([KMG]i)?B| ?[mµn]?s|m|h)?");

  @TempDir static Path directory;
  private static PeerServers servers;

  @BeforeAll
  static void start() throws IOException {
    String path = System.getenv("PATH");
    assumeTrue(
        path != null
            && Arrays.stream(path.split(File.pathSeparator, -1))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "nats"))),
        "no nats on PATH");
    servers = PeerServers.start(directory, CONFIG);
  }

  @AfterAll
  static void stop() {
    if (servers != null) {
      servers.close();
    }
  }

  private static Process nats(int port, String user, String command) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                "nats",
                "--server",
                "nats://127.0.0.1:" + port,
                "--user",
                user,
                "--password",
                user,
                "--no-context"));
    line.addAll(Arrays.asList(command.split(" ", -1)));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("XDG_CONFIG_HOME", directory.resolve("config").toString());
    builder.environment().put("HOME", directory.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  private static String outputOf(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return shape(output) + "\nexit status " + process.exitValue();
  }

  private static String run(int port, String user, String command) throws Exception {
    String output = runOnce(port, user, command);
    for (int again = 1; again < MOST_TRIES && output.contains("i/o timeout"); again++) {
      output = runOnce(port, user, command);
    }
    return output;
  }

  private static String runOnce(int port, String user, String command) throws Exception {
    return outputOf(nats(port, user, command.replace("$ID", id(port))));
  }

  private static String id(int port) {
    return port == servers.ours().port() ? servers.ours().id() : "unknown";
  }

  /**
   * Removes whatever differs from run to run: numbers, and the width of tables that depends on
   * them.
   */
  private static String shape(String output) {
    String text = output;
    text = ID.matcher(text).replaceAll("ID");
    text = DIGEST.matcher(text).replaceAll("DIGEST");
    text = INBOX.matcher(text).replaceAll("INBOX");
    text = UNIQUE.matcher(text).replaceAll("\"id\": \"\"");
    text = text.replaceAll("(go|java)[0-9][0-9.]*", "RUNTIME");
    text = text.replaceAll("/[^ \"]*store/jetstream", "STORE");
    text = text.replaceAll("0\\.0\\.0\\.0|127\\.0\\.0\\.1", "HOST");
    text = NUMBER.matcher(text).replaceAll("#");
    text = text.replaceAll("#+(m?#)*", "#").replaceAll("#[TZ+-]?(#[TZ+-]?)*", "#");
    text = text.replaceAll("[─█▏]+", "─").replaceAll("[ \t]+", " ").strip();
    return text.lines().map(NatsCliTest::sorted).collect(Collectors.joining("\n"));
  }

  // Go writes objects that it keeps in maps in any order.
  private static String sorted(String line) {
    return line.startsWith("{")
        ? Arrays.stream(line.split("[{}\\[\\],]+", -1)).sorted().toList().toString()
        : line;
  }

  private static void compare(String user, String command) throws Exception {
    List<String> expected = lines(run(servers.real().port(), user, command), command);
    assertThat(lines(run(servers.ours().port(), user, command), command)).isEqualTo(expected);
  }

  // The server lists the imports of an account in any order.
  private static List<String> lines(String output, String command) {
    return command.startsWith("server account info")
        ? output.lines().sorted().toList()
        : output.lines().toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rtt",
        "server ping 1",
        "server list 1",
        "server info",
        "account info",
        "server report connections",
        "server report accounts",
        "server report jsz",
        "server report health",
        "server report mem",
        "server report cpu",
        "server report routes",
        "server report gateways",
        "server report leafnodes",
        "server request variables 1",
        "server request connections 1",
        "server request connections 1 --subscriptions --account A",
        "server request connections 1 --state closed --limit 1",
        "server request subscriptions 1 --filter-account SYS",
        "server request routes 1",
        "server request gateways 1",
        "server request leafnodes 1",
        "server request accounts 1",
        "server request accounts 1 --account B",
        "server request jetstream 1",
        "server request jetstream-health 1",
        "server account info B",
        "server check connection",
        "server check server --name probe",
        "account report connections",
        "account report statistics",
      })
  @ComparedWithNatsServer
  void answersTheSystemUser(String command) throws Exception {
    compare("sys", command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rtt",
        "account info",
        "account report connections",
        "account report statistics",
        "pub greetings hello",
        "pub greetings hello -H a:b --count 3",
        "request nobody hello --timeout 1s",
        "bench pub x --msgs 200 --size 16 --no-progress",
        "stream ls",
        "server check jetstream",
      })
  void answersAnotherUser(String command) throws Exception {
    compare("a", command);
  }

  @ParameterizedTest
  @ValueSource(strings = {"account info", "stream ls", "server ping 1 --timeout 300ms"})
  void answersOneWithoutJetStream(String command) throws Exception {
    compare("b", command);
  }

  private interface Session {
    String run(int port) throws Exception;
  }

  private static void compare(Session session) throws Exception {
    String expected = session.run(servers.real().port());
    assertThat(session.run(servers.ours().port())).isEqualTo(expected);
  }

  /**
   * Runs {@code first} in the background, and {@code then} again and again until {@code first}
   * ends.
   */
  private static String together(int port, String user, String first, String other, String then)
      throws Exception {
    Process waiting = nats(port, user, first);
    try {
      CompletableFuture<String> output =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return outputOf(waiting);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(
              () -> {
                outputOf(nats(port, other, then));
                return !waiting.isAlive();
              });
      return output.get(30, TimeUnit.SECONDS);
    } finally {
      waiting.destroyForcibly().waitFor();
    }
  }

  @Test
  void subscribes() throws Exception {
    compare(port -> together(port, "a", "sub news --count 1", "a", "pub news hello"));
  }

  @Test
  void replies() throws Exception {
    compare(port -> together(port, "a", "reply help thanks --count 1", "a", "request help please"));
  }

  @Test
  @ComparedWithNatsServer
  void seesEvents() throws Exception {
    compare(
        port ->
            firstEvent(
                together(
                    port, "sys", "sub $SYS.ACCOUNT.B.CONNECT --raw --count 1", "b", "pub x y")));
  }

  private static String firstEvent(String output) {
    return output.lines().filter(line -> line.startsWith("{")).findFirst().orElse(output);
  }
}
