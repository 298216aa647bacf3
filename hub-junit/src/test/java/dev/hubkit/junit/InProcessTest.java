package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real jnats clients, without sockets. */
class InProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private NatsServer server;

  @BeforeEach
  void start() {
    server = start(0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private NatsServer start(int port) {
    return NatsServer.start(NatsOptions.builder().port(port).jetStream(directory).build());
  }

  // @start region="options"
  private Options.Builder options() {
    return Options.builder()
        .server(server.clientUrl())
        .connectionTimeout(PATIENCE)
        .dataPortType(InProcess.dataPort());
  }

  // @end

  private Connection connect() throws IOException, InterruptedException {
    return Nats.connect(options().build());
  }

  private static String text(Message message) {
    return message == null ? null : new String(message.getData(), UTF_8);
  }

  @Test
  void requestsAreAnsweredWithoutASocket() throws Exception {
    try (Connection asking = connect();
        Connection answering = connect()) {
      answering
          .createDispatcher(
              m -> answering.publish(m.getReplyTo(), ("re: " + text(m)).getBytes(UTF_8)))
          .subscribe("ask");
      answering.flush(PATIENCE);
      assertThat(text(asking.request("ask", "you".getBytes(UTF_8), PATIENCE))).isEqualTo("re: you");
      assertThat(server.clients().all())
          .hasSize(2)
          .allSatisfy(client -> assertThat(client.transport().remoteAddress()).isNull());
    }
  }

  @Test
  void largeMessagesComeWhole() throws Exception {
    byte[] payload = new byte[1024 * 1024];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (i * 31);
    }
    try (Connection nats = connect()) {
      Subscription all = nats.subscribe("large");
      for (int i = 0; i < 20; i++) {
        nats.publish("large", payload);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(all.nextMessage(PATIENCE).getData()).isEqualTo(payload);
      }
    }
  }

  @Test
  void jetStreamStoresAndDelivers() throws Exception {
    try (Connection nats = connect()) {
      nats.jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("ORDERS")
                  .subjects("orders.>")
                  .storageType(StorageType.File)
                  .build());
      JetStream stream = nats.jetStream();
      for (int i = 1; i <= 100; i++) {
        assertThat(stream.publish("orders.new", ("" + i).getBytes(UTF_8)).getSeqno()).isEqualTo(i);
      }
      JetStreamSubscription pull =
          stream.subscribe("orders.>", PullSubscribeOptions.builder().durable("D").build());
      List<Message> fetched = pull.fetch(100, PATIENCE);
      assertThat(fetched).hasSize(100);
      for (Message message : fetched) {
        message.ackSync(PATIENCE);
      }
      assertThat(pull.getConsumerInfo().getNumAckPending()).isZero();
    }
  }

  @Test
  void clientsReconnectToTheServerThatTakesThePort() throws Exception {
    CountDownLatch disconnected = new CountDownLatch(1);
    CountDownLatch reconnected = new CountDownLatch(1);
    Options options =
        options()
            .maxReconnects(-1)
            .reconnectWait(Duration.ofMillis(20))
            .connectionListener(
                (connection, event) -> {
                  if (event == ConnectionListener.Events.DISCONNECTED) {
                    disconnected.countDown();
                  } else if (event == ConnectionListener.Events.RESUBSCRIBED) {
                    reconnected.countDown();
                  }
                })
            .build();
    int port = server.port();
    try (Connection nats = Nats.connect(options)) {
      Subscription subscription = nats.subscribe("still");
      nats.flush(PATIENCE);
      server.close();
      assertThat(disconnected.await(20, TimeUnit.SECONDS)).isTrue();
      server = start(port);
      assertThat(reconnected.await(20, TimeUnit.SECONDS)).isTrue();
      nats.publish("still", "here".getBytes(UTF_8));
      assertThat(text(subscription.nextMessage(PATIENCE))).isEqualTo("here");
    }
  }

  @Test
  void drainDeliversWhatIsUnderWay() throws Exception {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    try (Connection receiving = connect();
        Connection sending = connect()) {
      Dispatcher dispatcher = receiving.createDispatcher(m -> seen.add(text(m)));
      dispatcher.subscribe("drained");
      receiving.flush(PATIENCE);
      for (int i = 0; i < 500; i++) {
        sending.publish("drained", ("" + i).getBytes(UTF_8));
      }
      sending.flush(PATIENCE);
      CompletableFuture<Boolean> drained = receiving.drain(PATIENCE);
      assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
      assertThat(seen).hasSize(500);
    }
    assertThat(server.clients().all()).isEmpty();
  }

  @Test
  void anotherThreadClosesWhileOthersPublishAndRead() throws Exception {
    for (int round = 0; round < 5; round++) {
      Connection nats = connect();
      CountDownLatch flowing = new CountDownLatch(100);
      nats.createDispatcher(m -> flowing.countDown()).subscribe("flow");
      Thread publisher =
          new Thread(
              () -> {
                try {
                  while (true) {
                    nats.publish("flow", new byte[1000]);
                  }
                } catch (IllegalStateException e) {
                  // The connection is closed.
                }
              });
      publisher.start();
      assertThat(flowing.await(20, TimeUnit.SECONDS)).isTrue();
      nats.close();
      publisher.join(20_000);
      assertThat(publisher.isAlive()).isFalse();
      assertThat(nats.getStatus()).isEqualTo(Connection.Status.CLOSED);
    }
    assertThat(server.clients().all()).isEmpty();
  }

  @Test
  void manyConnectAtOnce() throws Exception {
    int many = 64;
    List<Connection> connections = new ArrayList<>();
    try {
      List<CompletableFuture<Connection>> connecting = new ArrayList<>();
      for (int i = 0; i < many; i++) {
        CompletableFuture<Connection> connected = new CompletableFuture<>();
        connecting.add(connected);
        new Thread(
                () -> {
                  try {
                    connected.complete(connect());
                  } catch (IOException | InterruptedException e) {
                    connected.completeExceptionally(e);
                  }
                })
            .start();
      }
      for (CompletableFuture<Connection> connected : connecting) {
        connections.add(connected.get(60, TimeUnit.SECONDS));
      }
      CountDownLatch received = new CountDownLatch(many * many);
      for (Connection each : connections) {
        each.createDispatcher(m -> received.countDown()).subscribe("all");
        each.flush(PATIENCE);
      }
      for (Connection each : connections) {
        each.publish("all", new byte[16]);
      }
      assertThat(received.await(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      for (Connection each : connections) {
        each.close();
      }
    }
  }

  @Test
  void whereNoServerOfThisJvmListensNobodyIsReached() throws Exception {
    try (ServerSocket other = new ServerSocket(0)) {
      Options options =
          Options.builder()
              .server("nats://127.0.0.1:" + other.getLocalPort())
              .dataPortType(InProcess.dataPort())
              .noReconnect()
              .build();
      assertThatThrownBy(() -> Nats.connect(options)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void clientsThatInsistOnTlsAreRefused() throws Exception {
    SSLContext tls = SSLContext.getDefault();
    Options options = options().sslContext(tls).noReconnect().build();
    assertThatThrownBy(() -> Nats.connect(options)).isInstanceOf(IOException.class);
  }
}
