package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two accounts both hold much of a small heap: one that takes all it can get leaves the other its
 * share, though that other one holds a large part as well.
 */
class AccountShareTest {
  private static final int AT_ONCE = 500;
  private static final byte[] PAYLOAD = new byte[500];

  // A message takes about 660 bytes; the share of each of two accounts is 7.3 MB of 64.
  private static final int MOST_OF_A_SHARE = 10_200;
  private static final int LITTLE_MORE = 500;
  private static final int MORE_THAN_THERE_IS = 20_000;

  @TempDir private Path directory;

  @Test
  void anAccountHasItsShareHoweverMuchTheOtherTakes() throws Exception {
    String config =
        "jetstream { store_dir: \""
            + directory.resolve("js")
            + "\" }\naccounts {\n"
            + "  GREEDY { jetstream: enabled, users: [{user: greedy, password: greedy}] }\n"
            + "  STEADY { jetstream: enabled, users: [{user: steady, password: steady}] }\n"
            + "}\n";
    try (SmallHeapServer server = SmallHeapServer.start(directory, config, "-Xmx64m");
        Connection greedy = connect(server, "greedy");
        Connection steady = connect(server, "steady")) {
      addStream(steady, "STEADY");
      assertThat(publish(steady, "STEADY", MOST_OF_A_SHARE))
          .as("messages refused at first")
          .isZero();
      addStream(greedy, "GREEDY");
      assertThat(publish(greedy, "GREEDY", MORE_THAN_THERE_IS))
          .as("messages of the greedy account refused")
          .isPositive();
      assertThat(publish(steady, "STEADY", LITTLE_MORE))
          .as("messages of the steady account refused within its share")
          .isZero();
    }
  }

  private static Connection connect(SmallHeapServer server, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://" + user + ":" + user + "@127.0.0.1:" + server.port())
            .connectionTimeout(Duration.ofSeconds(60))
            .noReconnect()
            .build());
  }

  private static void addStream(Connection connection, String name) throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name(name)
                .subjects(name)
                .storageType(StorageType.Memory)
                .build());
  }

  /** Publishes {@code count} messages, and returns how many of them the server refused. */
  private static int publish(Connection connection, String subject, int count) throws Exception {
    JetStream jetStream = connection.jetStream();
    List<CompletableFuture<PublishAck>> answers = new ArrayList<>();
    int refused = 0;
    for (int i = 0; i < count; i++) {
      answers.add(jetStream.publishAsync(subject, PAYLOAD));
      if (answers.size() == AT_ONCE || i == count - 1) {
        for (CompletableFuture<PublishAck> answer : answers) {
          refused += answer.handle((ack, e) -> isRefused(e) ? 1 : 0).get(60, TimeUnit.SECONDS);
        }
        answers.clear();
      }
    }
    return refused;
  }

  private static boolean isRefused(Throwable failure) {
    if (failure == null) {
      return false;
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    assertThat(cause)
        .isInstanceOfSatisfying(
            JetStreamApiException.class, e -> assertThat(e.getApiErrorCode()).isEqualTo(10023));
    return true;
  }
}
