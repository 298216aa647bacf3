package dev.hubkit.bench;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** JetStream through jnats: publishing, consuming, key-value. */
final class JetStreamLoad {
  private static final String STREAM = "BENCH";
  private static final String SUBJECT = "bench.js";
  private static final byte[] PAYLOAD = "x".repeat(128).getBytes(StandardCharsets.US_ASCII);
  private static final int IN_FLIGHT = 1024;
  private static final int FETCH = 500;

  private JetStreamLoad() {}

  /** Microseconds of a publish that waits for its ack; median and 99th percentile. */
  static Measurement publish(String row, StorageType storage, int messages) {
    return server -> {
      try (Connection connection = connect(server)) {
        createStream(connection, storage);
        JetStream js = connection.jetStream();
        long[] nanos = new long[messages];
        for (int i = 0; i < messages; i++) {
          long start = System.nanoTime();
          js.publish(SUBJECT, PAYLOAD);
          nanos[i] = System.nanoTime() - start;
        }
        return CoreLoad.percentiles(row, nanos);
      }
    };
  }

  /** Acked publishes a second with 1,024 in flight. */
  static Measurement publishAsync(String row, StorageType storage, int messages) {
    return server -> {
      try (Connection connection = connect(server)) {
        createStream(connection, storage);
        return Map.of(row, messages / fill(connection, messages));
      }
    };
  }

  /** Messages a second of a durable pull consumer with explicit acks, and of an ordered one. */
  static Measurement consume(String pullRow, String orderedRow, int messages) {
    return server -> {
      try (Connection connection = connect(server)) {
        createStream(connection, StorageType.File);
        fill(connection, messages);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(pullRow, messages / pull(connection, messages));
        figures.put(orderedRow, messages / ordered(connection, messages));
        return figures;
      }
    };
  }

  /** Microseconds of a put and of a get of one of 1,000 keys; median and 99th percentile. */
  static Measurement keyValue(String putRow, String getRow, int operations) {
    return server -> {
      try (Connection connection = connect(server)) {
        String bucket = "BENCH";
        if (connection.keyValueManagement().getBucketNames().contains(bucket)) {
          connection.keyValueManagement().delete(bucket);
        }
        connection
            .keyValueManagement()
            .create(
                KeyValueConfiguration.builder().name(bucket).storageType(StorageType.File).build());
        KeyValue keyValue = connection.keyValue(bucket);
        long[] puts = new long[operations];
        long[] gets = new long[operations];
        for (int i = 0; i < operations; i++) {
          long start = System.nanoTime();
          keyValue.put("key." + i % 1000, PAYLOAD);
          puts[i] = System.nanoTime() - start;
        }
        for (int i = 0; i < operations; i++) {
          long start = System.nanoTime();
          keyValue.get("key." + i % 1000);
          gets[i] = System.nanoTime() - start;
        }
        Map<String, Double> figures = new LinkedHashMap<>(CoreLoad.percentiles(putRow, puts));
        figures.putAll(CoreLoad.percentiles(getRow, gets));
        return figures;
      }
    };
  }

  private static double pull(Connection connection, int messages) throws Exception {
    ConsumerContext consumer =
        connection
            .getStreamContext(STREAM)
            .createOrUpdateConsumer(
                ConsumerConfiguration.builder()
                    .durable("PULL")
                    .ackPolicy(AckPolicy.Explicit)
                    .maxAckPending(10_000)
                    .build());
    long start = System.nanoTime();
    int received = 0;
    while (received < messages) {
      FetchConsumeOptions options =
          FetchConsumeOptions.builder()
              .maxMessages(Math.min(FETCH, messages - received))
              .expiresIn(10_000)
              .build();
      try (FetchConsumer fetch = consumer.fetch(options)) {
        for (Message next = fetch.nextMessage(); next != null; next = fetch.nextMessage()) {
          next.ack();
          received++;
        }
      }
    }
    connection.flush(Duration.ofSeconds(30));
    return seconds(start);
  }

  private static double ordered(Connection connection, int messages) throws Exception {
    OrderedConsumerContext consumer =
        connection
            .getStreamContext(STREAM)
            .createOrderedConsumer(new OrderedConsumerConfiguration());
    long start = System.nanoTime();
    try (IterableConsumer iterate = consumer.iterate()) {
      for (int received = 0; received < messages; received++) {
        if (iterate.nextMessage(30_000) == null) {
          throw new IOException("The ordered consumer stopped after " + received + " messages");
        }
      }
      return seconds(start);
    }
  }

  private static double fill(Connection connection, int messages) throws Exception {
    JetStream js = connection.jetStream();
    ArrayDeque<CompletableFuture<PublishAck>> pending = new ArrayDeque<>(IN_FLIGHT);
    long start = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      if (pending.size() == IN_FLIGHT) {
        pending.remove().get();
      }
      pending.add(js.publishAsync(SUBJECT, PAYLOAD));
    }
    for (CompletableFuture<PublishAck> ack : pending) {
      ack.get();
    }
    return seconds(start);
  }

  private static void createStream(Connection connection, StorageType storage) throws Exception {
    JetStreamManagement management = connection.jetStreamManagement();
    if (management.getStreamNames().contains(STREAM)) {
      management.deleteStream(STREAM);
    }
    management.addStream(
        StreamConfiguration.builder().name(STREAM).subjects(SUBJECT).storageType(storage).build());
  }

  private static Connection connect(NatsProcess server) throws IOException, InterruptedException {
    return Nats.connect(Options.builder().server(server.url().toString()).build());
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
