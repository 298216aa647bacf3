package dev.hubkit.nats.jetstream;

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
 * Random sequences of publishes, deletions, purges, changes and reads of a stream, with Hub and
 * with the real nats-server. A longer run: {@code -Dstream.seeds=first-last}.
 */
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
    return ServerPair.seeds("stream.seeds");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void answersAsTheRealServer(long seed) throws Exception {
    servers.compare("seed " + seed, server -> new Walk(server, seed).run());
  }

  /** One random sequence; the same for the same seed. */
  private static final class Walk {
    private final Transcript server;
    private final Random random;
    private final String stream;
    private final String storage;

    Walk(Transcript server, long seed) {
      this.server = server;
      this.random = new Random(seed);
      this.stream = "stream" + seed;
      this.storage = random.nextBoolean() ? "file" : "memory";
    }

    void run() throws Exception {
      server.api("STREAM.CREATE." + stream, config());
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      server.api("STREAM.INFO." + stream, "{\"subjects_filter\":\">\",\"deleted_details\":true}");
      server.quietly("STREAM.DELETE." + stream, "");
    }

    private String config() {
      return "{\"name\":\""
          + stream
          + "\",\"storage\":\""
          + storage
          + "\",\"subjects\":[\""
          + stream
          + ".>\"],\"allow_direct\":true,\"allow_rollup_hdrs\":true"
          + (random.nextInt(3) == 0 ? ",\"max_msgs\":" + (3 + random.nextInt(20)) : "")
          + (random.nextInt(3) == 0 ? ",\"max_msgs_per_subject\":" + (1 + random.nextInt(4)) : "")
          + (random.nextInt(3) == 0 ? ",\"max_bytes\":" + (500 + random.nextInt(3000)) : "")
          + (random.nextInt(3) == 0 ? ",\"discard\":\"new\"" : "")
          + "}";
    }

    private void step() throws Exception {
      switch (random.nextInt(12)) {
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
        default -> server.api("STREAM.UPDATE." + stream, config());
      }
    }

    private void publish() throws Exception {
      Headers headers = new Headers();
      switch (random.nextInt(8)) {
        case 0 -> headers.add("Nats-Msg-Id", "id" + random.nextInt(6));
        case 1 -> headers.add("Nats-Expected-Last-Sequence", "" + sequence());
        case 2 -> headers.add("Nats-Expected-Last-Subject-Sequence", "" + random.nextInt(4));
        case 3 -> headers.add("Nats-Rollup", random.nextInt(4) == 0 ? "all" : "sub");
        case 4 -> headers.add("Color", "red");
        default -> {}
      }
      server.ask(subject(), headers, "x".repeat(random.nextInt(200)));
    }

    private void purge() throws Exception {
      server.api(
          "STREAM.PURGE." + stream,
          switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> "{\"filter\":\"" + filter() + "\"}";
            case 2 -> "{\"seq\":" + sequence() + "}";
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
