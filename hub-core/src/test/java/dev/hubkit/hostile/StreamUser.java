package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.PublishOptions;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * Publishes to a stream and reads it in order: each acknowledged message must come once, at the
 * sequence in its acknowledgement.
 */
final class StreamUser implements OrdinaryClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final Connection connection;
  private final JetStream jetStream;
  private final String stream;
  private final String subject;
  private final IterableConsumer consumer;
  private final Queue<String> expected = new ArrayDeque<>(); // "SEQUENCE TEXT" in order
  private int published;
  private long lastSequence;

  StreamUser(String name, Connection connection, StorageType storage) throws Exception {
    this.name = name;
    this.connection = connection;
    stream = "ORDINARY-" + storage;
    subject = "ordinary." + storage;
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name(stream)
                .subjects(subject)
                .storageType(storage)
                .maxBytes(1_000_000)
                .build());
    jetStream = connection.jetStream();
    OrderedConsumerContext ordered =
        connection
            .getStreamContext(stream)
            .createOrderedConsumer(new OrderedConsumerConfiguration());
    consumer = ordered.iterate();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void act() throws Exception {
    for (int i = 0; i < 5; i++) {
      String text = "message " + ++published + " ".repeat(published % 200);
      PublishAck ack;
      try {
        PublishOptions options =
            PublishOptions.builder().messageId(name + published).streamTimeout(PATIENCE).build();
        ack = jetStream.publish(subject, text.getBytes(UTF_8), options);
      } catch (JetStreamApiException e) {
        published--; // the server refused it, so it is not there
        throw e;
      }
      if (ack.getSeqno() <= lastSequence || ack.isDuplicate()) {
        throw new AssertionError("acknowledged as " + ack + " after " + lastSequence);
      }
      lastSequence = ack.getSeqno();
      expected.add(ack.getSeqno() + " " + text);
    }
    read();
  }

  private void read() throws Exception {
    while (!expected.isEmpty()) {
      Message message = next();
      if (message == null) {
        throw new AssertionError(
            "nothing comes, not \"" + expected.peek() + "\"; of the consumer: " + consumers());
      }
      String found =
          message.metaData().streamSequence() + " " + new String(message.getData(), UTF_8);
      String wanted = expected.remove();
      if (!found.equals(wanted)) {
        throw new AssertionError("read \"" + found + "\", not \"" + wanted + "\"");
      }
    }
  }

  /**
   * Returns the next message. The jnats call also returns early when one of its pull requests ends.
   */
  private Message next() throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Message message = consumer.nextMessage(PATIENCE);
    while (message == null && System.nanoTime() < end) {
      message = consumer.nextMessage(PATIENCE);
    }
    return message;
  }

  private List<ConsumerInfo> consumers() throws IOException, JetStreamApiException {
    return connection.jetStreamManagement().getConsumers(stream);
  }

  @Override
  public void finish() throws Exception {
    read();
    long last =
        connection.jetStreamManagement().getStreamInfo(stream).getStreamState().getLastSequence();
    if (last != lastSequence) {
      throw new AssertionError("the last sequence is " + last + ", not " + lastSequence);
    }
  }

  @Override
  public long restMillis() {
    return 50;
  }

  @Override
  public void close() throws Exception {
    consumer.close();
    connection.close();
  }
}
