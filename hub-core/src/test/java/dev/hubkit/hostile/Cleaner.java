package dev.hubkit.hostile;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;

/** Deletes what hostile clients have left in their account. */
final class Cleaner implements AutoCloseable {
  private final Connection connection;

  Cleaner(int port) throws IOException, InterruptedException {
    connection =
        Nats.connect(
            new Options.Builder()
                .server("nats://127.0.0.1:" + port)
                .userInfo(Attacker.USER, Attacker.PASSWORD)
                .connectionTimeout(Duration.ofSeconds(30))
                .build());
  }

  void deleteStreams() throws IOException, JetStreamApiException {
    var management =
        connection.jetStreamManagement(
            io.nats.client.JetStreamOptions.builder()
                .requestTimeout(Duration.ofSeconds(30))
                .build());
    for (String stream : management.getStreamNames()) {
      management.deleteStream(stream);
    }
  }

  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
