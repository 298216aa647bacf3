package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.HubSnapshot;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import io.nats.NatsServerRunner;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.logging.Level;

/**
 * Measures the time from the start of a server until a client is connected, in a new JVM and again
 * in the same JVM. {@link StartTimesTest} runs this program.
 */
final class StartTimes {
  private static final int TIMES = 20;
  private static final int STREAMS = 5;
  private static final Duration SOON = Duration.ofSeconds(20);

  private StartTimes() {}

  private interface Started extends AutoCloseable {
    Connection connection();
  }

  private interface Start {
    Started run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "hub" -> take(() -> hub(true));
      case "hub-without-fossil" -> take(() -> hub(false));
      case "nats-server" -> take(StartTimes::realServer);
      case "reset" -> {
        reset("memory", StorageType.Memory, false);
        reset("files", StorageType.File, false);
        reset("files with acknowledgements", StorageType.File, true);
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void take(Start start) throws Exception {
    long sinceJvm = ManagementFactory.getRuntimeMXBean().getStartTime();
    long begin = System.nanoTime();
    try (Started first = start.run()) {
      first.connection().flush(SOON);
      System.out.printf("first %.1f%n", (System.nanoTime() - begin) / 1e6);
      System.out.printf("jvm %.1f%n", (double) (System.currentTimeMillis() - sinceJvm));
    }
    List<Double> later = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      begin = System.nanoTime();
      try (Started next = start.run()) {
        next.connection().flush(SOON);
        later.add((System.nanoTime() - begin) / 1e6);
      }
    }
    System.out.printf("later %.1f%n", median(later));
  }

  private static double median(List<Double> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }

  private static Started hub(boolean fossil) {
    StartedHub hub = StartedHub.start("", "", StartedHub.options(fossil, true));
    return new Started() {
      @Override
      public Connection connection() {
        return hub.resource().connection();
      }

      @Override
      public void close() {
        hub.close();
      }
    };
  }

  private static Started realServer() throws Exception {
    NatsServerRunner.setDefaultOutputLevel(Level.OFF);
    NatsServerRunner server = new NatsServerRunner(false, true);
    Connection connection = Nats.connect(server.getURI());
    return new Started() {
      @Override
      public Connection connection() {
        return connection;
      }

      @Override
      public void close() throws Exception {
        connection.close();
        server.close();
      }
    };
  }

  /**
   * Measures a reset of five streams with a consumer each, and of the repository.
   *
   * @param acknowledging whether the messages of the declared state have been removed by then
   */
  private static void reset(String what, StorageType storage, boolean acknowledging)
      throws Exception {
    StartedHub started = StartedHub.start("", "", StartedHub.options());
    try {
      HubResource hub = started.resource();
      JetStreamManagement management = hub.jetStreamManagement();
      for (int i = 0; i < STREAMS; i++) {
        management.addStream(
            StreamConfiguration.builder()
                .name("S" + i)
                .subjects("s" + i + ".>")
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .storageType(storage)
                .build());
        management.addOrUpdateConsumer(
            "S" + i, ConsumerConfiguration.builder().durable("worker").build());
        for (int j = 0; j < 20; j++) {
          hub.jetStream().publish("s" + i + ".a", "before".getBytes(UTF_8));
        }
      }
      HubSnapshot snapshot = hub.snapshot();
      List<Double> times = new ArrayList<>();
      for (int round = 0; round < TIMES * 2; round++) {
        for (int i = 0; i < STREAMS; i++) {
          hub.jetStream().publish("s" + i + ".b", "after".getBytes(UTF_8));
          if (acknowledging) {
            hub.jetStream()
                .subscribe(null, PullSubscribeOptions.bind("S" + i, "worker"))
                .fetch(1, SOON)
                .get(0)
                .ackSync(SOON);
          }
        }
        hub.repository().commit(new Commit("me", "x").put("a", FileContent.of("b" + round)));
        long begin = System.nanoTime();
        hub.rewind(snapshot);
        if (round >= TIMES) {
          times.add((System.nanoTime() - begin) / 1e6);
        }
      }
      System.out.printf("%s %.2f%n", what, median(times));
    } finally {
      started.close();
    }
  }
}
