package dev.hubkit.nats.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.NavigableSet;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.BooleanSupplier;

/** A client that acknowledges what a durable consumer delivers, and waits for the confirmations. */
final class CrashReader {
  private static final String CONSUMER = "reader";

  private final CrashedStream stream;
  private final NavigableSet<Long> confirmed = new ConcurrentSkipListSet<>();

  /** Creates a reader of a stream from which nobody removes messages. */
  CrashReader(CrashedStream stream) {
    this.stream = stream;
  }

  CrashedStream stream() {
    return stream;
  }

  void create(Connection connection) throws IOException, JetStreamApiException {
    // With a short ack wait, a lost acknowledgement soon shows as a redelivery.
    connection
        .jetStreamManagement()
        .addOrUpdateConsumer(
            stream.name(),
            ConsumerConfiguration.builder()
                .durable(CONSUMER)
                .ackPolicy(AckPolicy.Explicit)
                .ackWait(Duration.ofSeconds(1))
                .build());
  }

  /** Publishes the messages to read. */
  void feed(Connection connection, Random random, BooleanSupplier over) throws Exception {
    while (!over.getAsBoolean()) {
      stream.publish(connection, random, 5_000, over);
    }
  }

  void read(Connection connection, BooleanSupplier over) throws Exception {
    ConsumerContext consumer = connection.getConsumerContext(stream.name(), CONSUMER);
    FetchConsumeOptions options =
        FetchConsumeOptions.builder().maxMessages(20).expiresIn(1000).build();
    while (!over.getAsBoolean()) {
      try (FetchConsumer fetch = consumer.fetch(options)) {
        for (Message message = fetch.nextMessage();
            message != null;
            message = fetch.nextMessage()) {
          long sequence = message.metaData().streamSequence();
          if (confirmed.contains(sequence)) {
            throw new AssertionError("message " + sequence + " comes again after its ack");
          }
          message.ackSync(Duration.ofSeconds(5));
          confirmed.add(sequence);
        }
      }
    }
  }

  /** Returns the number of confirmed acknowledgements. */
  int confirmed() {
    return confirmed.size();
  }

  /**
   * Checks that every message up to the ack floor was acknowledged, and that the floor is at least
   * as high as the confirmations.
   */
  void check(Connection connection) throws IOException, JetStreamApiException {
    long floor =
        connection
            .jetStreamManagement()
            .getConsumerInfo(stream.name(), CONSUMER)
            .getAckFloor()
            .getStreamSequence();
    long contiguous = 0;
    while (confirmed.contains(contiguous + 1)) {
      contiguous++;
    }
    assertThat(floor).as("the ack floor").isGreaterThanOrEqualTo(contiguous);
  }
}
