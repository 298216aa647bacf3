package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sends the same requests to the real nats-server and to Hub and compares what they answer. The
 * scripts are in {@code scripts/streams/*.txt}, with one request per line: {@code subject | headers
 * | payload}; {@code %} stands for {@code $JS.API}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
@ComparedWithNatsServer
class StreamDifferentialTest {
  private static final Path SCRIPTS = Path.of("src/test/resources/scripts/streams");

  private NatsServerProcess realServer;
  private NatsServer hubServer;
  private Peer real;
  private Peer hub;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException, InterruptedException {
    realServer =
        NatsServerProcess.start(
            Files.createDirectory(directory.resolve("real")),
            "-js",
            "-sd",
            directory.resolve("real").toString(),
            "-n",
            "hub");
    hubServer =
        NatsServer.start(
            NatsOptions.builder()
                .port(0)
                .serverName("hub")
                .jetStream(directory.resolve("hub"))
                .build());
    real = new Peer(realServer.port());
    hub = new Peer(hubServer.port());
  }

  @AfterAll
  void stop() throws InterruptedException {
    if (realServer != null) {
      real.close();
      hub.close();
      hubServer.close();
      realServer.close();
    }
  }

  static List<String> scripts() throws IOException {
    try (var files = Files.list(SCRIPTS)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void answersAsNatsServerDoes(String script) throws IOException {
    compare(script, "memory");
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void answersAsNatsServerDoesWithFiles(String script) throws IOException {
    compare(script, "file");
  }

  private void compare(String script, String storage) throws IOException {
    List<String> differences = new ArrayList<>();
    for (String line : Files.readAllLines(SCRIPTS.resolve(script), StandardCharsets.UTF_8)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] parts = line.split("\\|", -1);
      String subject = parts[0].strip().replace("%", "$JS.API");
      Map<String, String> headers = headers(parts.length > 2 ? parts[1] : "");
      String body = parts.length > 1 ? parts[parts.length - 1].strip() : "";
      body = body.replace("\"storage\":\"memory\"", "\"storage\":\"" + storage + "\"");
      String payload = body;
      CompletableFuture<String> there =
          CompletableFuture.supplyAsync(() -> ask(real, subject, headers, payload));
      String here = ask(hub, subject, headers, payload);
      if (!here.equals(there.join())) {
        differences.add(line + "\n    nats-server: " + there.join() + "    hub: " + here);
      }
    }
    assertThat(differences).isEmpty();
  }

  private static String ask(Peer peer, String subject, Map<String, String> headers, String body) {
    try {
      return peer.ask(subject, headers, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String header : text.strip().split(";", -1)) {
      if (!header.isBlank()) {
        int colon = header.indexOf(':');
        headers.put(header.substring(0, colon).strip(), header.substring(colon + 1).strip());
      }
    }
    return headers;
  }
}
