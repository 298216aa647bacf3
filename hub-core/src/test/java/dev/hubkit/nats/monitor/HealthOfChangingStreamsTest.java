package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.work.WorkStep;
import io.nats.client.Connection;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server stays healthy while streams come and go. */
class HealthOfChangingStreamsTest {
  @TempDir private Path directory;

  private final HttpClient http = HttpClient.newHttpClient();

  private String health(NatsServer server) {
    URI uri = URI.create("http://127.0.0.1:" + server.monitorPort() + "/healthz");
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }

  @Test
  void streamWhoseFilesAreBeingMadeIsNotLost() throws Exception {
    Path config = directory.resolve("server.conf");
    Files.writeString(
        config, "port: -1\nhttp: \"127.0.0.1:-1\"\njetstream { store_dir: \"" + directory + "\" }");
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    try (NatsServer server =
            NatsServer.start(NatsOptions.of(ConfigFile.read(config.toString(), name -> null)));
        Connection connection = PatientClient.connect(server.clientUrl())) {
      String threads = "nats-" + server.port() + "-";
      WorkStep.Injector asking =
          step -> {
            // The files of the stream are there, but the stream is not. Other servers in this JVM
            // create streams, too.
            boolean ours = Thread.currentThread().getName().startsWith(threads);
            if (ours && step == WorkStep.STREAM_ADD) {
              seen.add(health(server));
            }
          };
      WorkStep.inject(asking);
      try {
        connection
            .jetStreamManagement()
            .addStream(
                StreamConfiguration.builder()
                    .name("MADE")
                    .subjects("made")
                    .storageType(StorageType.File)
                    .build());
      } finally {
        WorkStep.remove(asking);
      }
      seen.add(health(server));
    }
    assertThat(seen).hasSize(2).allSatisfy(body -> assertThat(body).contains("\"ok\""));
  }
}
