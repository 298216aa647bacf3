package dev.hubkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.TimelineFilter;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HubSnapshotTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path root;
  private Hub hub;
  private Connection nats;
  private JetStreamManagement management;
  private JetStream jetStream;

  @BeforeEach
  void start() throws Exception {
    hub = Hub.start(Files.createDirectories(root.resolve("hub")), HubOptions.forTests());
    nats = connect(hub.natsUrl());
    management = nats.jetStreamManagement();
    jetStream = nats.jetStream();
  }

  private static Connection connect(String url) throws Exception {
    return Nats.connect(new Options.Builder().server(url).connectionTimeout(SOON).build());
  }

  @AfterEach
  void stop() throws Exception {
    nats.close();
    hub.close();
  }

  /** Returns everything that the API shows of an account's streams and consumers. */
  private static List<String> state(JetStreamManagement management) throws Exception {
    List<String> state = new ArrayList<>();
    for (String name : management.getStreamNames()) {
      StreamInfo info = management.getStreamInfo(name, StreamInfoOptions.allSubjects());
      state.add(
          name
              + " "
              + info.getCreateTime()
              + " "
              + info.getConfiguration().toJson()
              + " "
              + info.getStreamState().getMsgCount()
              + " "
              + info.getStreamState().getByteCount()
              + " "
              + info.getStreamState().getFirstSequence()
              + " "
              + info.getStreamState().getFirstTime()
              + " "
              + info.getStreamState().getLastSequence()
              + " "
              + info.getStreamState().getLastTime()
              + " "
              + info.getStreamState().getConsumerCount()
              + " "
              + new TreeMap<>(info.getStreamState().getSubjectMap()));
      for (long at = 1; at <= info.getStreamState().getLastSequence(); at++) {
        try {
          MessageInfo message = management.getMessage(name, at);
          state.add(
              at
                  + " "
                  + message.getSubject()
                  + " "
                  + message.getTime()
                  + " "
                  + message.getHeaders()
                  + " "
                  + (message.getData() == null ? "" : new String(message.getData(), UTF_8)));
        } catch (JetStreamApiException e) {
          state.add(at + " " + e.getApiErrorCode());
        }
      }
      for (ConsumerInfo consumer : management.getConsumers(name)) {
        state.add(
            consumer.getName()
                + " "
                + consumer.getCreationTime()
                + " "
                + consumer.getConsumerConfiguration().toJson()
                + " "
                + consumer.getDelivered().getConsumerSequence()
                + " "
                + consumer.getDelivered().getStreamSequence()
                + " "
                + consumer.getAckFloor().getConsumerSequence()
                + " "
                + consumer.getAckFloor().getStreamSequence()
                + " "
                + consumer.getNumPending()
                + " "
                + consumer.getNumAckPending()
                + " "
                + consumer.getRedelivered());
      }
    }
    return state;
  }

  private void createStream(String name, StorageType storage, RetentionPolicy retention)
      throws Exception {
    management.addStream(
        StreamConfiguration.builder()
            .name(name)
            .subjects(name.toLowerCase(java.util.Locale.ROOT) + ".>")
            .storageType(storage)
            .retentionPolicy(retention)
            .build());
  }

  private void publish(String subject, int from, int to) throws Exception {
    for (int i = from; i <= to; i++) {
      jetStream.publish(subject + "." + i % 3, ("message " + i).getBytes(UTF_8));
    }
  }

  private JetStreamSubscription pull(String stream, String durable) throws Exception {
    return jetStream.subscribe(
        stream.toLowerCase(java.util.Locale.ROOT) + ".>",
        PullSubscribeOptions.builder().stream(stream)
            .configuration(
                ConsumerConfiguration.builder()
                    .durable(durable)
                    .ackPolicy(AckPolicy.Explicit)
                    .build())
            .build());
  }

  @ParameterizedTest
  @EnumSource(StorageType.class)
  void putsStreamsAndConsumersBack(StorageType storage) throws Exception {
    createStream("EMPTY", storage, RetentionPolicy.Limits);
    createStream("LOG", storage, RetentionPolicy.Limits);
    createStream("WORK", storage, RetentionPolicy.WorkQueue);
    createStream("DELETED", storage, RetentionPolicy.Limits);
    createStream("CHANGED", storage, RetentionPolicy.Limits);
    publish("log", 1, 9);
    management.deleteMessage("LOG", 4);
    publish("work", 1, 5);
    publish("deleted", 1, 2);
    JetStreamSubscription reader = pull("LOG", "reader");
    List<Message> taken = reader.fetch(4, SOON);
    taken.get(0).ackSync(SOON);
    taken.get(2).ackSync(SOON);
    JetStreamSubscription worker = pull("WORK", "worker");
    worker.fetch(2, SOON).get(0).ackSync(SOON);
    management.addOrUpdateConsumer(
        "LOG",
        ConsumerConfiguration.builder()
            .durable("new")
            .deliverPolicy(DeliverPolicy.New)
            .ackPolicy(AckPolicy.Explicit)
            .build());
    List<String> before = state(management);

    HubSnapshot snapshot = hub.snapshot();
    for (int round = 0; round < 3; round++) {
      publish("empty", 1, 3);
      publish("log", 10, 12);
      management.purgeStream("LOG");
      taken.get(1).ackSync(SOON);
      worker.fetch(3, SOON).forEach(Message::ack);
      management.deleteConsumer("LOG", "new");
      pull("EMPTY", "another").fetch(1, SOON);
      management.deleteStream("DELETED");
      management.updateStream(
          StreamConfiguration.builder(management.getStreamInfo("CHANGED").getConfiguration())
              .subjects("changed.>", "more.>")
              .build());
      createStream("ADDED", storage, RetentionPolicy.Limits);
      publish("added", 1, 1);
      assertThat(state(management)).isNotEqualTo(before);

      hub.rewind(snapshot);

      assertThat(state(management)).isEqualTo(before);
    }
    // The streams continue from there, over the same connection.
    assertThat(jetStream.publish("log.next", null).getSeqno()).isEqualTo(10);
    assertThat(jetStream.publish("empty.next", null).getSeqno()).isEqualTo(1);
    worker = jetStream.subscribe("work.>", PullSubscribeOptions.bind("WORK", "worker"));
    Message next = worker.fetch(1, SOON).get(0);
    assertThat(next.metaData().streamSequence()).isEqualTo(3);
    // The files show the same.
    if (storage == StorageType.File) {
      next.ackSync(SOON);
      List<String> kept = state(management);
      nats.close();
      hub.close();
      start();
      assertThat(state(management)).isEqualTo(kept);
    }
  }

  @Test
  void duplicatesAreKnownAsOfThen() throws Exception {
    createStream("IDS", StorageType.Memory, RetentionPolicy.Limits);
    io.nats.client.PublishOptions id =
        io.nats.client.PublishOptions.builder().messageId("one").build();
    io.nats.client.PublishOptions other =
        io.nats.client.PublishOptions.builder().messageId("two").build();
    jetStream.publish("ids.a", null, id);
    HubSnapshot snapshot = hub.snapshot();
    jetStream.publish("ids.a", null, other);

    hub.rewind(snapshot);

    assertThat(jetStream.publish("ids.a", null, id).isDuplicate()).isTrue();
    assertThat(jetStream.publish("ids.a", null, other).isDuplicate()).isFalse();
  }

  @Test
  void pushConsumersDeliverAgain() throws Exception {
    createStream("PUSH", StorageType.File, RetentionPolicy.Limits);
    publish("push", 1, 2);
    JetStreamSubscription subscription =
        jetStream.subscribe(
            "push.>", PushSubscribeOptions.builder().stream("PUSH").durable("pushed").build());
    HubSnapshot snapshot = null;
    for (int i = 1; i <= 2; i++) {
      Message message = subscription.nextMessage(SOON);
      assertThat(message.metaData().streamSequence()).isEqualTo(i);
      message.ackSync(SOON);
      if (i == 1) {
        snapshot = hub.snapshot();
      }
    }

    hub.rewind(snapshot);
    publish("push", 3, 3);

    assertThat(subscription.nextMessage(SOON).metaData().streamSequence()).isEqualTo(3);
  }

  @Test
  void aClientThatWaitsIsToldAndCanAskAgain() throws Exception {
    createStream("WAIT", StorageType.Memory, RetentionPolicy.Limits);
    HubSnapshot snapshot = hub.snapshot();
    JetStreamSubscription waiting = pull("WAIT", "waiting");
    waiting.pull(1);
    nats.flush(SOON);

    hub.rewind(snapshot);

    // The client learns of it from an exception of jnats, or from the end of the request.
    assertThat(management.getStreamInfo("WAIT").getStreamState().getConsumerCount()).isZero();
    pull("WAIT", "waiting");
    publish("wait", 1, 1);
    assertThat(management.getConsumerInfo("WAIT", "waiting").getNumPending()).isEqualTo(1);
  }

  @Test
  void mirrorsGoOn() throws Exception {
    createStream("ORIGIN", StorageType.Memory, RetentionPolicy.Limits);
    management.addStream(
        StreamConfiguration.builder()
            .name("COPY")
            .storageType(StorageType.Memory)
            .mirror(io.nats.client.api.Mirror.builder().sourceName("ORIGIN").build())
            .build());
    publish("origin", 1, 3);
    awaitMessages("COPY", 3);
    HubSnapshot snapshot = hub.snapshot();
    publish("origin", 4, 5);
    awaitMessages("COPY", 5);

    hub.rewind(snapshot);

    assertThat(management.getStreamInfo("COPY").getStreamState().getMsgCount()).isEqualTo(3);
    publish("origin", 6, 6);
    awaitMessages("COPY", 4);
    assertThat(new String(management.getMessage("COPY", 4).getData(), UTF_8))
        .isEqualTo("message 6");
  }

  private void awaitMessages(String stream, long count) {
    org.awaitility.Awaitility.await()
        .atMost(SOON)
        .until(() -> management.getStreamInfo(stream).getStreamState().getMsgCount() == count);
  }

  @Test
  void putsTheRepositoryBack() throws Exception {
    hub.repository().commit(new Commit("me", "First").put("a.txt", FileContent.of("one")));
    HubSnapshot snapshot = hub.snapshot();
    List<String> before = timeline();
    for (int round = 0; round < 3; round++) {
      hub.repository().commit(new Commit("me", "Second").put("a.txt", FileContent.of("two")));
      assertThat(timeline()).hasSize(before.size() + 1);

      hub.rewind(snapshot);

      assertThat(timeline()).isEqualTo(before);
    }
    hub.repository().commit(new Commit("me", "Third").put("a.txt", FileContent.of("three")));
    assertThat(timeline()).hasSize(before.size() + 1).first().isEqualTo("Third");
    assertThat(hub.repository().file()).isRegularFile();
    try (var files = Files.list(hub.repository().file().getParent())) {
      assertThat(files).noneMatch(file -> file.toString().endsWith("-rewind"));
    }
  }

  private List<String> timeline() {
    return hub.repository()
        .read(
            snapshot ->
                snapshot.timeline(new TimelineFilter()).stream()
                    .map(entry -> entry.comment())
                    .toList());
  }

  @Test
  void aTransactionCannotBeRewound() {
    HubSnapshot snapshot = hub.snapshot();
    assertThatThrownBy(
            () ->
                hub.repository()
                    .update(transaction -> hub.repository().rewind(snapshot.repository())))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void canBeSavedAndLoadedElsewhere() throws Exception {
    createStream("LOG", StorageType.File, RetentionPolicy.Limits);
    publish("log", 1, 4);
    pull("LOG", "reader").fetch(2, SOON).get(0).ackSync(SOON);
    KeyValue colours = bucket("colours");
    colours.put("sky", "blue");
    hub.repository().commit(new Commit("me", "First").put("a.txt", FileContent.of("one")));
    Path file = root.resolve("fixture.zip");
    hub.snapshot().save(file);
    List<String> state = state(management);
    List<String> timeline = timeline();

    nats.close();
    hub.close();
    hub = Hub.start(Files.createDirectories(root.resolve("another")), HubOptions.forTests());
    nats = connect(hub.natsUrl());
    management = nats.jetStreamManagement();
    hub.rewind(HubSnapshot.load(file));

    assertThat(state(management)).isEqualTo(state);
    assertThat(timeline()).isEqualTo(timeline);
    assertThat(nats.keyValue("colours").get("sky").getValueAsString()).isEqualTo("blue");
    hub.snapshot().save(root.resolve("again.zip"));
    assertThat(HubSnapshot.load(root.resolve("again.zip")).nats()).isNotNull();
  }

  private KeyValue bucket(String name) throws Exception {
    nats.keyValueManagement()
        .create(KeyValueConfiguration.builder(name).storageType(StorageType.Memory).build());
    return nats.keyValue(name);
  }

  @Test
  void whatIsNoSnapshotIsRefused() throws IOException {
    Path file = root.resolve("no.zip");
    Files.writeString(file, "no");
    assertThatThrownBy(() -> HubSnapshot.load(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("no.zip")
        .hasMessageContaining("no snapshot");
    createAndCut(file);
    assertThatThrownBy(() -> HubSnapshot.load(file)).isInstanceOf(UncheckedIOException.class);
  }

  private void createAndCut(Path file) throws IOException {
    hub.snapshot().save(file);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
  }

  @Test
  void partitionsAreIsolated() throws Exception {
    createStream("ORDERS", StorageType.Memory, RetentionPolicy.Limits);
    hub.repository().commit(new Commit("me", "First").put("a.txt", FileContent.of("one")));
    int files = countFiles();
    try (HubPartition one = hub.partition("one", null);
        HubPartition two = hub.partition("two", null);
        Connection first = connect(one.natsUrl());
        Connection second = connect(two.natsUrl())) {
      assertThat(first.jetStreamManagement().getStreamNames()).isEmpty();
      StreamConfiguration orders =
          StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build();
      first.jetStreamManagement().addStream(orders);
      second.jetStreamManagement().addStream(orders);
      first.jetStream().publish("orders.1", null);
      assertThat(
              second.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
          .isZero();
      assertThat(management.getStreamInfo("ORDERS").getStreamState().getMsgCount()).isZero();

      one.repository().commit(new Commit("me", "Mine").put("b.txt", FileContent.of("two")));
      assertThat(one.fossilUrl()).isEqualTo(hub.fossilUrl() + "one");
      assertThat(get(one.fossilUrl() + "/timeline"))
          .contains("Mine")
          .contains("href=\"/one/style.css\"");
      assertThat(get(two.fossilUrl() + "/timeline")).contains("First").doesNotContain("Mine");
      assertThat(get(hub.fossilUrl() + "timeline")).contains("First").doesNotContain("Mine");
      assertThat(hub.snapshot().nats().accounts()).containsOnlyKeys(List.of("$G"));
    }
    assertThat(hub.nats().clients().all()).hasSize(1);
    assertThat(countFiles()).isEqualTo(files);
  }

  private int countFiles() throws IOException {
    try (var files = Files.walk(hub.root())) {
      return (int) files.filter(Files::isRegularFile).count();
    }
  }

  private static String get(String url) throws Exception {
    return java.net.http.HttpClient.newHttpClient()
        .send(
            java.net.http.HttpRequest.newBuilder(java.net.URI.create(url)).build(),
            java.net.http.HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void aPartitionIsRewoundAlone() throws Exception {
    createStream("ORDERS", StorageType.Memory, RetentionPolicy.Limits);
    try (HubPartition one = hub.partition("one", null);
        Connection first = connect(one.natsUrl())) {
      HubSnapshot snapshot = one.snapshot();
      first
          .jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("A").subjects("a").build());
      one.repository().commit(new Commit("me", "Mine").put("b.txt", FileContent.of("two")));

      one.rewind(snapshot);

      assertThat(first.jetStreamManagement().getStreamNames()).isEmpty();
      assertThat(get(one.fossilUrl() + "/timeline")).doesNotContain("Mine");
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
    }
  }
}
