package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.jetstream.config.StreamObserver;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.Mirror;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An observer of streams hears of each message that is stored or removed. */
class StreamObserverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  private final StreamObserver observer =
      new StreamObserver() {
        @Override
        public void stored(
            String account, String stream, long sequence, String subject, @Nullable String reply) {
          seen.add(
              account
                  + " "
                  + stream
                  + " "
                  + sequence
                  + " "
                  + subject
                  + (reply == null ? "" : " ?"));
        }

        @Override
        public void removed(String account, String stream, long sequence, long messages) {
          seen.add(stream + " without " + (sequence == 0 ? messages + " messages" : sequence));
        }
      };

  @Test
  void hearsOfStoredAndRemovedMessages() throws Exception {
    NatsOptions options =
        NatsOptions.builder().port(0).jetStream(directory).streamObserver(observer).build();
    try (NatsServer server = NatsServer.start(options);
        Connection nats = PatientClient.connect(server.clientUrl())) {
      JetStreamManagement streams = nats.jetStreamManagement();
      streams.addStream(
          StreamConfiguration.builder()
              .name("ORDERS")
              .subjects("orders.>")
              .storageType(StorageType.Memory)
              .build());
      streams.addStream(
          StreamConfiguration.builder()
              .name("COPY")
              .mirror(Mirror.builder().sourceName("ORDERS").build())
              .storageType(StorageType.Memory)
              .build());
      nats.jetStream().publish("orders.1", "soup".getBytes(UTF_8));
      nats.publish("orders.2", "bread".getBytes(UTF_8));
      nats.publish("elsewhere", "bread".getBytes(UTF_8));
      nats.flush(PATIENCE);
      await().atMost(PATIENCE).until(() -> seen.contains("$G COPY 2 orders.2"));
      streams.deleteMessage("ORDERS", 1);
      streams.purgeStream("COPY");
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "$G ORDERS 1 orders.1 ?",
            "$G ORDERS 2 orders.2",
            "$G COPY 1 orders.1",
            "$G COPY 2 orders.2",
            "ORDERS without 1",
            "COPY without 2 messages");
    assertThat(seen).containsSubsequence(List.of("$G ORDERS 1 orders.1 ?", "ORDERS without 1"));
  }
}
