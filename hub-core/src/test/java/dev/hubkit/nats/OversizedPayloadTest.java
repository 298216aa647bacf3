package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How a connection ends when a payload is too large: it breaks if the server leaves unread bytes in
 * the socket, and the server leaves as many as nats-server does.
 */
final class OversizedPayloadTest {
  private static final String VIOLATION = "PUB a 1000000\r\n";
  private static final String PING = "PING\r\n";
  private static final String FULL_READ =
      "PUB a 1\r\nx\r\n".repeat(41) + "PUB a 3\r\nxxx\r\n" + PING;

  private static final List<Session> SESSIONS =
      List.of(
          new Session(List.of(), 0, false),
          new Session(List.of(), 512 - VIOLATION.length(), false),
          new Session(List.of(), 513 - VIOLATION.length(), true),
          new Session(List.of(), 200_000, true),
          // Short reads make the server's read buffer smaller, full ones larger.
          new Session(List.of(PING, PING), 256 - VIOLATION.length(), false),
          new Session(List.of(PING, PING), 257 - VIOLATION.length(), true),
          new Session(List.of(FULL_READ), 1024 - VIOLATION.length(), false),
          new Session(List.of(FULL_READ), 1025 - VIOLATION.length(), true));

  @TempDir Path directory;

  private record Session(List<String> before, int payload, boolean breaks) {
    void play(int port) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        send(socket, "CONNECT {\"verbose\":false}\r\n" + PING);
        awaitPong(in);
        for (String step : before) {
          send(socket, step);
          awaitPong(in);
        }
        assertThat(breaksAt(socket, in)).as(toString()).isEqualTo(breaks);
      }
    }

    private static void send(Socket socket, String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void awaitPong(BufferedReader in) throws IOException {
      String line = in.readLine();
      while (line != null && !line.equals("PONG")) {
        line = in.readLine();
      }
    }

    private boolean breaksAt(Socket socket, BufferedReader in) throws IOException {
      try {
        send(socket, VIOLATION + "x".repeat(payload));
        String line = in.readLine();
        while (line != null) {
          line = in.readLine();
        }
        return false;
      } catch (SocketException e) {
        return true;
      }
    }
  }

  @Test
  void breaksWhatIsLeftUnread() throws IOException {
    NatsOptions options = NatsOptions.builder().port(0).maxPayload(100).build();
    try (NatsServer server = NatsServer.start(options)) {
      for (Session session : SESSIONS) {
        session.play(server.port());
      }
    }
  }

  @Test
  void natsServerDoesSoToo() throws IOException {
    Path config = directory.resolve("server.conf");
    Files.writeString(config, "max_payload: 100");
    try (NatsServerProcess real = NatsServerProcess.start(directory, "-c", config.toString())) {
      for (Session session : SESSIONS) {
        session.play(real.port());
      }
    }
  }
}
