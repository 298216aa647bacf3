package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares where streams with and without {@code first_seq} begin: new ones, purged ones, with
 * messages, and after a restart.
 */
@ComparedWithNatsServer
class FirstSequenceDifferenceTest {
  private static final List<String> CONFIGURED =
      List.of("0", "1", "2", "5", "1000000", "4294967297", "4611686018427387903");

  private static final List<String> NO_SEQUENCES =
      List.of("18446744073709551616", "-1", "1.5", "\"1\"");

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
  void beginsWhereTheRealServerDoes() throws Exception {
    servers.compare(
        server -> {
          for (String storage : List.of("file", "memory")) {
            for (String first : CONFIGURED) {
              fill(server, storage, first);
            }
            for (String first : NO_SEQUENCES) {
              create(server, "Refused", storage, first);
            }
          }
        });
    servers.restart();
    servers.compare(
        server -> {
          for (String first : CONFIGURED) {
            report(server, "file", first);
          }
        });
  }

  private static void fill(Transcript server, String storage, String first) throws Exception {
    String stream = storage + first;
    create(server, stream + "-fresh", storage, first);
    create(server, stream + "-purged", storage, first);
    server.api("STREAM.PURGE." + stream + "-purged", "");
    server.ask(stream + "-purged.a", new Headers(), "");
    server.api("STREAM.PURGE." + stream + "-purged", "");
    create(server, stream + "-filled", storage, first);
    server.ask(stream + "-filled.a", new Headers(), "");
    report(server, storage, first);
  }

  private static void create(Transcript server, String stream, String storage, String first)
      throws Exception {
    server.api(
        "STREAM.CREATE." + stream,
        "{'name':'%s','subjects':['%s.*'],'storage':'%s','first_seq':%s}"
            .formatted(stream, stream, storage, first));
  }

  private static void report(Transcript server, String storage, String first) throws Exception {
    for (String suffix : List.of("-fresh", "-purged", "-filled")) {
      server.api("STREAM.INFO." + storage + first + suffix, "");
    }
  }

  /** After an update and a restart, nats-server also purges what is below the sequence. */
  @Test
  void anEmptyStreamMovesToItsNewFirstSequenceWhenItIsOpened() throws Exception {
    servers.compare(
        server -> {
          create(server, "moved", "file", "5");
          create(server, "kept", "file", "5");
          server.ask("kept.a", new Headers(), "");
          server.api(
              "STREAM.UPDATE.moved", "{'name':'moved','subjects':['moved.*'],'first_seq':20}");
          server.api("STREAM.UPDATE.kept", "{'name':'kept','subjects':['kept.*'],'first_seq':5}");
        });
    servers.restart();
    servers.compare(
        server -> {
          server.api("STREAM.INFO.moved", "");
          server.api("STREAM.INFO.kept", "");
        });
  }

  /** nats-server takes them, and loses messages from 2^62 on at its next start. */
  @Test
  void refusesSequencesThatCannotBeKept() throws Exception {
    try (Transcript hub = new Transcript(servers.hubUrl())) {
      for (String beyond : List.of("9223372036854775807", "18446744073709551615")) {
        create(hub, "high", "file", beyond);
      }
      create(hub, "high", "file", "9223372036854775806");
      hub.ask("high.a", new Headers(), "");
      hub.ask("high.a", new Headers(), "");
      hub.api("STREAM.PURGE.high", "{'seq':18446744073709551615}");
      assertThat(hub.lines())
          .satisfiesExactly(
              line -> assertThat(line).contains("first sequence must not be higher"),
              line -> assertThat(line).contains("first sequence must not be higher"),
              line -> assertThat(line).contains("\"first_seq\":9223372036854775806"),
              line -> assertThat(line).contains("\"seq\":9223372036854775806"),
              line -> assertThat(line).contains("maximum sequence reached"),
              line ->
                  assertThat(line).contains("no message can have sequence 18446744073709551615"));
    }
  }
}
