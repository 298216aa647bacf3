package dev.hubkit.nats.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills a server while it goes back to a snapshot: it then holds either the whole snapshot, or
 * everything that it held before.
 */
final class RewindCrash {
  private static final long BYTES = 20_000_000;

  private final Path store;
  private final Path log;
  private final Random random;
  private long lastTook = 50_000_000; // nanoseconds

  RewindCrash(Path directory, Random random) {
    store = directory.resolve("rewound");
    log = directory.resolve("log");
    this.random = random;
  }

  /** Runs one round; returns whether the rewind was under way when the server was killed. */
  boolean round() throws Exception {
    CrashedStream stream = new CrashedStream("REWOUND", 0, Duration.ZERO, 8_000);
    Map<Long, CrashedStream.Sent> then;
    Map<Long, CrashedStream.Sent> before;
    AtomicBoolean went = new AtomicBoolean();
    try (KilledServer server = KilledServer.start(store, log)) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        create(connection, stream);
        stream.publish(connection, random, BYTES, () -> false);
        then = new TreeMap<>(stream.acknowledged());
        assertThat(server.tell("snapshot")).isTrue();
        if (random.nextInt(4) > 0) {
          remove(connection, stream);
        }
        stream.publish(connection, random, BYTES / 4, () -> false);
        before = new TreeMap<>(stream.acknowledged());
        kill(server, went);
      }
    }
    try (KilledServer server = KilledServer.start(store, log)) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        boolean isBack = isBack(connection, stream, then, before);
        assertThat(isBack || !went.get()).as("a confirmed rewind has lasted").isTrue();
        connection.jetStreamManagement().deleteStream("REWOUND");
      }
    }
    return !went.get();
  }

  private static void create(Connection connection, CrashedStream stream) throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name(stream.name())
                .subjects(stream.subject(0).replace(".0", ".*"))
                .storageType(StorageType.File)
                .build());
  }

  /** Removes messages, so that the stream has changed by more than additions since the snapshot. */
  private void remove(Connection connection, CrashedStream stream) throws Exception {
    for (int i = 0; i < 20; i++) {
      long sequence = 1L + random.nextInt((int) stream.highest());
      if (stream.acknowledged().remove(sequence) != null) {
        connection.jetStreamManagement().deleteMessage(stream.name(), sequence);
      }
    }
  }

  private void kill(KilledServer server, AtomicBoolean went) throws InterruptedException {
    long begun = System.nanoTime();
    Thread rewinding =
        new Thread(
            () -> {
              try {
                if (server.tell("rewind")) {
                  went.set(true);
                  lastTook = System.nanoTime() - begun;
                }
              } catch (IOException e) {
                // The server is gone, as expected.
              }
            },
            "crash-rewind");
    rewinding.start();
    LockSupport.parkNanos((long) (random.nextDouble() * 1.1 * lastTook)); // the random instant
    server.kill();
    rewinding.join();
  }

  private static boolean isBack(
      Connection connection,
      CrashedStream stream,
      Map<Long, CrashedStream.Sent> then,
      Map<Long, CrashedStream.Sent> before)
      throws Exception {
    var state = connection.jetStreamManagement().getStreamInfo("REWOUND").getStreamState();
    boolean isBack = state.getMsgCount() == then.size();
    Map<Long, CrashedStream.Sent> expected = isBack ? then : before;
    assertThat(state.getMsgCount()).as("messages").isEqualTo(expected.size());
    for (Map.Entry<Long, CrashedStream.Sent> each : expected.entrySet()) {
      byte[] data = connection.jetStreamManagement().getMessage("REWOUND", each.getKey()).getData();
      assertThat(stream.check(data)).isEqualTo(each.getValue().id());
    }
    return isBack;
  }
}
