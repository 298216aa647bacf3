package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program {@code prometheus-nats-exporter} finds the same metrics, with the same labels, in Hub
 * and in the real nats-server. Skipped where it is not on the {@code PATH}.
 */
@ComparedWithNatsServer
class PrometheusExporterDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final String CONFIG =
      """
      http: "127.0.0.1:-1"
      server_name: srv
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      """;

  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path directory;

  private static Optional<Path> program() {
    String path = System.getenv("PATH");
    return path == null
        ? Optional.empty()
        : Stream.of(path.split(File.pathSeparator, -1))
            .map(each -> Path.of(each, "prometheus-nats-exporter"))
            .filter(Files::isExecutable)
            .findFirst();
  }

  private Set<String> metrics(Path program, int monitor) throws Exception {
    int port = FixedPort.free();
    Process exporter =
        new ProcessBuilder(
                program.toString(),
                "-a",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-varz",
                "-connz_detailed",
                "-accstatz",
                "-accountz",
                "-subz",
                "-routez",
                "-leafz",
                "-gatewayz",
                "-healthz",
                "-jsz=all",
                "-use_internal_server_name",
                "http://127.0.0.1:" + monitor)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("exporter.log").toFile())
            .start();
    try {
      String text =
          await()
              .atMost(PATIENCE)
              .ignoreExceptionsInstanceOf(IOException.class)
              .until(() -> scrape(port), found -> found.contains("jetstream_server_total_streams"));
      Set<String> names = new TreeSet<>();
      text.lines()
          .filter(line -> line.startsWith("gnatsd_") || line.startsWith("jetstream_"))
          // How often the exporter has asked for each page is up to it.
          .filter(line -> !line.contains("http_req_stats"))
          .forEach(line -> names.add(line.substring(0, line.lastIndexOf(' '))));
      return names;
    } finally {
      exporter.destroy();
      exporter.waitFor();
    }
  }

  private String scrape(int port) throws IOException, InterruptedException {
    String text =
        http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    // The values of these differ from server to server, and from client to client.
    return text.replaceAll(
        "\\b(cid|port|server_id|value|meta_leader|start|last_activity)=\"[^\"]*\"", "$1=\"\"");
  }

  private Set<String> hear(Path program, int port, int monitor) throws Exception {
    String url = "nats://A:A@127.0.0.1:" + port;
    try (Connection a =
        Nats.connect(Options.builder().server(url).connectionName("a").noReconnect().build())) {
      for (String[] request :
          new String[][] {
            {"$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}"},
            {"$JS.API.CONSUMER.CREATE.S.c", "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\"}}"},
            {"s", "stored"}
          }) {
        byte[] body = request[1].getBytes(StandardCharsets.UTF_8);
        assertThat(a.request(request[0], body, PATIENCE)).isNotNull();
      }
      return metrics(program, monitor);
    }
  }

  @Test
  void findsTheSameMetrics() throws Exception {
    Optional<Path> program = program();
    assumeTrue(program.isPresent(), "no prometheus-nats-exporter on PATH");
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      assertThat(hear(program.get(), servers.ours().port(), servers.ours().monitorPort()))
          .isEqualTo(hear(program.get(), servers.real().port(), servers.real().monitorPort()))
          .hasSizeGreaterThan(100);
    }
  }
}
