package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares how Hub and the real nats-server read requests to the API, above all odd ones. */
@ComparedWithNatsServer
class ApiRequestDifferenceTest {
  private static final List<String> REQUESTS =
      List.of(
          "STREAM.NAMES",
          "STREAM.LIST",
          "STREAM.INFO.S",
          "STREAM.INFO.none",
          "STREAM.MSG.GET.S",
          "STREAM.MSG.DELETE.P",
          "STREAM.PURGE.P",
          "STREAM.CREATE.S",
          "STREAM.UPDATE.S",
          "CONSUMER.NAMES.S",
          "CONSUMER.LIST.S",
          "CONSUMER.INFO.S.c",
          "CONSUMER.CREATE.S.q",
          "CONSUMER.DURABLE.CREATE.S.q",
          "CONSUMER.PAUSE.S.none",
          "CONSUMER.RESET.S.c",
          "STREAM.SNAPSHOT.S",
          "STREAM.RESTORE.S");

  private static final List<String> BODIES =
      List.of(
          "",
          " {} ",
          "null",
          "[]",
          "{",
          "\"x\"",
          "{\"bogus\":1}",
          "{\"offset\":\"x\"}",
          "{\"offset\":-1}",
          "{\"offset\":100}",
          "{\"Offset\":1}",
          "{\"offset\":null}",
          "{\"seq\":-1}",
          "{\"seq\":\"1\"}",
          "{\"seq\":1.5}",
          "{\"SEQ\":2}",
          "{\"seq\":0}",
          "{\"seq\":1,\"bogus\":2}",
          "{\"stream_name\":\"X\",\"config\":{}}",
          "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\"q\",\"bogus\":1}}",
          "{\"Stream_Name\":\"S\",\"Config\":{\"Durable_Name\":\"q\",\"ack_policy\":\"none\"}}");

  @TempDir Path directory;

  private static void ask(Transcript server) throws Exception {
    server.quietly("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s.*\"]}");
    server.quietly("STREAM.CREATE.P", "{\"name\":\"P\",\"subjects\":[\"p.*\"]}");
    server.quietly(
        "CONSUMER.CREATE.S.c",
        "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\"}}");
    for (int i = 0; i < 3; i++) {
      server.store("s." + i, "text");
      server.store("p." + i, "text");
    }
    for (String request : REQUESTS) {
      for (String body : BODIES) {
        server.api(request, body);
      }
    }
    server.api("STREAM.MSG.GET.S", "{\"seq\":18446744073709551615}");
    server.api("STREAM.INFO.S", "{\"subjects_filter\":\">\",\"offset\":99}");
  }

  @Test
  void readsRequestsAsNatsServerDoes() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      servers.compare(ApiRequestDifferenceTest::ask);
    }
  }

  @Test
  void passesOverUnknownFieldsWhereItIsNotStrict() throws Exception {
    String config = "jetstream { store_dir: STORE, strict: false }";
    try (ServerPair servers = ServerPair.start(directory, config)) {
      servers.compare(ApiRequestDifferenceTest::ask);
    }
  }
}
