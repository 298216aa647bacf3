package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares with which odd values the servers start, whatever {@code -t} says of them: nats-server
 * starts with most.
 */
@ComparedWithNatsServer
class StartedOptionsDifferenceTest {
  private static final List<String> FILES =
      List.of(
          "max_control_line: 1",
          "max_control_line: -1",
          "max_control_line: 100MB",
          "ping_max: -1",
          "ping_interval: \"-1s\"",
          "write_deadline: \"-1s\"",
          "server_name: \"a\\tb\"",
          "jetstream { store_dir: \"DIR\", sync_interval: \"-1s\" }",
          "resolver { type: full, dir: \"DIR\" }",
          "resolver { type: cache, dir: \"DIR\" }",
          "resolver: MEMORY");

  @TempDir private Path directory;

  private Path write(String name, String text) throws IOException {
    Path store = Files.createDirectories(directory.resolve(name));
    return Files.writeString(store.resolve("conf"), text.replace("DIR", store.toString()));
  }

  private boolean realStarts(int number, String text) throws IOException {
    Path file = write("real" + number, text);
    try (NatsServerProcess real =
        NatsServerProcess.start(file.getParent(), "-c", file.toString())) {
      return real.port() > 0;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private boolean hubStarts(int number, String text) throws IOException {
    Path file = write("hub" + number, "port: -1\n" + text);
    try (NatsServer hub =
        NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)))) {
      return hub.port() > 0;
    } catch (NatsException | ConfigException e) {
      return false;
    }
  }

  @Test
  void startWhereNatsServerStarts() throws Exception {
    Map<String, Boolean> real = new LinkedHashMap<>();
    Map<String, Boolean> ours = new LinkedHashMap<>();
    for (int i = 0; i < FILES.size(); i++) {
      real.put(FILES.get(i), realStarts(i, FILES.get(i)));
      ours.put(FILES.get(i), hubStarts(i, FILES.get(i)));
    }
    assertThat(ours).isEqualTo(real).containsValues(true, false);
  }

  private static String answer(int port, int length) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      String text = "CONNECT {}\r\nSUB " + "a".repeat(length) + " 1\r\nPING\r\n";
      socket.getOutputStream().write(text.getBytes(UTF_8));
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      String line = in.readLine();
      while (line != null && !line.equals("PONG") && !line.startsWith("-ERR")) {
        line = in.readLine();
      }
      return String.valueOf(line);
    }
  }

  @Test
  void takesLinesOfAnyLengthThatIsAllowed() throws Exception {
    String text = "max_control_line: 400000\nmax_pending: 64MB\n";
    try (PeerServers servers = PeerServers.start(directory, text)) {
      for (int length : new int[] {10, 70_000, 131_072, 399_990, 400_010}) {
        assertThat(answer(servers.ours().port(), length))
            .as("%d", length)
            .isEqualTo(answer(servers.real().port(), length));
      }
    }
  }
}
