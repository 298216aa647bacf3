package dev.hubkit.nats.jetstream;

import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random sequences of operations on a stream and its consumers, with Hub and with the real
 * nats-server. A longer run: {@code -Dconsumer.seeds=first-last}.
 */
class ConsumerRandomDifferenceTest {
  private static final int STEPS = 60;
  private static final String[] POLICIES = {"explicit", "all", "none"};

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
    return ServerPair.seeds("consumer.seeds");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsTheRealServer(long seed) throws Exception {
    servers.compare("seed " + seed, server -> new Walk(server, seed).run());
  }

  /** One random sequence; the same for the same seed as long as the server answers the same. */
  private static final class Walk {
    private final Transcript server;
    private final Random random;
    private final String stream;
    private boolean unevenPurges;

    Walk(Transcript server, long seed) {
      this.server = server;
      this.random = new Random(seed);
      this.stream = "seed" + seed;
    }

    void run() throws Exception {
      String storage = random.nextBoolean() ? "file" : "memory";
      String limits = random.nextInt(3) == 0 ? ",\"max_msgs_per_subject\":3" : "";
      server.quietly(
          "STREAM.CREATE." + stream,
          "{\"name\":\""
              + stream
              + "\",\"storage\":\""
              + storage
              + "\",\"subjects\":[\""
              + stream
              + ".>\"]"
              + limits
              + "}");
      server.listen("in");
      server.listen("done");
      for (String consumer : new String[] {"A", "B", "C"}) {
        store(2 + random.nextInt(5));
        create(consumer);
      }
      for (int step = 0; step < STEPS; step++) {
        step(new String[] {"A", "B", "C"}[random.nextInt(3)]);
      }
      for (String consumer : new String[] {"A", "B", "C"}) {
        server.api("CONSUMER.INFO." + stream + "." + consumer, "");
      }
      server.quietly("STREAM.DELETE." + stream, "");
    }

    private void create(String consumer) throws Exception {
      String filter =
          switch (random.nextInt(4)) {
            case 0 -> ",\"filter_subject\":\"" + subject() + "\"";
            case 1 -> {
              unevenPurges = true;
              yield ",\"filter_subjects\":[\"" + stream + ".0\",\"" + stream + ".2\"]";
            }
            default -> "";
          };
      String start =
          switch (random.nextInt(5)) {
            case 0 -> ",\"deliver_policy\":\"last\"";
            case 1 -> ",\"deliver_policy\":\"new\"";
            case 2 -> ",\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":2";
            default -> "";
          };
      String policy = POLICIES[random.nextInt(4) % 3];
      unevenPurges |= policy.equals("all");
      server.api(
          "CONSUMER.CREATE." + stream + "." + consumer,
          "{\"stream_name\":\""
              + stream
              + "\",\"config\":{\"durable_name\":\""
              + consumer
              + "\",\"max_ack_pending\":-1,\"ack_policy\":\""
              + policy
              + "\""
              + filter
              + start
              + (random.nextInt(3) == 0 ? ",\"headers_only\":true" : "")
              + "}}");
    }

    private void step(String consumer) throws Exception {
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> store(1 + random.nextInt(4));
        case 3, 4, 5 -> {
          int batch = 1 + random.nextInt(4);
          server.pull(stream, consumer, "in", "{\"batch\":" + batch + ",\"no_wait\":true}");
          server.expectBatch("in", batch);
        }
        case 6, 7, 8 -> answer();
        case 9 -> server.api("CONSUMER.INFO." + stream + "." + consumer, "");
        case 10 -> purge();
        default -> {
          if (random.nextInt(3) == 0) {
            server.api(
                "CONSUMER.RESET." + stream + "." + consumer,
                random.nextBoolean() ? "" : "{\"seq\":" + (1 + random.nextInt(8)) + "}");
          }
        }
      }
    }

    private void purge() throws Exception {
      String request =
          switch (random.nextInt(4)) {
            // The real server passes over messages of the other filters then, which is lost data,
            // and takes a purged message for an acknowledgement of all before it.
            case 0 -> unevenPurges ? "" : "{\"filter\":\"" + subject() + "\"}";
            case 1 -> "{\"seq\":" + (1 + random.nextInt(30)) + "}";
            case 2 -> "{\"keep\":5}";
            default -> "";
          };
      if (!request.isEmpty()) {
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
          switch (random.nextInt(6)) {
            case 0 -> "-NAK";
            case 1 -> "+TERM";
            case 2 -> "+WPI";
            default -> "+ACK";
          };
      server.answer(which, "done", word);
      server.settle("done");
    }

    private void store(int count) throws Exception {
      for (int i = 0; i < count; i++) {
        server.store(subject(), "payload " + random.nextInt(1000));
      }
      // The real server tells its consumers a little later.
      server.quietly("STREAM.INFO." + stream, "");
      server.quietly("CONSUMER.NAMES." + stream, "");
    }

    private String subject() {
      return stream + "." + random.nextInt(3);
    }
  }
}
