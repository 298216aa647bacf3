package dev.hubkit.junit.runner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Behaves as jnats-server-runner does with a real nats-server. */
class NatsServerRunnerTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  @BeforeAll
  static void silence() {
    io.nats.NatsServerRunner.setDefaultOutputLevel(Level.OFF);
    io.nats.NatsServerRunner.setDefaultProcessCheckWait(10);
    io.nats.NatsServerRunner.setDefaultInitialValidateDelay(50);
    io.nats.NatsServerRunner.setDefaultSubsequentValidateDelay(100);
    NatsServerRunner.setDefaultOutputLevel(Level.OFF);
  }

  @AfterAll
  static void speakAgain() {
    io.nats.NatsServerRunner.setDefaultOutputLevel(Level.INFO);
    NatsServerRunner.setDefaultOutputLevel(Level.INFO);
  }

  private static void assumeOriginal() {
    assumeThat(System.getenv("PATH").split(File.pathSeparator))
        .as("nats-server is on the PATH")
        .anyMatch(each -> Files.isExecutable(Path.of(each, "nats-server")));
  }

  private static Connection connect(String url) throws IOException, InterruptedException {
    return Nats.connect(new Options.Builder().server(url).connectionTimeout(SOON).build());
  }

  private Path config(String text) throws IOException {
    return Files.writeString(directory.resolve("test.conf"), text);
  }

  // ---- Both, compared

  /** What a test asks a runner for. */
  private record Wanted(
      int port, boolean jetStream, @Nullable String config, String[] inserts, String[] arguments) {
    static final Wanted NOTHING = new Wanted(-1, false, null, new String[0], new String[0]);

    Wanted withJetStream() {
      return new Wanted(port, true, config, inserts, arguments);
    }

    Wanted withConfig(Path file) {
      return new Wanted(port, jetStream, file.toString(), inserts, arguments);
    }

    Wanted withPort(int number) {
      return new Wanted(number, jetStream, config, inserts, arguments);
    }

    Wanted withInserts(String... lines) {
      return new Wanted(port, jetStream, config, lines, arguments);
    }

    Wanted withArguments(String... flags) {
      return new Wanted(port, jetStream, config, inserts, flags);
    }

    Map<String, String> original() throws Exception {
      // Otherwise it waits for the server's first PING, which comes after two seconds.
      try (io.nats.NatsServerRunner runner =
          io.nats.NatsServerRunner.builder()
              .port(port)
              .debug(true)
              .jetstream(jetStream)
              .configFilePath(config)
              .configInserts(inserts)
              .customArgs(arguments)
              .connectValidateTlsFirstMode()
              .build()) {
        return seen(
            runner.getURI(), runner::getPort, runner.getNatsPort(), runner.getNonNatsPort());
      }
    }

    Map<String, String> counterpart() throws Exception {
      try (NatsServerRunner runner =
          new NatsServerRunner(port, true, jetStream, config, inserts, arguments)) {
        return seen(
            runner.getURI(), runner::getPort, runner.getNatsPort(), runner.getNonNatsPort());
      }
    }

    private Map<String, String> seen(
        String url, Function<String, @Nullable Integer> ports, int natsPort, int otherPort)
        throws Exception {
      Map<String, String> seen = new TreeMap<>();
      URI uri = URI.create(url);
      seen.put("URL", uri.getScheme() + " " + uri.getHost() + " " + (uri.getPort() == natsPort));
      Integer mapped = ports.apply("main");
      seen.put("port <main>", mapped == null ? "none" : mapped == natsPort ? "NATS" : "other");
      seen.put("port for NATS", port > 0 ? "" + (natsPort - port) : "free");
      seen.put("another port", otherPort == -1 ? "none" : "some");
      try (Connection nats = connect(url)) {
        seen.put("name", nats.getServerInfo().getServerName().replaceAll("^N[A-Z0-9]{55}$", "ID"));
        seen.put("payload", "" + nats.getMaxPayload());
        seen.put("JetStream", "" + nats.getServerInfo().isJetStreamAvailable());
        if (otherPort != -1) {
          seen.put("WebSocket", webSocket(otherPort));
        }
      }
      return seen;
    }
  }

  private static String webSocket(int port) throws Exception {
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create("ws://127.0.0.1:" + port), new WebSocket.Listener() {})
            .get(20, TimeUnit.SECONDS);
    socket.abort();
    return "open";
  }

  private static void assertSame(Wanted wanted) throws Exception {
    assumeOriginal();
    io.nats.NatsServerRunner.setDefaultValidateTries(200);
    assertThat(wanted.counterpart()).isEqualTo(wanted.original());
  }

  @Test
  void takesPortsAndFlags() throws Exception {
    assertSame(Wanted.NOTHING);
    assertSame(
        Wanted.NOTHING
            .withJetStream()
            .withPort(NatsRunnerUtils.nextPort())
            .withArguments("--name", "shop", "-DV"));
  }

  @Test
  void replacesPortsInTheConfiguration() throws Exception {
    assertSame(
        Wanted.NOTHING
            .withConfig(config("port: 4222\nserver_name: shop\n"))
            .withInserts("port: 9999", "max_payload: 1000"));
    assertSame(
        Wanted.NOTHING
            .withPort(NatsRunnerUtils.nextPort())
            .withInserts("server_name: inserted", "jetstream {", "}"));
    assertSame(
        Wanted.NOTHING.withConfig(
            config("port: <main>\nwebsocket {\n  port: <web>\n  no_tls: true\n}\n")));
    assertSame(
        Wanted.NOTHING.withConfig(
            config("port: <main>\nwebsocket {\n  port: 8080\n  no_tls: true\n}\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "port: 4222\nnonsense: 1\n",
        "port: 4222\nmax_payload: 100GB\n",
        "port: 4222\ntls {\n  cert_file: absent.pem\n  key_file: absent.pem\n}\n",
        "port: 4222\nauthorization {\n  users = [\n"
      })
  void failsForTheReasonOfNatsServer(String text) throws Exception {
    assumeOriginal();
    io.nats.NatsServerRunner.setDefaultValidateTries(2);
    Wanted wanted = Wanted.NOTHING.withConfig(config(text));
    String original = reason(catchThrowableOfType(Exception.class, wanted::original));
    String counterpart = reason(catchThrowableOfType(Exception.class, wanted::counterpart));
    assertThat(counterpart).isEqualTo(original);
  }

  // The line of nats-server, without the name of the temporary file.
  private static String reason(Exception failure) {
    assertThat(failure).isInstanceOf(IllegalStateException.class);
    return failure
        .getMessage()
        .lines()
        .map(line -> line.replaceFirst("^nats-server: ", ""))
        .filter(
            line ->
                Pattern.compile("\\.conf:\\d+:|:\\d+: |absent|Parse error|max_payload .*")
                    .matcher(line)
                    .find())
        .findFirst()
        .orElse(failure.getMessage())
        .replaceAll("/\\S+\\.conf", "FILE");
  }

  @Test
  void refusesTwoNumbersOfPorts() throws Exception {
    assumeOriginal();
    Wanted wanted =
        Wanted.NOTHING.withConfig(
            config("port: 4222\nwebsocket {\n  port: 8080\n  no_tls: true\n}\n"));
    assertThat(catchThrowableOfType(IOException.class, wanted::original))
        .hasMessageStartingWith("Improper configuration");
    assertThat(catchThrowableOfType(IOException.class, wanted::counterpart))
        .hasMessageStartingWith("Improper configuration, cannot assign port multiple times");
  }

  // ---- The counterpart alone

  @Test
  void servesUntilItIsShutDown() throws Exception {
    int port;
    try (NatsServerRunner runner = NatsServerRunner.builder().jetstream(true).build()) {
      port = runner.getPort();
      NatsServerRunner.connectCheck(port);
      assertThat(runner.getURI()).isEqualTo(NatsRunnerUtils.getNatsLocalhostUri(port));
      assertThat(runner.getConfigPort()).isEqualTo(-1);
      assertThat(runner.getConfigFile()).isNull();
      assertThat(runner.getCmdLine()).endsWith("nats-server --port -1 -js");
      try (Connection nats = connect(runner.getURI())) {
        nats.publish("orders.1", "soup".getBytes(UTF_8));
        nats.flush(SOON);
        assertThat(nats.jetStreamManagement().getStreamNames()).isEmpty();
      }
      runner.shutdown(false);
      runner.shutdown();
    }
    assertThat(catchThrowableOfType(IOException.class, () -> NatsServerRunner.connectCheck(port)))
        .hasMessageContaining("refused");
    try (NatsServerRunner again = new NatsServerRunner(port, false)) {
      assertThat(again.getPort()).isEqualTo(port);
      assertThat(
              catchThrowableOfType(
                  IllegalStateException.class, () -> new NatsServerRunner(port, false)))
          .hasMessageContaining("Error listening on port: 127.0.0.1:" + port);
    }
  }

  @Test
  void leavesNoFilesAndKeepsThoseOfAStoreDirectory() throws Exception {
    Path store = directory.resolve("store");
    NatsServerRunnerOptions options =
        NatsServerRunner.builder()
            .jetstream()
            .configInserts(List.of("server_name: shop"))
            .customArgs(List.of("-sd", store.toString(), "-l", "ignored.log"))
            .debugLevel(DebugLevel.DEBUG)
            .buildOptions();
    Path file;
    try (NatsServerRunner runner = new NatsServerRunner(options)) {
      file = Path.of(String.valueOf(runner.getConfigFile()));
      assertThat(file).content().contains("server_name: shop", "port: -1");
      assertThat(runner.getConfigLines()).containsExactly("port: -1", "server_name: shop");
      assertThat(runner.getCmdLine()).endsWith("-D");
    }
    assertThat(file.getParent()).doesNotExist();
    assertThat(store.resolve("jetstream")).isDirectory();
    assertThat(Path.of("ignored.log")).doesNotExist();
  }

  @Test
  void findsItsStreamsWhenItIsStartedAgainOnItsPort() throws Exception {
    int port;
    try (NatsServerRunner first = NatsServerRunner.builder().jetstream().build();
        Connection nats = connect(first.getURI())) {
      port = first.getPort();
      nats.jetStreamManagement().addStream(stream());
      nats.jetStream().publish("orders.1", "soup".getBytes(UTF_8));
    }
    try (NatsServerRunner second = new NatsServerRunner(port, false, true);
        Connection nats = connect(second.getURI())) {
      assertThat(nats.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
          .isEqualTo(1);
    }
    try (NatsServerRunner another = new NatsServerRunner(false, true);
        Connection nats = connect(another.getURI())) {
      assertThat(nats.jetStreamManagement().getStreamNames()).isEmpty();
    }
  }

  private static StreamConfiguration stream() {
    return StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build();
  }

  @Test
  void saysWhatItDoes() throws Exception {
    StringBuilder said = new StringBuilder();
    ConsoleOutput output =
        new ConsoleOutput() {
          @Override
          protected String format(Level level, String message) {
            said.append(level).append(' ').append(message).append('\n');
            return "";
          }
        };
    try (NatsServerRunner runner =
        NatsServerRunner.builder()
            .customArgs(new String[] {"-P", "x.pid"})
            .output(output)
            .build()) {
      assertThat(said)
          .contains("INFO Starting [" + runner.getCmdLine() + "] in this JVM")
          .contains("WARNING The server in this JVM does not write the PID file")
          .contains("INFO Started [");
    }
    assertThat(said).contains("INFO Shut down [");
    assertThat(
            catchThrowableOfType(
                IllegalStateException.class,
                () ->
                    NatsServerRunner.builder()
                        .customArgs(List.of("--bogus"))
                        .output(output)
                        .build()))
        .hasMessageContaining("flag provided but not defined: -bogus");
    assertThat(said).contains("SEVERE Failed to run [");
  }
}
