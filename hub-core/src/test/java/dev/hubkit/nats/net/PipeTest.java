package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PipeTest {
  private NatsServer server;

  @BeforeEach
  void start() {
    server = NatsServer.start(NatsOptions.builder().port(0).build());
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
    // The server's own pings come when two seconds have passed, wherever a session is then.
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
