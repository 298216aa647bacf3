package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.Dispatcher;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.MessageConsumer;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.StreamContext;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Consumers as a jnats client uses them. */
class ConsumerClientTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private Path directory;
  private NatsServer server;
  private Connection client;
  private JetStream js;
  private JetStreamManagement management;

  @BeforeEach
  void start(@TempDir Path into) throws Exception {
    directory = into;
    connect();
    management.addStream(
        StreamConfiguration.builder()
            .name("S")
            .subjects("s.>")
            .storageType(StorageType.File)
            .build());
  }

  private void connect() throws Exception {
    server = NatsServer.start(NatsOptions.builder().port(0).jetStream(directory).build());
    client = Nats.connect(new Options.Builder().server(server.clientUrl()).noReconnect().build());
    js = client.jetStream();
    management = client.jetStreamManagement();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private void publish(int from, int to) throws Exception {
    for (int i = from; i <= to; i++) {
      js.publish("s." + (i % 3), Integer.toString(i).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String text(Message message) {
    return new String(message.getData(), StandardCharsets.UTF_8);
  }

  private static List<String> numbers(int from, int to) {
    List<String> numbers = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      numbers.add(Integer.toString(i));
    }
    return numbers;
  }

  @Test
  void pullsFromADurableConsumerThatSurvivesARestart() throws Exception {
    publish(1, 10);
    JetStreamSubscription subscription =
        js.subscribe("s.>", PullSubscribeOptions.builder().durable("D").build());
    List<Message> first = subscription.fetch(6, SOON);
    assertThat(first).extracting(ConsumerClientTest::text).isEqualTo(numbers(1, 6));
    for (Message message : first.subList(0, 4)) {
      message.ackSync(SOON);
    }
    client.close();
    server.close();
    connect();

    ConsumerInfo info = management.getConsumerInfo("S", "D");
    assertThat(info.getAckFloor().getStreamSequence()).isEqualTo(4);
    assertThat(info.getDelivered().getStreamSequence()).isEqualTo(6);
    assertThat(info.getNumAckPending()).isEqualTo(2);
    assertThat(info.getNumPending()).isEqualTo(4);
    subscription = js.subscribe("s.>", PullSubscribeOptions.bind("S", "D"));
    assertThat(subscription.fetch(4, SOON))
        .extracting(ConsumerClientTest::text)
        .isEqualTo(numbers(7, 10));
  }

  @Test
  void tellsThoseWhoWaitThatTheServerGoesDown() throws Exception {
    management.addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("D").build());
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      String request = "{\"batch\":10,\"max_bytes\":500,\"expires\":60000000000}";
      String protocol =
          "CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB in 1\r\n"
              + "PUB $JS.API.CONSUMER.MSG.NEXT.S.D in "
              + request.length()
              + "\r\n"
              + request
              + "\r\n";
      socket.getOutputStream().write(protocol.getBytes(StandardCharsets.UTF_8));
      await().atMost(SOON).until(() -> management.getConsumerInfo("S", "D").getNumWaiting() == 1);
      server.close();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("\r\nHMSG in 1 84 84\r\nNATS/1.0 409 Server Shutdown\r\n")
          .contains("Nats-Pending-Messages: 10\r\nNats-Pending-Bytes: 500\r\n");
    }
  }

  @Test
  void fetchesIteratesAndConsumes() throws Exception {
    publish(1, 20);
    StreamContext stream = client.getStreamContext("S");
    ConsumerContext consumer =
        stream.createOrUpdateConsumer(ConsumerConfiguration.builder().durable("D").build());
    List<String> received = new CopyOnWriteArrayList<>();
    try (FetchConsumer fetch = consumer.fetchMessages(10)) {
      for (Message next = fetch.nextMessage(); next != null; next = fetch.nextMessage()) {
        received.add(text(next));
        next.ack();
      }
    }
    assertThat(received).isEqualTo(numbers(1, 10));
    try (IterableConsumer iterate = consumer.iterate()) {
      for (int i = 0; i < 10; i++) {
        Message next = iterate.nextMessage(SOON);
        received.add(text(next));
        next.ack();
      }
    }
    assertThat(received).isEqualTo(numbers(1, 20));
    List<String> rest = new CopyOnWriteArrayList<>();
    try (MessageConsumer consume =
        consumer.consume(
            message -> {
              rest.add(text(message));
              message.ack();
            })) {
      publish(21, 40);
      await().atMost(SOON).until(() -> rest.size() >= 20);
    }
    assertThat(rest).containsExactlyInAnyOrderElementsOf(numbers(21, 40));
  }

  @Test
  void redeliversWhatIsNotAcknowledged() throws Exception {
    publish(1, 3);
    ConsumerConfiguration config =
        ConsumerConfiguration.builder().durable("D").ackWait(Duration.ofMillis(300)).build();
    JetStreamSubscription subscription =
        js.subscribe(
            "s.>", PullSubscribeOptions.builder().durable("D").configuration(config).build());
    List<Message> first = subscription.fetch(3, SOON);
    first.get(0).nak();
    first.get(1).term();
    Message again = subscription.fetch(1, SOON).get(0);
    assertThat(text(again)).isEqualTo("1");
    assertThat(again.metaData().deliveredCount()).isEqualTo(2);
    again.ack();
    Message late = subscription.fetch(1, SOON).get(0);
    assertThat(text(late)).isEqualTo("3");
    late.inProgress();
    late.ackSync(SOON);
    await()
        .atMost(SOON)
        .until(() -> management.getConsumerInfo("S", "D").getAckFloor().getStreamSequence() == 3);
  }

  @Test
  void pushesToSubscribersAndQueues() throws Exception {
    publish(1, 5);
    Dispatcher dispatcher = client.createDispatcher();
    List<String> received = new CopyOnWriteArrayList<>();
    js.subscribe("s.>", dispatcher, message -> received.add(text(message)), true);
    publish(6, 10);
    await().atMost(SOON).until(() -> received.size() == 10);
    assertThat(received).isEqualTo(numbers(1, 10));

    List<String> shared = new CopyOnWriteArrayList<>();
    PushSubscribeOptions options =
        PushSubscribeOptions.builder()
            .configuration(
                ConsumerConfiguration.builder().durable("Q").deliverGroup("workers").build())
            .build();
    for (int i = 0; i < 3; i++) {
      js.subscribe(
          "s.>", "workers", client.createDispatcher(), m -> shared.add(text(m)), true, options);
    }
    await().atMost(SOON).until(() -> shared.size() == 10);
    assertThat(shared).containsExactlyInAnyOrderElementsOf(numbers(1, 10));
  }

  @Test
  void readsInOrder() throws Exception {
    publish(1, 50);
    Dispatcher dispatcher = client.createDispatcher();
    List<String> pushed = new CopyOnWriteArrayList<>();
    js.subscribe(
        "s.>",
        dispatcher,
        message -> pushed.add(text(message)),
        false,
        PushSubscribeOptions.builder().ordered(true).build());
    OrderedConsumerContext ordered =
        client
            .getStreamContext("S")
            .createOrderedConsumer(new OrderedConsumerConfiguration().filterSubject("s.1"));
    try (IterableConsumer iterate = ordered.iterate()) {
      for (int i = 1; i <= 49; i += 3) {
        assertThat(text(iterate.nextMessage(SOON))).isEqualTo(Integer.toString(i));
      }
    }
    await().atMost(SOON).until(() -> pushed.size() == 50);
    assertThat(pushed).isEqualTo(numbers(1, 50));
  }

  @Test
  void watchesKeys() throws Exception {
    client
        .keyValueManagement()
        .create(
            KeyValueConfiguration.builder()
                .name("B")
                .storageType(StorageType.File)
                .maxHistoryPerKey(5)
                .build());
    KeyValue bucket = client.keyValue("B");
    bucket.put("a", "1");
    bucket.put("a", "2");
    bucket.put("b", "3");
    List<String> seen = new CopyOnWriteArrayList<>();
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
    try (AutoCloseable watch = bucket.watchAll(watcher)) {
      await().atMost(SOON).until(() -> seen.contains("end"));
      bucket.put("c", "4");
      await().atMost(SOON).until(() -> seen.size() == 4);
    }
    assertThat(seen).containsExactly("a=2", "b=3", "end", "c=4");
    assertThat(bucket.keys()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(bucket.history("a")).hasSize(2);
  }

  @Test
  void managesConsumers() throws Exception {
    for (String name : List.of("B", "A", "C")) {
      management.addOrUpdateConsumer(
          "S",
          ConsumerConfiguration.builder()
              .durable(name)
              .deliverPolicy(DeliverPolicy.New)
              .description("of " + name)
              .build());
    }
    assertThat(management.getConsumerNames("S")).containsExactly("A", "B", "C");
    assertThat(management.getConsumers("S"))
        .extracting(info -> info.getConsumerConfiguration().getDescription())
        .containsExactly("of A", "of B", "of C");
    assertThat(management.getStreamInfo("S").getStreamState().getConsumerCount()).isEqualTo(3);
    assertThat(management.deleteConsumer("S", "B")).isTrue();
    assertThat(management.getConsumerNames("S")).containsExactly("A", "C");
  }
}
