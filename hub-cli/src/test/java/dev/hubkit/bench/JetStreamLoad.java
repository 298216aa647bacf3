package dev.hubkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.nats.client.Connection;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Loads JetStream: publishes and pulls with prepared bytes, so that the load itself costs little,
 * and uses ordered consumers and key-value through jnats.
 */
final class JetStreamLoad {
  private static final String STREAM = "BENCH";
  private static final String SUBJECT = "bench.js";
  private static final int PAYLOAD_SIZE = 128;
  private static final byte[] PAYLOAD = "x".repeat(PAYLOAD_SIZE).getBytes(US_ASCII);
  private static final int IN_FLIGHT = 1024;
  private static final int STEP = 128;
  private static final int FETCH = 500;

  private JetStreamLoad() {}

  /** Measures the microseconds of a publish that waits for its ack; median and 99th percentile. */
  static Measurement publish(String row, StorageType storage, int messages) {
    return server -> {
      createStream(server, storage);
      byte[] message = published(SUBJECT);
      try (WireClient client = publisher(server)) {
        long[] nanos = new long[messages];
        Stopwatch watch = Stopwatch.start(server);
        for (int i = 0; i < messages; i++) {
          long start = System.nanoTime();
          client.send(message, message.length);
          client.message();
          nanos[i] = System.nanoTime() - start;
        }
        return CoreLoad.percentiles(row, nanos, watch.stop());
      }
    };
  }

  /** Measures acked publishes a second with 1,024 in flight. */
  static Measurement publishAsync(String row, StorageType storage, int messages) {
    return server -> {
      createStream(server, storage);
      Stopwatch watch = Stopwatch.start(server);
      fill(server, messages, subject -> SUBJECT);
      return Map.of(row, Figure.rate(messages, watch.stop()));
    };
  }

  /**
   * Measures messages a second of a durable pull consumer with explicit acks, and of an ordered
   * one.
   */
  static Measurement consume(String pullRow, String orderedRow, int messages) {
    return server -> {
      createStream(server, StorageType.File);
      fill(server, messages, subject -> SUBJECT);
      Map<String, Figure> figures = new LinkedHashMap<>();
      Stopwatch pulling = Stopwatch.start(server);
      pull(server, messages);
      figures.put(pullRow, Figure.rate(messages, pulling.stop()));
      try (Connection connection = connect(server)) {
        Stopwatch ordering = Stopwatch.start(server);
        ordered(connection, messages);
        figures.put(orderedRow, Figure.rate(messages, ordering.stop()));
      }
      return figures;
    };
  }

