package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares what Hub and the real nats-server say to requests whose JSON is broken or of the wrong
 * type: each value for each field of each request.
 */
@ComparedWithNatsServer
class JsonBodiesDifferenceTest {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "1",
          "-1",
          "1.5",
          "1e3",
          "1e999",
          "9223372036854775808",
          "18446744073709551616",
          "\"x\"",
          "\"\\u0078\"",
          "\"2024-02-30T00:00:00Z\"",
          "\"2024-01-02\"",
          "[]",
          "[1]",
          "{}",
          "{\"a\":1}");

  private static final List<String> STREAM_FIELDS =
      List.of(
          "name",
          "subjects",
          "retention",
          "max_consumers",
          "max_msgs",
          "max_age",
          "max_msg_size",
          "discard",
          "storage",
          "no_ack",
          "placement",
          "mirror",
          "sources",
          "compression",
          "first_seq",
          "subject_transform",
          "republish",
          "consumer_limits",
          "persist_mode",
          "metadata",
          "pedantic",
          "bogus");

  private static final List<String> CONSUMER_FIELDS =
      List.of(
          "durable_name",
          "deliver_policy",
          "opt_start_seq",
          "opt_start_time",
          "ack_policy",
          "ack_wait",
          "max_deliver",
          "backoff",
          "filter_subjects",
          "replay_policy",
          "rate_limit_bps",
          "metadata",
          "pause_until",
          "priority_policy",
          "headers_only",
          "bogus");

  private static final List<String> BROKEN =
      List.of(
          "\ufeff{}",
          "{} ",
          "{}{}",
          "{}x",
          "{\"seq\":1}{\"seq\":2}",
          " ",
          "nul",
          "{'a':1}",
          "{\"a\" 1}",
          "{\"a\":1",
          "{\"a\":01}",
          "{\"a\":\"\\q\"}",
          "{\"a\":\"\t\"}",
          "[1,]",
          "{\"a\":1,}",
          "\"text\"",
          "7");

  @TempDir Path directory;

  /** Returns a request for each value of each field; a name keeps what is valid from being made. */
  private static List<String> bodies(String begin, List<String> fields, String end) {
    List<String> bodies = new ArrayList<>();
    for (String field : fields) {
      for (String value : VALUES) {
        bodies.add(begin + '"' + field + "\":" + value + end);
      }
    }
    return bodies;
  }

  private static void ask(Transcript server) throws Exception {
    server.quietly("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s.*\"]}");
    server.quietly(
        "CONSUMER.CREATE.S.c",
        "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\"}}");
    server.store("s.1", "text");
    for (String body : bodies("{\"Name\":\"other\",", STREAM_FIELDS, "}")) {
      server.api("STREAM.CREATE.S", body);
    }
    for (String body : bodies("{\"stream_name\":\"other\",\"config\":{", CONSUMER_FIELDS, "}}")) {
      server.api("CONSUMER.CREATE.S.q", body);
    }
    for (String request :
        List.of(
            "STREAM.NAMES",
            "STREAM.LIST",
            "STREAM.INFO.S",
            "STREAM.UPDATE.S",
            "STREAM.MSG.GET.S",
            "STREAM.MSG.DELETE.none",
            "STREAM.PURGE.none",
            "STREAM.SNAPSHOT.none",
            "STREAM.RESTORE.S",
            "CONSUMER.NAMES.S",
            "CONSUMER.LIST.none",
            "CONSUMER.PAUSE.S.none",
            "CONSUMER.UNPIN.S.none",
            "CONSUMER.RESET.S.c")) {
      for (String body : BROKEN) {
        server.api(request, body);
      }
    }
    for (String body :
        bodies("{", List.of("seq", "last_by_subj", "start_time", "multi_last", "no_hdr"), "}")) {
      server.api("STREAM.MSG.GET.S", body);
    }
    for (String body : bodies("{", List.of("config", "state"), "}")) {
      server.api("STREAM.RESTORE.S", body);
    }
    for (String body : bodies("{", List.of("pause_until", "group", "offset", "filter"), "}")) {
      server.api("CONSUMER.PAUSE.S.none", body);
      server.api("CONSUMER.UNPIN.S.none", body);
      server.api("STREAM.NAMES", body);
      server.api("STREAM.PURGE.none", body);
    }
  }

  @Test
  void complainsInTheWordsOfNatsServer() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      servers.compare(JsonBodiesDifferenceTest::ask);
    }
  }

  @Test
  void complainsInTheWordsOfNatsServerWhereItIsNotStrict() throws Exception {
    String config = "jetstream { store_dir: STORE, strict: false }";
    try (ServerPair servers = ServerPair.start(directory, config)) {
      servers.compare(JsonBodiesDifferenceTest::ask);
    }
  }
}
