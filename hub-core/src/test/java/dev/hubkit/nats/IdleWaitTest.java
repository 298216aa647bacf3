package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.route.Route;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The work that virtual time awaits before it moves to the next moment. */
class IdleWaitTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final VirtualTimeSource time = new VirtualTimeSource("quiescence-test");
  private final List<NatsServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(NatsServer::close);
    time.close();
  }

  private NatsServer start(String name, String more) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.writeString(file, "listen: 127.0.0.1:-1\nserver_name: " + name + "\n" + more);
    NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), variable -> null));
    NatsServer server = NatsServer.start(options.toBuilder().timeSource(time).build());
    servers.add(server);
    return server;
  }

  private static Connection connect(NatsServer server, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server(server.clientUrl())
            .connectionTimeout(PATIENCE)
            .userInfo(user, "secret")
            .build());
  }

  private void advance(Duration by) {
    AtomicBoolean quiet = new AtomicBoolean(true);
    time.advance(
        by,
        () -> {
          for (NatsServer server : servers) {
            try {
              quiet.compareAndSet(true, server.awaitQuiet(PATIENCE));
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        });
    assertThat(quiet).isTrue();
  }

  @Test
  void routesArePingedAndAnswerForHours() throws Exception {
    String cluster = "cluster { name: c, listen: \"127.0.0.1:-1\" %s }";
    NatsServer a = start("A", cluster.formatted(""));
    NatsServer b =
        start("B", cluster.formatted(", routes: [nats://127.0.0.1:" + a.clusterPort() + "]"));
    await()
        .atMost(PATIENCE)
        .until(() -> ServerAccess.routes(a).size() == 1 && ServerAccess.routes(b).size() == 1);
    Route route = ServerAccess.routes(a).iterator().next();
    time.freeze();
    try (Connection onA = connect(a, "me");
        Connection onB = connect(b, "me")) {
      Subscription heard = onB.subscribe("orders");
      onB.flush(PATIENCE);
      await().atMost(PATIENCE).until(() -> ServerAccess.defaultAccount(a).hasInterest("orders"));
      // In this time the routes exchange some hundred pings, and only two may stay unanswered.
      advance(Duration.ofHours(2));
      assertThat(ServerAccess.routes(a)).containsExactly(route);
      onA.publish("orders", null);
      assertThat(heard.nextMessage(PATIENCE)).isNotNull();
    }
  }

  @Test
  void whatTheSystemAccountHasYetToTellIsWaitedFor() throws Exception {
    NatsServer server = start("A", "");
    time.freeze();
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    server
        .account("$SYS")
        .subscribe(
            "$SYS.SERVER.*.STATSZ",
            null,
            (subscription, message, batch) -> {
              begun.countDown();
              try {
                held.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    time.advance(Duration.ofMinutes(1));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(server.isQuiet()).isFalse();
    assertThat(server.awaitQuiet(Duration.ofMillis(50))).isFalse();
    held.countDown();
    assertThat(server.awaitQuiet(PATIENCE)).isTrue();
  }

  @Test
  void aLameDuckIsGoneWhenItsTimeIsUp() throws Exception {
    NatsServer server = start("A", "");
    time.freeze();
    try (Connection client = connect(server, "me")) {
      assertThat(client.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      server.lameDuck(Duration.ofSeconds(10), Duration.ofSeconds(10));
      advance(Duration.ofSeconds(9));
      assertThat(server.closed()).isNotDone();
      advance(Duration.ofSeconds(12));
      assertThat(server.closed()).isDone();
    }
  }
}
