package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.work.WorkStep;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * When the disk of one stream never answers, the server serves the other streams and can be closed.
 */
class StuckStreamTest {
  private static final String CONFIG = "jetstream { store_dir: \"$STORE\", sync_interval: always }";

  @TempDir Path directory;

  /** Holds the first thread that commits until the test releases it. */
  private static final class Hold implements WorkStep.Injector {
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);
    private final AtomicBoolean used = new AtomicBoolean();
    private final String threads;

    private Hold(int port) {
      this.threads = "nats-" + port + "-jetstream-";
    }

    @Override
    public void reached(WorkStep step) {
      if (step == WorkStep.INGEST_COMMIT
          && Thread.currentThread().getName().startsWith(threads)
          && used.compareAndSet(false, true)) {
        held.countDown();
        try {
          free.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } finally {
          gone.countDown();
        }
      }
    }
  }

  @Test
  void isInNobodysWay() throws Exception {
    NatsServer server = PeerServers.start(directory, "hub", CONFIG);
    Hold hold = new Hold(server.port());
    try (Connection connection = Nats.connect(server.clientUrl())) {
      JetStreamManagement streams = connection.jetStreamManagement();
      for (String name : new String[] {"stuck", "other"}) {
        streams.addStream(StreamConfiguration.builder().name(name).subjects(name).build());
      }
      WorkStep.inject(hold);
      connection.publish("stuck", "never safe".getBytes(UTF_8));
      assertThat(hold.held.await(30, TimeUnit.SECONDS)).isTrue();
      connection.jetStream().publish("other", "safe".getBytes(UTF_8));
      streams.addStream(StreamConfiguration.builder().name("later").subjects("later").build());
      streams.deleteStream("later");

      long begin = System.nanoTime();
      server.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(45));
    } finally {
      hold.free.countDown();
      WorkStep.remove(hold);
      server.close();
    }
    assertThat(hold.gone.await(30, TimeUnit.SECONDS)).isTrue();
    try (NatsServer again = PeerServers.start(directory, "hub", CONFIG);
        Connection connection = Nats.connect(again.clientUrl())) {
      JetStreamManagement streams = connection.jetStreamManagement();
      assertThat(streams.getMessage("other", 1).getData()).isEqualTo("safe".getBytes(UTF_8));
    }
  }
}
