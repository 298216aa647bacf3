package dev.hubkit.nats.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.CompressionOption;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a server during its work on streams of hundreds of megabytes. Each round aims at one {@link
 * CrashAim}. Afterwards the files that are left in the directory, and the requests without an
 * answer, show whether the round has hit its aim. {@code -Dhub.crash.rounds=n} says how often,
 * {@code -Dhub.crash.minutes=n} how long at most, {@code -Dhub.crash.megabytes=n} how large the
 * large stream is; the profile {@code crash} does it 200 times with 256 MB.
 */
class StreamsCrashTest {
  private static final int ROUNDS = Integer.getInteger("hub.crash.rounds", 3);
  private static final int MINUTES = Integer.getInteger("hub.crash.minutes", 60);
  private static final long SEED = Long.getLong("hub.crash.seed", System.nanoTime());
  private static final long BIG = Integer.getInteger("hub.crash.megabytes", 40) * 1_000_000L;
  private static final String ONLY = System.getProperty("hub.crash.aims", ".*");
  private static final long MOST_WAIT = TimeUnit.SECONDS.toNanos(6);
  private static final int EVERYTHING = 20; // one round in so many reads every message

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private final RestoreCrash restores = new RestoreCrash(random);
  private final CrashReader reader =
      new CrashReader(new CrashedStream("READ", 0, Duration.ZERO, 300));
  private final Map<String, CrashedStream> streams = new LinkedHashMap<>();
  private final Map<CrashAim, int[]> hits = new EnumMap<>(CrashAim.class); // tried, hit
  private Path store;
  private long largest;

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void keepsWhatItHasConfirmed() throws Exception {
    store = directory.resolve("store");
    CrashAim[] aims =
        Set.of(CrashAim.values()).stream()
            .filter(aim -> aim.name().matches(ONLY))
            .sorted()
            .toArray(CrashAim[]::new);
    RewindCrash rewinds = new RewindCrash(directory, random);
    create();
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
    int round = 0;
    for (; round < ROUNDS && System.nanoTime() < end; round++) {
      // Every aim comes equally often, and short runs begin with different aims.
      CrashAim aim = aims[(int) Math.floorMod(round + SEED, (long) aims.length)];
      int[] counts = hits.computeIfAbsent(aim, key -> new int[2]);
      counts[0]++;
      try {
        boolean hit =
            switch (aim) {
              case REWIND -> rewinds.round();
              case RECOVERY -> recovery();
              case SNAPSHOT, RESTORE -> transfer(aim);
              default -> round(aim);
            };
        counts[1] += hit ? 1 : 0;
        check(round % EVERYTHING == EVERYTHING - 1);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("round " + round + ", " + aim + ", seed " + SEED, e);
      }
    }
    check(true);
    report(round);
  }

  private void report(int rounds) {
    StringBuilder text = new StringBuilder();
    text.append(rounds).append(" rounds of kill -9, seed ").append(SEED).append("; ");
    hits.forEach(
        (aim, counts) ->
            text.append(String.format(Locale.ROOT, "%n  %d of %d: %s", counts[1], counts[0], aim)));
    long messages = streams.values().stream().mapToLong(CrashedStream::published).sum();
    text.append(String.format(Locale.ROOT, "%n  %d messages were acknowledged", messages));
    text.append(", ").append(reader.confirmed()).append(" acknowledgements confirmed");
    text.append(", the largest stream had ").append(largest / 1_000_000).append(" MB");
    System.getLogger(StreamsCrashTest.class.getName())
        .log(System.Logger.Level.INFO, text.toString());
  }

  private KilledServer start() throws IOException {
    return KilledServer.start(store, directory.resolve("log"));
  }

  private void create() throws Exception {
    streams.put("READ", reader.stream());
    streams.put("BIG", new CrashedStream("BIG", 0, Duration.ZERO, 12_000));
    streams.put("PACKED", new CrashedStream("PACKED", 0, Duration.ZERO, 12_000));
    streams.put("RING", new CrashedStream("RING", 8_000_000, Duration.ZERO, 12_000));
    streams.put("AGED", new CrashedStream("AGED", 32_000_000, Duration.ofSeconds(2), 6_000));
    try (KilledServer server = start()) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        JetStreamManagement management = connection.jetStreamManagement();
        for (CrashedStream stream : streams.values()) {
          StreamConfiguration.Builder config =
              StreamConfiguration.builder()
                  .name(stream.name())
                  .subjects(stream.subject(0).replace(".0", ".*"))
                  .storageType(StorageType.File)
                  .maxAge(stream.maxAge())
                  .allowMessageTtl(!stream.maxAge().isZero());
          if (stream.maxBytes() > 0) {
            config.maxBytes(stream.maxBytes());
          }
          if (stream.name().equals("PACKED")) {
            config.compressionOption(CompressionOption.S2);
          }
          management.addStream(config.build());
        }
        reader.create(connection);
        fill(connection);
      }
    }
  }

  /** Publishes to the streams BIG and PACKED until they are large. */
  private void fill(Connection connection) throws Exception {
    for (String name : new String[] {"BIG", "PACKED"}) {
      long wanted = name.equals("BIG") ? BIG : BIG / 4;
      long bytes =
          connection.jetStreamManagement().getStreamInfo(name).getStreamState().getByteCount();
      if (bytes < wanted / 2) {
        streams.get(name).publish(connection, random, wanted - bytes, () -> false);
      }
      largest = Math.max(largest, Math.max(bytes, wanted));
    }
  }

  private boolean round(CrashAim aim) throws Exception {
    String name = aim.streams().get(random.nextInt(aim.streams().size()));
    CrashedStream target = streams.get(name);
    try (KilledServer server = start()) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        fill(connection);
        StreamCrashLoad load =
            new StreamCrashLoad(connection, aim, target, reader, new Random(random.nextLong()));
        load.start();
        CrashMoment moment = new CrashMoment(aim, new StoreFiles(store, name), connection, target);
        moment.await(load, MOST_WAIT, random);
        load.expectTheEnd();
        server.kill();
        server.close();
        load.await();
        return moment.isHit(load);
      }
    }
  }

  /**
   * Kills the server while it opens its store, three times in a row, with more and less to read.
   */
  private boolean recovery() throws Exception {
    boolean hit = false;
    for (int i = 0; i < 3; i++) {
      if (random.nextBoolean()) {
        for (String name : streams.keySet()) {
          new StoreFiles(store, name).deleteDigests();
        }
      }
      try (KilledServer server = start()) {
        LockSupport.parkNanos((long) (random.nextDouble() * 600e6)); // the random instant
        server.kill();
        hit |= !server.awaitOpen();
      }
    }
    return hit;
  }

  private boolean transfer(CrashAim aim) throws Exception {
    try (KilledServer server = start()) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        fill(connection);
        return aim == CrashAim.SNAPSHOT
            ? restores.snapshot(connection, server, aim.streams().get(random.nextInt(2)))
            : restores.restore(connection, server);
      }
    }
  }

  private void check(boolean everything) throws Exception {
    try (KilledServer server = start()) {
      assertThat(server.awaitOpen()).isTrue();
      try (Connection connection = server.connect()) {
        for (CrashedStream stream : streams.values()) {
          new StreamCheck(connection, stream, random).run(everything);
        }
        restores.check(connection);
        reader.check(connection);
      }
    }
  }
}
