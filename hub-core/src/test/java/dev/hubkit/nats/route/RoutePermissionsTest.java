package dev.hubkit.nats.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.account.Subscription;
import io.nats.client.Connection;
import io.nats.client.Options;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code cluster { permissions }} allows, and what it denies. */
class RoutePermissionsTest extends ServersOfACluster {
  private static final String PERMISSIONS =
      "permissions { import: [\"in.>\", \"_INBOX.>\"], export: {allow: [\"out.>\", \"_INBOX.>\"],"
          + " deny: \"out.secret\"} }";

  private static List<String> heardOf(NatsServer server) {
    return ServerAccess.routes(server).stream()
        .flatMap(route -> route.subscriptions().stream())
        .map(Subscription::subject)
        .filter(subject -> !subject.startsWith("$") && !subject.startsWith("_"))
        .sorted()
        .toList();
  }

  private static void awaitHeardOf(NatsServer server, String... subjects) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(heardOf(server)).containsExactly(subjects));
  }

  @Test
  void onlyTheseSubjectsCross() throws Exception {
    NatsServer a = start("A", "name: c, " + PERMISSIONS, "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onA = connect(a);
    Connection onB = connect(b);
    for (String subject : List.of("in.1", "out.1", "else", "out.last")) {
      onA.subscribe(subject);
    }
    onA.subscribe("in.last");
    onA.flush(PATIENCE);
    awaitHeardOf(b, "in.1", "in.last");
    io.nats.client.Subscription atB = onB.subscribe("out.*");
    for (String subject : List.of("in.1", "out.1", "else", "out.secret")) {
      onB.subscribe(subject);
    }
    onB.subscribe("out.last");
    onB.flush(PATIENCE);
    awaitHeardOf(a, "out.*", "out.1", "out.last");
    // An allowed wildcard subscription does not receive messages on a denied subject.
    onA.publish("out.secret", bytes("no"));
    onA.publish("out.other", bytes("yes"));
    assertThat(text(atB.nextMessage(PATIENCE))).isEqualTo("yes");
    // For a moment, the client may still count a message that it has just handed out.
    assertThat(atB.getPendingMessageCount()).isNotPositive();
  }

  @Test
  void theyChangeWhileRoutesHold() throws Exception {
    NatsServer a = start("A", "name: c, " + PERMISSIONS, "");
    NatsServer b = start("B", to(a), "");
    awaitRoutes(1, a, b);
    Connection onA = connect(a);
    Connection onB = connect(b);
    onA.subscribe("in.1");
    onA.subscribe("else");
    onA.flush(PATIENCE);
    onB.subscribe("out.1");
    onB.subscribe("else");
    onB.flush(PATIENCE);
    awaitHeardOf(b, "in.1");
    awaitHeardOf(a, "out.1");
    Route route = ServerAccess.routes(a).iterator().next();
    reload(a, "A", PERMISSIONS, "permissions { import: \"else\", export: \"else\" }");
    awaitHeardOf(b, "else");
    awaitHeardOf(a, "else");
    reload(a, "A", "permissions { import: \"else\", export: \"else\" }", "");
    awaitHeardOf(b, "else", "in.1");
    awaitHeardOf(a, "else", "out.1");
    assertThat(ServerAccess.routes(a)).containsExactly(route);
  }

  @Test
  void aRealServerIsToldOfThemAndTellsOfThem() throws Exception {
    NatsServer a = start("A", "name: c, " + PERMISSIONS, "");
    Files.writeString(
        directory.resolve("real.conf"),
        "server_name: R\ncluster { listen: \"127.0.0.1:-1\", name: c, routes:"
            + " [\"nats-route://127.0.0.1:"
            + a.clusterPort()
            + "\"], permissions { import: \">\", export: {deny: \"in.no\"} } }\n");
    try (NatsServerProcess real =
        NatsServerProcess.start(directory, "-c", directory.resolve("real.conf").toString())) {
      awaitRoutes(1, a);
      Connection onA = connect(a);
      Connection onReal = connect(Options.builder().server("nats://127.0.0.1:" + real.port()));
      onReal.subscribe("out.1");
      onReal.subscribe("else");
      onReal.flush(PATIENCE);
      awaitHeardOf(a, "out.1");
      io.nats.client.Subscription in = onA.subscribe("in.*");
      onA.subscribe("in.no");
      onA.flush(PATIENCE);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                onReal.publish("in.no", bytes("no"));
                onReal.publish("in.yes", bytes("yes"));
                return "yes".equals(text(in.nextMessage(Duration.ofMillis(100))));
              });
      reload(a, "A", PERMISSIONS, "");
      awaitHeardOf(a, "else", "out.1");
    }
  }

  @Test
  void theListenerStaysWhereItIs() throws Exception {
    NatsServer a = start("A", "name: c", "");
    assertThatThrownBy(() -> reload(a, "A", "127.0.0.1:-1, name", "127.0.0.1:6222, name"))
        .isInstanceOf(NatsException.class)
        .hasMessage("config reload not supported for cluster port: old=-1, new=6222");
  }
}
