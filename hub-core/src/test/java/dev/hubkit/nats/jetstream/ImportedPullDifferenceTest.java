package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of an account that imports another account's service to pull from a consumer. */
class ImportedPullDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.S.C";
  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE" }
      accounts {
        JS {
          jetstream: enabled
          users: [{user: js, password: js}]
          exports: [
            {service: "S"}
            {service: "$JS.API.CONSUMER.MSG.NEXT.S.C", response: stream}
            {service: "$JS.ACK.S.*.>"}
          ]
        }
        U {
          users: [{user: u, password: u}]
          imports: [
            {service: {account: JS, subject: "S"}, to: "s"}
            {service: {account: JS, subject: "$JS.API.CONSUMER.MSG.NEXT.S.C"}}
            {service: {account: JS, subject: "$JS.ACK.S.*.>"}}
          ]
        }
      }
      """;

  @TempDir Path directory;

  private static Connection connect(String url, String user) throws Exception {
    return Nats.connect(
        new Options.Builder()
            .server(url)
            .userInfo(user.toCharArray(), user.toCharArray())
            .noReconnect()
            .build());
  }

  private static void publish(Connection client, String text) throws Exception {
    assertThat(client.request("s", text.getBytes(UTF_8), PATIENCE)).isNotNull();
  }

  private static String next(Subscription subscription) throws Exception {
    return describe(subscription.nextMessage(PATIENCE));
  }

  private static String describe(@Nullable Message message) {
    assertThat(message).isNotNull();
    String reply = String.valueOf(message.getReplyTo()).replaceAll("\\d{19}", "(time)");
    String status = message.isStatusMessage() ? message.getStatus().getMessageWithCode() : "";
    return message.getSubject() + " " + reply + " " + new String(message.getData(), UTF_8) + status;
  }

  private static List<String> transcript(String url) throws Exception {
    List<String> seen = new ArrayList<>();
    try (Connection owner = connect(url, "js");
        Connection client = connect(url, "u");
        Connection gone = connect(url, "u")) {
      owner
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("S")
                  .subjects("S")
                  .storageType(StorageType.Memory)
                  .build());
      owner
          .jetStreamManagement()
          .addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("C").build());
      Subscription inbox = client.subscribe("in");
      publish(client, "1");
      publish(client, "2");
      publish(client, "3");
      // nats-server counts a message for its consumer after it has acknowledged it, and a request
      // that does not wait gets what is counted.
      await().atMost(PATIENCE).until(() -> pending(owner) == 3);
      client.publish(NEXT, "in", "{\"batch\":2,\"expires\":60000000000}".getBytes(UTF_8));
      seen.add(next(inbox));
      Message second = inbox.nextMessage(PATIENCE);
      seen.add(describe(second));
      client.publish(NEXT, "in", "{\"batch\":2,\"no_wait\":true}".getBytes(UTF_8));
      seen.add(next(inbox));
      seen.add(next(inbox));
      seen.add(describe(client.request(second.getReplyTo(), "+ACK".getBytes(UTF_8), PATIENCE)));

      // A client that leaves while its pull request waits takes no message with it.
      gone.subscribe("gone");
      gone.publish(NEXT, "gone", "{\"batch\":5,\"expires\":60000000000}".getBytes(UTF_8));
      gone.flush(PATIENCE);
      await().atMost(PATIENCE).until(() -> waiting(owner) == 1);
      gone.close();
      await().atMost(PATIENCE).until(() -> nobodyIsAt("gone", client));
      publish(client, "4");
      await().atMost(PATIENCE).until(() -> pending(owner) == 1);
      client.publish(NEXT, "in", "{\"batch\":1,\"no_wait\":true}".getBytes(UTF_8));
      seen.add(next(inbox));
    }
    return seen;
  }

  private static long pending(Connection owner) throws Exception {
    return owner.jetStreamManagement().getConsumerInfo("S", "C").getNumPending();
  }

  private static long waiting(Connection owner) throws Exception {
    return owner.jetStreamManagement().getConsumerInfo("S", "C").getNumWaiting();
  }

  private static boolean nobodyIsAt(String subject, Connection client) throws Exception {
    try {
      client.request(subject, new byte[0]).get(1, TimeUnit.SECONDS);
      return false;
    } catch (TimeoutException e) {
      return false;
    } catch (CancellationException e) {
      return true;
    }
  }

  @Test
  void bringsTheMessagesAcross() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> real = transcript("nats://127.0.0.1:" + servers.real().port());
      assertThat(transcript("nats://127.0.0.1:" + servers.ours().port()))
          .map(line -> line.replaceAll("_INBOX\\S+", "(inbox)"))
          .isEqualTo(real.stream().map(line -> line.replaceAll("_INBOX\\S+", "(inbox)")).toList());
    }
  }
}
