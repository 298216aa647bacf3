package dev.hubkit.nats.jetstream.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.Mirror;
import io.nats.client.api.Source;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.SubjectTransform;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that copy others. */
class SourceConsumerTest {
  @TempDir private Path directory;
  private NatsServer server;
  private Connection connection;
  private JetStreamManagement management;

  @BeforeEach
  void start() throws Exception {
    server =
        NatsServer.start(NatsOptions.builder().port(0).jetStream(directory.resolve("js")).build());
    connection = PatientClient.connect(server.clientUrl());
    management = connection.jetStreamManagement();
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    server.close();
  }

  private void create(StreamConfiguration.Builder stream) throws Exception {
    management.addStream(stream.storageType(StorageType.File).build());
  }

  private void publish(String subject, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      connection.jetStream().publish(subject, ("message " + i).getBytes(StandardCharsets.UTF_8));
    }
  }

  private void awaitCount(String stream, long count) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> management.getStreamInfo(stream).getStreamState().getMsgCount() == count);
  }

  @Test
  void mirrorsWhatWasAndWhatComes() throws Exception {
    create(StreamConfiguration.builder().name("O").subjects("o.*"));
    publish("o.a", 10);
    management.deleteMessage("O", 3);
    create(StreamConfiguration.builder().name("M").mirror(Mirror.builder().name("O").build()));
    awaitCount("M", 9);
    publish("o.b", 5);
    awaitCount("M", 14);
    assertThat(management.getMessage("M", 15).getSubject()).isEqualTo("o.b");
    assertThat(management.getStreamInfo("M").getMirrorInfo().getName()).isEqualTo("O");
    stop();
    start();
    publish("o.b", 1);
    awaitCount("M", 15);
    assertThat(management.getStreamInfo("M").getStreamState().getLastSequence()).isEqualTo(16);
  }

  @Test
  void sourcesFromSeveralStreams() throws Exception {
    create(StreamConfiguration.builder().name("A").subjects("a.*"));
    create(StreamConfiguration.builder().name("B").subjects("b.*"));
    publish("a.x", 3);
    publish("a.y", 3);
    publish("b.x", 4);
    create(
        StreamConfiguration.builder()
            .name("S")
            .sources(
                Source.builder()
                    .name("A")
                    .subjectTransforms(
                        SubjectTransform.builder().source("a.x").destination("from.a").build())
                    .build(),
                Source.builder().name("B").build()));
    awaitCount("S", 7);
    assertThat(management.getLastMessage("S", "from.a").getHeaders().getLast("Nats-Stream-Source"))
        .matches("A 3 a\\.x from\\.a a\\.x \\w{8}");
    stop();
    start();
    publish("a.x", 1);
    publish("b.x", 1);
    awaitCount("S", 9);
    assertThat(management.getStreamInfo("S").getSourceInfos()).hasSize(2);
  }

  @Test
  void waitsForTheOriginToAppear() throws Exception {
    create(StreamConfiguration.builder().name("M").mirror(Mirror.builder().name("O").build()));
    create(StreamConfiguration.builder().name("O").subjects("o"));
    publish("o", 2);
    awaitCount("M", 2);
  }
}
