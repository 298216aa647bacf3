package dev.hubkit.nats.leaf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The hubs, leaf nodes and clients that tests of leaf nodes start. */
abstract class LeafServers {
  /** Property that has the longer tests run, too; its value is how often they cut connections. */
  static final String LONG = "hub.leaf.rounds";

  static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  /** Starts a server of ours, on a port that no other test gets when it has ended. */
  NatsServer start(String name, String config) throws IOException {
    NatsServer server = NatsServer.start(options(name, "port: " + freePort() + "\n" + config));
    opened.add(server);
    return server;
  }

  /** Returns the options of a server of ours. */
  NatsOptions options(String name, String config) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.writeString(file, "server_name: " + name + "\n" + config.replace("$STORE", store(name)));
    return NatsOptions.of(ConfigFile.read(file.toString(), variable -> null));
  }

  /** Starts the real nats-server, or skips the test when none is installed. */
  NatsServerProcess startReal(String name, String config, String... flags) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.writeString(file, "server_name: " + name + "\n" + config.replace("$STORE", store(name)));
    List<String> arguments = new ArrayList<>(List.of("-c", file.toString()));
    arguments.addAll(List.of(flags));
    NatsServerProcess real =
        NatsServerProcess.start(
            Files.createDirectories(directory.resolve(name)), arguments.toArray(new String[0]));
    opened.add(real);
    return real;
  }

  private String store(String name) {
    return directory.resolve(name + "-store").toString();
  }

  /** Ends a server before the test does. */
  void close(AutoCloseable server) throws Exception {
    opened.remove(server);
    server.close();
  }

  static int freePort() {
    return FixedPort.free();
  }

  static String remote(NatsServer hub, String more) {
    return remote(hub.leafNodePort(), more);
  }

  static String remote(int port, String more) {
    return "leafnodes { reconnect: \"100ms\", remotes: [{ url: \"nats-leaf://127.0.0.1:"
        + port
        + "\", "
        + more
        + " }] }\n";
  }

  Connection connect(NatsServer server) throws IOException, InterruptedException {
    return connect(server.port(), Options.builder());
  }

  Connection connect(NatsServerProcess server) throws IOException, InterruptedException {
    return connect(server.port(), Options.builder());
  }

  Connection connect(int port, Options.Builder options) throws IOException, InterruptedException {
    Connection connection =
        Nats.connect(
            options
                .server("nats://127.0.0.1:" + port)
                .connectionTimeout(PATIENCE)
                .errorListener(new SilentListener())
                .build());
    opened.add(connection);
    return connection;
  }

  static void awaitLeafs(NatsServer server, int count) {
    await().atMost(PATIENCE).until(() -> ServerAccess.leafs(server).size() == count);
  }

  /** Waits until a server knows that somebody wants a subject of the global account. */
  static void awaitInterest(NatsServer server, String subject) {
    await().atMost(PATIENCE).until(() -> ServerAccess.defaultAccount(server).hasInterest(subject));
  }

  /** Waits until a client that asks on a subject gets an answer. */
  static void awaitService(Connection client, String subject) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              Message answer = client.request(subject, bytes("ready?"), Duration.ofMillis(500));
              return answer != null;
            });
  }

  /**
   * Waits until what a client publishes on a subject reaches a stream. Stores nothing there: what
   * the client publishes meanwhile expects another stream, and is refused.
   */
  static void awaitStream(Connection client, String subject) {
    Headers refused = new Headers().add("Nats-Expected-Stream", "none");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> client.request(subject, refused, null, Duration.ofMillis(500)) != null);
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static @Nullable String text(@Nullable Message message) {
    return message == null ? null : new String(message.getData(), UTF_8);
  }
}
