package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.Pipe;
import dev.hubkit.time.ManualTimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a server treats clients that are too slow, too silent or too many. */
final class ConnectionLimitsTest {
  private static final String CONNECT = "CONNECT {\"verbose\":false,\"protocol\":1}\r\n";

  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);
  private NatsServer server;

  @AfterEach
  void stop() {
    server.close();
  }

  private void start(NatsOptions.Builder options) {
    server = NatsServer.start(options.port(0).timeSource(time).build());
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
    return got.toString();
  }

  private Pipe connect() throws IOException {
    Pipe pipe = server.connectInProcess();
    readUntil(pipe, "\r\n");
    send(pipe, CONNECT + "PING\r\n");
    readUntil(pipe, "connect_info");
    return pipe;
  }

  @Test
  void closesAStaleConnection() throws IOException {
    start(NatsOptions.builder().pingInterval(Duration.ofSeconds(10)).maxPingsOut(2));
    Pipe pipe = connect();
    time.advance(Duration.ofSeconds(40));
    String got = readUntil(pipe, "never");
    assertThat(got).endsWith("PING\r\nPING\r\n-ERR 'Stale Connection'\r\n(closed)");
    assertThat(server.clients().all()).isEmpty();
  }

  @Test
  void keepsAConnectionThatAnswersPings() throws IOException {
    start(NatsOptions.builder().pingInterval(Duration.ofSeconds(10)).maxPingsOut(2));
    try (Pipe pipe = connect()) {
      for (int i = 0; i < 10; i++) {
        time.advance(Duration.ofSeconds(12));
        send(pipe, "PONG\r\n");
      }
      assertThat(server.clients().all()).hasSize(1);
    }
  }

  @Test
  void cutsASlowConsumerAndNobodyElse() throws IOException {
    start(NatsOptions.builder().maxPending(3 * 1024 * 1024));
    Pipe slow = connect();
    send(slow, "SUB flood 1\r\n");
    try (Pipe publisher = connect();
        Pipe other = connect()) {
      send(other, "SUB flood.end 2\r\n");
      Connection target = first();
      String message = "PUB flood 500000\r\n" + "x".repeat(500_000) + "\r\n";
      while (target.isOpen()) {
        send(publisher, message);
        // When much is pending, the server delays the publisher for moments of its time.
        time.advance(Duration.ofMillis(10));
      }
      assertThat(target.closeReason()).hasToString("Slow Consumer (Pending Bytes)");
      assertThat(server.clients().slowConsumers()).isEqualTo(1);
      send(publisher, "PUB flood.end 2\r\nok\r\n");
      assertThat(readUntil(other, "ok")).contains("MSG flood.end 2 2\r\nok");
    }
  }

  private Connection first() {
    Iterator<Connection> all = server.clients().all().iterator();
    Connection least = all.next();
    while (all.hasNext()) {
      Connection next = all.next();
      least = next.id() < least.id() ? next : least;
    }
    return least;
  }

  @Test
  void turnsAwayOneTooMany() throws IOException {
    start(NatsOptions.builder().maxConnections(1));
    try (Pipe pipe = connect();
        Pipe second = server.connectInProcess()) {
      assertThat(readUntil(second, "never"))
          .startsWith("INFO ")
          .endsWith("-ERR 'maximum connections exceeded'\r\n(closed)");
      send(pipe, "PING\r\n");
      assertThat(readUntil(pipe, "PONG")).contains("PONG");
    }
  }

  @Test
  void limitsSubscriptions() throws IOException {
    start(NatsOptions.builder().maxSubscriptions(2));
    int before = ServerAccess.defaultAccount(server).interest().subscriptionCount();
    try (Pipe pipe = connect()) {
      send(pipe, "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nUNSUB 1\r\nSUB d 4\r\nPING\r\n");
      assertThat(readUntil(pipe, "PONG\r\n"))
          .endsWith("-ERR 'maximum subscriptions exceeded'\r\nPONG\r\n");
      assertThat(ServerAccess.defaultAccount(server).interest().subscriptionCount())
          .isEqualTo(before + 2);
    }
  }

  @Test
  void kicksAClient() throws IOException {
    start(NatsOptions.builder());
    Pipe pipe = connect();
    assertThat(server.clients().kick(first().id())).isTrue();
    assertThat(server.clients().kick(99)).isFalse();
    assertThat(readUntil(pipe, "never")).endsWith("(closed)");
  }

  @Test
  void leavesAsALameDuck() throws IOException {
    start(NatsOptions.builder());
    Pipe first = connect();
    Pipe second = connect();
    server.lameDuck(Duration.ofSeconds(10), Duration.ofSeconds(20));
    assertThat(readUntil(first, "\"ldm\":true")).contains("INFO {");
    Awaitility.await().until(() -> !accepts(server.port()));
    time.advance(Duration.ofSeconds(9));
    assertThat(server.clients().all()).hasSize(2);
    // Ten seconds between the two would be allowed, but the server waits no longer than one.
    time.advance(Duration.ofMillis(1500));
    assertThat(server.clients().all()).hasSize(1);
    time.advance(Duration.ofSeconds(20));
    assertThat(readUntil(first, "never")).endsWith("(closed)");
    assertThat(readUntil(second, "never")).endsWith("(closed)");
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
