package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import io.nats.client.PublishOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams, key-value and object stores as a jnats client uses them. */
class StreamClientTest {
  @TempDir private Path directory;
  private NatsServer server;
  private Connection connection;

  @BeforeEach
  void start() throws Exception {
    server =
        NatsServer.start(NatsOptions.builder().port(0).jetStream(directory.resolve("js")).build());
    connection = PatientClient.connect(server.clientUrl());
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    server.close();
  }

  private void restart() throws Exception {
    stop();
    start();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource(StorageType.class)
  void storesAndAcknowledges(StorageType storage) throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    management.addStream(
        StreamConfiguration.builder().name("S").subjects("s.>").storageType(storage).build());
    PublishAck first = connection.jetStream().publish("s.a", bytes("one"));
    assertThat(first.getSeqno()).isEqualTo(1);
    assertThat(first.getStream()).isEqualTo("S");
    PublishOptions id = PublishOptions.builder().messageId("id").build();
    assertThat(connection.jetStream().publish("s.b", bytes("two"), id).isDuplicate()).isFalse();
    PublishAck again = connection.jetStream().publish("s.b", bytes("two"), id);
    assertThat(again.isDuplicate()).isTrue();
    assertThat(again.getSeqno()).isEqualTo(2);
    assertThat(management.getMessage("S", 1).getData()).asString().isEqualTo("one");
    assertThat(management.getLastMessage("S", "s.b").getSeq()).isEqualTo(2);
    assertThat(management.getStreamNames()).containsExactly("S");
    assertThat(management.getStreams()).hasSize(1);
    assertThat(management.deleteMessage("S", 1)).isTrue();
    assertThat(management.purgeStream("S", PurgeOptions.subject("s.b")).getPurged()).isEqualTo(1);
    assertThat(management.getStreamInfo("S").getStreamState().getMsgCount()).isZero();
    assertThat(management.deleteStream("S")).isTrue();
    assertThatThrownBy(() -> management.getStreamInfo("S"))
        .isInstanceOf(JetStreamApiException.class)
        .hasMessageContaining("10059");
  }

  @Test
  void survivesRestart() throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("S")
                .subjects("s.>")
                .storageType(StorageType.File)
                .build());
    PublishOptions id = PublishOptions.builder().messageId("id").build();
    connection.jetStream().publish("s.a", bytes("one"), id);
    StreamInfo before = connection.jetStreamManagement().getStreamInfo("S");
    restart();
    StreamInfo after = connection.jetStreamManagement().getStreamInfo("S");
    assertThat(after.getConfiguration().toJson()).isEqualTo(before.getConfiguration().toJson());
    assertThat(after.getCreateTime()).isEqualTo(before.getCreateTime());
    assertThat(after.getStreamState().getMsgCount()).isEqualTo(1);
    assertThat(connection.jetStream().publish("s.a", bytes("one"), id).isDuplicate()).isTrue();
    assertThat(connection.jetStream().publish("s.a", bytes("two")).getSeqno()).isEqualTo(2);
  }

  @Test
  void acknowledgesManyInFlight() throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("S")
                .subjects("s")
                .storageType(StorageType.File)
                .build());
    List<CompletableFuture<PublishAck>> acks = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      acks.add(connection.jetStream().publishAsync("s", bytes("message " + i)));
    }
    for (int i = 0; i < acks.size(); i++) {
      assertThat(acks.get(i).get(10, TimeUnit.SECONDS).getSeqno()).isEqualTo(i + 1);
    }
  }

  @Test
  void keepsKeysAndValues() throws Exception {
    connection
        .keyValueManagement()
        .create(
            KeyValueConfiguration.builder()
                .name("B")
                .maxHistoryPerKey(3)
                .storageType(StorageType.File)
                .build());
    KeyValue bucket = connection.keyValue("B");
    assertThat(bucket.put("a", "1")).isEqualTo(1);
    assertThat(bucket.update("a", "2", 1)).isEqualTo(2);
    assertThat(bucket.create("b", bytes("x"))).isEqualTo(3);
    assertThatThrownBy(() -> bucket.create("b", bytes("y")))
        .isInstanceOf(JetStreamApiException.class)
        .hasMessageContaining("10071");
    assertThat(bucket.get("a").getValueAsString()).isEqualTo("2");
    assertThat(bucket.get("none")).isNull();
    assertThat(bucket.keys()).containsExactlyInAnyOrder("a", "b");
    assertThat(bucket.history("a")).extracting(KeyValueEntry::getRevision).containsExactly(1L, 2L);
    bucket.delete("b");
    assertThat(bucket.keys()).containsExactly("a");
    bucket.purge("a");
    assertThat(bucket.history("a"))
        .extracting(KeyValueEntry::getOperation)
        .containsExactly(KeyValueOperation.PURGE);
    assertThat(bucket.getStatus().getEntryCount()).isEqualTo(3);
    restart();
    assertThat(connection.keyValue("B").keys()).isEmpty();
    assertThat(connection.keyValue("B").put("c", "9")).isEqualTo(6);
    assertThat(connection.keyValueManagement().getBucketNames()).containsExactly("B");
  }

  @Test
  void watchesKeys() throws Exception {
    connection
        .keyValueManagement()
        .create(KeyValueConfiguration.builder().name("B").storageType(StorageType.Memory).build());
    KeyValue bucket = connection.keyValue("B");
    bucket.put("a", "1");
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    KeyValueWatcher watcher =
        new KeyValueWatcher() {
          @Override
          public void watch(KeyValueEntry entry) {
            seen.add(entry.getKey() + "=" + entry.getValueAsString());
          }

          @Override
          public void endOfData() {
            seen.add("end");
          }
        };
    try (var subscription = bucket.watchAll(watcher)) {
      assertThat(seen.poll(5, TimeUnit.SECONDS)).isEqualTo("a=1");
      assertThat(seen.poll(5, TimeUnit.SECONDS)).isEqualTo("end");
      bucket.put("b", "2");
      assertThat(seen.poll(5, TimeUnit.SECONDS)).isEqualTo("b=2");
    }
  }

  @Test
  void keepsObjects() throws Exception {
    connection
        .objectStoreManagement()
        .create(
            ObjectStoreConfiguration.builder("O")
                .storageType(StorageType.File)
                .ttl(Duration.ofHours(1))
                .build());
    byte[] content = new byte[300_000];
    new Random(7).nextBytes(content);
    ObjectStore store = connection.objectStore("O");
    store.put("file", new ByteArrayInputStream(content));
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    store.get("file", read);
    assertThat(read.toByteArray()).isEqualTo(content);
    assertThat(store.getList()).hasSize(1);
    store.delete("file");
    assertThat(store.getInfo("file")).isNull();
  }
}
