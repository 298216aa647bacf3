package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Compares servers that allow payloads of more than 64 MiB, or of any size. */
@ComparedWithNatsServer
class LargePayloadDifferenceTest {
  /**
   * The size of a record in files up to which nats-server stores it; it has 30 bytes of its own.
   */
  private static final int LARGEST_RECORD = 32 * 1024 * 1024;

  @TempDir Path directory;

  /** Needs some 300 MB of memory, and seconds. */
  @Test
  @EnabledIfSystemProperty(named = "hub.payloads", matches = "large")
  void storesWhatTheRealServerStores() throws Exception {
    try (ServerPair servers =
        ServerPair.start(
            directory, "max_payload: 100MB\nmax_pending: 512MB\njetstream: {store_dir: STORE}\n")) {
      servers.compare(
          server -> {
            for (String storage : List.of("file", "memory")) {
              server.quietly(
                  "STREAM.CREATE." + storage,
                  "{'name':'%s','subjects':['%s'],'storage':'%s','allow_atomic':true,'max_msgs':2}"
                      .formatted(storage, storage, storage));
              int most = LARGEST_RECORD - 30 - storage.length();
              server.ask(storage, new Headers(), "x".repeat(most));
              server.ask(storage, new Headers(), "x".repeat(most + 1));
              Headers batch = new Headers();
              batch.put("Nats-Batch-Id", "batch");
              batch.put("Nats-Batch-Sequence", "1");
              batch.put("Nats-Batch-Commit", "1");
              server.ask(storage, batch, "x".repeat(most + 1));
              server.api("STREAM.INFO." + storage, "");
              server.quietly("STREAM.DELETE." + storage, "");
            }
          });
    }
  }

  @Test
  void startsWithALargeLimit() throws Exception {
    publish("max_payload: 2147483647\nmax_pending: 4GB\n");
  }

  @Test
  void startsWithoutALimit() throws Exception {
    publish("max_payload: -1\n");
  }

  private void publish(String configuration) throws Exception {
    try (ServerPair servers = ServerPair.start(directory, configuration)) {
      servers.compare(
          server -> {
            server.listen("in");
            server.publish("in", null, "x".repeat(1_100_000));
            server.expectSizes("in");
          });
    }
  }
}
