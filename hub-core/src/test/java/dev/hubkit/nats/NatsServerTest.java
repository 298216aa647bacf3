package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server as a jnats client sees it. */
final class NatsServerTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private final List<Connection> clients = new ArrayList<>();
  private NatsServer server;
  private Connection client;

  @BeforeEach
  void start() throws Exception {
    server = NatsServer.start(NatsOptions.builder().port(0).build());
    client = connect();
  }

  @AfterEach
  void stop() throws Exception {
    for (Connection connected : clients) {
      connected.close();
    }
    server.close();
  }

  private Connection connect() throws Exception {
    Connection connected =
        Nats.connect(new Options.Builder().server(server.clientUrl()).noReconnect().build());
    clients.add(connected);
    return connected;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Message message) {
    return new String(message.getData(), StandardCharsets.UTF_8);
  }

  @Test
  void tellsWhoItIs() {
    assertThat(client.getServerInfo().getVersion()).startsWith("2.15.");
    assertThat(client.getServerInfo().getPort()).isEqualTo(server.port());
    assertThat(client.getServerInfo().isHeadersSupported()).isTrue();
    assertThat(client.getServerInfo().isJetStreamAvailable()).isFalse();
    assertThat(client.getMaxPayload()).isEqualTo(1024 * 1024);
  }

  @Test
  void deliversByWildcards() throws Exception {
    Subscription star = client.subscribe("a.*");
    Subscription rest = client.subscribe("a.>");
    client.flush(SOON);
    Connection publisher = connect();
    publisher.publish("a.b", bytes("1"));
    publisher.publish("a.b.c", bytes("2"));
    assertThat(text(star.nextMessage(SOON))).isEqualTo("1");
    assertThat(text(rest.nextMessage(SOON))).isEqualTo("1");
    Message second = rest.nextMessage(SOON);
    assertThat(second.getSubject()).isEqualTo("a.b.c");
    assertThat(text(second)).isEqualTo("2");
  }

  @Test
  void givesAQueueGroupEachMessageOnce() throws Exception {
    AtomicInteger first = new AtomicInteger();
    AtomicInteger second = new AtomicInteger();
    Dispatcher one = client.createDispatcher(message -> first.incrementAndGet());
    Dispatcher two = client.createDispatcher(message -> second.incrementAndGet());
    one.subscribe("work", "workers");
    two.subscribe("work", "workers");
    Subscription all = client.subscribe("work");
    client.flush(SOON);
    for (int i = 0; i < 200; i++) {
      client.publish("work", bytes("x"));
    }
    for (int i = 0; i < 200; i++) {
      assertThat(all.nextMessage(SOON)).isNotNull();
    }
    client.flush(SOON);
    one.drain(SOON).get(5, TimeUnit.SECONDS);
    two.drain(SOON).get(5, TimeUnit.SECONDS);
    assertThat(first.get() + second.get()).isEqualTo(200);
    assertThat(first.get()).isBetween(40, 160);
  }

  @Test
  void carriesHeadersAndBodies() throws Exception {
    Subscription subscription = client.subscribe("h");
    Headers headers = new Headers().add("A", "1", "2").add("B", "x");
    byte[] large = new byte[700_000];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) (i * 31);
    }
    client.publish(
        NatsMessage.builder().subject("h").replyTo("r").headers(headers).data(large).build());
    client.publish(NatsMessage.builder().subject("h").headers(headers).build());
    Message first = subscription.nextMessage(SOON);
    assertThat(first.getHeaders().get("A")).containsExactly("1", "2");
    assertThat(first.getReplyTo()).isEqualTo("r");
    assertThat(first.getData()).isEqualTo(large);
    Message second = subscription.nextMessage(SOON);
    assertThat(second.getHeaders().getFirst("B")).isEqualTo("x");
    assertThat(second.getData()).isEmpty();
  }

  @Test
  void answersRequests() throws Exception {
    Dispatcher echo =
        client.createDispatcher(message -> client.publish(message.getReplyTo(), message.getData()));
    echo.subscribe("echo");
    client.flush(SOON);
    Connection other = connect();
    for (int i = 0; i < 100; i++) {
      Message answer = other.request("echo", bytes("n" + i), SOON);
      assertThat(text(answer)).isEqualTo("n" + i);
    }
  }

  @Test
  void saysThatNobodyResponds() {
    assertThatThrownBy(() -> client.request("nobody", bytes("x")).get(5, TimeUnit.SECONDS))
        .isInstanceOfAny(ExecutionException.class, CancellationException.class);
  }

  @Test
  void endsASubscriptionAfterItsMaximum() throws Exception {
    Subscription subscription = client.subscribe("max");
    subscription.unsubscribe(3);
    for (int i = 0; i < 10; i++) {
      client.publish("max", bytes("" + i));
    }
    client.flush(SOON);
    List<String> got = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      got.add(text(subscription.nextMessage(SOON)));
    }
    assertThat(got).containsExactly("0", "1", "2");
    assertThat(ServerAccess.defaultAccount(server).hasInterest("max")).isFalse();
  }

  @Test
  void keepsTheOrderOfManySmallMessages() throws Exception {
    int count = 300_000;
    Subscription subscription = client.subscribe("many");
    subscription.setPendingLimits(-1, -1);
    client.flush(SOON);
    Connection publisher = connect();
    Thread sender =
        new Thread(
            () -> {
              for (int i = 0; i < count; i++) {
                publisher.publish("many", bytes(Integer.toString(i)));
              }
            });
    sender.start();
    for (int i = 0; i < count; i++) {
      Message message = subscription.nextMessage(SOON);
      assertThat(message).isNotNull();
      if (Integer.parseInt(text(message)) != i) {
        assertThat(text(message)).isEqualTo(Integer.toString(i));
      }
    }
    sender.join();
  }

  @Test
  void namesAddressAndPortWhenThePortIsTaken() {
    assertThatThrownBy(() -> NatsServer.start(NatsOptions.builder().port(server.port()).build()))
        .isInstanceOf(NatsException.class)
        .hasMessageContaining("127.0.0.1:" + server.port());
  }

  @Test
  void leavesNoThreadBehind() throws Exception {
    String prefix = "nats-" + server.port() + "-";
    client.close();
    server.close();
    server.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith(prefix));
    try (NatsServer again = NatsServer.start(NatsOptions.builder().port(server.port()).build())) {
      assertThat(again.port()).isEqualTo(server.port());
    }
  }
}
