package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ServerFlags;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares what keeps a server from its start, and the line that tells it, with the real
 * nats-server. BUSY stands for a port in use, DIR for a directory with the files of the test.
 */
class NatsServerStartTest {
  private static final String LISTEN = "-a 127.0.0.1 -p -1 ";

  @TempDir static Path directory;
  private static ServerSocket busy;

  @BeforeAll
  static void prepare() throws IOException {
    busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Files.writeString(directory.resolve("plain"), "x");
    Files.createDirectories(directory.resolve("storefile"));
    Files.writeString(directory.resolve("storefile/jetstream"), "x");
    write("websocket", "websocket { listen: \"127.0.0.1:BUSY\", no_tls: true }");
    write("cluster", "cluster { name: c, listen: \"127.0.0.1:BUSY\" }");
    write("advertise", "client_advertise: \"a:b:c\"");
    write("routes", "cluster { name: c, listen: \"127.0.0.1:-1\", cluster_advertise: \"a:b:c\" }");
    write("monitor", "http: \"127.0.0.1:BUSY\"");
    write("both", "http: \"127.0.0.1:-1\"\nhttps: \"127.0.0.1:-1\"");
    write("system", "system_account: NOBODY");
    write(
        "jetstream",
        "jetstream { store_dir: \""
            + directory.resolve("store")
            + "\" }\n"
            + "accounts { S { jetstream: enabled } }\nsystem_account: S");
  }

  private static void write(String name, String text) throws IOException {
    Files.writeString(
        directory.resolve(name + ".conf"),
        "listen: \"127.0.0.1:-1\"\n" + text.replace("BUSY", "" + busy.getLocalPort()) + "\n");
  }

  @AfterAll
  static void end() throws IOException {
    busy.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-a 127.0.0.1 -p BUSY",
        "-a no-such-host.invalid -p -1",
        "-a 192.0.2.1 -p -1",
        "-a 2001:db8::1 -p -1",
        "-a [::1] -p -1",
        LISTEN + "-m BUSY",
        LISTEN + "-m 70000",
        LISTEN + "-m -1 -ms -1",
        LISTEN + "-ms -1",
        LISTEN + "--profile BUSY",
        LISTEN + "--cluster nats://127.0.0.1:BUSY",
        LISTEN + "--cluster nats://127.0.0.1",
        LISTEN + "--cluster :x",
        LISTEN + "--client_advertise a:b:c",
        LISTEN + "--cluster nats://127.0.0.1:-1 --cluster_advertise a:b:c",
        LISTEN + "-js -sd DIR/plain",
        LISTEN + "-js -sd DIR/plain/x",
        LISTEN + "-js -sd DIR/storefile",
        LISTEN + "-js -sd /proc/x",
        "-c DIR/websocket.conf",
        "-c DIR/cluster.conf",
        "-c DIR/advertise.conf",
        "-c DIR/routes.conf",
        "-c DIR/monitor.conf",
        "-c DIR/both.conf",
        "-c DIR/system.conf",
        "-c DIR/jetstream.conf",
        "-c DIR/missing.conf",
      })
  void endsWithTheLineOfTheOriginal(String line) throws Exception {
    assumeTrue(Shell.has("nats-server"), "no nats-server on PATH");
    List<String> arguments =
        List.of(
            line.replace("BUSY", "" + busy.getLocalPort())
                .replace("DIR", directory.toString())
                .split(" ", -1));
    assertThat(ofHub(arguments)).isEqualTo(ofTheOriginal(arguments));
  }

  private static String ofHub(List<String> arguments) throws Exception {
    NatsOptions options;
    try {
      options = NatsOptions.of(ServerFlags.parse(arguments).config());
    } catch (ConfigException | ServerFlags.ConfigFlagException e) {
      return "nats-server: " + String.valueOf(e.getMessage()).strip();
    }
    try (NatsServer server = NatsServer.start(options)) {
      return "listens on " + server.port();
    } catch (NatsException e) {
      return "[FTL] " + e.getMessage();
    }
  }

  private static String ofTheOriginal(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("nats-server"));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(output).isEqualTo(1);
      return output
          .lines()
          .filter(each -> each.contains("[FTL]") || each.startsWith("nats-server: "))
          .map(each -> each.replaceFirst("^.*\\[FTL]", "[FTL]"))
          // Which server of names was asked.
          .map(each -> each.replaceFirst(" on [0-9.:]+: no such host", ": no such host"))
          .findFirst()
          .orElse(output);
    } finally {
      process.destroyForcibly();
    }
  }
}
