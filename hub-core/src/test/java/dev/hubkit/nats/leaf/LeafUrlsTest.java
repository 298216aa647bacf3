package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.json.Json;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import io.nats.client.Connection;
import io.nats.client.Options;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What leaf nodes are told of the servers of their hub's cluster, which come and go. */
class LeafUrlsTest extends LeafServers {
  private final List<Integer> clusterPorts = new ArrayList<>();

  /** A server of the cluster: its port for leaf nodes, and what ends it. */
  private record Member(int leafs, AutoCloseable server) {
    String url() {
      return "127.0.0.1:" + leafs;
    }
  }

  private Member member(String name, boolean real, String more) throws IOException {
    int leafs = FixedPort.free();
    int routes = FixedPort.free();
    List<String> urls = new ArrayList<>();
    clusterPorts.forEach(port -> urls.add("\"nats-route://127.0.0.1:" + port + "\""));
    String config =
        "cluster { name: c, listen: \"127.0.0.1:%d\", routes: [%s] }%n"
                .formatted(routes, String.join(", ", urls))
            + "leafnodes { listen: \"127.0.0.1:%d\", compression: off, %s }%n"
                .formatted(leafs, more);
    clusterPorts.add(routes);
    return new Member(leafs, real ? startReal(name, config) : start(name, config));
  }

  /** A leaf node that only listens to what it is told. */
  private static final class Listener implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;
    private Set<String> told;

    Listener(Member hub, String name) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), hub.leafs());
      socket.setSoTimeout((int) PATIENCE.toMillis());
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      told = urls(in.readLine());
      say(
          "CONNECT {\"version\":\"2.15.3\",\"name\":\"%1$s\",\"server_id\":\"N%1$s\",\"protocol\":3}"
              .formatted(name));
    }

    private void say(String line) throws IOException {
      socket.getOutputStream().write((line + "\r\n").getBytes(UTF_8));
    }

    private static Set<String> urls(String info) {
      return new TreeSet<>(
          Json.parseObject(info.substring("INFO ".length()).getBytes(UTF_8))
              .strings("leafnode_urls"));
    }

    /** Reads until it is told these, and no others. */
    void awaitTold(Member... members) throws IOException {
      Set<String> wanted = new TreeSet<>();
      for (Member each : members) {
        wanted.add(each.url());
      }
      while (!told.equals(wanted)) {
        String line = in.readLine();
        assertThat(line).as("told %s, waiting for %s", told, wanted).isNotNull();
        if (line.startsWith("INFO ")) {
          told = urls(line);
        } else if (line.equals("PING")) {
          say("PONG");
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  @ComparedWithNatsServer
  void leafNodesAreToldOfServersThatComeAndGo() throws Exception {
    Member ours = member("H1", false, "");
    Member real = member("R1", true, "");
    try (Listener ofOurs = new Listener(ours, "L1");
        Listener ofReal = new Listener(real, "L2")) {
      ofOurs.awaitTold(ours, real);
      ofReal.awaitTold(ours, real);
      Member silent = member("H2", false, "no_advertise: true");
      Member more = member("H3", false, "advertise: \"127.0.0.1:4\"");
      Member advertised = new Member(4, more.server());
      ofOurs.awaitTold(ours, real, advertised);
      ofReal.awaitTold(ours, real, advertised);
      try (Listener ofSilent = new Listener(silent, "L3")) {
        ofSilent.awaitTold(ours, real, advertised);
        close(more.server());
        ofSilent.awaitTold(ours, real);
        ofOurs.awaitTold(ours, real);
        ofReal.awaitTold(ours, real);
        close(real.server());
        ofSilent.awaitTold(ours);
        ofOurs.awaitTold(ours);
      }
    }
  }

  // Whether the server that dies, the one that is left, and the leaf node are real ones.
  static List<Arguments> mixtures() {
    List<Arguments> all = new ArrayList<>(List.of(Arguments.of(false, false, false)));
    if (System.getProperty(LONG) != null) {
      all.add(Arguments.of(false, true, false));
      all.add(Arguments.of(true, false, false));
      all.add(Arguments.of(false, false, true));
      all.add(Arguments.of(true, false, true));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("mixtures")
  void aLeafNodeWhoseServerDiesConnectsToAnotherOne(boolean first, boolean second, boolean leaf)
      throws Exception {
    Member dies = member("A", first, "");
    Member stays = member("B", second, "");
    try (Listener known = new Listener(stays, "L")) {
      known.awaitTold(dies, stays);
    }
    // The leaf node knows only the one, and learns of the other.
    String remote = remote(dies.leafs(), "compression: off");
    int port;
    if (leaf) {
      port = startReal("leaf", remote).port();
    } else {
      NatsServer ours = start("leaf", remote);
      awaitLeafs(ours, 1);
      port = ours.port();
    }
    int client =
        stays.server() instanceof NatsServer ours
            ? ours.port()
            : ((NatsServerProcess) stays.server()).port();
    Connection onLeaf = connect(port, Options.builder());
    Connection onHub = connect(client, Options.builder());
    onLeaf.createDispatcher(m -> onLeaf.publish(m.getReplyTo(), m.getData())).subscribe("ask");
    onLeaf.flush(PATIENCE);
    awaitService(onHub, "ask");
    close(dies.server());
    awaitService(onHub, "ask");
    if (stays.server() instanceof NatsServer ours) {
      await().atMost(PATIENCE).until(() -> ServerAccess.leafs(ours).size() == 1);
    }
  }
}
