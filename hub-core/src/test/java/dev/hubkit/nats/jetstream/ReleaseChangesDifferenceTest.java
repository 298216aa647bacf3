package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What streams and consumers do otherwise since nats-server 2.15, and where earlier releases lost
 * messages or counts, with Hub and the real nats-server.
 */
@ComparedWithNatsServer
class ReleaseChangesDifferenceTest {
  private static final Duration QUIET = Duration.ofMillis(100);

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

  /** Makes a stream of all subjects that begin with its name. */
  private static void stream(Transcript server, String name, String fields) throws Exception {
    server.quietly(
        "STREAM.CREATE." + name,
        "{'name':'" + name + "','subjects':['" + name + ".*']" + fields + "}");
    server.listen("in");
  }

  private static void consumer(Transcript server, String stream, String fields) throws Exception {
    server.api(
        "CONSUMER.CREATE." + stream + ".c",
        "{'stream_name':'" + stream + "','config':{'durable_name':'c'," + fields + "}}");
  }

  private static void take(Transcript server, String stream, int messages) throws Exception {
    server.pull(stream, "c", "in", "{'batch':" + messages + "}");
    server.expect("in", messages);
  }

  private static void end(Transcript server, String stream) throws Exception {
    server.api("CONSUMER.INFO." + stream + ".c", "");
    server.api("STREAM.INFO." + stream, "{'deleted_details':true}");
    server.quietly("STREAM.DELETE." + stream, "");
  }

  @Test
  void acknowledgesAllUpToTheOriginalDelivery() throws Exception {
    for (String retention : new String[] {"limits", "interest"}) {
      servers.compare(
          server -> {
            stream(server, "floor", ",'retention':'" + retention + "'");
            consumer(server, "floor", "'ack_policy':'all','filter_subjects':['floor.a','floor.c']");
            for (String subject : new String[] {"a", "b", "a", "c", "b", "a", "b"}) {
              server.store("floor." + subject, subject);
            }
            take(server, "floor", 3);
            server.answer(0, "-NAK");
            take(server, "floor", 1);
            server.answer(-1, "+ACK");
            server.settle("in");
            server.api("CONSUMER.INFO.floor.c", "");
            server.answer(2, "+ACK");
            server.settle("in");
            server.api("CONSUMER.INFO.floor.c", "");
            take(server, "floor", 1);
            server.answer(-1, "+ACK");
            server.settle("in");
            end(server, "floor");
          });
    }
  }

  @Test
  void reportsWhatIsGivenUpAfterTheLimitWasLowered() throws Exception {
    servers.compare(
        server -> {
          stream(server, "limit", "");
          consumer(server, "limit", "'ack_policy':'explicit','max_deliver':5");
          server.listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.limit.c");
          server.store("limit.a", "one");
          for (int i = 0; i < 4; i++) {
            take(server, "limit", 1);
            server.answer(-1, "-NAK");
            server.settle("in");
          }
          consumer(server, "limit", "'ack_policy':'explicit','max_deliver':2");
          server.pull("limit", "c", "in", "{'batch':1,'no_wait':true}");
          server.expect("in", 1);
          server.expectAdvisory("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.limit.c");
          end(server, "limit");
        });
  }

  @Test
  void selectsTheLastMessagesAnewWhenReset() throws Exception {
    servers.compare(
        server -> {
          stream(server, "lasts", "");
          for (String subject : new String[] {"a", "b", "c", "a"}) {
            server.store("lasts." + subject, subject);
          }
          consumer(
              server,
              "lasts",
              "'ack_policy':'explicit','deliver_policy':'last_per_subject','filter_subject':'lasts.*'");
          take(server, "lasts", 1);
          server.answer(-1, "+ACK");
          server.settle("in");
          for (String subject : new String[] {"b", "b", "d", "a"}) {
            server.store("lasts." + subject, subject);
          }
          server.api("CONSUMER.RESET.lasts.c", "");
          take(server, "lasts", 4);
          server.api("CONSUMER.RESET.lasts.c", "");
          take(server, "lasts", 2);
          server.store("lasts.e", "e");
          server.api("CONSUMER.RESET.lasts.c", "{'seq':3}");
          server.pull("lasts", "c", "in", "{'batch':9,'no_wait':true}");
          server.drain("in", QUIET);
          end(server, "lasts");
        });
  }

  @Test
  void keepsNothingThatInterestsNobody() throws Exception {
    servers.compare(
        server -> {
          stream(server, "wanted", "");
          server.store("wanted.a", "one");
          server.store("wanted.b", "two");
          server.api(
              "STREAM.UPDATE.wanted",
              "{'name':'wanted','subjects':['wanted.*'],'retention':'interest'}");
          server.store("wanted.a", "three");
          consumer(server, "wanted", "'ack_policy':'explicit'");
          server.store("wanted.a", "four");
          end(server, "wanted");
        });
  }

