package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PipeTest {
  private NatsServer server;

  @BeforeEach
  void start() {
    // A test may write for a long time before it reads, and for longer on a busy machine.
    server =
        NatsServer.start(
            NatsOptions.builder().port(0).writeDeadline(Duration.ofMinutes(2)).build());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static void send(Pipe pipe, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    pipe.write(bytes, 0, bytes.length);
  }

  private static String readUntil(Pipe pipe, String end) throws IOException {
    StringBuilder got = new StringBuilder();
    byte[] buffer = new byte[10_000];
    while (got.indexOf(end, Math.max(0, got.length() - buffer.length - end.length())) < 0) {
      int count = pipe.read(buffer, 0, buffer.length);
      if (count < 0) {
        return got + "(closed)";
      }
      got.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
    }
    // The server sends pings of its own after two seconds, at any point of a session.
    return got.toString().replace("PING\r\n", "");
  }

  @Test
  void speaksTheProtocol() throws IOException {
    try (Pipe pipe = server.connectInProcess()) {
      assertThat(readUntil(pipe, "\r\n")).startsWith("INFO {");
      send(pipe, "CONNECT {\"verbose\":false}\r\nSUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n");
      assertThat(readUntil(pipe, "PONG\r\n")).isEqualTo("MSG a 1 2\r\nhi\r\nPONG\r\n");
    }
  }

  @Test
  void carriesMoreThanFitsAtOnce() throws Exception {
    byte[] payload = new byte[900_000];
    Arrays.fill(payload, (byte) 'x');
    String text = new String(payload, StandardCharsets.US_ASCII);
    try (Pipe pipe = server.connectInProcess()) {
      readUntil(pipe, "\r\n");
      send(pipe, "CONNECT {\"verbose\":false}\r\nSUB a 1\r\n");
      for (int i = 0; i < 5; i++) {
        send(pipe, "PUB a 900000\r\n" + text + "\r\n");
      }
      send(pipe, "PING\r\n");
      String all = readUntil(pipe, "PONG\r\n");
      assertThat(all.length()).isEqualTo(5 * ("MSG a 1 900000\r\n".length() + 900_002) + 6);
    }
  }

  // The signal that a publisher waits for can come on the thread of another publisher to the same
  // client, while that thread handles its own bytes.
  @Test
  void publishersThatResumeEachOtherBothGoOn() throws Exception {
    try (Pipe first = server.connectInProcess();
        Pipe second = server.connectInProcess()) {
      readUntil(first, "\r\n");
      readUntil(second, "\r\n");
      CyclicBarrier bothAreRead = new CyclicBarrier(2);
      Map<String, Connection> others = new ConcurrentHashMap<>();
      for (Connection each : server.clients().all()) {
        others.put(others.isEmpty() ? "pipe-test-second" : "pipe-test-first", each);
      }
      WorkStep.Injector resuming =
          step -> {
            Connection other =
                step == WorkStep.CONNECTION_PARSED
                    ? others.remove(Thread.currentThread().getName())
                    : null;
            if (other != null) {
              await(bothAreRead);
              ((ConnectionControl) other).resumeReading();
            }
          };
      WorkStep.inject(resuming);
      try {
        Thread one = pinging("pipe-test-first", first);
        Thread two = pinging("pipe-test-second", second);
        one.join(Duration.ofSeconds(20).toMillis());
        two.join(Duration.ofSeconds(20).toMillis());
        assertThat(one.isAlive()).as("the thread of the first publisher still runs").isFalse();
        assertThat(two.isAlive()).as("the thread of the second publisher still runs").isFalse();
      } finally {
        WorkStep.remove(resuming);
      }
      assertThat(readUntil(first, "PONG\r\n")).endsWith("PONG\r\n");
      assertThat(readUntil(second, "PONG\r\n")).endsWith("PONG\r\n");
    }
  }

  private static Thread pinging(String name, Pipe pipe) {
    Thread thread =
        new Thread(
            () -> {
              try {
                send(pipe, "CONNECT {\"verbose\":false}\r\nPING\r\n");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void endsWhenTheServerClosesIt() throws IOException {
    try (Pipe pipe = server.connectInProcess()) {
      readUntil(pipe, "\r\n");
      send(pipe, "FOO\r\n");
      assertThat(readUntil(pipe, "never"))
          .isEqualTo("-ERR 'Unknown Protocol Operation'\r\n(closed)");
      assertThatThrownBy(() -> send(pipe, "PING\r\n")).isInstanceOf(IOException.class);
      assertThat(server.clients().all()).isEmpty();
    }
  }
}
