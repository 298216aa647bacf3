package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import io.nats.client.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Servers that connect as routes or leaf nodes and get no further: all end in time, as told. */
class SilentPeersTest extends LeafServers {
  private static final List<String> BEGUN = List.of("", "CONN", "CONNECT {\"user\":\"a\"");

  private static String config(int routes, int leafs) {
    return """
        cluster { name: c, listen: "127.0.0.1:%d", authorization { user: a, password: b, timeout: 0.3 } }
        leafnodes { listen: "127.0.0.1:%d", authorization { user: a, password: b, timeout: 0.3 } }
        """
        .formatted(routes, leafs);
  }

  // What each is told behind the INFO, until it is closed. All wait at the same time.
  private static List<String> told(int... ports) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    List<String> told = new ArrayList<>();
    try {
      for (int port : ports) {
        for (String begun : BEGUN) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
          sockets.add(socket);
          socket.setSoTimeout((int) PATIENCE.toMillis());
          socket.getOutputStream().write(begun.getBytes(UTF_8));
        }
      }
      for (Socket socket : sockets) {
        InputStream in = socket.getInputStream();
        String all = new String(in.readAllBytes(), UTF_8);
        told.add(all.substring(all.indexOf('\n') + 1));
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    return told;
  }

  @Test
  @ComparedWithNatsServer
  void thoseThatDoNotIntroduceThemselvesAreClosedInTime() throws Exception {
    int routes = FixedPort.free();
    int leafs = FixedPort.free();
    NatsServerProcess real = startReal("real", config(routes, leafs));
    NatsServer ours = start("ours", config(-1, -1));
    List<String> expected = told(routes, leafs);
    assertThat(told(ours.clusterPort(), ours.leafNodePort()))
        .isEqualTo(expected)
        .allMatch("-ERR 'Authentication Timeout'\r\n"::equals);
    // Others are served.
    Connection client = connect(ours);
    client.flush(PATIENCE);
    assertThat(real.port()).isPositive();
  }
}
