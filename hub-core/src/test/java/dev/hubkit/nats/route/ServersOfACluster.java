package dev.hubkit.nats.route;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ServerConfig;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The servers and clients that tests of clusters start. */
abstract class ServersOfACluster {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final List<NatsServer> servers = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Connection connection : connections) {
      connection.close();
    }
    servers.forEach(NatsServer::close);
  }

  NatsServer start(String name, String cluster, String more) {
    String text =
        "listen: 127.0.0.1:"
            // No other test gets it when the server has ended, and so none of its clients.
            + FixedPort.free()
            + "\nserver_name: "
            + name
            + "\ncluster { listen: 127.0.0.1:-1, "
            + cluster
            + " }\n"
            + more;
    Path file = directory.resolve(name + ".conf");
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    NatsServer server = NatsServer.start(options(name));
    servers.add(server);
    return server;
  }

  /** Returns the current text of a server's configuration file. */
  NatsOptions options(String name) {
    Path file = directory.resolve(name + ".conf");
    ServerConfig config = ConfigFile.read(file.toString(), variable -> null);
    return NatsOptions.of(config);
  }

  /** Replaces text in a server's configuration file and reloads the server. */
  void reload(NatsServer server, String name, String before, String after) throws IOException {
    Path file = directory.resolve(name + ".conf");
    String text = Files.readString(file);
    assertThat(text).contains(before);
    Files.writeString(file, text.replace(before, after));
    server.reload(options(name));
  }

  static String to(NatsServer... others) {
    List<String> urls = new ArrayList<>();
    for (NatsServer other : others) {
      urls.add("nats-route://127.0.0.1:" + other.clusterPort());
    }
    return "name: c, routes: [" + String.join(", ", urls) + "]";
  }

  static void awaitRoutes(int each, NatsServer... present) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(present)
                    .allSatisfy(server -> assertThat(ServerAccess.routes(server)).hasSize(each)));
  }

  Connection connect(NatsServer server) throws IOException, InterruptedException {
    return connect(
        Options.builder().server(server.clientUrl()).connectionTimeout(PATIENCE).noReconnect());
  }

  Connection connect(Options.Builder options) throws IOException, InterruptedException {
    Connection connection = Nats.connect(options.build());
    connections.add(connection);
    return connection;
  }

  /** Waits until a server knows of a subscription on another server. */
  static void awaitInterest(NatsServer server, String subject) {
    await().atMost(PATIENCE).until(() -> ServerAccess.defaultAccount(server).hasInterest(subject));
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static @Nullable String text(@Nullable Message message) {
    return message == null ? null : new String(message.getData(), UTF_8);
  }
}
