package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a server at random instants while clients publish, consume, delete and put, starts it again
 * on its files, and checks everything that it had confirmed. {@code -Dhub.crash.rounds=n} says how
 * often; the profile {@code crash} does it 200 times.
 */
class CrashTest {
  private static final int ROUNDS = Integer.getInteger("hub.crash.rounds", 3);
  private static final boolean ROTATES = Boolean.getBoolean("hub.crash.rotate");
  private static final long SEED = Long.getLong("hub.crash.seed", System.nanoTime());
  private static final int MAX_LOG = 20_000;
  private static final int MAX_JOBS = 500;
  private static final long RING_BYTES = 4 * 1024 * 1024;

  @TempDir private Path directory;

  private final CrashLedger ledger = new CrashLedger();
  private long published;
  private long removed;
  private long seen;
  private long turned;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void keepsWhatItHasConfirmed() throws Exception {
    Random random = new Random(SEED);
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> failure.compareAndSet(null, e));
    try {
      for (int round = 0; round <= ROUNDS; round++) {
        killWhileItStarts(round, random);
        Process server = start(round);
        try (Connection connection = connect(server)) {
          if (round == 0) {
            create(connection);
          } else {
            check(connection, round == ROUNDS);
          }
          if (round < ROUNDS) {
            CrashLoad load = new CrashLoad(connection, ledger, round);
            load.start();
            if (round == 0) {
              // However slow the machine is, the server now has something of each kind to lose.
              await().atMost(Duration.ofMinutes(1)).until(ledger::hasSomethingOfEachKind);
            }
            TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(700)); // the random instant
            load.expectTheEnd();
            server.destroyForcibly();
            server.waitFor();
            load.await();
          }
        } finally {
          server.destroyForcibly();
          server.waitFor();
        }
        if (failure.get() != null) {
          throw new AssertionError("round " + round + ", seed " + SEED, failure.get());
        }
      }
      assertThat(published).as("messages published").isPositive();
      assertThat(ledger.done).as("jobs with a confirmed acknowledgement").containsValue(true);
      assertThat(seen).as("messages read").isPositive();
      assertThat(removed).as("messages removed").isPositive();
      assertThat(turned).as("messages found in the ring").isPositive();
      assertThat(ledger.values).as("keys put").isNotEmpty();
      System.getLogger(CrashTest.class.getName())
          .log(
              System.Logger.Level.INFO,
              "{0} rounds: {1} messages, {2} jobs done, {3} read, {4} removed",
              ROUNDS,
              published,
              ledger.done.size(),
              seen,
              removed);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  /** Ends a server with another key than the last one while it still may encrypt anew. */
  private void killWhileItStarts(int round, Random random) throws Exception {
    if (ROTATES && round > 0) {
      Process starting = start(round);
      try {
        TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(1500)); // the random instant
      } finally {
        starting.destroyForcibly();
        starting.waitFor();
      }
    }
  }

  private Process start(int round) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dhub.crash.encrypted=" + (ROTATES || Boolean.getBoolean("hub.crash.encrypted")));
    command.add("-Dhub.crash.turn=" + (ROTATES ? round : 0));
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CrashServer.class.getName());
    command.add(directory.resolve("store").toString());
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
        .start();
  }

  @SuppressWarnings("resource") // the server's output ends with the server
  private static Connection connect(Process server) throws IOException, InterruptedException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(server.getInputStream(), UTF_8));
    String url = output.readLine();
    assertThat(url).as("the server starts").isNotNull();
    Options options =
        new Options.Builder()
            .server(url)
            .noReconnect()
            .errorListener(new ErrorListener() {}) // the test expects the server to end
            .connectionTimeout(Duration.ofSeconds(20))
            .build();
    return Nats.connect(options);
  }

  private static void create(Connection connection) throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    for (String kind : List.of("log", "job")) {
      management.addStream(
          StreamConfiguration.builder()
              .name(kind.equals("log") ? "LOG" : "JOBS")
              .subjects(kind + ".*")
              .storageType(StorageType.File)
              .retentionPolicy(
                  kind.equals("log") ? RetentionPolicy.Limits : RetentionPolicy.WorkQueue)
              .duplicateWindow(Duration.ofHours(1))
              .build());
    }
    management.addStream(
        StreamConfiguration.builder()
            .name("RING")
            .subjects("ring.*")
            .storageType(StorageType.File)
            .maxBytes(RING_BYTES)
            .build());
    // With a short ack wait, a lost acknowledgement soon shows as a redelivery.
    ConsumerConfiguration impatient =
        ConsumerConfiguration.builder().ackWait(Duration.ofSeconds(1)).build();
    management.addOrUpdateConsumer(
        "JOBS", ConsumerConfiguration.builder(impatient).durable("worker").build());
    management.addOrUpdateConsumer(
        "LOG", ConsumerConfiguration.builder(impatient).durable("reader").build());
    connection
        .keyValueManagement()
        .create(KeyValueConfiguration.builder().name("KEYS").storageType(StorageType.File).build());
  }

  private void check(Connection connection, boolean last) throws Exception {
    CrashLoad.repeat(connection, ledger);
    checkLog(connection);
    checkJobs(connection);
    checkKeys(connection);
    checkRing(connection);
    if (ledger.jobs.size() > MAX_JOBS) {
      connection.jetStreamManagement().purgeStream("JOBS");
      ledger.jobs.clear();
    }
    if (ledger.log.size() > MAX_LOG || last) {
      published += ledger.log.size();
      removed += ledger.removed.size();
      seen += ledger.seen.size();
      connection.jetStreamManagement().purgeStream("LOG");
      ledger.log.clear();
      ledger.removed.clear();
      ledger.seen.clear();
      ledger.acknowledged.clear();
    }
  }

  /** Checks that each confirmed message is there once, and no removed one. */
  private void checkLog(Connection connection) throws Exception {
    Map<Long, String> found = readAll(connection, "LOG");
    Map<String, Long> byId = new HashMap<>();
    found.forEach(
        (sequence, id) -> assertThat(byId.put(id, sequence)).as("%s is there twice", id).isNull());
    ledger.log.forEach(
        (id, sequence) -> {
          Boolean removed = ledger.removed.get(sequence);
          if (removed == null) {
            assertThat(found.get(sequence)).as("message %s", sequence).isEqualTo(id);
          } else if (removed) {
            assertThat(found).as("removed message").doesNotContainKey(sequence);
          }
        });
    for (String id : byId.keySet()) {
      assertThat(ledger.log).containsKey(id);
    }
    checkReader(connection, found);
    // An unconfirmed removal has by now either happened or not, for good.
    ledger.removed.replaceAll((sequence, sure) -> sure || !found.containsKey(sequence));
    ledger.removed.values().removeIf(sure -> !sure);
  }

  /** Checks that the consumer still has exactly the unacknowledged messages ahead of it. */
  private void checkReader(Connection connection, Map<Long, String> found) throws Exception {
    ConsumerInfo reader = connection.jetStreamManagement().getConsumerInfo("LOG", "reader");
    long unread = reader.getNumPending() + reader.getNumAckPending();
    long most = found.keySet().stream().filter(at -> !ledger.seen.contains(at)).count();
    long least = found.keySet().stream().filter(at -> !ledger.acknowledged.contains(at)).count();
    assertThat(unread).as("messages ahead of the reader: %s", reader).isBetween(least, most);
  }

  /**
   * Checks that every message that was neither purged nor discarded for newer ones is there as it
   * was published.
   */
  private void checkRing(Connection connection) throws Exception {
    Map<Long, String> found = readAll(connection, "RING");
    found.forEach(
        (sequence, id) -> {
          String known = ledger.ring.get(sequence);
          if (known == null) {
            assertThat(ledger.ringTried).contains(id);
            ledger.ring.put(sequence, id);
          } else {
            assertThat(id).as("message %s of the ring", sequence).isEqualTo(known);
          }
          assertThat(ledger.purged.get(sequence)).as("%s purged", sequence).isNotEqualTo(true);
        });
    var state = connection.jetStreamManagement().getStreamInfo("RING").getStreamState();
    assertThat(state.getByteCount()).isLessThanOrEqualTo(RING_BYTES);
    long oldest = found.keySet().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    ledger.ring.forEach(
        (sequence, id) -> {
          assertThat(sequence).isLessThanOrEqualTo(state.getLastSequence());
          if (sequence >= oldest && !ledger.purged.containsKey(sequence)) {
            assertThat(found).as("message %s of the ring, %s", sequence, id).containsKey(sequence);
          }
        });
    turned += found.size();
    // Whatever is gone now must stay away.
    ledger.ring.keySet().retainAll(found.keySet());
    ledger.purged.clear();
    ledger.ringTried.clear();
  }

  /**
   * Checks that each job without an acknowledgement is there, and no job whose acknowledgement was
   * confirmed.
   */
  private void checkJobs(Connection connection) throws Exception {
    Map<Long, String> found = readAll(connection, "JOBS");
    ledger.jobs.forEach(
        (id, sequence) -> {
          Boolean done = ledger.done.get(id);
          if (done == null) {
            assertThat(found.get(sequence)).as("job %s", sequence).isEqualTo(id);
          } else if (done) {
            assertThat(found)
                .as("job with a confirmed acknowledgement")
                .doesNotContainKey(sequence);
          }
        });
    ledger.jobs.values().removeIf(sequence -> !found.containsKey(sequence));
  }

  private void checkKeys(Connection connection) throws Exception {
    KeyValue bucket = connection.keyValue("KEYS");
    for (Map.Entry<String, long[]> known : ledger.values.entrySet()) {
      long confirmed = known.getValue()[0];
      KeyValueEntry entry = bucket.get(known.getKey());
      if (confirmed > 0) {
        assertThat(entry).as(known.getKey()).isNotNull();
      }
      long value = entry == null ? 0 : Long.parseLong(String.valueOf(entry.getValueAsString()));
      assertThat(value).as(known.getKey()).isBetween(confirmed, known.getValue()[1]);
    }
  }

  private static Map<Long, String> readAll(Connection connection, String stream) throws Exception {
    Map<Long, String> found = new HashMap<>();
    long messages =
        connection.jetStreamManagement().getStreamInfo(stream).getStreamState().getMsgCount();
    if (stream.equals("JOBS")) {
      // A stream with work queue retention allows no second consumer.
      JetStreamManagement management = connection.jetStreamManagement();
      var state = management.getStreamInfo(stream).getStreamState();
      for (long at = Math.max(1, state.getFirstSequence()); at <= state.getLastSequence(); at++) {
        try {
          byte[] data = management.getMessage(stream, at).getData();
          found.put(at, new String(data, UTF_8).trim());
        } catch (io.nats.client.JetStreamApiException e) {
          assertThat(e.getApiErrorCode()).isEqualTo(10037);
        }
      }
    } else if (messages > 0) {
      OrderedConsumerContext consumer =
          connection
              .getStreamContext(stream)
              .createOrderedConsumer(new OrderedConsumerConfiguration());
      try (IterableConsumer iterate = consumer.iterate()) {
        while (found.size() < messages) {
          Message message = iterate.nextMessage(Duration.ofSeconds(20));
          assertThat(message).as("%s of %s messages", found.size(), messages).isNotNull();
          found.put(message.metaData().streamSequence(), CrashLoad.id(message));
        }
      }
    }
    assertThat(found).hasSize((int) messages);
    return found;
  }
}
