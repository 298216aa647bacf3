package dev.hubkit.junit;

import dev.hubkit.io.TemporaryDirectory;
import dev.hubkit.log.Log;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Loads the classes that the first JetStream requests of a JVM need, in the server and in the
 * client. On a busy machine that takes longer than the 2 s that a client waits by default, so it is
 * done beside the start of the first hub, with a server that nobody sees.
 */
final class JetStreamWarmUp {
  private static final Log log = Log.of(JetStreamWarmUp.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static @Nullable JetStreamWarmUp ofJvm;

  private final CountDownLatch done = new CountDownLatch(1);

  private JetStreamWarmUp() {}

  /** Begins in the background, unless this JVM has done it. */
  static synchronized void begin() {
    if (ofJvm == null) {
      JetStreamWarmUp begun = new JetStreamWarmUp();
      ofJvm = begun;
      Thread thread = new Thread(begun::run, "hub-junit-jetstream-warm-up");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** Waits until what was begun has ended, for at most a minute. */
  static void await() {
    JetStreamWarmUp begun = begun();
    if (begun != null) {
      begun.awaitEnd();
    }
  }

  private static synchronized @Nullable JetStreamWarmUp begun() {
    return ofJvm;
  }

  private void awaitEnd() {
    try {
      if (!done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        log.warn("The first JetStream requests of this JVM may be slow: the machine is too busy");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Whatever is thrown, tests go on: their first requests are only slower.
  private void run() {
    try (TemporaryDirectory store = TemporaryDirectory.create("hub-junit-");
        NatsServer server =
            NatsServer.start(
                NatsOptions.builder()
                    .port(0)
                    .authTimeout(PATIENCE)
                    .jetStream(store.path())
                    .build());
        Connection client =
            Nats.connect(
                new Options.Builder()
                    .server(server.clientUrl())
                    .connectionTimeout(PATIENCE)
                    .build())) {
      request(client);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | LinkageError e) {
      log.debug("The first JetStream requests of this JVM may be slow", e);
    } finally {
      done.countDown();
    }
  }

  private static void request(Connection client) throws Exception {
    JetStreamManagement management = client.jetStreamManagement();
    for (StorageType storage : StorageType.values()) {
      String name = storage.name();
      management.addStream(
          StreamConfiguration.builder().name(name).subjects(name).storageType(storage).build());
      client.jetStream().publish(name, new byte[1]);
    }
    management.addOrUpdateConsumer(
        StorageType.Memory.name(), ConsumerConfiguration.builder().durable("first").build());
  }
}
