package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what {@code -D}, {@code -V} and {@code --ports_file_dir} write with the real
 * nats-server.
 */
class NatsServerLogTest {
  private static final List<String> REAL = List.of("nats-server");
  private static final List<String> HUB = Shell.hubCommand("nats-server");
  private static final String SESSION =
      "CONNECT {\"verbose\":false,\"user\":\"a\",\"pass\":\"hidden\",\"name\":\"me\",\"lang\":\"x\","
          + "\"version\":\"1\",\"headers\":true,\"protocol\":0,\"pedantic\":false,\"echo\":true,"
          + "\"no_responders\":false}\r\n"
          + "PING\r\nSUB foo q 1\r\nSUB > 2\r\nPUB foo r 5\r\nhe\"lo\r\n"
          + "HPUB foo 18 20\r\nNATS/1.0\r\nA: b\r\n\r\n\u0001\n\r\nUNSUB 1 5\r\nUNSUB 2\r\n"
          + "PUB foo 0\r\n\r\nPING\r\n";

  @TempDir Path directory;

  private static boolean isInstalled() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, "nats-server")));
  }

  private record Run(JsonObject ports, List<String> log) {}

  private Run run(String name, List<String> program, String... flags) throws Exception {
    Path home = Files.createDirectory(directory.resolve(name));
    Path log = home.resolve("log");
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("-c", "server.conf", "--ports_file_dir", home.toString()));
    command.addAll(List.of(flags));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      JsonObject ports =
          Awaitility.await()
              .atMost(60, TimeUnit.SECONDS)
              .ignoreExceptions()
              .until(() -> Json.parseObject(Files.readString(portsFile(home))), file -> true);
      session(URI.create(ports.strings("nats").get(0)).getPort());
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("Client connection closed"));
      return new Run(ports, Files.readAllLines(log));
    } finally {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static Path portsFile(Path home) throws IOException {
    try (Stream<Path> files = Files.list(home)) {
      return files.filter(each -> each.toString().endsWith(".ports")).findFirst().orElseThrow();
    }
  }

  private static void session(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      socket.getOutputStream().write(SESSION.getBytes(UTF_8));
      int pongs = 0;
      while (pongs < 2) {
        String line = in.readLine();
        assertThat(line).as("the connection has ended").isNotNull();
        pongs += line.equals("PONG") ? 1 : 0;
      }
    }
  }

  /** Returns the lines about the client, without the parts that differ from run to run. */
  private static List<String> about(List<String> log, String level) {
    return log.stream()
        .filter(line -> line.contains("[" + level + "] 127.0.0.1:"))
        // Leaves out the server's own PING, which it sends two seconds after the client has
        // connected.
        .filter(line -> !line.contains("->> [PING]"))
        .map(line -> line.replaceFirst(".*] 127\\.0\\.0\\.1:\\d+ - cid:\\d+ - ", ""))
        // Hub logs the fields it knows, with defaults for those that the client did not send.
        .map(line -> line.replaceFirst("CONNECT \\{.*}", "CONNECT"))
        .toList();
  }

  private static Map<String, String> shape(JsonObject ports) {
    Map<String, String> shape = new TreeMap<>();
    for (String name : ports.names()) {
      shape.put(name, ports.strings(name).toString().replaceAll(":\\d+", ""));
    }
    return shape;
  }

  @Test
  void tellTheSameOfAClientAndOfPorts() throws Exception {
    Assumptions.assumeTrue(isInstalled(), "no nats-server on PATH");
    Files.writeString(
        directory.resolve("server.conf"),
        """
        listen: "127.0.0.1:-1"
        http: "127.0.0.1:-1"
        websocket { listen: "127.0.0.1:-1", no_tls: true }
        cluster { name: c, listen: "127.0.0.1:-1" }
        authorization { user: a, password: hidden }
        """);
    Run real = run("real", REAL, "-DV");
    Run hub = run("hub", HUB, "-DV");
    assertThat(shape(hub.ports)).isEqualTo(shape(real.ports));
    // The lines after the end of a connection come in no particular order.
    assertThat(about(hub.log, "TRC"))
        .containsExactlyElementsOf(
            about(real.log, "TRC").stream()
                .filter(line -> !line.contains("- <-> [DELSUB 1]"))
                .toList());
    assertThat(about(hub.log, "DBG"))
        .contains("Client connection created")
        .anyMatch(line -> line.endsWith("Client connection closed: Client Closed"));
    for (String line :
        List.of(
            "  Cluster:  c",
            "[WRN] Plaintext passwords detected, use nkeys or bcrypt",
            "[WRN] Websocket not configured with TLS. DO NOT USE IN PRODUCTION!")) {
      assertThat(real.log).as(line).anyMatch(each -> each.endsWith(line));
      assertThat(hub.log).as(line).anyMatch(each -> each.endsWith(line));
    }
    assertThat(line(hub.log, "Using configuration file"))
        .isEqualTo(line(real.log, "Using configuration file"));
    assertThat(String.join("\n", hub.log)).doesNotContain("hidden");
  }

  private static String line(List<String> log, String text) {
    return log.stream()
        .filter(each -> each.contains(text))
        .map(each -> each.substring(each.indexOf(text)))
        .findFirst()
        .orElse("");
  }

  @Test
  void eachFlagWritesItsPart() throws Exception {
    Files.writeString(
        directory.resolve("server.conf"),
        "listen: \"127.0.0.1:-1\"\nauthorization { user: a, password: hidden }\n");
    List<String> traced = run("traced", HUB, "-V", "-D").log;
    assertThat(traced).anyMatch(line -> line.contains("[TRC]"));
    List<String> debugged = run("debugged", HUB, "-D").log;
    assertThat(debugged).anyMatch(line -> line.contains("[DBG]"));
    assertThat(debugged).noneMatch(line -> line.contains("[TRC]"));
  }
}