  /**
   * Measures the microseconds of a put and of a get of one of 1,000 keys; median and 99th
   * percentile.
   */
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
        Stopwatch putting = Stopwatch.start(server);
        for (int i = 0; i < operations; i++) {
          long start = System.nanoTime();
          keyValue.put("key." + i % 1000, PAYLOAD);
          puts[i] = System.nanoTime() - start;
        }
        putting.stop();
        Stopwatch getting = Stopwatch.start(server);
        for (int i = 0; i < operations; i++) {
          long start = System.nanoTime();
          keyValue.get("key." + i % 1000);
          gets[i] = System.nanoTime() - start;
        }
        getting.stop();
        Map<String, Figure> figures =
            new LinkedHashMap<>(CoreLoad.percentiles(putRow, puts, putting));
        figures.putAll(CoreLoad.percentiles(getRow, gets, getting));
        return figures;
      }
    };
  }

  /**
   * Measures a server with a large stream in files: the additional memory that it takes once the
   * stream is full and once it has opened the stream again, and the seconds from the start of the
   * process until the stream answers, after an orderly stop and after kill -9.
   *
   * @param subjects the number of subjects over which the messages are spread
   */
  static Measurement reopen(String row, int messages, int subjects) {
    return running -> {
      // Uses a fresh process: the memory of one that has already run shows what others did to it.
      NatsProcess server = running.another();
      try {
        double empty = server.residentMebibytes();
        double emptyHeap = server.isJava() ? server.liveHeapMebibytes() : Double.NaN;
        createStream(server, StorageType.File);
        fill(server, messages, number -> "bench." + number % subjects);
        Map<String, Figure> figures = new LinkedHashMap<>();
        figures.put(row + ": resident, MiB", Figure.cost(server.residentMebibytes() - empty));
        server.stop();
        server = timedRestart(row + ": start after stop, s", server, messages, figures);
        figures.put(
            row + ": resident after start, MiB", Figure.cost(server.residentMebibytes() - empty));
        if (server.isJava()) {
          figures.put(
              row + ": live heap, MiB", Figure.cost(server.liveHeapMebibytes() - emptyHeap));
        }
        server.kill();
        server = timedRestart(row + ": start after kill -9, s", server, messages, figures);
        return figures;
      } finally {
        server.close();
      }
    };
  }

  private static NatsProcess timedRestart(
      String row, NatsProcess ended, int messages, Map<String, Figure> figures) throws Exception {
    long start = System.nanoTime();
    NatsProcess server = ended.restart();
    try (WireClient client = publisher(server)) {
      client.send("PUB $JS.API.STREAM.INFO." + STREAM + " _INBOX.bench.1 0\r\n\r\n");
      String info = client.payload();
      if (!info.contains("\"messages\":" + messages)) {
        throw new IOException("Not what was stored: " + info);
      }
    }
    figures.put(row, Figure.cost((System.nanoTime() - start) / 1e9));
    return server;
  }

  private static WireClient publisher(NatsProcess server) throws IOException {
    WireClient client = server.connect();
    client.send("SUB _INBOX.bench.* 1\r\n");
    client.ping();
    return client;
  }

  private static byte[] published(String subject) {
    return CoreLoad.message("PUB " + subject + " _INBOX.bench.1 " + PAYLOAD_SIZE, PAYLOAD_SIZE);
  }

  /** Publishes, with 1,024 messages in flight, until the server has acknowledged all of them. */
  private static void fill(NatsProcess server, int messages, IntFunction<String> subject)
      throws IOException {
    try (WireClient client = publisher(server)) {
      int sent = 0;
      int acked = 0;
      byte[] batch = new byte[STEP * 256];
      while (acked < messages) {
        while (sent < messages && sent - acked <= IN_FLIGHT - STEP) {
          int length = 0;
          for (int end = Math.min(messages, sent + STEP); sent < end; sent++) {
            byte[] message = published(subject.apply(sent));
            System.arraycopy(message, 0, batch, length, message.length);
            length += message.length;
          }
          client.send(batch, length);
        }
        for (int end = Math.min(sent, acked + STEP); acked < end; acked++) {
          client.message();
        }
      }
    }
  }

  private static void pull(NatsProcess server, int messages) throws Exception {
    try (Connection connection = connect(server)) {
      connection
          .getStreamContext(STREAM)
          .createOrUpdateConsumer(
              ConsumerConfiguration.builder()
                  .durable("PULL")
                  .ackPolicy(AckPolicy.Explicit)
                  .maxAckPending(10_000)
                  .build());
    }
    try (WireClient client = publisher(server)) {
      String next = "$JS.API.CONSUMER.MSG.NEXT." + STREAM + ".PULL";
      String ask = "{\"batch\":" + FETCH + ",\"expires\":10000000000}";
      String request = "PUB " + next + " _INBOX.bench.1 " + ask.length() + "\r\n" + ask + "\r\n";
      StringBuilder acks = new StringBuilder();
      client.send(request);
      for (int received = 0; received < messages; ) {
        String reply = client.message();
        acks.append("PUB ").append(reply).append(" 4\r\n+ACK\r\n");
        received++;
        if (received % FETCH == 0 && received < messages) {
          acks.append(request);
        }
        if (acks.length() > 8 * 1024 || received % FETCH == 0 || received == messages) {
          client.send(acks.toString());
          acks.setLength(0);
        }
      }
      client.ping();
    }
  }

  private static void ordered(Connection connection, int messages) throws Exception {
    OrderedConsumerContext consumer =
        connection
            .getStreamContext(STREAM)
            .createOrderedConsumer(new OrderedConsumerConfiguration());
    try (IterableConsumer iterate = consumer.iterate()) {
      for (int received = 0; received < messages; received++) {
        if (iterate.nextMessage(30_000) == null) {
          throw new IOException("The ordered consumer stopped after " + received + " messages");
        }
      }
    }
  }

  private static void createStream(NatsProcess server, StorageType storage) throws Exception {
    try (Connection connection = connect(server)) {
      JetStreamManagement management = connection.jetStreamManagement();
      if (management.getStreamNames().contains(STREAM)) {
        management.deleteStream(STREAM);
      }
      management.addStream(
          StreamConfiguration.builder()
              .name(STREAM)
              .subjects("bench.>")
              .storageType(storage)
              .build());
    }
  }

  private static Connection connect(NatsProcess server) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(server.url().toString())
            .connectionTimeout(Duration.ofSeconds(20))
            .build());
  }
}
