package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.FixedPort;
import dev.hubkit.Knocking;
import dev.hubkit.nats.config.ConfigFile;
import io.nats.client.Connection;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server accepts no client before everything is ready, and none at all when its start fails. */
class ReadinessTest {
  private static final int SOON_MILLIS = 5_000;

  @TempDir Path directory;

  private final int clients = FixedPort.free();
  private final int webSockets = FixedPort.free();
  private final int routes = FixedPort.free();
  private final int monitor = FixedPort.free();

  private NatsOptions options() throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(
        file,
        """
        host: 127.0.0.1
        port: %d
        http: "127.0.0.1:%d"
        server_name: one
        jetstream { store_dir: "%s" }
        websocket { host: 127.0.0.1, port: %d, no_tls: true }
        cluster { name: few, host: 127.0.0.1, port: %d }
        """
            .formatted(clients, monitor, directory.resolve("store"), webSockets, routes));
    return NatsOptions.of(ConfigFile.read(file.toString(), variable -> null));
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), SOON_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String health() {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + monitor + "/jsz?streams=1"))
                  .build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new AssertionError("monitoring does not answer", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertTellsOfItself(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      socket.setSoTimeout(SOON_MILLIS);
      assertThat(lines.readLine())
          .startsWith("INFO ")
          .contains("\"port\":" + clients)
          .contains("\"jetstream\":true")
          .contains("\"xkey\":");
    }
  }

  private void addAStream() throws Exception {
    try (NatsServer server = NatsServer.start(options());
        Connection client = PatientClient.connect(server.clientUrl())) {
      client
          .jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("KEPT").subjects("kept").build());
    }
  }

  @Test
  void letsNobodyInBeforeEverythingAnswers() throws Exception {
    addAStream();
    NatsServer server =
        NatsServer.start(
            options(),
            () -> {
              assertThat(List.of(clients, webSockets, routes)).noneMatch(ReadinessTest::isOpen);
              // The server has recovered its streams by now.
              assertThat(health()).contains("\"KEPT\"");
              assertThat(NatsServer.find("127.0.0.1", clients)).isEmpty();
            });
    try (server) {
      assertTellsOfItself(clients);
      assertThat(List.of(webSockets, routes, monitor)).allMatch(ReadinessTest::isOpen);
      assertThat(NatsServer.find("127.0.0.1", clients)).contains(server);
      assertThat(server.webSocketPort()).isEqualTo(webSockets);
      assertThat(server.clusterPort()).isEqualTo(routes);
    }
    FixedPort.awaitFree(clients, webSockets, routes, monitor);
  }

  @Test
  void aStartThatFailsHasLetNobodyIn() throws Exception {
    NatsOptions options = options();
    try (ServerSocket taken = new ServerSocket(monitor, 1, InetAddress.getLoopbackAddress());
        Knocking atClients = Knocking.at(clients);
        Knocking atWebSockets = Knocking.at(webSockets);
        Knocking atRoutes = Knocking.at(routes)) {
      assertThatThrownBy(() -> NatsServer.start(options))
          .isInstanceOf(NatsException.class)
          .hasMessageContaining("Can't start monitoring: can't listen to the monitor port: ");
      assertThat(taken.isBound()).isTrue();
      assertThat(atClients.letIn()).isZero();
      assertThat(atWebSockets.letIn()).isZero();
      assertThat(atRoutes.letIn()).isZero();
    }
    FixedPort.awaitFree(clients, webSockets, routes, monitor);
    NatsServer.start(options).close();
  }

  @Test
  void whatIsNotReadyEndsTheStart() throws Exception {
    NatsOptions options = options();
    assertThatThrownBy(
            () ->
                NatsServer.start(
                    options,
                    () -> {
                      throw new IllegalStateException("the other is not there");
                    }))
        .hasMessage("the other is not there");
    FixedPort.awaitFree(clients, webSockets, routes, monitor);
  }

  @Test
  void aPortInUseIsNoticedBeforeAnythingIsMade() throws Exception {
    NatsOptions options = options();
    try (ServerSocket taken = new ServerSocket(clients, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> NatsServer.start(options))
          .isInstanceOf(NatsException.class)
          .hasMessageContaining("Error listening on port: 127.0.0.1:" + taken.getLocalPort());
    }
    assertThat(directory.resolve("store")).doesNotExist();
  }
}
