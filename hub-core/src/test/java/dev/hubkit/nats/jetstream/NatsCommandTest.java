package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses Hub with the {@code nats} command. */
class NatsCommandTest {
  private Path directory;
  private NatsServer server;

  @BeforeEach
  void start(@TempDir Path temporary) {
    String path = System.getenv().getOrDefault("PATH", "");
    assumeTrue(
        Arrays.stream(path.split(File.pathSeparator, -1))
            .anyMatch(entry -> Files.isExecutable(Path.of(entry, "nats"))),
        "no nats on PATH");
    directory = temporary;
    server =
        NatsServer.start(
            NatsOptions.builder().port(0).jetStream(temporary.resolve("store")).build());
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  /** Runs the command, which must succeed; returns its output. */
  private String nats(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("nats", "--server", server.clientUrl(), "--timeout", "20s"));
    command.addAll(Arrays.asList(arguments));
    Path output = Files.createTempFile(directory, "nats", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(output.toFile());
    builder.environment().put("XDG_CONFIG_HOME", directory.toString());
    builder.environment().put("HOME", directory.toString());
    Process process = builder.start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command) + "\n" + said).isZero();
    return said;
  }

  @Test
  void managesStreamsAndConsumers() throws Exception {
    nats("stream", "add", "ORDERS", "--subjects", "orders.>", "--defaults");
    nats("pub", "orders.new", "--count", "20", "order {{Count}}");
    assertThat(nats("stream", "info", "ORDERS")).contains("Messages: 20");
    assertThat(nats("stream", "ls", "--names")).contains("ORDERS");
    assertThat(nats("stream", "subjects", "ORDERS")).contains("orders.new");
    assertThat(nats("stream", "get", "ORDERS", "3")).contains("order 3");
    nats("stream", "edit", "ORDERS", "--description", "all orders", "-f");
    nats("stream", "rmm", "ORDERS", "4", "-f");
    nats("consumer", "add", "ORDERS", "C", "--pull", "--defaults");
    assertThat(nats("consumer", "next", "ORDERS", "C", "--count", "5", "--ack"))
        .contains("order 1", "order 6");
    assertThat(nats("consumer", "info", "ORDERS", "C")).contains("Unprocessed Messages: 14");
    nats("consumer", "pause", "ORDERS", "C", "1h", "-f");
    nats("consumer", "resume", "ORDERS", "C", "-f");
    assertThat(nats("stream", "report")).contains("ORDERS");
    assertThat(nats("consumer", "report", "ORDERS")).contains("C");
    nats("backup", "stream", "ORDERS", "backup", "--no-progress");
    nats("stream", "rm", "ORDERS", "-f");
    nats("stream", "restore", "backup", "--no-progress");
    assertThat(nats("stream", "info", "ORDERS")).contains("Messages: 19");
    nats("stream", "purge", "ORDERS", "-f");
  }

  @Test
  void keepsKeysAndObjects() throws Exception {
    nats("kv", "add", "SETTINGS", "--history", "3", "--ttl", "1h");
    nats("kv", "put", "SETTINGS", "color", "green");
    nats("kv", "put", "SETTINGS", "color", "blue");
    assertThat(nats("kv", "get", "SETTINGS", "color", "--raw")).contains("blue");
    assertThat(nats("kv", "history", "SETTINGS", "color")).contains("green", "blue");
    assertThat(nats("kv", "ls", "SETTINGS")).contains("color");
    nats("kv", "del", "SETTINGS", "color", "-f");
    assertThat(nats("kv", "info", "SETTINGS")).contains("SETTINGS");
    nats("kv", "rm", "SETTINGS", "-f");

    byte[] content = new byte[300_000];
    Arrays.fill(content, (byte) 'x');
    Path file = Files.write(directory.resolve("large.bin"), content);
    nats("object", "add", "FILES");
    nats("object", "put", "FILES", file.toString(), "--name", "large", "--no-progress", "-f");
    assertThat(nats("object", "ls", "FILES")).contains("large");
    Path copy = directory.resolve("copy.bin");
    nats("object", "get", "FILES", "large", "-O", copy.toString(), "--no-progress", "-f");
    assertThat(copy).hasBinaryContent(content);
    nats("object", "rm", "FILES", "large", "-f");
  }

  @Test
  void measures() throws Exception {
    assertThat(
            nats(
                "bench",
                "js",
                "pub",
                "sync",
                "bench",
                "--create",
                "--msgs",
                "500",
                "--no-progress",
                "--storage",
                "memory"))
        .contains("msgs/sec");
    assertThat(nats("bench", "js", "pub", "async", "bench", "--msgs", "500", "--no-progress"))
        .contains("msgs/sec");
    assertThat(nats("bench", "js", "consume", "--msgs", "1000", "--no-progress"))
        .contains("msgs/sec");
    assertThat(nats("bench", "js", "ordered", "--msgs", "1000", "--no-progress"))
        .contains("msgs/sec");
    assertThat(nats("account", "info")).contains("JetStream");
  }
}
