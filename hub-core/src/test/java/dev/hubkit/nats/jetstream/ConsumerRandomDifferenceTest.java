package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs random sequences of operations on a stream and its consumers with Hub and with the real
 * nats-server. {@code -Dconsumer.seeds=first-last} makes the run longer.
 */
@ComparedWithNatsServer
class ConsumerRandomDifferenceTest {
  private static final int STEPS = 60;
  private static final String[] POLICIES = {"explicit", "all", "none"};

  private static final String[] CONSUMERS = {"A", "B", "C"};

  private static ServerPair servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = ServerPair.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  static LongStream seeds() {
    return ServerPair.seeds("consumer.seeds", 55, 60);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsTheRealServer(long seed) throws Exception {
    servers.compareAgain("seed " + seed, server -> new Walk(server, seed).run());
  }

  /**
   * One random sequence, which depends only on the seed as long as the server gives the same
   * answers.
   */
  private static final class Walk {
    private final Transcript server;
    private final Random random;
    private final String stream;
    private boolean acknowledgesAll;

    /**
     * Whether to avoid purges: the real server stops delivering after the last message of a subject
     * is removed.
     */
    private boolean noPurges;

    private boolean discards;

    private final Set<String> filtered = new HashSet<>();

    Walk(Transcript server, long seed) {
      this.server = server;
      this.random = new Random(seed);
      this.stream = "seed" + seed;
    }

    void run() throws Exception {
      String storage = random.nextBoolean() ? "file" : "memory";
      RandomConfig config = new RandomConfig(random).text("name", stream);
      config.text("storage", storage);
      config.field("subjects", "[\"" + stream + ".>\"]");
      discards = random.nextInt(3) == 0;
      if (discards) {
        config.field("max_msgs_per_subject", 3);
      }
      config.sometimes(8, "retention", random.nextBoolean() ? "\"interest\"" : "\"workqueue\"");
      config.sometimes(8, "consumer_limits", "{\"max_ack_pending\":5}");
      server.quietly("STREAM.CREATE." + stream, config.toString());
      server.listen("in");
      server.listen("done");
      for (String consumer : CONSUMERS) {
        store(2 + random.nextInt(5));
        create(consumer, "");
      }
      for (int step = 0; step < STEPS; step++) {
        step(CONSUMERS[random.nextInt(3)]);
      }
      for (String consumer : CONSUMERS) {
        server.api("CONSUMER.INFO." + stream + "." + consumer, "");
      }
      server.api("STREAM.INFO." + stream, "{\"deleted_details\":true}");
      server.quietly("STREAM.DELETE." + stream, "");
    }

    private void create(String consumer, String action) throws Exception {
      RandomConfig config = new RandomConfig(random).text("durable_name", consumer);
      int filter = random.nextInt(5);
      if (filter < 3) {
        filtered.add(consumer);
      }
      switch (filter) {
        case 0 -> config.text("filter_subject", subject());
        case 1 -> config.field("filter_subjects", "[\"" + stream + ".0\",\"" + stream + ".2\"]");
        case 2 -> config.text("filter_subject", stream + ".*");
        default -> {
          if (filtered.contains(consumer)) {
            // The real server no longer tells a consumer of new messages that loses its filters:
            // an empty list is not nil for swapSigSubs in its stream.go.
            config.text("filter_subject", stream + ".*");
          }
        }
      }
      switch (random.nextInt(7)) {
        case 0 -> config.text("deliver_policy", "last");
        case 1 -> config.text("deliver_policy", "new");
        case 2 -> config.text("deliver_policy", "by_start_sequence").field("opt_start_seq", 2);
        case 3 -> {
          if (!discards) {
            noPurges = true;
            config.text("deliver_policy", "last_per_subject");
          }
        }
        default -> {}
      }
      String policy = POLICIES[random.nextInt(5) % 3];
      acknowledgesAll |= policy.equals("all");
      config.text("ack_policy", policy);
      config.sometimes(3, "headers_only", "true");
      config.field("max_ack_pending", random.nextBoolean() ? -1 : 2 + random.nextInt(5));
      config.sometimes(4, "max_deliver", 1 + random.nextInt(3));
      config.sometimes(6, "backoff", "[32500000000000,7200000000000]");
      config.sometimes(6, "ack_wait", "32500000000000");
      config.sometimes(6, "max_batch", 2 + random.nextInt(3));
      config.sometimes(8, "max_waiting", 4);
      config.sometimes(8, "inactive_threshold", "32500000000000");
      config.sometimes(8, "mem_storage", "true");
      config.sometimes(8, "description", "\"a consumer\"");
      config.sometimes(8, "metadata", "{\"colour\":\"red\"}");
      config.sometimes(8, "priority_groups", "[\"g\"],\"priority_policy\":\"overflow\"");
      server.api(
          "CONSUMER.CREATE." + stream + "." + consumer,
          "{\"stream_name\":\"" + stream + "\"" + action + ",\"config\":" + config + "}");
    }

    private void step(String consumer) throws Exception {
      switch (random.nextInt(16)) {
        case 0, 1, 2 -> store(1 + random.nextInt(4));
        case 3, 4, 5 -> pull(consumer);
        case 6, 7, 8 -> answer();
        case 9 -> server.api("CONSUMER.INFO." + stream + "." + consumer, "");
        case 10 -> purge();
        case 11 -> server.api("STREAM.INFO." + stream, "{\"deleted_details\":true}");
        case 12 -> {
          switch (random.nextInt(8)) {
            case 0, 1 -> create(consumer, ",\"action\":\"update\"");
            case 2 -> create(consumer, ",\"action\":\"create\"");
            case 3 -> create(consumer, "");
            case 4 -> {
              server.api("CONSUMER.DELETE." + stream + "." + consumer, "");
              server.forget(stream, consumer);
              filtered.remove(consumer);
              create(consumer, "");
            }
            case 5 ->
                server.api("CONSUMER.NAMES." + stream, "{\"offset\":" + random.nextInt(3) + "}");
            default -> {
              String pause = "CONSUMER.PAUSE." + stream + "." + consumer;
              server.api(pause, "{\"pause_until\":\"2099-01-01T00:00:00Z\"}");
              server.api("CONSUMER.INFO." + stream + "." + consumer, "");
              server.api(pause, "");
            }
          }
        }
        default -> {
          if (random.nextInt(3) == 0) {
            server.api(
                "CONSUMER.RESET." + stream + "." + consumer,
                random.nextBoolean() ? "" : "{\"seq\":" + (1 + random.nextInt(8)) + "}");
            server.forget(stream, consumer);
          }
        }
      }
    }

    private void pull(String consumer) throws Exception {
      int batch = 1 + random.nextInt(4);
      String more = "";
      switch (random.nextInt(8)) {
        case 0 -> {
          batch = 100; // more than there are, so that max_bytes ends the request with a status
          more = ",\"max_bytes\":" + random.nextInt(300);
        }
        case 1, 2 -> more = ",\"group\":\"g\"";
        case 3 -> more = ",\"group\":\"g\",\"min_pending\":" + random.nextInt(4);
        default -> {}
      }
      // When too many messages are unacknowledged, or the consumer is paused, only the end of the
      // request shows it.
      String end = (random.nextBoolean() ? "\"no_wait\":true," : "") + "\"expires\":250000000";
      server.pull(stream, consumer, "in", "{\"batch\":" + batch + "," + end + more + "}");
      server.expectBatch("in", batch);
    }

    private void purge() throws Exception {
      String request =
          switch (random.nextInt(4)) {
            // The real server treats a purged message as an acknowledgement of all before it.
            case 0 -> acknowledgesAll ? "" : "{\"filter\":\"" + subject() + "\"}";
            case 1 -> "{\"seq\":" + (1 + random.nextInt(30)) + "}";
            case 2 -> "{\"keep\":5}";
            default -> "";
          };
      if (!request.isEmpty() && !noPurges) {
        server.ignorePending();
        server.api("STREAM.PURGE." + stream, request);
      }
    }

    private void answer() throws Exception {
      if (server.receivedMessages() == 0) {
        return;
      }
      int which = random.nextInt(server.receivedMessages());
      String word =
          switch (random.nextInt(9)) {
            case 0 -> "-NAK";
            case 1 -> "-NAK {\"delay\":32500000000000}";
            case 2 -> "+TERM";
            case 3 -> "+TERM with a reason";
            case 4 -> "+WPI";
            default -> "+ACK";
          };
      server.answer(which, "done", word);
      server.settle("done");
    }

    private void store(int count) throws Exception {
      for (int i = 0; i < count; i++) {
        server.store(subject(), "payload " + random.nextInt(1000));
      }
      // The real server notifies its consumers a little later.
      server.quietly("STREAM.INFO." + stream, "");
      server.quietly("CONSUMER.NAMES." + stream, "");
    }

    private String subject() {
      return stream + "." + random.nextInt(3);
    }
  }
}
