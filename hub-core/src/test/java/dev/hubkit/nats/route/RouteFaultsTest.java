package dev.hubkit.nats.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import io.nats.client.Connection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Routes whose remote end misbehaves or goes away. */
class RouteFaultsTest extends ServersOfACluster {
  /** A server that sends what the test gives it, and reads when the test asks it to. */
  private static final class Puppet implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader in;

    Puppet(NatsServer server) throws IOException {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.clusterPort()));
      socket.setSoTimeout(20_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("INFO {");
      say("CONNECT {\"cluster\":\"c\",\"name\":\"PUPPET\"}");
      say("INFO {\"server_id\":\"PUPPET\",\"server_name\":\"P\",\"proto\":3,\"cluster\":\"c\"}");
      say("PING");
      until("PONG");
    }

    void say(String line) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    String until(String start) throws IOException {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(start)) {
          return line;
        }
      }
      return "(closed)";
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void oneThatAnswersNoPingsIsCut() throws Exception {
    NatsServer a = start("A", "name: c, ping_interval: \"100ms\", ping_max: 2", "");
    try (Puppet puppet = new Puppet(a)) {
      assertThat(ServerAccess.routes(a)).hasSize(1);
      assertThat(puppet.until("-ERR")).isEqualTo("-ERR 'Stale Connection'");
      assertThat(puppet.until("anything")).isEqualTo("(closed)");
    }
    awaitRoutes(0, a);
  }

  @Test
  void oneThatAnswersThemStays() throws Exception {
    NatsServer a = start("A", "name: c, ping_interval: \"50ms\", ping_max: 1", "");
    try (Puppet puppet = new Puppet(a)) {
      for (int i = 0; i < 5; i++) {
        assertThat(puppet.until("PING")).isEqualTo("PING");
        puppet.say("PONG");
      }
      assertThat(ServerAccess.routes(a)).hasSize(1);
    }
    awaitRoutes(0, a);
  }

  @Test
  void oneThatReadsNothingIsCutBeforeTheMemoryIsFull() throws Exception {
    NatsServer a = start("A", "name: c", "max_pending: 1MB\nhttp: \"127.0.0.1:-1\"\n");
    try (Puppet puppet = new Puppet(a)) {
      puppet.say("RS+ $G flood");
      awaitInterest(a, "flood");
      Connection onA = connect(a);
      byte[] payload = new byte[100_000];
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  onA.publish("flood", payload);
                }
                onA.flush(PATIENCE);
                return ServerAccess.routes(a).isEmpty();
              });
      await().atMost(PATIENCE).until(() -> !ServerAccess.defaultAccount(a).hasInterest("flood"));
    }
  }

  @Test
  void oneThatTakesNothingForTooLongIsCut() throws Exception {
    NatsServer a = start("A", "name: c", "write_deadline: \"200ms\"\n");
    try (Puppet puppet = new Puppet(a)) {
      puppet.say("RS+ $G flood");
      awaitInterest(a, "flood");
      Connection onA = connect(a);
      byte[] payload = new byte[1_000_000];
      for (int i = 0; i < 20; i++) {
        onA.publish("flood", payload);
      }
      onA.flush(PATIENCE);
      awaitRoutes(0, a);
    }
  }
}
