package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hubs that are reached through an HTTP proxy. */
class LeafProxyTest extends LeafServers {
  /** A proxy that gives one answer to every request. */
  private static final class ScriptedProxy implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final String answer;
    private final int target;

    /**
     * Answers, and passes on what comes when the answer says that it does.
     *
     * @param answer empty for none
     */
    ScriptedProxy(String answer, int target) throws IOException {
      this.answer = answer;
      this.target = target;
      background(this::accept);
    }

    private interface Work {
      void run() throws IOException;
    }

    private static void background(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (IOException e) {
                  // One of the sides has closed it.
                }
              },
              "proxy");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() throws IOException {
      while (true) {
        Socket socket = listening.accept();
        background(() -> serve(socket));
      }
    }

    private void serve(Socket socket) throws IOException {
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      StringBuilder head = new StringBuilder();
      String line = in.readLine();
      while (line != null && !line.isEmpty()) {
        head.append(line).append('\n');
        line = in.readLine();
      }
      requests.add(head.toString());
      if (answer.isEmpty()) {
        return;
      }
      socket.getOutputStream().write(answer.getBytes(UTF_8));
      if (!answer.contains(" 200 ")) {
        socket.close();
        return;
      }
      Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
      background(() -> pass(to, socket));
      pass(socket, to);
    }

    private static void pass(Socket from, Socket to) throws IOException {
      try (from;
          to) {
        from.getInputStream().transferTo(to.getOutputStream());
      }
    }

    int port() {
      return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  private static String remote(int hub, int proxy, String more) {
    return ("leafnodes { reconnect: \"50ms\", remotes: [{ url: \"nats-leaf://127.0.0.1:%d\","
            + " proxy { url: \"http://127.0.0.1:%d\", %s } }] }%n")
        .formatted(hub, proxy, more);
  }

  @Test
  void connectsThroughTheProxyAndLogsInThere() throws Exception {
    NatsServer hub = start("hub", "leafnodes { listen: \"127.0.0.1:-1\" }\n");
    try (ScriptedProxy proxy =
        new ScriptedProxy("HTTP/1.1 200 OK\r\nX: y\r\n\r\n", hub.leafNodePort())) {
      NatsServer leaf =
          start(
              "leaf",
              remote(hub.leafNodePort(), proxy.port(), "username: me, password: \"s3cret\""));
      awaitLeafs(leaf, 1);
      awaitLeafs(hub, 1);
      assertThat(proxy.requests.get(0))
          .isEqualTo(
              "CONNECT 127.0.0.1:%d HTTP/1.1\nHost: 127.0.0.1:%d\nProxy-Authorization: Basic bWU6czNjcmV0\n"
                  .formatted(hub.leafNodePort(), hub.leafNodePort()));
      close(leaf);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 407 Proxy Authentication Required, "
        + "proxy CONNECT failed: 407 Proxy Authentication Required",
    "nonsense, failed to read proxy response: malformed HTTP response"
  })
  void saysWhyTheProxyIsOfNoUse(String answer, String problem) throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy(answer + "\r\n\r\n", 1)) {
      NatsServer leaf = start("leaf", remote(1, proxy.port(), ""));
      awaitProblem(leaf, problem);
    }
  }

  @Test
  void aSilentProxyIsGivenUpInTime() throws Exception {
    try (ScriptedProxy proxy = new ScriptedProxy("", 1)) {
      NatsServer leaf = start("leaf", remote(1, proxy.port(), "timeout: \"100ms\""));
      awaitProblem(leaf, "failed to read proxy response");
    }
  }

  @Test
  @EnabledIfSystemProperty(named = LONG, matches = ".+")
  void aProxyThatIsNotThereIsTriedAgain() throws Exception {
    NatsServer leaf = start("leaf", remote(1, 1, ""));
    awaitProblem(leaf, "failed to connect to proxy");
  }

  private static void awaitProblem(NatsServer leaf, String problem) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                leaf.leafRemotes().stream()
                    .anyMatch(each -> String.valueOf(each.problem()).contains(problem)));
  }
}
