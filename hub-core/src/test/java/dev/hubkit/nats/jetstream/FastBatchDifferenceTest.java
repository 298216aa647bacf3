package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fast batches (ADR-50), step by step, with Hub and with the real nats-server. */
@ComparedWithNatsServer
class FastBatchDifferenceTest {
  private static final Duration QUIET = Duration.ofMillis(150);

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

  /** A publisher of one batch. */
  private static final class Publisher {
    private final Transcript server;
    private final String stream;
    private final String settings;

    Publisher(Transcript server, String stream, String id, int flow, String gap) throws Exception {
      this.server = server;
      this.stream = stream;
      this.settings = "acks." + stream + "." + id + "." + flow + "." + gap + ".";
    }

    void step(int sequence, int operation) throws Exception {
      server.publish(stream + ".s", reply(sequence, operation), "message " + sequence);
    }

    void step(int sequence, int operation, String header, String value) throws Exception {
      server.publish(
          stream + ".s",
          reply(sequence, operation),
          new Headers().add(header, value),
          "message " + sequence);
    }

    private String reply(int sequence, int operation) {
      return settings + sequence + "." + operation + ".$FI";
    }
  }

  private static void stream(Transcript server, String name, String fields) throws Exception {
    server.quietly(
        "STREAM.CREATE." + name,
        "{\"name\":\""
            + name
            + "\",\"subjects\":[\""
            + name
            + ".>\"],\"allow_batched\":true"
            + fields
            + "}");
    server.listen("acks." + name + ".>");
  }

  private static void finish(Transcript server, String stream) throws Exception {
    server.drain("acks." + stream + ".>", QUIET);
    server.api("STREAM.INFO." + stream, "");
    server.quietly("STREAM.DELETE." + stream, "");
  }

  @Test
  void acknowledgesEverySoManyAndAtTheEnd() throws Exception {
    servers.compare(
        server -> {
          stream(server, "plain", "");
          Publisher publisher = new Publisher(server, "plain", "one", 3, "fail");
          publisher.step(1, 0);
          for (int i = 2; i <= 10; i++) {
            publisher.step(i, 1);
          }
          publisher.step(10, 4);
          publisher.step(11, 2);
          publisher.step(12, 1);
          finish(server, "plain");
        });
  }

  @Test
  void endsWithoutAMessage() throws Exception {
    servers.compare(
        server -> {
          stream(server, "eob", ",\"storage\":\"memory\"");
          Publisher publisher = new Publisher(server, "eob", "one", 0, "ok");
          publisher.step(1, 0);
          publisher.step(2, 1);
          publisher.step(3, 3);
          Publisher alone = new Publisher(server, "eob", "two", 5, "fail");
          alone.step(1, 2);
          finish(server, "eob");
        });
  }

  @Test
  void sharesTheFlowAmongPublishers() throws Exception {
    servers.compare(
        server -> {
          stream(server, "shared", "");
          Publisher first = new Publisher(server, "shared", "first", 1000, "fail");
          Publisher second = new Publisher(server, "shared", "second", 4, "fail");
          first.step(1, 0);
          second.step(1, 0);
          for (int i = 2; i <= 600; i++) {
            first.step(i, 1);
          }
          for (int i = 2; i <= 20; i++) {
            second.step(i, 1);
          }
          first.step(601, 2);
          for (int i = 21; i <= 40; i++) {
            second.step(i, 1);
          }
          second.step(41, 3);
          finish(server, "shared");
        });
  }

  @Test
  void beginsWithAMessage() throws Exception {
    servers.compare(
        server -> {
          stream(server, "begun", "");
          Publisher pinging = new Publisher(server, "begun", "ping", 2, "ok");
          pinging.step(1, 4);
          pinging.step(0, 4);
          pinging.step(1, 0);
          pinging.step(1, 4);
          pinging.step(1, 0);
          finish(server, "begun");
        });
  }

