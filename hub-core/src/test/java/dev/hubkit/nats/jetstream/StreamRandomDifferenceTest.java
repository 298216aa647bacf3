package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs random sequences of publishes, deletions, purges, changes and reads of a stream with Hub and
 * with the real nats-server. {@code -Dstream.seeds=first-last} makes the run longer.
 */
@ComparedWithNatsServer
class StreamRandomDifferenceTest {
  private static final int STEPS = 80;

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
    return ServerPair.seeds("stream.seeds", 5, 20, 73, 1056, 2633, 3060);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsTheRealServer(long seed) throws Exception {
    servers.compare("seed " + seed, server -> new Walk(server, seed).run());
  }

  /** One random sequence, which depends only on the seed. */
  private static final class Walk {
    private final Transcript server;
    private final Random random;
    private final String stream;
    private final String storage;
    private int batches;
    private boolean interest;

    Walk(Transcript server, long seed) {
      this.server = server;
      this.random = new Random(seed);
      this.stream = "stream" + seed;
      this.storage = random.nextBoolean() ? "file" : "memory";
    }

    void run() throws Exception {
      if (server.api("STREAM.CREATE." + stream, config(true)).contains("\"error\"")) {
        server.api(
            "STREAM.CREATE." + stream,
            "{\"name\":\""
                + stream
                + "\",\"storage\":\""
                + storage
                + "\",\"subjects\":[\""
                + stream
                + ".>\"],\"allow_atomic\":true,\"allow_direct\":true}");
      }
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      server.api("STREAM.INFO." + stream, "{\"subjects_filter\":\">\",\"deleted_details\":true}");
      server.quietly("STREAM.DELETE." + stream, "");
    }

    private String config(boolean creating) {
      RandomConfig config = new RandomConfig(random).text("name", stream);
      config.text("storage", storage);
      config.field("subjects", "[\"" + stream + ".>\"]");
      config.sometimes(2, "allow_direct", "true");
      config.sometimes(2, "allow_rollup_hdrs", "true");
      config.sometimes(3, "max_msgs", 3 + random.nextInt(20));
      config.sometimes(3, "max_msgs_per_subject", 1 + random.nextInt(4));
      config.sometimes(3, "max_bytes", 500 + random.nextInt(3000));
      config.sometimes(3, "discard", "\"new\"");
      config.sometimes(6, "discard_new_per_subject", "true");
      if (creating) {
        // The real server checks the messages of a batch only on arrival, and may then store half
        // of the batch.
        config.sometimes(6, "max_msg_size", 100 + random.nextInt(200));
      }
      config.sometimes(6, "allow_msg_ttl", "true");
      config.sometimes(8, "subject_delete_marker_ttl", "3600000000000");
      config.sometimes(8, "allow_msg_counter", "true");
      config.sometimes(3, "allow_atomic", "true");
      config.sometimes(8, "allow_msg_schedules", "true");
      config.sometimes(8, "max_age", "3600000000000");
      config.sometimes(8, "first_seq", 1 + random.nextInt(5));
      config.sometimes(8, "compression", "\"s2\"");
      if (random.nextInt(12) == 0) {
        interest = random.nextBoolean();
        config.text("retention", interest ? "interest" : "workqueue");
      } else if (!interest) {
        // When this setting changes, the real server forgets the IDs of messages without interest.
        config.sometimes(8, "duplicate_window", "1000000000000");
      }
      config.sometimes(12, "deny_delete", "true");
      config.sometimes(12, "deny_purge", "true");
      config.sometimes(20, "sealed", "true");
      config.sometimes(
          8,
          "subject_transform",
          "{\"src\":\"" + stream + ".*.1\",\"dest\":\"" + stream + ".0.{{wildcard(1)}}\"}");
      config.sometimes(8, "republish", "{\"src\":\">\",\"dest\":\"again.>\"}");
      config.sometimes(8, "description", "\"a stream\"");
      config.sometimes(8, "metadata", "{\"colour\":\"red\"}");
      return config.toString();
    }

    private void step() throws Exception {
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3, 4 -> publish();
        case 5 ->
            server.api(
                "STREAM.MSG.DELETE." + stream,
                "{\"seq\":" + sequence() + (random.nextBoolean() ? ",\"no_erase\":true}" : "}"));
        case 6 -> purge();
        case 7 -> server.api("STREAM.MSG.GET." + stream, "{\"seq\":" + sequence() + "}");
        case 8 ->
            server.api(
                "STREAM.MSG.GET." + stream,
                random.nextBoolean()
                    ? "{\"last_by_subj\":\"" + filter() + "\"}"
                    : "{\"seq\":" + sequence() + ",\"next_by_subj\":\"" + filter() + "\"}");
        case 9 -> server.api("STREAM.INFO." + stream, "{\"subjects_filter\":\"" + filter() + "\"}");
        case 10 -> server.api("STREAM.INFO." + stream, "{\"deleted_details\":true}");
        case 11 -> directGet();
        case 12 -> batchGet();
        case 13 -> atomicBatch();
        default -> {
          if (random.nextInt(3) == 0) {
            server.api("STREAM.UPDATE." + stream, config(false));
          }
        }
      }
    }

