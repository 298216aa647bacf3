package dev.hubkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.security.LeafTokens;
import dev.hubkit.workspace.UpstreamState;
import io.nats.client.Connection;
import io.nats.client.JetStreamOptions;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hubs whose NATS server is a leaf node of a real nats-server. */
class NatsUpstreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  // On a loaded machine.
  private static final JetStreamOptions PATIENT =
      JetStreamOptions.builder().requestTimeout(PATIENCE).build();

  @TempDir Path directory;

  private Path root() throws IOException {
    return Files.createDirectories(directory.resolve("shop"));
  }

  private NatsServerProcess team(int leafPort) throws IOException {
    Path file = directory.resolve("team.conf");
    Files.writeString(
        file,
        "server_name: team\njetstream { store_dir: \""
            + directory.resolve("team-store")
            + "\", domain: TEAM }\nleafnodes { listen: \"127.0.0.1:"
            + leafPort
            + "\", authorization { user: ada, password: \"s3/cret\" } }\n");
    return NatsServerProcess.start(
        Files.createDirectories(directory.resolve("team")), "-c", file.toString());
  }

  private static UpstreamState upstream(Hub hub) {
    assertThat(Hub.status(hub.root()).upstreams()).hasSize(1);
    return Hub.status(hub.root()).upstreams().get(0);
  }

  private static void awaitConnected(Hub hub, boolean connected) {
    await().atMost(PATIENCE).until(() -> upstream(hub).connected() == connected);
  }

  private static HubOptions.Builder options() {
    return HubOptions.forTests().toBuilder().fossil(Backend.off());
  }

  @Test
  void aHubWorksWithoutItsUpstreamAndJoinsItAgainAndAgain() throws Exception {
    int port = FixedPort.free();
    String url = "nats-leaf://127.0.0.1:" + port;
    try (Hub hub = Hub.start(root(), options().upstream(url, "ada:s3/cret").build());
        Connection here = PatientClient.connect(hub.natsUrl())) {
      // Nobody listens there yet.
      await().atMost(PATIENCE).until(() -> upstream(hub).problem() != null);
      UpstreamState alone = upstream(hub);
      assertThat(alone.connected()).isFalse();
      assertThat(alone.url()).isEqualTo("nats-leaf://ada:...@127.0.0.1:" + port);
      assertThat(alone.domain()).matches("[A-Za-z0-9_-]+-shop-[0-9a-f]{4}");
      here.jetStreamManagement(PATIENT).addStream(orders());
      here.jetStream(PATIENT).publish("orders.1", "local".getBytes(UTF_8));

      try (NatsServerProcess team = team(port)) {
        awaitConnected(hub, true);
        assertThat(upstream(hub).problem()).isNull();
        assertThat(upstream(hub).remoteDomain()).isEqualTo("TEAM");
        messagesAndStreamsAreReachable(team, here, alone.domain());
      }
      awaitConnected(hub, false);
      assertThat(upstream(hub).problem()).isNotNull();
      here.jetStream(PATIENT).publish("orders.2", "still local".getBytes(UTF_8));

      try (NatsServerProcess team = team(port)) {
        awaitConnected(hub, true);
        messagesAndStreamsAreReachable(team, here, alone.domain());
      }
    }
    assertThat(Files.readString(directory.resolve("shop/.orchestrator/hub.log")))
        .contains("NATS upstream nats-leaf://ada:...@127.0.0.1:" + port + ": connected")
        .doesNotContain("s3/cret");
  }

  private static StreamConfiguration orders() {
    return StreamConfiguration.builder()
        .name("ORDERS")
        .subjects("orders.>")
        .storageType(StorageType.Memory)
        .build();
  }

  private static void messagesAndStreamsAreReachable(
      NatsServerProcess team, Connection here, String domain) throws Exception {
    try (Connection there = PatientClient.connect("nats://127.0.0.1:" + team.port())) {
      Subscription asked = there.subscribe("questions");
      there.flush(PATIENCE);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                here.publish("questions", "?".getBytes(UTF_8));
                return asked.nextMessage(Duration.ofMillis(200)) != null;
              });
      // It is asked again while the one does not know of the other.
      JetStreamOptions ofHub =
          JetStreamOptions.builder().domain(domain).requestTimeout(Duration.ofSeconds(2)).build();
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> there.jetStreamManagement(ofHub).getStreamNames().contains("ORDERS"));
      JetStreamOptions ofTeam = JetStreamOptions.builder().domain("TEAM").build();
      assertThat(here.jetStreamManagement(ofTeam).getAccountStatistics().getDomain())
          .isEqualTo("TEAM");
      assertThat(here.jetStreamManagement(PATIENT).getAccountStatistics().getDomain())
          .isEqualTo(domain);
    }
  }

  @Test
  void tellsWhyTheUpstreamRefusesIt() throws Exception {
    int port = FixedPort.free();
    try (NatsServerProcess team = team(port);
        Hub hub =
            Hub.start(
                root(), options().upstream("nats-leaf://ada:wrong@127.0.0.1:" + port).build())) {
      assertThat(team.port()).isPositive();
      await()
          .atMost(PATIENCE)
          .until(() -> String.valueOf(upstream(hub).problem()).contains("Authorization Violation"));
      assertThat(upstream(hub).connected()).isFalse();
    }
  }

  @Test
  void aSecuredUpstreamIsNotSpokenToInTheClear() throws Exception {
    int port = FixedPort.free();
    try (NatsServerProcess team = team(port);
        Hub hub =
            Hub.start(
                root(), options().upstream("tls://127.0.0.1:" + port, "ada:s3/cret").build())) {
      assertThat(team.port()).isPositive();
      await().atMost(PATIENCE).until(() -> upstream(hub).problem() != null);
      assertThat(upstream(hub).connected()).isFalse();
    }
  }

  @Test
  void anUpstreamThatSaysNothingIsToldOfWhileLocalWorkGoesOn() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Hub hub =
            Hub.start(
                root(),
                options().upstream("nats-leaf://127.0.0.1:" + silent.getLocalPort()).build());
        Socket accepted = silent.accept();
        Connection here = PatientClient.connect(hub.natsUrl())) {
      assertThat(accepted.isConnected()).isTrue();
      here.jetStreamManagement(PATIENT).addStream(orders());
      here.jetStream(PATIENT).publish("orders.1", "local".getBytes(UTF_8));
      await()
          .atMost(PATIENCE)
          .until(() -> String.valueOf(upstream(hub).problem()).contains("has sent no INFO"));
      assertThat(upstream(hub).connected()).isFalse();
      assertThat(here.jetStream(PATIENT).publish("orders.2", "more".getBytes(UTF_8)).getSeqno())
          .isEqualTo(2);
    }
  }

  @Test
  void aFileOfCredentialsLetsItIn() throws Exception {
    LeafTokens tokens = new LeafTokens();
    int port = FixedPort.free();
    Path config = directory.resolve("operator.conf");
    Files.writeString(
        config,
        tokens.config(-1).replace("$STORE", directory.resolve("jwts").toString())
            + "leafnodes { listen: \"127.0.0.1:"
            + port
            + "\" }\n");
    Path credentials = directory.resolve("laptop.creds");
    Files.writeString(credentials, tokens.user("", "").credentials());
    HubOptions options =
        options().upstream("nats-leaf://127.0.0.1:" + port, credentials.toString()).build();
    try (NatsServerProcess team =
            NatsServerProcess.start(
                Files.createDirectories(directory.resolve("team")), "-c", config.toString());
        Hub hub = Hub.start(root(), options);
        Connection here = PatientClient.connect(hub.natsUrl());
        Connection there = tokens.connect(team.port())) {
      awaitConnected(hub, true);
      Subscription asked = there.subscribe("questions");
      there.flush(PATIENCE);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                here.publish("questions", "?".getBytes(UTF_8));
                return asked.nextMessage(Duration.ofMillis(200)) != null;
              });
    }
  }

  @Test
  void anUpstreamIsReachedThroughWebSocket() throws Exception {
    int port = FixedPort.free();
    Path file = directory.resolve("web.conf");
    Files.writeString(
        file,
        "websocket { listen: \"127.0.0.1:"
            + port
            + "\", no_tls: true }\nleafnodes { listen: \"127.0.0.1:-1\" }\n");
    try (NatsServerProcess team =
            NatsServerProcess.start(
                Files.createDirectories(directory.resolve("web")), "-c", file.toString());
        Hub hub = Hub.start(root(), options().upstream("ws://127.0.0.1:" + port).build())) {
      assertThat(team.port()).isPositive();
      awaitConnected(hub, true);
    }
  }

  @Test
  void refusesWhatCannotWork() throws Exception {
    Path root = root();
    assertThatThrownBy(() -> options().upstream("http://example.org"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nats-leaf://");
    assertThatThrownBy(() -> options().domain("a.b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Hub.start(
                    root,
                    options().upstream("nats-leaf://127.0.0.1", "/no/such/file.creds").build()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("/no/such/file.creds");
    assertThatThrownBy(
            () ->
                Hub.start(
                    root, options().nats(Backend.off()).upstream("nats-leaf://127.0.0.1").build()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("NATS server of the hub's own");
    assertThat(root).isEmptyDirectory();
  }
}
