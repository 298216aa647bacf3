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
 * What a source and its origin say to each other since nats-server 2.15: the identity of the
 * origin, which messages count as sourced, and an origin that waits for answers to its flow
 * control.
 */
@ComparedWithNatsServer
class SourceProtocolDifferenceTest {
  private static final String ORIGIN = "Nats-Stream-Source";
  private static final String IDENTITY = "Nats-Stream-Identity";

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

  private static Headers headers(String... pairs) {
    Headers headers = new Headers();
    for (int i = 0; i < pairs.length; i += 2) {
      headers.add(pairs[i], pairs[i + 1]);
    }
    return headers;
  }

  @Test
  void refusesWhatPretendsToBeSourced() throws Exception {
    servers.compare(
        server -> {
          stream(
              server,
              "plain",
              ",\"subjects\":[\"plain.*\"],\"allow_atomic\":true,\"allow_rollup_hdrs\":true,"
                  + "\"allow_msg_ttl\":true,\"allow_msg_schedules\":true,\"max_msg_size\":200");
          stream(server, "counted", ",\"subjects\":[\"counted\"],\"allow_msg_counter\":true");
          String from = "other 7 > > other.x";
          server.ask("plain.a", headers(ORIGIN, from), "payload");
          server.ask("plain.a", headers(ORIGIN, ""), "an empty one is none");
          server.ask("plain.a", headers("nats-stream-source", from), "case counts");
          server.ask("plain.a", headers("Nats-Msg-Id", "1"), "known");
          server.ask("plain.a", headers("Nats-Msg-Id", "1", ORIGIN, from), "known");
          server.ask("plain.a", headers(ORIGIN, from, "Nats-Expected-Stream", "no"), "payload");
          server.ask("plain.a", headers(ORIGIN, from, "Nats-Rollup", "no"), "payload");
          server.ask("plain.a", headers(ORIGIN, from, "Nats-TTL", "no"), "payload");
          server.ask("plain.a", headers(ORIGIN, from, "Nats-Schedule", "no"), "payload");
          server.ask("plain.a", headers(ORIGIN, from, "Nats-Expected-Last-Msg-Id", "no"), "p");
          server.ask("plain.a", headers(ORIGIN, from), "x".repeat(300));
          server.ask("plain.a", headers("Nats-Expected-Stream", "no"), "x".repeat(300));
          server.ask("plain.a", headers("Nats-Msg-Id", "1"), "x".repeat(300));
          server.ask("counted", headers("Nats-Incr", "1", ORIGIN, from), "");
          server.ask("counted", headers(ORIGIN, from), "");
          server.ask("plain.a", headers("Nats-Batch-Id", "b", "Nats-Batch-Sequence", "1"), "one");
          server.ask(
              "plain.a",
              headers(
                  "Nats-Batch-Id",
                  "b",
                  "Nats-Batch-Sequence",
                  "2",
                  "Nats-Batch-Commit",
                  "1",
                  ORIGIN,
                  from),
              "two");
          server.api("STREAM.INFO.plain", "");
          server.quietly("STREAM.DELETE.plain", "");
          server.quietly("STREAM.DELETE.counted", "");
        });
  }

  @Test
  void tellsTheIdentityOfAStream() throws Exception {
    servers.compare(
        server -> {
          stream(server, "known", ",\"subjects\":[\"known\"]");
          server.store("known", "one");
          String config =
              "\"ack_policy\":\"none\",\"deliver_subject\":\"d\",\"flow_control\":true,"
                  + "\"idle_heartbeat\":1000000000";
          for (String kind : new String[] {"direct", "sourcing", "headers_only"}) {
            String subject = "$JS.API.CONSUMER.CREATE.known." + kind;
            String request =
                "{\"stream_name\":\"known\",\"config\":{\"name\":\"%s\",%s,\"%s\":true}}"
                    .formatted(kind, config, kind);
            server.get(subject, request);
            server.get(subject, headers(IDENTITY, "wrong"), request);
            server.get(subject, headers(IDENTITY, ""), request);
          }
          server.quietly(
              "CONSUMER.CREATE.known.c",
              "{\"stream_name\":\"known\",\"config\":{\"name\":\"c\",\"ack_policy\":\"explicit\"}}");
          server.get("$JS.API.CONSUMER.RESET.known.c", "");
          server.get("$JS.API.CONSUMER.RESET.known.c", headers(IDENTITY, ""), "");
          server.get("$JS.API.CONSUMER.RESET.known.c", headers(IDENTITY, "wrong"), "");
          server.get("$JS.API.CONSUMER.RESET.known.c", headers(IDENTITY, ""), "{\"seq\":\"x\"}");
          server.quietly("STREAM.DELETE.known", "");
        });
  }

