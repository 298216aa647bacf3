package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatsServerCommandTest {
  private static final Pattern LINE =
      Pattern.compile(
          "\\[\\d+] \\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} \\[(INF|WRN|ERR|DBG|TRC)] .*");
  private static final Pattern URL = Pattern.compile("\"nats\":\\[\"(nats://[^\"]*)\"");

  @TempDir Path directory;

  private ProcessBuilder command(String... arguments) {
    List<String> command = Shell.hubCommand("nats-server");
    if (!List.of(arguments).contains("-v")) {
      command.addAll(List.of("-a", "127.0.0.1"));
    }
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
  }

  private String outputOf(int status, String... arguments) throws Exception {
    Process process = command(arguments).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output;
  }

  private Path portsFile() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".ports"))
          .findFirst()
          .orElse(directory.resolve("none"));
    }
  }

  private String awaitUrl() {
    return Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(
            () -> {
              Matcher matcher = URL.matcher(Files.readString(portsFile()));
              return matcher.find() ? matcher.group(1) : "";
            },
            url -> !url.isEmpty());
  }

  @Test
  void saysItsVersionAsTheRealOneDoes() throws Exception {
    assertThat(outputOf(0, "-v")).isEqualToIgnoringNewLines("nats-server: v" + NatsServer.VERSION);
  }

  @Test
  void checksAConfigurationFile() throws Exception {
    Files.writeString(directory.resolve("good.conf"), "port: 4222\n");
    Files.writeString(directory.resolve("bad.conf"), "port: 4222\n prot: 5\n");
    assertThat(outputOf(0, "-t", "-c", "good.conf"))
        .contains("nats-server: configuration file good.conf is valid (sha256:");
    assertThat(outputOf(1, "--config", "bad.conf", "-t"))
        .contains("nats-server: bad.conf:2:2: unknown field \"prot\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void servesUntilASignalEndsIt(String signal) throws Exception {
    Shell.assumeHeeded(signal);
    Path log = directory.resolve("server.log");
    Process process =
        command(
                "-p",
                "-1",
                "-js",
                "-sd=" + directory.resolve("data"),
                "--ports_file_dir",
                directory.toString(),
                "-P",
                "server.pid",
                "-l",
                log.toString(),
                "-DV")
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    try {
      String url = awaitUrl();
      try (Connection connection = Nats.connect(url)) {
        connection.flush(Duration.ofSeconds(10));
        assertThat(connection.getServerInfo().isJetStreamAvailable()).isTrue();
      }
      assertThat(Files.readString(directory.resolve("server.pid")))
          .isEqualTo(Long.toString(process.pid()));
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      List<String> lines = Files.readAllLines(log);
      assertThat(lines).allMatch(line -> LINE.matcher(line).matches());
      assertThat(lines).anyMatch(line -> line.endsWith("[INF] Server is ready"));
      assertThat(lines.get(lines.size() - 1)).endsWith("[INF] Server Exiting..");
      assertThat(portsFile()).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void readsItsConfigurationAgainOnAHangup() throws Exception {
    Shell.assumeHeeded("HUP");
    Path file = directory.resolve("server.conf");
    String rest = "port: -1\nports_file_dir: \"" + directory + "\"\n";
    Files.writeString(file, rest + "authorization { user: a, password: b }\n");
    Path log = directory.resolve("output");
    Process process = command("-c", "server.conf").redirectOutput(log.toFile()).start();
    try {
      String authority = awaitUrl().substring("nats://".length());
      Nats.connect("nats://a:b@" + authority).close();
      Files.writeString(file, rest + "authorization { user: a, password: c }\n");
      new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> Files.readString(log).contains("Reloaded server configuration"));
      Nats.connect("nats://a:c@" + authority).close();
      Files.writeString(file, rest + "max_subscriptions: 5\n");
      new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(
              () ->
                  Files.readString(log)
                      .contains(
                          "Failed to reload server configuration:"
                              + " config reload not supported for MaxSubs: old=0, new=5"));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  // nats-server hears it nevertheless; a JVM can't.
  @Test
  void saysThatItDoesNotHearAHangupThatNohupHasItIgnore() throws Exception {
    List<String> ignoring = new ArrayList<>(List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
    Path log = directory.resolve("output");
    ProcessBuilder builder = command("-p", "-1", "--ports_file_dir", directory.toString());
    ignoring.addAll(builder.command());
    Process process = builder.command(ignoring).redirectOutput(log.toFile()).start();
    try {
      awaitUrl();
      assertThat(log)
          .content()
          .contains("[WRN] Signal HUP can't be trapped: the process was started with it ignored");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void send(String signal, Process process) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
  }

  @Test
  void hangupsWhileItStartsHaveItReadItsConfigurationWhenItRuns() throws Exception {
    Shell.assumeHeeded("HUP");
    Files.writeString(
        directory.resolve("server.conf"), "port: -1\nports_file_dir: \"" + directory + "\"\n");
    Path log = directory.resolve("output");
    Process process =
        command("-c", "server.conf", "-js", "-sd", "store").redirectOutput(log.toFile()).start();
    try {
      awaitLine(log, "Starting nats-server");
      while (process.isAlive() && !Files.readString(log).contains("Server is ready")) {
        send("HUP", process);
      }
      awaitLine(log, "Trapped \"hangup\" signal");
      awaitLine(log, "Reloaded server configuration");
      Nats.connect(awaitUrl()).close();
      // However many signals came, they are not worked off one by one.
      assertThat(Files.readString(log).split("Reloaded server configuration", -1))
          .hasSizeLessThan(5);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void endsInOrderWhenToldWhileItStarts(String signal) throws Exception {
    Shell.assumeHeeded(signal);
    Path log = directory.resolve("output");
    Process process =
        command("-p", "-1", "-js", "-sd", "store").redirectOutput(log.toFile()).start();
    try {
      awaitLine(log, "Starting nats-server");
      send(signal, process);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      List<String> lines = Files.readAllLines(log);
      assertThat(lines).anyMatch(line -> line.endsWith("[INF] Initiating Shutdown..."));
      assertThat(lines.get(lines.size() - 1)).endsWith("[INF] Server Exiting..");
      assertThat(lines).noneMatch(line -> line.contains("[ERR]"));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void awaitLine(Path file, String text) {
    Awaitility.await()
        .atMost(60, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(() -> Files.readString(file).contains(text));
  }

  @Test
  void opensItsLogAnewAndLeavesSlowlyWhenSignalled() throws Exception {
    Shell.assumeHeeded("USR1");
    Shell.assumeHeeded("USR2");
    Path log = directory.resolve("server.log");
    Files.writeString(
        directory.resolve("server.conf"),
        "port: -1\nlame_duck_grace_period: \"1ms\"\nlame_duck_duration: \"30s\"\n");
    Process process =
        command(
                "-c",
                "server.conf",
                "--ports_file_dir",
                directory.toString(),
                "-P",
                "server.pid",
                "-l",
                log.toString())
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    try (Connection connection =
        Nats.connect(
            io.nats.client.Options.builder().server(awaitUrl()).maxReconnects(0).build())) {
      connection.flush(Duration.ofSeconds(20));
      Files.move(log, directory.resolve("old.log"));
      String pidFile = directory.resolve("server.pid").toString();
      outputOf(0, "--signal", "reopen=" + pidFile);
      awaitLine(log, "File log re-opened");
      outputOf(0, "-sl", "ldm=" + pidFile);
      awaitLine(log, "Entering lame duck mode, stop accepting new clients");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(Files.readString(log)).contains("Closing existing clients", "Server Exiting..");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void tellsOfSignalsThatCannotBeSent() throws Exception {
    assertThat(outputOf(1, "--signal", "dance=1")).contains("unknown signal \"dance\"");
    assertThat(outputOf(1, "--signal", "quit=nobody")).contains("invalid pid: nobody");
  }
}
