package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.CompressionOption;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that the {@code nats} command has written declare streams and consumers. */
@WithHub(fossil = false)
class ConfigurationFileTest {
  private static final String HERE = "classpath:dev/hubkit/junit/";

  @TempDir Path directory;

  // The streams here allow direct gets, so no other test may have streams of their names: jnats
  // remembers for the whole JVM, by the name alone, how to get the messages of a stream.
  private static StreamConfiguration shop(JetStreamManagement management) throws Exception {
    return management.getStreamInfo("SHOP").getConfiguration();
  }

  @Test
  @WithStream(file = HERE + "stream-info.json")
  @WithConsumer(stream = "SHOP", file = HERE + "consumer-info.json")
  void ofInfo(JetStreamManagement management) throws Exception {
    StreamConfiguration stream = shop(management);
    assertThat(stream.getDescription()).isEqualTo("orders of the shop");
    assertThat(stream.getSubjects()).containsExactly("orders.>");
    assertThat(stream.getRetentionPolicy()).isEqualTo(RetentionPolicy.WorkQueue);
    assertThat(stream.getStorageType()).isEqualTo(StorageType.File);
    assertThat(stream.getDiscardPolicy()).isEqualTo(DiscardPolicy.New);
    assertThat(stream.getMaxMsgs()).isEqualTo(1000);
    assertThat(stream.getMaxAge()).hasHours(1);
    assertThat(stream.getCompressionOption()).isEqualTo(CompressionOption.S2);
    assertThat(stream.getRepublish().getDestination()).isEqualTo("stored.>");
    assertThat(stream.getMetadata()).containsEntry("team", "kitchen");
    ConsumerConfiguration consumer =
        management.getConsumerInfo("SHOP", "kitchen").getConsumerConfiguration();
    assertThat(consumer.getFilterSubjects()).containsExactly("orders.eu.>");
    assertThat(consumer.getMaxDeliver()).isEqualTo(4);
    assertThat(consumer.getBackoff()).hasSize(3);
    assertThat(consumer.getPauseUntil()).isNull();
  }

  @Test
  @WithStream(
      name = "SHOP_COPY",
      file = HERE + "stream-info.json",
      storage = Storage.MEMORY,
      maxMessages = 5)
  @WithConsumer(
      stream = "SHOP_COPY",
      name = "bar",
      file = HERE + "consumer-info.json",
      filters = "orders.us.>")
  void attributesReplaceWhatIsThere(JetStreamManagement management) throws Exception {
    StreamConfiguration copy = management.getStreamInfo("SHOP_COPY").getConfiguration();
    assertThat(copy.getStorageType()).isEqualTo(StorageType.Memory);
    assertThat(copy.getMaxMsgs()).isEqualTo(5);
    assertThat(copy.getMaxAge()).hasHours(1);
    assertThat(management.getConsumerNames("SHOP_COPY")).containsExactly("bar");
    assertThat(
            management
                .getConsumerInfo("SHOP_COPY", "bar")
                .getConsumerConfiguration()
                .getFilterSubjects())
        .containsExactly("orders.us.>");
  }

  @Test
  @WithStream(file = HERE + "stream-add.json")
  void ofAdd(JetStreamManagement management) throws Exception {
    assertThat(shop(management).getSubjects()).containsExactly("orders.>");
    assertThat(shop(management).getAllowDirect()).isTrue();
  }

  @Test
  @WithStream(file = HERE + "stream-backup.json")
  void ofBackup(JetStreamManagement management) throws Exception {
    assertThat(shop(management).getSubjects()).containsExactly("orders.>");
    assertThat(management.getStreamInfo("SHOP").getStreamState().getMsgCount()).isZero();
  }

  // ---- Wrong files

  @WithHub(fossil = false)
  static class Replicated {
    @Test
    @WithStream(file = HERE + "stream-replicas.json")
    void test() {}
  }

  @WithHub(fossil = false)
  static class Unknown {
    @Test
    @WithStream(file = HERE + "stream-unknown.json")
    void test() {}
  }

  @WithHub(fossil = false)
  static class Missing {
    @Test
    @WithStream(file = HERE + "missing.json")
    void test() {}
  }

  @WithHub(fossil = false)
  static class NoJson {
    @Test
    @WithStream(file = HERE + "limits.conf")
    void test() {}
  }

