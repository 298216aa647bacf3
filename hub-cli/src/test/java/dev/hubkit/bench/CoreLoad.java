package dev.hubkit.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Core NATS: publish and subscribe, fan-out, request and reply, idle connections. */
final class CoreLoad {
  private static final String SUBJECT = "bench.subject";

  private CoreLoad() {}

  /** Measures how many messages a second one publisher gets to all of {@code subscribers}. */
  static Measurement publish(String row, int payload, int subscribers, int messages) {
    return server -> {
      byte[] delivered = message("MSG " + SUBJECT + " 1 " + payload, payload);
      byte[] published = message("PUB " + SUBJECT + " " + payload, payload);
      List<WireClient> clients = new ArrayList<>();
      ExecutorService readers = Executors.newFixedThreadPool(subscribers);
      try (WireClient publisher = server.connect()) {
        publisher.ping();
        List<Future<?>> reading = new ArrayList<>();
        for (int i = 0; i < subscribers; i++) {
          WireClient client = server.connect();
          clients.add(client);
          client.send("SUB " + SUBJECT + " 1\r\n");
          client.ping();
        }
        Stopwatch watch = Stopwatch.start(server);
        for (WireClient client : clients) {
          reading.add(
              readers.submit(
                  () -> {
                    client.skip((long) delivered.length * messages);
                    return null;
                  }));
        }
        int perWrite = Math.max(1, 32 * 1024 / published.length);
        byte[] batch = repeat(published, perWrite);
        for (int sent = 0; sent < messages; sent += perWrite) {
          publisher.send(batch, published.length * Math.min(perWrite, messages - sent));
        }
        for (Future<?> future : reading) {
          future.get();
        }
        return Map.of(row, Figure.rate(messages, watch.stop()));
      } finally {
        readers.shutdownNow();
        for (WireClient client : clients) {
          client.close();
        }
      }
    };
  }

  /**
   * Measures the microseconds that a request takes when another connection answers it; median and
   * 99th percentile.
   */
  static Measurement request(String row, int requests) {
    return server -> {
      try (WireClient responder = server.connect();
          WireClient requester = server.connect()) {
        responder.send("SUB " + SUBJECT + " 1\r\n");
        responder.ping();
        requester.send("SUB _INBOX.bench.* 1\r\n");
        requester.ping();
        byte[] answer = message("PUB _INBOX.bench.1 16", 16);
        byte[] request = message("PUB " + SUBJECT + " _INBOX.bench.1 16", 16);
        Thread answering =
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < requests; i++) {
                      responder.message();
                      responder.send(answer, answer.length);
                    }
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });
        answering.start();
        long[] nanos = new long[requests];
        Stopwatch watch = Stopwatch.start(server);
        for (int i = 0; i < requests; i++) {
          long start = System.nanoTime();
          requester.send(request, request.length);
          requester.message();
          nanos[i] = System.nanoTime() - start;
        }
        answering.join();
        return percentiles(row, nanos, watch.stop());
      }
    };
  }

  /** Measures the KiB of server memory for each of {@code count} connections that do nothing. */
  static Measurement idle(String row, int count) {
    return server -> {
      List<WireClient> clients = new ArrayList<>();
      try {
        // Opens one connection first, so that the others do not pay for what the server loads once.
        WireClient first = server.connect();
        clients.add(first);
        first.ping();
        double before = server.residentMebibytes();
        for (int i = 0; i < count; i++) {
          WireClient client = server.connect();
          clients.add(client);
          client.ping();
        }
        return Map.of(row, Figure.cost((server.residentMebibytes() - before) * 1024 / count));
      } finally {
        for (WireClient client : clients) {
          client.close();
        }
      }
    };
  }

  static Map<String, Figure> percentiles(String row, long[] nanos, Stopwatch watch) {
    Map<String, Figure> figures = new LinkedHashMap<>(percentiles(row, nanos));
    figures.put(row + " p50", Figure.cost(nanos[nanos.length / 2] / 1e3, nanos.length, watch));
    return figures;
  }

  /** Returns the median and the 99th percentile in microseconds; sorts {@code nanos}. */
  static Map<String, Figure> percentiles(String row, long[] nanos) {
    Arrays.sort(nanos);
    return Map.of(
        row + " p50", Figure.cost(nanos[nanos.length / 2] / 1e3),
        row + " p99", Figure.cost(nanos[nanos.length - 1 - nanos.length / 100] / 1e3));
  }

  static byte[] message(String head, int payload) {
    return (head + "\r\n" + "x".repeat(payload) + "\r\n").getBytes(US_ASCII);
  }

  static byte[] repeat(byte[] bytes, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length * times);
    for (int i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }
}
