package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Puts the load of {@code hub bench} on a NATS server. Leaves nothing behind. */
final class NatsLoad {
  private static final int PAYLOAD = 128;
  private static final int IN_FLIGHT = 256;

  private final URI server;
  private final double scale;
  private final BenchResults figures;
  // No other benchmark and no application uses these names.
  private final String name = "HUB_BENCH_" + UUID.randomUUID().toString().replace("-", "");

  NatsLoad(URI server, double scale, BenchResults figures) {
    this.server = server;
    this.scale = scale;
    this.figures = figures;
  }

  void run() throws IOException {
    publish(Math.max(1_000, (int) (1_000_000 * scale)));
    request(Math.max(100, (int) (10_000 * scale)));
    for (String storage : new String[] {"memory", "file"}) {
      stream(storage, Math.max(100, (int) (50_000 * scale)));
    }
  }

  private void publish(int messages) throws IOException {
    byte[] published = message("PUB " + name + " " + PAYLOAD);
    byte[] delivered = message("MSG " + name + " 1 " + PAYLOAD);
    int perWrite = Math.max(1, 32 * 1024 / published.length);
    byte[] batch = repeat(published, perWrite);
    try (LoadConnection publisher = new LoadConnection(server);
        LoadConnection subscriber = new LoadConnection(server)) {
      subscriber.send("SUB " + name + " 1\r\n");
      subscriber.ping();
      long start = System.nanoTime();
      FutureTask<Boolean> receiving =
          inBackground(
              () -> {
                subscriber.skip((long) delivered.length * messages);
                return true;
              });
      for (int sent = 0; sent < messages; sent += perWrite) {
        publisher.send(batch, published.length * Math.min(perWrite, messages - sent));
      }
      result(receiving);
      figures.add(
          "publish and receive, " + PAYLOAD + " B", messages / seconds(start), "messages/s");
    }
  }

  private void request(int requests) throws IOException {
    String inbox = "_INBOX." + name;
    byte[] request = message("PUB " + name + " " + inbox + " " + PAYLOAD);
    byte[] asked = message("MSG " + name + " 1 " + inbox + " " + PAYLOAD);
    byte[] answer = message("PUB " + inbox + " " + PAYLOAD);
    byte[] answered = message("MSG " + inbox + " 1 " + PAYLOAD);
    try (LoadConnection responder = new LoadConnection(server);
        LoadConnection requester = new LoadConnection(server)) {
      responder.send("SUB " + name + " 1\r\n");
      responder.ping();
      requester.send("SUB " + inbox + " 1\r\n");
      requester.ping();
      FutureTask<Boolean> answering =
          inBackground(
              () -> {
                for (int i = 0; i < requests; i++) {
                  responder.skip(asked.length);
                  responder.send(answer, answer.length);
                }
                return true;
              });
      long[] nanos = new long[requests];
      for (int i = 0; i < requests; i++) {
        long start = System.nanoTime();
        requester.send(request, request.length);
        requester.skip(answered.length);
        nanos[i] = System.nanoTime() - start;
      }
      result(answering);
      percentiles("request and reply", nanos);
    }
  }

  private void stream(String storage, int messages) throws IOException {
    String inbox = "_INBOX." + name;
    try (LoadConnection connection = new LoadConnection(server)) {
      connection.send("SUB " + inbox + " 1\r\n");
      connection.ask(
          "$JS.API.STREAM.CREATE." + name,
          inbox,
          "{\"name\":\""
              + name
              + "\",\"subjects\":[\""
              + name
              + "\"],\"storage\":\""
              + storage
              + "\"}");
      try {
        byte[] publish = message("PUB " + name + " " + inbox + " " + PAYLOAD);
        long[] nanos = new long[messages / 10];
        for (int i = 0; i < nanos.length; i++) {
          long start = System.nanoTime();
          connection.send(publish, publish.length);
          acknowledged(connection);
          nanos[i] = System.nanoTime() - start;
        }
        percentiles(storage + " stream, one acknowledged", nanos);
        long start = System.nanoTime();
        for (int sent = 0, acknowledged = 0; acknowledged < messages; ) {
          if (sent < messages && sent - acknowledged < IN_FLIGHT) {
            connection.send(publish, publish.length);
            sent++;
          } else {
            acknowledged(connection);
            acknowledged++;
          }
        }
        figures.add(
            storage + " stream, " + IN_FLIGHT + " in flight",
            messages / seconds(start),
            "messages/s");
      } finally {
        connection.ask("$JS.API.STREAM.DELETE." + name, inbox, "");
      }
    }
  }

  private static void acknowledged(LoadConnection connection) throws IOException {
    String answer = new String(connection.readMessage(), US_ASCII);
    if (answer.contains("\"error\"")) {
      throw new IOException("the stream refuses a message: " + answer);
    }
  }

  private void percentiles(String row, long[] nanos) {
    Arrays.sort(nanos);
    figures.add(row + ", median", nanos[nanos.length / 2] / 1e3, "us");
    figures.add(
        row + ", 99th percentile", nanos[nanos.length - 1 - nanos.length / 100] / 1e3, "us");
  }

  private static byte[] message(String head) {
    return (head + "\r\n" + "x".repeat(PAYLOAD) + "\r\n").getBytes(US_ASCII);
  }

  private static byte[] repeat(byte[] bytes, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length * times);
    for (int i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }

  private static FutureTask<Boolean> inBackground(Callable<Boolean> work) {
    FutureTask<Boolean> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "hub-bench");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static void result(FutureTask<Boolean> task) throws IOException {
    try {
      task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
