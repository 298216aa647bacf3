package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills a server while it sends a snapshot, or while it restores a stream from one: the stream is
 * then there with all messages, or not at all.
 */
final class RestoreCrash {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MESSAGES = 2_000;
  private static final CrashedStream CONTENT = new CrashedStream("SMALL", 0, Duration.ZERO, 8_000);

  private final Random random;
  private final List<byte[]> chunks = new ArrayList<>();
  private boolean restored; // confirmed but not yet checked

  RestoreCrash(Random random) {
    this.random = random;
  }

  private static JsonObject ask(Connection connection, String subject, String body)
      throws Exception {
    Message answer = connection.request("$JS.API." + subject, body.getBytes(UTF_8), PATIENCE);
    assertThat(answer).as(subject).isNotNull();
    JsonObject json = Json.parseObject(answer.getData());
    assertThat(json.object("error")).as(subject).isNull();
    return json;
  }

  /** Receives at most {@code most} chunks of a snapshot; returns whether there are more. */
  private boolean receive(Connection connection, String stream, int most, List<byte[]> into)
      throws Exception {
    Subscription inbox = connection.subscribe(connection.createInbox());
    ask(
        connection,
        "STREAM.SNAPSHOT." + stream,
        "{\"deliver_subject\":\"" + inbox.getSubject() + "\",\"chunk_size\":65536}");
    for (int i = 0; i < most; i++) {
      Message chunk = inbox.nextMessage(PATIENCE);
      assertThat(chunk).as("a chunk of the snapshot").isNotNull();
      if (chunk.getData().length == 0) {
        return false;
      }
      into.add(chunk.getData());
      if (chunk.getReplyTo() != null) {
        connection.publish(chunk.getReplyTo(), null);
      }
    }
    return true;
  }

  /** Kills the server while a client takes a snapshot; returns whether it was still sending. */
  boolean snapshot(Connection connection, KilledServer server, String stream) throws Exception {
    boolean more = receive(connection, stream, 1 + random.nextInt(40), new ArrayList<>());
    server.kill();
    return more;
  }

  private void prepare(Connection connection) throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("SMALL")
                .subjects("small.*")
                .storageType(StorageType.File)
                .build());
    for (int i = 1; i <= MESSAGES; i++) {
      connection.jetStream().publish("small." + i % 10, CONTENT.payload("small-" + i));
    }
    assertThat(receive(connection, "SMALL", Integer.MAX_VALUE, chunks)).isFalse();
    connection.jetStreamManagement().deleteStream("SMALL");
  }

  /** Kills the server while it restores a snapshot; returns whether the restore was under way. */
  boolean restore(Connection connection, KilledServer server) throws Exception {
    if (chunks.isEmpty()) {
      prepare(connection);
    }
    JsonObject begun =
        ask(
            connection,
            "STREAM.RESTORE.SMALL",
            "{\"config\":{\"name\":\"SMALL\",\"subjects\":[\"small.*\"],\"storage\":\"file\","
                + "\"retention\":\"limits\",\"discard\":\"old\",\"num_replicas\":1,"
                + "\"max_msgs\":-1,\"max_bytes\":-1,\"max_consumers\":-1,\"max_msg_size\":-1},"
                + "\"state\":{\"messages\":"
                + MESSAGES
                + ",\"last_seq\":"
                + MESSAGES
                + ",\"first_seq\":1,\"bytes\":1000}}");
    String target = String.valueOf(begun.string("deliver_subject"));
    boolean cut = random.nextInt(3) == 0;
    int most = cut ? random.nextInt(chunks.size()) : chunks.size();
    for (int i = 0; i < most; i++) {
      Message taken = connection.request(target, chunks.get(i), PATIENCE);
      assertThat(String.valueOf(taken.getStatus()) + new String(taken.getData(), UTF_8))
          .as("the answer to chunk %s of %s", i, chunks.size())
          .isEqualTo("null");
    }
    AtomicReference<Message> answer = new AtomicReference<>();
    String end = connection.createInbox();
    connection.createDispatcher(answer::set).subscribe(end);
    if (!cut) {
      // Sends the end of the snapshot, and then waits for the random instant.
      connection.publish(target, end, null);
      connection.flush(PATIENCE);
      LockSupport.parkNanos(random.nextInt(60_000_000));
    }
    server.kill();
    Message confirmed = answer.get();
    if (confirmed != null) {
      assertThat(new String(confirmed.getData(), UTF_8)).as("an answer").contains("\"config\"");
      restored = true;
    }
    return confirmed == null;
  }

  /** Checks that the stream is complete if it is there. */
  void check(Connection connection) throws Exception {
    var management = connection.jetStreamManagement();
    boolean isThere = management.getStreamNames().contains("SMALL");
    assertThat(isThere || !restored)
        .as("the stream is there, or its restore was not confirmed")
        .isTrue();
    restored = false;
    if (!isThere) {
      return;
    }
    assertThat(management.getStreamInfo("SMALL").getStreamState().getMsgCount())
        .isEqualTo(MESSAGES);
    for (int i = 1; i <= MESSAGES; i++) {
      assertThat(CONTENT.check(management.getMessage("SMALL", i).getData()))
          .isEqualTo("small-" + i);
    }
    management.deleteStream("SMALL");
  }
}