    private void directGet() throws Exception {
      String request =
          switch (random.nextInt(4)) {
            case 0 -> "{\"seq\":" + sequence() + "}";
            case 1 -> "{\"last_by_subj\":\"" + filter() + "\"}";
            case 2 -> "{\"seq\":" + sequence() + ",\"next_by_subj\":\"" + filter() + "\"}";
            default -> "{\"next_by_subj\":\"" + filter() + "\"}";
          };
      server.get("$JS.API.DIRECT.GET." + stream, request);
    }

    private void batchGet() throws Exception {
      String request =
          switch (random.nextInt(4)) {
            case 0 -> "{\"batch\":" + (1 + random.nextInt(5)) + ",\"seq\":" + sequence() + "}";
            case 1 ->
                "{\"batch\":3,\"seq\":1,\"next_by_subj\":\""
                    + filter()
                    + "\",\"max_bytes\":"
                    + random.nextInt(600)
                    + "}";
            case 2 -> "{\"multi_last\":[\"" + filter() + "\",\"" + filter() + "\"]}";
            default ->
                "{\"multi_last\":[\""
                    + filter()
                    + "\"],\"up_to_seq\":"
                    + sequence()
                    + ",\"batch\":2}";
          };
      server.getBatch("$JS.API.DIRECT.GET." + stream, request);
    }

    private void atomicBatch() throws Exception {
      String id = "batch" + batches++;
      int size = 1 + random.nextInt(4);
      int missing = random.nextInt(8);
      for (int i = 1; i <= size; i++) {
        if (i == missing) {
          continue;
        }
        Headers headers = headers();
        headers.put("Nats-Batch-Id", id);
        headers.put("Nats-Batch-Sequence", "" + i);
        if (i == size) {
          headers.put("Nats-Batch-Commit", random.nextInt(5) == 0 ? "eob" : "1");
        }
        server.ask(subject(), headers, "x".repeat(random.nextInt(200)));
      }
    }

    private void publish() throws Exception {
      Headers headers = headers();
      server.ask(
          subject(),
          headers,
          headers.containsKey("Nats-Incr") ? "" : "x".repeat(random.nextInt(200)));
    }

    private Headers headers() {
      Headers headers = new Headers();
      for (int i = random.nextInt(3); i > 0; i--) {
        switch (random.nextInt(20)) {
          case 0, 1 -> headers.put("Nats-Msg-Id", "id" + random.nextInt(6));
          case 2 -> headers.put("Nats-Expected-Last-Sequence", "" + sequence());
          case 3, 4 -> headers.put("Nats-Expected-Last-Subject-Sequence", "" + random.nextInt(4));
          case 5 -> {
            headers.put("Nats-Expected-Last-Subject-Sequence", "" + random.nextInt(4));
            headers.put("Nats-Expected-Last-Subject-Sequence-Subject", filter());
          }
          case 6 -> headers.put("Nats-Rollup", random.nextInt(4) == 0 ? "all" : "sub");
          case 7 -> headers.put("Nats-Expected-Stream", random.nextInt(3) == 0 ? "OTHER" : stream);
          case 8 -> headers.put("Nats-Expected-Last-Msg-Id", "id" + random.nextInt(6));
          case 9 -> headers.put("Nats-TTL", random.nextInt(3) == 0 ? "never" : "1h");
          case 10 -> headers.put("Nats-TTL", "" + (random.nextInt(6000) - 10));
          case 11, 12 -> headers.put("Nats-Incr", "" + (random.nextInt(20) - 10));
          case 13 -> headers.put("Nats-Marker-Reason", "MaxAge");
          case 14 -> {
            headers.put("Nats-Schedule", "@at 2099-01-01T00:00:00Z");
            headers.put("Nats-Schedule-Target", subject());
          }
          case 15 -> headers.put("Nats-Required-Api-Level", "" + random.nextInt(9));
          default -> headers.put("Color", "red");
        }
      }
      return headers;
    }

    private void purge() throws Exception {
      server.api(
          "STREAM.PURGE." + stream,
          switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> "{\"filter\":\"" + filter() + "\"}";
            case 2 -> {
              // When a purge empties a file, the real server can lose count of the deleted
              // messages.
              server.ignoreEmptied();
              yield "{\"seq\":" + sequence() + "}";
            }
            case 3 -> "{\"keep\":" + random.nextInt(5) + "}";
            default -> "{\"filter\":\"" + filter() + "\",\"keep\":" + random.nextInt(3) + "}";
          });
    }

    private int sequence() {
      return 1 + random.nextInt(40);
    }

    private String subject() {
      return stream + "." + random.nextInt(3) + "." + random.nextInt(2);
    }

    private String filter() {
      return switch (random.nextInt(4)) {
        case 0 -> stream + ".>";
        case 1 -> stream + ".*.1";
        case 2 -> stream + "." + random.nextInt(3) + ".*";
        default -> subject();
      };
    }
  }
}