  @Test
  void reportsGaps() throws Exception {
    servers.compare(
        server -> {
          stream(server, "gaps", "");
          Publisher lenient = new Publisher(server, "gaps", "ok", 2, "ok");
          lenient.step(1, 0);
          lenient.step(4, 1);
          lenient.step(9, 4);
          lenient.step(10, 1);
          lenient.step(3, 1);
          lenient.step(11, 1);
          Publisher strict = new Publisher(server, "gaps", "fail", 2, "fail");
          strict.step(1, 0);
          strict.step(2, 1);
          strict.step(5, 1);
          strict.step(3, 1);
          Publisher pinged = new Publisher(server, "gaps", "ping", 2, "fail");
          pinged.step(1, 0);
          pinged.step(3, 4);
          pinged.step(2, 1);
          finish(server, "gaps");
        });
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    servers.compare(
        server -> {
          stream(server, "bad", "");
          String[] replies = {
            "acks.bad.$FI",
            "acks.bad.id.10.ok.1.5.$FI",
            "acks.bad.id.10.ok.0.0.$FI",
            "acks.bad.id.10.ok.2.0.$FI",
            "acks.bad.id.10.ok.1.1.$FI",
            "acks.bad.id.10.ok.1.3.$FI",
            "acks.bad.id.10.maybe.1.0.$FI",
            "acks.bad.id.10.ok.2.1.$FI",
            "acks.bad.id.10.ok.x.1.$FI",
            "acks.bad.id.x.ok.1.2.$FI",
            "acks.bad." + "i".repeat(65) + ".10.ok.1.0.$FI"
          };
          for (String reply : replies) {
            server.publish("bad.s", reply, "x");
          }
          finish(server, "bad");
          server.quietly("STREAM.CREATE.none", "{\"name\":\"none\",\"subjects\":[\"none.>\"]}");
          server.listen("acks.none.>");
          server.publish("none.s", "acks.none.id.10.ok.1.0.$FI", "x");
          server.publish("none.s", "acks.none.id.$FI", "x");
          finish(server, "none");
        });
  }

  @Test
  void carriesOnAfterMessagesThatAreRefused() throws Exception {
    servers.compare(
        server -> {
          stream(server, "refused", ",\"max_msgs\":8,\"discard\":\"new\"");
          Publisher alone = new Publisher(server, "refused", "alone", 5, "fail");
          alone.step(1, 2, "Nats-Expected-Stream", "other");
          Publisher lenient = new Publisher(server, "refused", "ok", 1, "ok");
          lenient.step(1, 0, "Nats-Msg-Id", "a");
          lenient.step(2, 1, "Nats-Expected-Last-Sequence", "7");
          lenient.step(3, 1, "Nats-Msg-Id", "a");
          lenient.step(4, 1, "Nats-TTL", "5s");
          lenient.step(5, 2, "Nats-Expected-Last-Subject-Sequence", "9");
          Publisher strict = new Publisher(server, "refused", "fail", 1, "fail");
          strict.step(1, 0);
          strict.step(2, 1, "Nats-Msg-Id", "a");
          strict.step(3, 1, "Nats-Rollup", "sub");
          strict.step(4, 1);
          Publisher twice = new Publisher(server, "refused", "twice", 1, "fail");
          twice.step(1, 2, "Nats-Msg-Id", "a");
          Publisher full = new Publisher(server, "refused", "full", 2, "ok");
          for (int i = 1; i <= 9; i++) {
            full.step(i, i == 1 ? 0 : 1);
          }
          full.step(10, 3);
          finish(server, "refused");
        });
  }

  @Test
  void looksAtTheRequiredLevel() throws Exception {
    servers.compare(
        server -> {
          stream(server, "level", "");
          Publisher good = new Publisher(server, "level", "good", 1, "fail");
          good.step(1, 0, "Nats-Required-Api-Level", "4");
          good.step(2, 1, "Nats-Required-Api-Level", "99");
          good.step(3, 1);
          server.api("STREAM.MSG.GET.level", "{\"seq\":1}");
          finish(server, "level");
        });
  }

  @Test
  void answersEvenWhereNothingIsAcknowledged() throws Exception {
    servers.compare(
        server -> {
          stream(server, "mute", ",\"no_ack\":true");
          Publisher publisher = new Publisher(server, "mute", "one", 2, "fail");
          publisher.step(1, 0);
          publisher.step(2, 1);
          publisher.step(3, 4);
          publisher.step(4, 2);
          server.publish("mute.s", "acks.mute.bad.$FI", "x");
          finish(server, "mute");
        });
  }

  @Test
  void transformsSubjectsAndSkipsWhatNobodyWants() throws Exception {
    servers.compare(
        server -> {
          stream(
              server,
              "moved",
              ",\"retention\":\"interest\",\"subject_transform\":{\"src\":\"moved.>\",\"dest\":\"m.>\"}");
          Publisher publisher = new Publisher(server, "moved", "one", 2, "fail");
          publisher.step(1, 0);
          publisher.step(2, 1);
          publisher.step(3, 2);
          finish(server, "moved");
        });
  }
}
