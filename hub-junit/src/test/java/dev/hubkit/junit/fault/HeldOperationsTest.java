package dev.hubkit.junit.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.InProcess;
import dev.hubkit.junit.WithHub;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.wire.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An injector holds what a client sends, in its order, until the client may go on. */
@WithHub(fossil = false)
class HeldOperationsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Holds the client "held" when it subscribes to "menu" and when it publishes on "late". */
  private static final class Holder implements FaultInjector {
    private final BlockingQueue<Connection> subscribing = new LinkedBlockingQueue<>();
    private final BlockingQueue<Message> published = new LinkedBlockingQueue<>();

    private static boolean isHeld(Connection client) {
      return client.options().name().equals("held");
    }

    @Override
    public boolean admits(InetSocketAddress remote) {
      return true;
    }

    @Override
    public boolean admits(Connection client) {
      return true;
    }

    @Override
    public boolean subscribing(Connection client, String subject) {
      if (isHeld(client) && subject.equals("menu")) {
        subscribing.add(client);
        return false;
      }
      return true;
    }

    @Override
    public @Nullable Message publishing(Connection client, Message message) {
      if (isHeld(client) && message.subject().equals("late")) {
        client.holdOperations();
        published.add(message.retain());
        subscribing.add(client);
        return null;
      }
      return message;
    }

    @Override
    public Message delivering(
        Connection client, dev.hubkit.nats.account.Subscription subscription, Message message) {
      return message;
    }
  }

  private static io.nats.client.Connection connect(HubResource hub, boolean inProcess) {
    Options.Builder options = new Options.Builder().connectionName("held");
    return hub.connect(inProcess ? options.dataPortType(InProcess.dataPort()) : options);
  }

  private static Connection next(Holder holder) throws InterruptedException {
    Connection client = holder.subscribing.poll(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(client).isNotNull();
    return client;
  }

  private static List<String> received(Subscription subscription, int count) throws Exception {
    String[] texts = new String[count];
    for (int i = 0; i < count; i++) {
      texts[i] = new String(subscription.nextMessage(SOON).getData(), UTF_8);
    }
    return List.of(texts);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSubscriptionIsOvertakenByOthersAndNotByItsOwnClient(boolean inProcess, HubResource hub)
      throws Exception {
    Holder holder = new Holder();
    try (Fault fault = hub.faults().inject("held", holder)) {
      io.nats.client.Connection held = connect(hub, inProcess);
      Subscription menu = held.subscribe("menu");
      Connection client = next(holder);
      hub.connection().publish("menu", "before".getBytes(UTF_8));
      hub.connection().flush(SOON);
      held.publish("menu", "own".getBytes(UTF_8));
      client.resumeOperations();
      held.flush(SOON);
      hub.connection().publish("menu", "after".getBytes(UTF_8));
      assertThat(received(menu, 2)).containsExactly("own", "after");
      assertThat(fault.isOpen()).isTrue();
    }
  }

  @Test
  void whatAClientPublishesStaysInItsOrder(HubResource hub) throws Exception {
    Holder holder = new Holder();
    Subscription all = hub.connection().subscribe(">");
    hub.connection().flush(SOON);
    try (Fault fault = hub.faults().inject("held", holder)) {
      io.nats.client.Connection held = connect(hub, false);
      held.publish("late", "1".getBytes(UTF_8));
      held.publish("orders", "2".getBytes(UTF_8));
      Connection client = next(holder);
      hub.connection().publish("orders", "other".getBytes(UTF_8));
      hub.connection().flush(SOON);
      client.publish(holder.published.remove());
      client.resumeOperations();
      assertThat(received(all, 3)).containsExactly("other", "1", "2");
      assertThat(fault.isOpen()).isTrue();
    }
  }

  @Test
  void aRequestThatIsHeldBackHearsThatNobodyAnswers(HubResource hub) throws Exception {
    Holder holder = new Holder();
    try (Fault fault = hub.faults().inject("held", holder)) {
      io.nats.client.Connection held = connect(hub, false);
      var answer = held.request("late", new byte[0]);
      Connection client = next(holder);
      client.publish(holder.published.remove());
      client.resumeOperations();
      assertThat(answer.handle((message, failure) -> failure != null).get(20, TimeUnit.SECONDS))
          .isTrue();
      assertThat(fault.isOpen()).isTrue();
    }
  }
}
