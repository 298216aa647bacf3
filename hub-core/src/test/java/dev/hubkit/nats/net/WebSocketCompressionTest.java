package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.security.ConfiguredServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebSocketCompressionTest {
  private static final String CONNECT = "CONNECT {\"verbose\":false}\r\n";

  @TempDir Path directory;
  private NatsServer hub;

  @BeforeEach
  void start() throws Exception {
    hub =
        ConfiguredServer.start(
            directory,
            "max_payload: 100000\nwebsocket { port: -1, no_tls: true, compression: true }");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private RawWebSocket open() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), hub.webSocketPort());
    socket.setSoTimeout(20_000);
    RawWebSocket client = new RawWebSocket(socket);
    assertThat(client.upgrade()).contains(" 101 ").contains("permessage-deflate");
    return client;
  }

  @Test
  void compressesNothingForWhomHasNotLoggedIn() throws Exception {
    try (RawWebSocket client = open()) {
      RawWebSocket.Frame info = client.next();
      assertThat(info.text()).startsWith("INFO {");
      assertThat(info.compressed()).isFalse();
      client.send(CONNECT + "SUB a 1\r\nPUB a 100\r\n" + "x".repeat(100) + "\r\n", true);
      RawWebSocket.Frame message = client.next();
      assertThat(message.text()).startsWith("MSG a 1 100");
      assertThat(message.compressed()).isTrue();
    }
  }

  @Test
  void takesCompressedMessagesInAnyPieces() throws Exception {
    try (RawWebSocket client = open()) {
      client.send(CONNECT + "SUB a 1\r\n", true);
      byte[] text =
          ("PUB a 90000\r\n" + "y".repeat(90_000) + "\r\nPING\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      byte[] compressed = RawWebSocket.deflate(text);
      int third = compressed.length / 3;
      client.send(frame(RawWebSocket.BINARY, false, true, compressed, 0, third));
      client.send(frame(0, false, false, compressed, third, 2 * third));
      client.send(frame(0, true, false, compressed, 2 * third, compressed.length));
      for (int i = 0; i < 3; i++) {
        client.send(frame(RawWebSocket.BINARY, true, true, compressed, 0, compressed.length));
      }
      for (int i = 0; i < 4; i++) {
        assertThat(client.readUntil("PONG\r\n")).contains("MSG a 1 90000\r\nyyy");
      }
    }
  }

  private static byte[] frame(
      int opcode, boolean last, boolean compressed, byte[] bytes, int from, int to) {
    return RawWebSocket.frame(opcode, last, compressed, Arrays.copyOfRange(bytes, from, to));
  }

  @Test
  void holdsCompressedBytesAndNotWhatTheyComeToWhileALoginIsAwaited() throws Exception {
    // One message holds the login, which everything after it must await, and the messages to
    // deliver.
    try (RawWebSocket client = open()) {
      StringBuilder text = new StringBuilder(CONNECT).append("SUB a 1\r\n");
      for (int i = 0; i < 40; i++) {
        text.append("PUB a 10000\r\n").append("z".repeat(10_000)).append("\r\n");
      }
      client.send(text.append("PING\r\n").toString(), true);
      assertThat(client.readUntil("PONG\r\n").split("MSG a 1 10000", -1)).hasSize(41);
    }
  }

  @Test
  void cutsWhoeverSendsABomb() throws Exception {
    byte[] bomb = RawWebSocket.deflate("PING\r\n".repeat(500_000).getBytes(StandardCharsets.UTF_8));
    try (RawWebSocket client = open();
        RawWebSocket other = open()) {
      client.send(CONNECT, false);
      client.send(RawWebSocket.frame(RawWebSocket.BINARY, true, true, bomb));
      try {
        client.awaitEnd();
      } catch (SocketException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      other.send(CONNECT + "PING\r\n", true);
      assertThat(other.readUntil("PONG\r\n")).contains("INFO {");
    }
  }
}