  @Test
  void beginsWhereTheOriginIsToBegin() throws Exception {
    servers.compare(
        server -> {
          stream(server, "future", ",\"subjects\":[\"future\"]");
          server.store("future", "one");
          stream(server, "later", ",\"sources\":[{\"name\":\"future\",\"opt_start_seq\":4}]");
          server.await("STREAM.INFO.future", "\"consumer_count\":0");
          server.awaitMissing("STREAM.INFO.later", "\"active\":-1");
          for (int i = 2; i <= 4; i++) {
            server.store("future", "message " + i);
          }
          // One at a time: nats-server's lag is what its consumer had counted when it delivered.
          server.await("STREAM.INFO.later", "\"messages\":1,");
          server.store("future", "message 5");
          server.await("STREAM.INFO.later", "\"messages\":2,");
          server.awaitAndNote("STREAM.INFO.later", "\"lag\":0,\"seq\":5,");
          server.api("STREAM.MSG.GET.later", "{\"seq\":1}");
          server.api("STREAM.PURGE.later", "");
          server.awaitAndNote("STREAM.INFO.later", "\"seq\":5");
          server.quietly("STREAM.DELETE.later", "");
          server.quietly("STREAM.DELETE.future", "");
        });
  }

  /** Plays the origin of a source, behind an API of its own. */
  private static final class Origin {
    private static final String REQUESTS = "far.api.CONSUMER.CREATE.>";

    private final Transcript server;

    Origin(Transcript server) throws Exception {
      this.server = server;
      server.listen(REQUESTS);
    }

    /** Awaits a request for a consumer; returns the subjects for the response and deliveries. */
    String[] request() throws Exception {
      return server.expectRequest(REQUESTS);
    }

    void accept(String[] request) throws Exception {
      server.publish(
          request[0],
          null,
          "{\"stream_name\":\"o\",\"name\":\"feed\","
              + ("\"config\":{\"ack_policy\":\"none\",\"deliver_subject\":\"" + request[1] + "\"},")
              + "\"delivered\":{\"consumer_seq\":0,\"stream_seq\":0}}");
    }

    void refuse(String reply, int code) throws Exception {
      server.publish(
          reply,
          null,
          "{\"error\":{\"code\":400,\"err_code\":" + code + ",\"description\":\"no\"}}");
    }
  }

  private static void source(Transcript server, String name) throws Exception {
    stream(
        server,
        name,
        ",\"sources\":[{\"name\":\"o\",\"external\":{\"api\":\"far.api\",\"deliver\":\"far.in\"}}]");
  }

  @Test
  void asksEarlierServersInTheirWay() throws Exception {
    servers.compare(
        server -> {
          Origin origin = new Origin(server);
          source(server, "asking");
          origin.refuse(origin.request()[0], 10185);
          origin.refuse(origin.request()[0], 10025);
          origin.accept(origin.request());
          server.awaitMissing("STREAM.INFO.asking", "\"active\":-1");
          server.quietly("STREAM.DELETE.asking", "");
        });
  }

  @Test
  void reportsAnOriginThatItsAnswersDoNotReach() throws Exception {
    servers.compare(
        server -> {
          Origin origin = new Origin(server);
          source(server, "stalled");
          String[] request = origin.request();
          server.listen("$JS.FC.>");
          server.listen("elsewhere");
          origin.accept(request);
          server.awaitListener(request[1]);
          String idle = "100 Idle Heartbeat";
          String last = "Nats-Last-Consumer: 0\r\n";
          for (int i = 0; i < 3; i++) {
            server.status(request[1], idle, "", last + "Nats-Consumer-Stalled: $JS.FC.o.1\r\n");
          }
          server.awaitAndNote("STREAM.INFO.stalled", "\"err_code\":10228");
          server.status(request[1], idle, "", last);
          server.awaitMissing("STREAM.INFO.stalled", "\"error\":");
          server.status(request[1], idle, "", last + "Nats-Consumer-Stalled: elsewhere\r\n");
          server.status(request[1], "100 FlowControl Request", "elsewhere", "");
          server.expect("$JS.FC.>", 3);
          server.drain("elsewhere", Duration.ofMillis(100));
          server.quietly("STREAM.DELETE.stalled", "");
        });
  }
}
