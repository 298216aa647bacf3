package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what consumers report that have looked at messages and delivered none: those in files
 * tell what they have stored, those in memory where they stand.
 */
@ComparedWithNatsServer
class ConsumerReportDifferenceTest {
  private static final List<String> POLICIES =
      List.of(
          "'deliver_policy':'all'",
          "'deliver_policy':'last'",
          "'deliver_policy':'new'",
          "'deliver_policy':'last_per_subject'",
          "'deliver_policy':'by_start_sequence','opt_start_seq':2");

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

  @Test
  void reportsWhereTheConsumerStands() throws Exception {
    servers.compare(
        server -> {
          server.listen("in");
          for (int i = 0; i < POLICIES.size(); i++) {
            look(server, "file" + i, "file", POLICIES.get(i) + ",'mem_storage':false");
            look(server, "mixed" + i, "file", POLICIES.get(i) + ",'mem_storage':true");
            look(server, "memory" + i, "memory", POLICIES.get(i));
          }
        });
    servers.restart();
    servers.compare(
        server -> {
          for (int i = 0; i < POLICIES.size(); i++) {
            server.api("CONSUMER.INFO.file" + i + ".C", "");
          }
        });
  }

  /** Has a consumer look at a message that is too large for the request. */
  private static void look(Transcript server, String stream, String storage, String policy)
      throws Exception {
    // nats-server stands still when the last message of a subject is removed before its delivery.
    int limit = policy.contains("last_per") ? -1 : 4;
    server.quietly(
        "STREAM.CREATE." + stream,
        "{'name':'%s','subjects':['%s.*'],'storage':'%s','max_msgs':%d}"
            .formatted(stream, stream, storage, limit));
    store(server, stream);
    create(
        server,
        stream,
        "'ack_policy':'explicit','filter_subject':'%s.*',".formatted(stream) + policy);
    store(server, stream);
    pull(server, stream);
    server.api("CONSUMER.RESET." + stream + ".C", "");
    pull(server, stream);
    server.api("CONSUMER.DELETE." + stream + ".C", "");
    String filter = policy.contains("last_per") ? "'filter_subject':'%s.1',".formatted(stream) : "";
    create(server, stream, "'ack_policy':'none'," + filter + policy);
    store(server, stream);
    pull(server, stream);
  }

  private static void store(Transcript server, String stream) throws Exception {
    for (int i = 0; i < 8; i++) {
      server.store(stream + "." + i % 3, "a payload");
    }
  }

  private static void create(Transcript server, String stream, String fields) throws Exception {
    server.api(
        "CONSUMER.CREATE." + stream + ".C",
        "{'stream_name':'%s','config':{'durable_name':'C',%s}}".formatted(stream, fields));
  }

  private static void pull(Transcript server, String stream) throws Exception {
    server.pull(stream, "C", "in", "{'batch':5,'expires':200000000,'max_bytes':3}");
    server.expect("in", 1);
    server.api("CONSUMER.INFO." + stream + ".C", "");
  }
}
