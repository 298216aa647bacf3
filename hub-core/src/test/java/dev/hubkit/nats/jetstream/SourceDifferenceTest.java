package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mirrors and sources, and the consumers that they read through, with Hub and the real nats-server.
 */
class SourceDifferenceTest {
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

  private static void stream(Transcript server, String name, String fields) throws Exception {
    server.quietly("STREAM.CREATE." + name, "{\"name\":\"" + name + "\"" + fields + "}");
  }

  private static void delete(Transcript server, String... names) throws Exception {
    for (String name : names) {
      server.quietly("STREAM.DELETE." + name, "");
    }
  }

  @Test
  @ComparedWithNatsServer
  void takesWhatIsInAWorkQueueAndAcknowledgesIt() throws Exception {
    servers.compare(
        server -> {
          stream(server, "work", ",\"subjects\":[\"work.*\"],\"retention\":\"workqueue\"");
          for (int i = 1; i <= 50; i++) {
            server.store("work." + i % 2, "job " + i);
          }
          stream(server, "done", ",\"sources\":[{\"name\":\"work\"}]");
          server.await("STREAM.INFO.done", "\"messages\":50,");
          server.await("STREAM.INFO.work", "\"messages\":0,");
          server.api("CONSUMER.LIST.work", "");
          server.api("STREAM.MSG.GET.done", "{\"seq\":7}");
          server.store("work.9", "one more");
          server.await("STREAM.INFO.done", "\"messages\":51,");
          server.await("STREAM.INFO.work", "\"messages\":0,");
          delete(server, "done", "work");
        });
  }

  @Test
  void comesNoFurtherThanAMessageThatIsTooBigForIt() throws Exception {
    servers.compare(
        server -> {
          stream(server, "all", ",\"subjects\":[\"all.*\"]");
          stream(server, "short", ",\"mirror\":{\"name\":\"all\"},\"max_msg_size\":5");
          server.store("all.a", "short");
          server.await("STREAM.INFO.short", "\"messages\":1,");
          server.store("all.a", "longer");
          server.store("all.a", "again");
          server.await("STREAM.INFO.all", "\"messages\":3,");
          server.api("STREAM.MSG.GET.short", "{\"seq\":2}");
          server.api("STREAM.MSG.GET.short", "{\"seq\":3}");
          delete(server, "short", "all");
        });
  }

  @Test
  void mirrorsWhatInterestKeeps() throws Exception {
    servers.compare(
        server -> {
          stream(server, "kept", ",\"subjects\":[\"kept.*\"],\"retention\":\"interest\"");
          stream(server, "copy", ",\"mirror\":{\"name\":\"kept\",\"filter_subject\":\"kept.a\"}");
          server.await("CONSUMER.LIST.kept", "\"push_bound\":true");
          server.api("CONSUMER.LIST.kept", "");
          server.store("kept.a", "one");
          server.store("kept.b", "two");
          server.store("kept.a", "three");
          server.await("STREAM.INFO.copy", "\"messages\":2,");
          server.await("STREAM.INFO.kept", "\"messages\":0,");
          server.api("STREAM.MSG.GET.copy", "{\"seq\":3}");
          delete(server, "copy", "kept");
        });
  }

  @Test
  @ComparedWithNatsServer
  void readsThroughAConsumerThatSomebodyMade() throws Exception {
    servers.compare(
        server -> {
          stream(server, "origin", ",\"subjects\":[\"origin.*\"]");
          for (int i = 1; i <= 20; i++) {
            server.store("origin." + i % 3, "message " + i);
          }
          server.api(
              "CONSUMER.CREATE.origin.feed",
              "{\"stream_name\":\"origin\",\"config\":{\"durable_name\":\"feed\","
                  + "\"deliver_subject\":\"feed.origin\",\"ack_policy\":\"flow_control\","
                  + "\"flow_control\":true,\"idle_heartbeat\":1000000000,"
                  + "\"filter_subjects\":[\"origin.0\",\"origin.1\"]}}");
          stream(
              server,
              "through",
              ",\"sources\":[{\"name\":\"origin\",\"consumer\":{\"name\":\"feed\","
                  + "\"deliver_subject\":\"feed.origin\"}}]");
          server.await("STREAM.INFO.through", "\"messages\":13,");
          server.store("origin.0", "more");
          server.await("STREAM.INFO.through", "\"messages\":14,");
          server.api("STREAM.MSG.GET.through", "{\"seq\":14}");
          delete(server, "through", "origin");
        });
  }

  @Test
  @ComparedWithNatsServer
  void needsAConsumerThatAcknowledgesByFlowControl() throws Exception {
    servers.compare(
        server -> {
          stream(server, "plain", ",\"subjects\":[\"plain.*\"]");
          server.store("plain.1", "one");
          server.quietly(
              "CONSUMER.CREATE.plain.other",
              "{\"stream_name\":\"plain\",\"config\":{\"durable_name\":\"other\","
                  + "\"deliver_subject\":\"other.plain\",\"ack_policy\":\"explicit\"}}");
          stream(
              server,
              "source",
              ",\"sources\":[{\"name\":\"plain\",\"consumer\":{\"name\":\"other\","
                  + "\"deliver_subject\":\"other.plain\"}}]");
          stream(
              server,
              "mirror",
              ",\"mirror\":{\"name\":\"plain\",\"consumer\":{\"name\":\"missing\","
                  + "\"deliver_subject\":\"missing.plain\"}}");
          // The request to a missing consumer gets no response.
          server.await("STREAM.INFO.mirror", "\"lag\":0,\"active\":-1}");
          server.awaitAndNote("STREAM.INFO.source", "\"error\":{");
          delete(server, "source", "mirror", "plain");
        });
  }

  @Test
  @ComparedWithNatsServer
  void mirrorsFromWhereTheOriginBegins() throws Exception {
    servers.compare(
        server -> {
          stream(server, "late", ",\"subjects\":[\"late\"],\"first_seq\":1000");
          server.store("late", "one");
          server.quietly("STREAM.PURGE.late", "");
          server.store("late", "two");
          stream(server, "mirrored", ",\"mirror\":{\"name\":\"late\"}");
          server.await("STREAM.INFO.mirrored", "\"messages\":1,");
          server.awaitAndNote("STREAM.INFO.mirrored", "\"lag\":0");
          stream(server, "begun", ",\"mirror\":{\"name\":\"late\",\"opt_start_seq\":1001}");
          server.await("STREAM.INFO.begun", "\"messages\":1,");
          delete(server, "mirrored", "begun", "late");
        });
  }

  @Test
  @ComparedWithNatsServer
  void asksWithTheFilterInTheSubject() throws Exception {
    servers.compare(
        server -> {
          stream(server, "asked", ",\"subjects\":[\"asked.*\"]");
          server.listen("$JS.API.CONSUMER.>");
          stream(
              server,
              "asking",
              ",\"sources\":[{\"name\":\"asked\",\"filter_subject\":\"asked.x\"}]");
          server.expectSubject("$JS.API.CONSUMER.>");
          stream(server, "all", ",\"mirror\":{\"name\":\"asked\"}");
          server.expectSubject("$JS.API.CONSUMER.>");
          stream(
              server,
              "changing",
              ",\"sources\":[{\"name\":\"asked\",\"subject_transforms\":["
                  + "{\"src\":\"asked.a\",\"dest\":\"a\"},{\"src\":\"asked.b\",\"dest\":\"b\"}]}]");
          server.expectSubject("$JS.API.CONSUMER.>");
          delete(server, "asking", "all", "changing", "asked");
        });
  }
}