  @Test
  void keepsWhatConsumersNeedWhenOnlyInterestCounts() throws Exception {
    servers.compare(
        server -> {
          stream(server, "needed", "");
          consumer(server, "needed", "'ack_policy':'explicit','filter_subject':'needed.a'");
          for (String subject : new String[] {"a", "b", "a", "b", "a"}) {
            server.store("needed." + subject, subject);
          }
          // The real server tells a consumer of a message after it has confirmed it.
          server.await("CONSUMER.INFO.needed.c", "\"num_pending\":3");
          take(server, "needed", 2);
          server.answer(1, "+ACK");
          server.settle("in");
          server.api(
              "STREAM.UPDATE.needed",
              "{'name':'needed','subjects':['needed.*'],'retention':'interest'}");
          server.await("STREAM.INFO.needed", "\"messages\":");
          end(server, "needed");
        });
  }

  @Test
  void servesWaitingRequestsWhenAPauseIsEnded() throws Exception {
    servers.compare(
        server -> {
          stream(server, "paused", "");
          consumer(server, "paused", "'ack_policy':'explicit'");
          server.store("paused.a", "one");
          server.api("CONSUMER.PAUSE.paused.c", "{'pause_until':'2099-01-01T00:00:00Z'}");
          server.pull("paused", "c", "in", "{'batch':1}");
          server.api("CONSUMER.PAUSE.paused.c", "");
          server.expect("in", 1);
          end(server, "paused");
        });
  }

  @Test
  void refusesAnythingTooLargeBeforeItLooksAtHeaders() throws Exception {
    servers.compare(
        server -> {
          stream(
              server,
              "sizes",
              ",'max_msg_size':100,'allow_msg_counter':true,'allow_direct':true,"
                  + "'allow_atomic':true");
          String large = "x".repeat(101);
          server.ask("sizes.a", new Headers().add("Nats-Incr", "x"), large);
          server.ask("sizes.a", new Headers().add("Nats-Expected-Stream", "x"), large);
          server.ask("sizes.a", new Headers().add("Nats-Incr", "1").add("Fill", large), "");
          server.ask("sizes.a", new Headers().add("Nats-Incr", "9".repeat(60)), "");
          server.ask("sizes.a", new Headers().add("Nats-Incr", "1"), "");
          server.api("STREAM.INFO.sizes", "");
          server.quietly("STREAM.DELETE.sizes", "");
        });
  }

  @Test
  void answersClusterRequestsThatCameLater() throws Exception {
    servers.compare(
        server -> {
          for (String what :
              new String[] {
                "STREAM.PEER.EVACUATE.s",
                "STREAM.CANCEL_MOVE.s",
                "CONSUMER.PEER.REMOVE.s.c",
                "CONSUMER.PEER.EVACUATE.s.c"
              }) {
            server.api(what, "");
            server.api(what, "{'peer':'p'}");
          }
        });
  }

  @Test
  void keepsWhatOtherFiltersSelectFromAPurge() throws Exception {
    servers.compare(
        server -> {
          stream(server, "purged", "");
          for (String subject : new String[] {"a", "b", "a", "b", "c"}) {
            server.store("purged." + subject, subject);
          }
          consumer(
              server, "purged", "'ack_policy':'all','filter_subjects':['purged.a','purged.b']");
          take(server, "purged", 1);
          server.api("STREAM.PURGE.purged", "{'filter':'purged.a'}");
          server.pull("purged", "c", "in", "{'batch':2,'expires':2000000000}");
          server.expect("in", 2);
          end(server, "purged");
        });
  }

  @Test
  void purgesNoFurtherThanItIsTold() throws Exception {
    for (String storage : new String[] {"file", "memory"}) {
      servers.compare(
          server -> {
            stream(server, "cut", ",'storage':'" + storage + "'");
            for (String subject : new String[] {"a", "b", "a", "b", "c"}) {
              server.store("cut." + subject, subject);
            }
            server.api("STREAM.PURGE.cut", "{'filter':'cut.a','seq':1}");
            server.api("STREAM.PURGE.cut", "{'filter':'cut.a','seq':2}");
            server.api("STREAM.PURGE.cut", "{'filter':'cut.b','seq':4}");
            server.api("STREAM.PURGE.cut", "{'filter':'cut.b','seq':100}");
            server.api("STREAM.INFO.cut", "{'deleted_details':true,'subjects_filter':'>'}");
            server.api("STREAM.PURGE.cut", "{'filter':'cut.*','seq':5}");
            server.api("STREAM.PURGE.cut", "{'filter':'cut.*','seq':100}");
            server.api("STREAM.PURGE.cut", "{'seq':50}");
            server.api("STREAM.INFO.cut", "{'deleted_details':true,'subjects_filter':'>'}");
            server.quietly("STREAM.DELETE.cut", "");
          });
    }
  }
}