  @WithHub(fossil = false)
  static class NoName {
    @Test
    @WithStream(subjects = "orders.>")
    void test() {}
  }

  @WithHub(fossil = false)
  static class OfConsumer {
    @Test
    @WithStream(file = HERE + "consumer-info.json")
    void test() {}
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS")
  static class Changed {
    @Test
    @WithConsumer(stream = "ORDERS", name = "kitchen", maxDeliver = 3)
    @WithConsumer(stream = "ORDERS", name = "kitchen", maxDeliver = 4)
    void test() {}
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS")
  static class FlowWithoutHeartbeat {
    @Test
    @WithConsumer(stream = "ORDERS", name = "kitchen", deliverSubject = "k", flowControl = true)
    void test() {}
  }

  @WithHub(fossil = false)
  static class BadTime {
    @Test
    @WithStream(name = "COPY", sources = @Upstream(value = "ORDERS", startTime = "yesterday"))
    void test() {}
  }

  @WithHub(fossil = false)
  static class BadMetadata {
    @Test
    @WithBucket(name = "prices", metadata = "kitchen")
    void test() {}
  }

  @WithHub(fossil = false)
  static class Contradiction {
    @Test
    @WithStream(name = "COPY", subjects = "copy", mirror = @Upstream("ORDERS"))
    void test() {}
  }

  static List<Arguments> wrong() {
    return List.of(
        Arguments.of(
            Replicated.class,
            List.of(
                "@WithStream(file = \"",
                "replicas > 1",
                "add servers = 3 to @WithHub, or acceptReplicas = true",
                "or use replicas = 1")),
        Arguments.of(Unknown.class, List.of("stream-unknown.json", "colour")),
        Arguments.of(Missing.class, List.of("there is no resource dev/hubkit/junit/missing.json")),
        Arguments.of(NoJson.class, List.of("limits.conf", "nats stream info --json")),
        Arguments.of(NoName.class, List.of("@WithStream has no name: add name = ")),
        Arguments.of(OfConsumer.class, List.of("consumer-info.json", "unknown field")),
        Arguments.of(
            Changed.class,
            List.of("@WithConsumer(stream = \"ORDERS\", name = \"kitchen\") cannot be created")),
        Arguments.of(
            FlowWithoutHeartbeat.class,
            List.of("name = \"kitchen\") has flowControl = true", "idleHeartbeat = \"5s\"")),
        Arguments.of(
            BadTime.class,
            List.of("has startTime = \"yesterday\"", "write it as \"2026-01-31T12:00:00Z\"")),
        Arguments.of(
            BadMetadata.class,
            List.of("@WithBucket(name = \"prices\") has metadata", "\"key=value\"")),
        Arguments.of(
            Contradiction.class,
            List.of("@WithStream(name = \"COPY\") cannot be created", "mirror")));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void isRejectedWithTheRemedy(Class<?> type, List<String> parts) {
    TestRun.of(type).failsOnceWith(parts);
  }

  @Test
  void largeFilesAreNotRead() throws IOException {
    Path file = Files.writeString(directory.resolve("large.json"), "{}" + " ".repeat(2 << 20));
    assertThatExceptionOfType(ExtensionConfigurationException.class)
        .isThrownBy(() -> ConfigurationFile.stream(file.toString(), "@WithStream"))
        .withMessageContaining("@WithStream: the file is larger than 1048576 bytes");
  }

  @Test
  @WithStream(name = "ORDERS", subjects = "orders.>", maxAge = "1h", metadata = "team=kitchen")
  void ofTheCommand(Connection nats) throws Exception {
    Path file = directory.resolve("orders.json");
    NatsCommand.run(nats.getConnectedUrl(), file, "stream", "info", "ORDERS", "--json");
    StreamConfiguration read = ConfigurationFile.stream(file.toString(), "@WithStream");
    assertThat(read.getMaxAge()).isEqualTo(Duration.ofHours(1));
    assertThat(read.getMetadata()).containsOnlyKeys("team");
    // The server knows it as the same.
    assertThat(nats.jetStreamManagement().addStream(read).getConfiguration().getName())
        .isEqualTo("ORDERS");
    assertThat(Files.readString(file, UTF_8)).contains("_nats.");
  }
}
