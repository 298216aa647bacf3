package dev.hubkit.junit.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** The NATS client logs errors of injected connections, unless the test has caused them. */
@Isolated("the logger is that of all clients")
class ExpectedErrorsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Logger LOGGER =
      Logger.getLogger("io.nats.client.impl.ErrorListenerLoggerImpl");

  private final Queue<String> logged = new ConcurrentLinkedQueue<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          logged.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  private static void loseAndRegain(Connection nats, Runnable loss) throws InterruptedException {
    CountDownLatch back = new CountDownLatch(1);
    nats.addConnectionListener(
        (connection, event) -> {
          if (event == Events.RECONNECTED || event == Events.RESUBSCRIBED) {
            back.countDown();
          }
        });
    loss.run();
    assertThat(back.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  @WithHub(fossil = false)
  void cutOnPurposeIsNotLogged(HubResource hub, Connection nats) throws Exception {
    loseAndRegain(nats, () -> hub.faults().cutOnce(ClientSelector.everybody()));
    assertThat(logged).isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  void cutByTheServerIsLogged(HubResource hub, Connection nats) throws Exception {
    loseAndRegain(nats, () -> hub.clients().all().forEach(dev.hubkit.nats.net.Connection::cut));
    Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(logged).isNotEmpty());
  }
}
