package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.release.Compatibility;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Moves archives of streams from Hub to the real nats-server and back; they mean the same to both.
 */
class StreamBackupDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static ServerPair servers;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers =
        ServerPair.start(directory, "jetstream { store_dir: STORE, key: \"the key of the test\" }");
  }

  @AfterAll
  static void stop() throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  /** A client that takes archives from one server and restores them on it. */
  private static final class Archivist implements AutoCloseable {
    final Connection connection;

    Archivist(String url) throws Exception {
      connection = Nats.connect(Options.builder().server(url).noReconnect().build());
    }

    JsonObject ask(String what, String body) throws Exception {
      Message answer =
          connection.request("$JS.API." + what, body.getBytes(StandardCharsets.UTF_8), LIMIT);
      JsonObject json = Json.parseObject(answer.getData());
      assertThat(json.object("error")).as(what).isNull();
      return json;
    }

    String text(String what, String body) throws Exception {
      return Peer.text(
          connection.request("$JS.API." + what, body.getBytes(StandardCharsets.UTF_8), LIMIT));
    }

    byte[] snapshot(String stream, String fields) throws Exception {
      String inbox = connection.createInbox();
      Subscription chunks = connection.subscribe(inbox);
      ask("STREAM.SNAPSHOT." + stream, "{\"deliver_subject\":\"" + inbox + "\"" + fields + "}");
      ByteArrayOutputStream archive = new ByteArrayOutputStream();
      for (Message chunk = chunks.nextMessage(LIMIT);
          chunk.getData().length > 0;
          chunk = chunks.nextMessage(LIMIT)) {
        archive.writeBytes(chunk.getData());
        if (chunk.getReplyTo() != null) {
          connection.publish(chunk.getReplyTo(), null);
        }
      }
      chunks.unsubscribe();
      return archive.toByteArray();
    }

    String restore(JsonObject info, byte[] archive, int chunkSize) throws Exception {
      String config = Peer.json(info.object("config"));
      String name = info.object("config").string("name", "");
      String to =
          ask("STREAM.RESTORE." + name, "{\"config\":" + config + ",\"state\":{}}")
              .string("deliver_subject", "");
      for (int at = 0; at < archive.length; at += chunkSize) {
        byte[] chunk = Arrays.copyOfRange(archive, at, Math.min(archive.length, at + chunkSize));
        Message answer = connection.request(to, chunk, LIMIT);
        if (answer.getData().length > 0) {
          return Peer.text(answer);
        }
      }
      return Peer.text(connection.request(to, new byte[0], LIMIT));
    }

    /** Returns everything that a stream and its two consumers show, as text. */
    String everything(String stream) throws Exception {
      StringBuilder text = new StringBuilder();
      text.append(text("STREAM.INFO." + stream, "{\"deleted_details\":true}")).append('\n');
      for (String consumer : new String[] {"C1", "C2"}) {
        String info = text("CONSUMER.INFO." + stream + "." + consumer, "");
        // A backup does not keep the time of the last activity.
        text.append(info.replaceAll("last_active=[^,}]*, ", "")).append('\n');
      }
      long last = ask("STREAM.INFO." + stream, "").object("state").integer("last_seq", 0);
      for (long sequence = 1; sequence <= last; sequence++) {
        text.append(
                Peer.text(
                    connection.request(
                        "$JS.API.STREAM.MSG.GET." + stream,
                        ("{\"seq\":" + sequence + "}").getBytes(StandardCharsets.UTF_8),
                        LIMIT)))
            .append('\n');
      }
      return text.toString();
    }

    @Override
    public void close() throws Exception {
      connection.close();
    }
  }

  private static void fill(Archivist to, String stream, String fields) throws Exception {
    to.ask(
        "STREAM.CREATE." + stream,
        "{\"name\":\"" + stream + "\",\"subjects\":[\"" + stream + ".>\"]" + fields + "}");
    Random random = new Random(7);
    for (int i = 1; i <= 300; i++) {
      byte[] payload = new byte[random.nextInt(3000)];
      for (int at = 0; at < payload.length; at++) {
        payload[at] = (byte) ('a' + random.nextInt(3));
      }
      Headers headers = i % 3 == 0 ? new Headers().add("Number", "" + i) : null;
      to.connection
          .jetStream()
          .publish(
              NatsMessage.builder()
                  .subject(stream + "." + i % 7)
                  .headers(headers)
                  .data(payload)
                  .build());
    }
    for (String consumer : new String[] {"C1", "C2"}) {
      to.ask(
          "CONSUMER.CREATE." + stream + "." + consumer,
          "{\"stream_name\":\""
              + stream
              + "\",\"config\":{\"durable_name\":\""
              + consumer
              + "\",\"ack_policy\":\"explicit\",\"ack_wait\":3600000000000}}");
    }
    Subscription inbox = to.connection.subscribe("pulled." + stream);
    to.connection.publish(
        "$JS.API.CONSUMER.MSG.NEXT." + stream + ".C1",
        "pulled." + stream,
        "{\"batch\":20}".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 20; i++) {
      Message message = inbox.nextMessage(LIMIT);
      if (i < 5 || i % 4 == 0) {
        to.connection.request(message.getReplyTo(), "+ACK".getBytes(StandardCharsets.UTF_8), LIMIT);
      }
    }
    inbox.unsubscribe();
    to.ask("STREAM.MSG.DELETE." + stream, "{\"seq\":40}");
    to.ask("STREAM.MSG.DELETE." + stream, "{\"seq\":41,\"no_erase\":true}");
    to.ask("STREAM.PURGE." + stream, "{\"seq\":5}");
    to.ask("STREAM.MSG.DELETE." + stream, "{\"seq\":300,\"no_erase\":true}");
  }

  private static void move(String fromUrl, String toUrl, String stream, String fields)
      throws Exception {
    try (Archivist from = new Archivist(fromUrl);
        Archivist to = new Archivist(toUrl)) {
      fill(from, stream, fields);
      JsonObject info = from.ask("STREAM.INFO." + stream, "");
      String before = from.everything(stream);
      byte[] archive = from.snapshot(stream, ",\"chunk_size\":4096,\"window_size\":16384");
      String restored = to.restore(info, archive, 5000);
      assertThat(restored).contains("messages=").doesNotContain("error");
      assertThat(to.everything(stream)).isEqualTo(before);
      // The restored stream accepts new messages.
      assertThat(to.connection.jetStream().publish(stream + ".x", new byte[1]).getSeqno())
          .isEqualTo(301);
      from.ask("STREAM.DELETE." + stream, "");
      to.ask("STREAM.DELETE." + stream, "");
    }
  }

  @Test
  @ComparedWithNatsServer
  void hubRestoresWhatTheRealServerGives() throws Exception {
    move(servers.realUrl(), servers.hubUrl(), "out", "");
  }

  @Test
  @ComparedWithNatsServer
  void theRealServerRestoresWhatHubGives() throws Exception {
    move(servers.hubUrl(), servers.realUrl(), "in", "");
  }

  @Test
  @ComparedWithNatsServer
  void compressedStreamsGoBothWays() throws Exception {
    move(servers.realUrl(), servers.hubUrl(), "packed", ",\"compression\":\"s2\"");
    move(servers.hubUrl(), servers.realUrl(), "packed", ",\"compression\":\"s2\"");
  }

  @Test
  @ComparedWithNatsServer
  void streamsInMemoryGoBothWays() throws Exception {
    move(servers.realUrl(), servers.hubUrl(), "fleeting", ",\"storage\":\"memory\"");
    move(servers.hubUrl(), servers.realUrl(), "fleeting", ",\"storage\":\"memory\"");
  }

  @Test
  @ComparedWithNatsServer
  void bothRestoreWhatEarlierServersGive(@TempDir Path directory) throws Exception {
    NatsOptions.Builder earlier = NatsOptions.builder().port(0).serverName("hub");
    earlier.jetStream(directory).compatibility(Compatibility.V2_14);
    try (NatsServer server = NatsServer.start(earlier.build());
        Archivist from = new Archivist(server.clientUrl())) {
      fill(from, "old", "");
      JsonObject info = from.ask("STREAM.INFO.old", "");
      String before = from.everything("old").replace("2.14.5", "2.15.3");
      byte[] archive = from.snapshot("old", "");
      for (String url : new String[] {servers.realUrl(), servers.hubUrl()}) {
        try (Archivist to = new Archivist(url)) {
          assertThat(to.restore(info, archive, 50_000)).doesNotContain("error");
          assertThat(to.everything("old").replace("_nats.level=5", "_nats.level=4"))
              .isEqualTo(before);
          to.ask("STREAM.DELETE.old", "");
        }
      }
    }
  }

  @Test
  @ComparedWithNatsServer
  void refusesWrongArchivesAsTheRealServer() throws Exception {
    String fine =
        "{\"messages\":2,\"bytes\":80,\"first_seq\":3,\"last_seq\":6,\"consumer_count\":0}";
    List<ArchiveBytes> archives =
        List.of(
            new ArchiveBytes()
                .entry("state.json", 0, fine)
                .entry("w", 3, "three")
                .entry("w", 5, "five")
                .end(),
            new ArchiveBytes().entry("state.json", 0, fine).end(),
            new ArchiveBytes().entry("state.json", 0, fine).entry("w", 3, "three"),
            new ArchiveBytes()
                .entry("state.json", 0, fine)
                .entry("w", 5, "x")
                .entry("w", 3, "y")
                .end(),
            new ArchiveBytes().entry("state.json", 0, fine).entry("w", 2, "below the first").end(),
            new ArchiveBytes().entry("state.json", 0, fine).entry("other", 0, "no number").end(),
            new ArchiveBytes().entry("state.json", 0, fine).entry("w", 3, "x".repeat(101)).end(),
            new ArchiveBytes().entry("w", 3, "no state").end(),
            new ArchiveBytes().end(),
            new ArchiveBytes().entry("state.json", 0, fine.replace("6", "1")).end(),
            new ArchiveBytes().entry("state.json", 0, fine.replace(":2", ":9")).end(),
            new ArchiveBytes().entry("state.json", 0, fine.replace("t\":0", "t\":-1")).end(),
            new ArchiveBytes().entry("state.json", 0, fine.replace("t\":0", "t\":1")).end(),
            new ArchiveBytes()
                .entry("state.json", 0, fine.replace("t\":0", "t\":1"))
                .entry("consumers/c", 0, "{\"config\":{\"name\":\"c\"}}")
                .end(),
            new ArchiveBytes()
                .entry("state.json", 0, fine.replace("t\":0", "t\":1"))
                .entry("consumers/c", 0, "{\"state\":{\"delivered\":{}}}")
                .end());
    for (int i = 0; i < archives.size(); i++) {
      byte[] archive = archives.get(i).toBytes();
      assertThat(outcome(servers.hubUrl(), archive))
          .as("archive %d", i)
          .isEqualTo(outcome(servers.realUrl(), archive));
    }
  }

  private static String outcome(String url, byte[] archive) throws Exception {
    JsonObject info =
        Json.parseObject(
            "{\"config\":{\"name\":\"wrong\",\"subjects\":[\"w\"],\"max_msg_size\":100}}");
    try (Archivist to = new Archivist(url)) {
      String outcome = to.restore(info, archive, 10_000);
      // The real server keeps what it has restored up to the mistake; Hub keeps nothing.
      to.text("STREAM.DELETE.wrong", "");
      return outcome;
    }
  }

  @Test
  @ComparedWithNatsServer
  void tellsWhyABackupWasNotCompleted() throws Exception {
    servers.compare(
        server -> {
          server.quietly("STREAM.CREATE.long", "{\"name\":\"long\",\"subjects\":[\"long\"]}");
          for (int i = 0; i < 4; i++) {
            server.store("long", new Random(i).ints(1000).boxed().toList().toString());
          }
          String small = ",\"chunk_size\":1024,\"window_size\":1024}";
          server.listen("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.long");
          server.listen("first");
          server.listen("second");
          server.api("STREAM.SNAPSHOT.long", "{\"deliver_subject\":\"first\"" + small);
          // Another one may begin meanwhile.
          server.api("STREAM.SNAPSHOT.long", "{\"deliver_subject\":\"second\"" + small);
          server.stopListening("first");
          server.expectAdvisory("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.long");
          server.stopListening("second");
          server.expectAdvisory("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_COMPLETE.long");
          server.quietly("STREAM.DELETE.long", "");
        });
  }

  @Test
  void leavesConsumersOutWhenAskedTo() throws Exception {
    try (Archivist hub = new Archivist(servers.hubUrl())) {
      fill(hub, "alone", "");
      JsonObject info = hub.ask("STREAM.INFO.alone", "");
      byte[] archive = hub.snapshot("alone", ",\"no_consumers\":true");
      hub.ask("STREAM.DELETE.alone", "");
      assertThat(hub.restore(info, archive, 100_000)).contains("consumer_count=0");
      hub.ask("STREAM.DELETE.alone", "");
    }
  }

  @Test
  void leavesNothingOfWhatIsDamaged() throws Exception {
    try (Archivist hub = new Archivist(servers.hubUrl())) {
      fill(hub, "torn", "");
      JsonObject info = hub.ask("STREAM.INFO.torn", "");
      byte[] archive = hub.snapshot("torn", "");
      hub.ask("STREAM.DELETE.torn", "");
      // One flipped bit may decode to the same bytes: an offset back into a run of equal ones.
      byte[] flipped = archive.clone();
      for (int i = 0; i < 64; i++) {
        flipped[archive.length / 2 + i] ^= (byte) 0xff;
      }
      assertThat(hub.restore(info, flipped, 10_000)).contains("err_code=10062", "s2: corrupt");
      assertThat(hub.restore(info, Arrays.copyOf(archive, archive.length / 2), 10_000))
          .contains("err_code=10062", "s2: corrupt input");
      assertThat(hub.text("STREAM.INFO.torn", "")).contains("err_code=10059");
      assertThat(hub.restore(info, archive, 10_000)).doesNotContain("error");
      hub.ask("STREAM.DELETE.torn", "");
    }
  }

  @Test
  @ComparedWithNatsServer
  void refusesAsTheRealServer() throws Exception {
    servers.compare(
        server -> {
          server.quietly("STREAM.CREATE.there", "{\"name\":\"there\",\"subjects\":[\"there\"]}");
          server.quietly(
              "STREAM.CREATE.volatile",
              "{\"name\":\"volatile\",\"subjects\":[\"volatile\"],\"storage\":\"memory\"}");
          server.api("STREAM.SNAPSHOT.there", "");
          server.api("STREAM.SNAPSHOT.missing", "{\"deliver_subject\":\"x\"}");
          server.api("STREAM.SNAPSHOT.there", "{\"deliver_subject\":\"x.*\"}");
          server.api("STREAM.SNAPSHOT.there", "{\"deliver_subject\":\"\"}");
          server.api("STREAM.SNAPSHOT.there", "{\"deliver_subject\":5}");
          server.api("STREAM.SNAPSHOT.there", "{\"deliver_subject\":\"x\",\"what\":1}");
          for (String reserved :
              new String[] {"$JS.API.STREAM.DELETE.there", "$JS.ACK.x", "_R_.x", "$JS.x.API.y"}) {
            server.api("STREAM.SNAPSHOT.there", "{\"deliver_subject\":\"" + reserved + "\"}");
          }
          server.api("STREAM.SNAPSHOT.volatile", "{\"deliver_subject\":\"x\"}");
          server.api("STREAM.RESTORE.there", "");
          server.api("STREAM.RESTORE.there", "{\"config\":{\"name\":\"other\"}}");
          server.api("STREAM.RESTORE.there", "{\"config\":{\"name\":\"there\",\"max_age\":-1}}");
          server.api("STREAM.RESTORE.there", "{\"config\":{\"name\":\"there\"}}");
          server.api("STREAM.RESTORE.there", "{\"config\":{\"name\":\"there\"},\"x\":1}");
          server.quietly("STREAM.DELETE.there", "");
          server.quietly("STREAM.DELETE.volatile", "");
        });
  }

  @Test
  void describesTheStreamAndTellsWhoListens() throws Exception {
    servers.compare(
        server -> {
          server.quietly(
              "STREAM.CREATE.told",
              "{\"name\":\"told\",\"subjects\":[\"told\"],\"metadata\":{\"a\":\"b\"}}");
          server.store("told", "one");
          server.listen("chunks");
          server.api("STREAM.SNAPSHOT.told", "{\"deliver_subject\":\"chunks\"}");
          server.expectSizes("chunks");
          server.quietly("STREAM.DELETE.told", "");
        });
  }
}
