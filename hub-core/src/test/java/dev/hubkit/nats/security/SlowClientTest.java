package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.time.ManualTimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that send next to nothing, or far too much, before they have logged in. */
class SlowClientTest {
  private static final String USERS = "authorization { users: [{user: me, password: pw}] }\n";

  private final ManualTimeSource time = new ManualTimeSource(Instant.EPOCH);

  @TempDir Path directory;

  private NatsServer start(String config) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(file, "port: -1\n" + config);
    return NatsServer.start(
        NatsOptions.of(ConfigFile.read(file.toString(), name -> null)).toBuilder()
            .timeSource(time)
            .build());
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String rest(InputStream in) throws IOException {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException e) {
      return "(reset)";
    }
  }

  private static void awaitClients(NatsServer hub, int count) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> hub.clients().all().size() == count);
  }

  @Test
  void areCutWhenTheyDoNotLogInInTime() throws Exception {
    try (NatsServer hub = start(USERS);
        Socket socket = connect(hub.port())) {
      for (char next : "CONNECT {\"user\"".toCharArray()) {
        socket.getOutputStream().write(next);
        time.advance(Duration.ofMillis(100));
      }
      awaitClients(hub, 1);
      time.advance(Duration.ofSeconds(2));
      assertThat(rest(socket.getInputStream())).endsWith("-ERR 'Authentication Timeout'\r\n");
      assertThat(hub.clients().all()).isEmpty();
    }
  }

  @Test
  void areCutWhenTheyDoNotShakeHandsInTime() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost");
    String tls =
        "tls { cert_file: \""
            + certificate.certFile()
            + "\", key_file: \""
            + certificate.keyFile()
            + "\", timeout: 3 }\n";
    try (NatsServer hub = start(tls);
        Socket socket = connect(hub.port())) {
      InputStream in = socket.getInputStream();
      StringBuilder info = new StringBuilder();
      while (info.indexOf("\r\n") < 0) {
        info.append((char) in.read());
      }
      // This is the beginning of a handshake, and nothing follows.
      socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1});
      awaitClients(hub, 1);
      time.advance(Duration.ofMillis(2900));
      assertThat(hub.clients().all()).hasSize(1);
      time.advance(Duration.ofMillis(200));
      assertThat(rest(in)).isIn("", "(reset)");
      awaitClients(hub, 0);
    }
  }

  @Test
  void areCutWhenTheyDoNotFinishAWebSocketRequestInTime() throws Exception {
    try (NatsServer hub = start("websocket { port: -1, no_tls: true, handshake_timeout: \"3s\" }");
        Socket socket = connect(hub.webSocketPort())) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\nUpgr".getBytes(StandardCharsets.US_ASCII));
      // Time stands still until the request has come in.
      socket.getOutputStream().flush();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                time.advance(Duration.ofSeconds(4));
                return socket.getInputStream().available() > 0 || isClosed(socket);
              });
    }
  }

  private static boolean isClosed(Socket socket) throws IOException {
    int before = socket.getSoTimeout();
    socket.setSoTimeout(50);
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    } finally {
      socket.setSoTimeout(before);
    }
  }

  @Test
  void mayNotFillTheMemoryBeforeTheyLogIn() throws Exception {
    try (NatsServer hub = start(USERS)) {
      for (String flood :
          new String[] {"CONNECT {\"user\":\"", "SUB ", "PUB a 1000000\r\n", "x", "\u0000"}) {
        try (Socket socket = connect(hub.port())) {
          byte[] beginning = flood.getBytes(StandardCharsets.UTF_8);
          byte[] more = "a".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8);
          socket.getOutputStream().write(beginning);
          try {
            // This is far more than the longest line, and more than the sockets buffer.
            for (int i = 0; i < 1000; i++) {
              socket.getOutputStream().write(more);
            }
          } catch (SocketException cut) {
            assertThat(cut).isNotNull();
          }
          awaitClients(hub, 0);
        }
      }
    }
  }
}
