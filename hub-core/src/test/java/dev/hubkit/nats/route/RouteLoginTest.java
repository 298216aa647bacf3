package dev.hubkit.nats.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.work.Injection;
import dev.hubkit.work.Injection.Armed;
import dev.hubkit.work.Injection.Kind;
import dev.hubkit.work.WorkStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Servers that log in with a password that the configuration keeps as a hash. */
class RouteLoginTest extends ServersOfACluster {
  private static final int WRONG = 24;
  private static final int SLOW_COST = 11;

  /** Another server that has sent CONNECT, and reads only when the test asks it to. */
  private static final class Peer implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader in;

    Peer(NatsServer server, String password) throws IOException {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.clusterPort()));
      socket.setSoTimeout(60_000);
      in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).startsWith("INFO {");
      say(
          "CONNECT {\"cluster\":\"c\",\"name\":\"P\",\"user\":\"u\",\"pass\":\""
              + password
              + "\"}");
    }

    void say(String line) throws IOException {
      socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    String nextLine() throws IOException {
      String line = in.readLine();
      return line == null ? "(closed)" : line;
    }

    /**
     * Introduces the server, and returns the first line that shows whether the route was accepted.
     */
    String introduce() throws IOException {
      say("INFO {\"server_id\":\"PEER\",\"server_name\":\"P\",\"proto\":3,\"cluster\":\"c\"}");
      say("PING");
      String line = nextLine();
      while (!line.equals("PONG") && !line.startsWith("-ERR") && !line.equals("(closed)")) {
        line = nextLine();
      }
      return line;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private NatsServer start(int cost) {
    String hash = BCrypt.withDefaults().hashToString(cost, "secret".toCharArray());
    return start(
        "A", "name: c, authorization { user: u, password: \"" + hash + "\", timeout: 60 }", "");
  }

  @Test
  void oneWithTheRightPasswordIsLetIn() throws Exception {
    NatsServer server = start(4);
    try (Peer peer = new Peer(server, "secret")) {
      assertThat(peer.introduce()).isEqualTo("PONG");
      assertThat(ServerAccess.routes(server)).hasSize(1);
    }
  }

  @Test
  void oneWithAWrongPasswordIsRefused() throws Exception {
    NatsServer server = start(4);
    try (Peer peer = new Peer(server, "wrong")) {
      assertThat(peer.nextLine()).isEqualTo("-ERR 'Authorization Violation'");
      assertThat(peer.nextLine()).isEqualTo("(closed)");
    }
    assertThat(ServerAccess.routes(server)).isEmpty();
  }

  @Test
  void oneWhosePasswordCannotBeComparedIsToldSo() throws Exception {
    NatsServer server = start(4);
    String threads = "nats-" + server.port() + "-";
    try (Armed armed =
        new Injection(WorkStep.LOGIN_CHECK, Kind.OUT_OF_MEMORY)
            .arm(thread -> thread.getName().startsWith(threads), 1)) {
      try (Peer peer = new Peer(server, "secret")) {
        assertThat(peer.nextLine()).isEqualTo("-ERR 'Authentication Timeout'");
      }
      assertThat(armed.hasFired()).isTrue();
    }
    try (Peer peer = new Peer(server, "secret")) {
      assertThat(peer.introduce()).isEqualTo("PONG");
    }
  }

  @Test
  void oneThatIsGreetedLateHasItsTimeAll() throws Exception {
    try (VirtualTimeSource time = new VirtualTimeSource("route-login")) {
      time.freeze();
      Path file = directory.resolve("late.conf");
      Files.writeString(
          file,
          "listen: 127.0.0.1:-1, cluster { listen: 127.0.0.1:-1, name: c, "
              + "authorization { timeout: 1 } }");
      NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), variable -> null));
      NatsServer server = NatsServer.start(options.toBuilder().timeSource(time).build());
      String threads = "nats-" + server.port() + "-";
      AtomicBoolean late = new AtomicBoolean();
      WorkStep.Injector machine =
          step -> {
            boolean greets = step == WorkStep.ROUTE_TELL;
            if (greets
                && Thread.currentThread().getName().startsWith(threads)
                && late.compareAndSet(false, true)) {
              time.advance(Duration.ofSeconds(5));
            }
          };
      WorkStep.inject(machine);
      // The peer expects INFO, and nothing before it.
      try (Peer peer = new Peer(server, "secret")) {
        assertThat(late).isTrue();
        assertThat(peer.introduce()).isEqualTo("PONG");
      } finally {
        WorkStep.remove(machine);
        server.close();
      }
    }
  }

  @Test
  void manyWithWrongPasswordsHoldUpNoOther() throws Exception {
    NatsServer server = start(SLOW_COST);
    List<Peer> wrong = new ArrayList<>();
    try {
      for (int i = 0; i < WRONG; i++) {
        wrong.add(new Peer(server, "wrong" + i));
      }
      await().atMost(PATIENCE).until(() -> !comparing(server).isEmpty());
      assertThat(comparing(server))
          .noneMatch(name -> name.contains("-route-"))
          .hasSizeLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
      try (Peer right = new Peer(server, "secret")) {
        assertThat(right.introduce()).isEqualTo("PONG");
        long refused = 0;
        for (Peer peer : wrong) {
          refused += peer.in.ready() ? 1 : 0;
        }
        assertThat(refused).as("servers refused before the last one is accepted").isLessThan(WRONG);
      }
      for (Peer peer : wrong) {
        assertThat(peer.nextLine()).isEqualTo("-ERR 'Authorization Violation'");
      }
    } finally {
      for (Peer peer : wrong) {
        peer.close();
      }
    }
  }

  @Test
  void thoseThatWaitForAPasswordDoNotHoldUpTheEnd() throws Exception {
    NatsServer server = start(SLOW_COST);
    List<Peer> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < WRONG; i++) {
        waiting.add(new Peer(server, "wrong" + i));
      }
      await().atMost(PATIENCE).until(() -> !comparing(server).isEmpty());
      String routes = "nats-" + server.port() + "-route-";
      server.close();
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith(routes));
    } finally {
      for (Peer peer : waiting) {
        peer.close();
      }
    }
  }

  /** Returns the names of the server's threads that are comparing a password now. */
  private static List<String> comparing(NatsServer server) {
    String prefix = "nats-" + server.port() + "-";
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(each -> each.getKey().getName().startsWith(prefix))
        .filter(
            each ->
                Arrays.stream(each.getValue())
                    .anyMatch(frame -> frame.getClassName().startsWith("at.favre.")))
        .map(each -> each.getKey().getName())
        .toList();
  }
}
