package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.AccountPort;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.ServerAccess;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.work.Injection;
import dev.hubkit.work.Injection.Armed;
import dev.hubkit.work.Injection.Kind;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.WorkStep.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever is thrown while the server serves clients, it ends at most one connection: the others go
 * on, each message arrives once, the health report is right, and the server closes in time.
 */
class ContainedFailureTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final String INTERNAL_ERROR = "-ERR 'Internal Server Error'";

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<RawClient> bystanders = new ArrayList<>();
  private NatsServer server;
  private String threads;

  @BeforeEach
  void start() throws Exception {
    ServerConfig config = new ServerConfig();
    config.set(Options.HTTP_PORT, -1);
    // All clients share one loop, so whatever stops the loop stops all of them.
    server = NatsServer.start(NatsOptions.builder().config(config).port(0).eventLoops(1).build());
    threads = "nats-" + server.port() + "-loop";
    for (int i = 0; i < 3; i++) {
      RawClient bystander = RawClient.open(server.port());
      bystanders.add(bystander);
      bystander.send("SUB once 1\r\n");
      assertThat(bystander.roundTrip()).isEmpty();
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (RawClient bystander : bystanders) {
      bystander.close();
    }
    server.close();
  }

  @ParameterizedTest
  @InjectionSource({Worker.EVENT_LOOP, Worker.LISTENER, Worker.CONNECTION})
  void endsNobodyElse(Injection injection) throws Exception {
    try (Armed armed = injection.arm(threads)) {
      long end = System.nanoTime() + LONG.toNanos();
      while (!armed.hasFired() && System.nanoTime() < end) {
        stir(injection.step());
      }
      assertThat(armed.hasFired()).as("a worker reached the step").isTrue();
      armed.awaitFired(1);
    }

    int gone = 0;
    for (RawClient bystander : bystanders) {
      if (bystander.roundTrip() == null) {
        gone++;
      }
    }
    assertThat(gone).as("bystanders that lost their connection").isLessThanOrEqualTo(1);
    List<RawClient> left = new ArrayList<>();
    for (RawClient bystander : bystanders) {
      if (bystander.roundTrip() != null) {
        left.add(bystander);
      }
    }
    publishOnce();
    for (RawClient bystander : left) {
      assertThat(bystander.roundTrip()).containsExactly("MSG once 1 2", "hi");
    }
    assertThat(health()).isEqualTo(200);
    assertThatItCloses();
  }

  /**
   * Does everything that a client can do, so that the server reaches the step. It does not matter
   * what happens to this client.
   */
  private void stir(WorkStep step) throws Exception {
    if (step == WorkStep.LOOP_ALARM) {
      failToAccept();
    } else if (step == WorkStep.LISTENER_START) {
      assertThatThrownBy(() -> server.open("other")).isInstanceOf(NatsException.class);
      AccountPort port = server.open("other");
      try (RawClient there = RawClient.open(port.port())) {
        assertThat(there.roundTrip()).isEmpty();
      }
      port.close();
    } else if (step == WorkStep.CONNECTION_RESUME || step == WorkStep.BACKLOG_RELIEVE) {
      readSlowly();
    }
    try (RawClient client = RawClient.open(server.port())) {
      client.send("SUB mine 1\r\nPUB mine 2\r\nhi\r\n");
      List<String> told = client.roundTrip();
      if (told != null) {
        assertThat(told).containsExactly("MSG mine 1 2", "hi");
      }
    }
    awaitClients(bystanders.size());
  }

  private void failToAccept() throws Exception {
    Injection failure = new Injection(WorkStep.LISTENER_ACCEPT, Kind.RUNTIME_EXCEPTION);
    try (Armed armed = failure.arm(threads);
        RawClient client = RawClient.open(server.port())) {
      assertThat(armed.awaitFired(10)).isTrue();
      assertThat(client.roundTrip()).isEmpty();
    }
  }

  private void readSlowly() throws Exception {
    String payload = "x".repeat(100_000);
    try (RawClient slow = RawClient.connect(server.port(), 4096);
        RawClient publisher = RawClient.open(server.port())) {
      slow.send("CONNECT {\"verbose\":false}\r\nSUB much 1\r\n");
      slow.roundTrip();
      for (int i = 0; i < 50; i++) {
        publisher.send("PUB much 100000\r\n" + payload + "\r\n");
      }
      publisher.roundTrip();
      slow.roundTrip();
    }
  }

  private void publishOnce() throws IOException {
    try (RawClient publisher = RawClient.open(server.port())) {
      publisher.send("PUB once 2\r\nhi\r\n");
      assertThat(publisher.roundTrip()).isEmpty();
    }
  }

  private void awaitClients(int most) {
    await().atMost(LONG).until(() -> server.clients().all().size() <= most);
  }

  private int health() throws Exception {
    return http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + server.monitorPort() + "/healthz"))
                .timeout(LONG)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private void assertThatItCloses() {
    long begun = System.nanoTime();
    server.close();
    assertThat(System.nanoTime() - begun).isLessThan(CLOSE_NANOS);
    String own = "nats-" + server.port() + "-";
    await()
        .atMost(LONG)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith(own)));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void parsesNothingTwice(Kind kind) throws Exception {
    try (RawClient publisher = RawClient.open(server.port())) {
      assertThat(publisher.roundTrip()).isEmpty();
      try (Armed armed = new Injection(WorkStep.CONNECTION_PARSED, kind).arm(threads)) {
        publisher.send("PUB once 2\r\nhi\r\nPUB once 3\r\nyou\r\n");
        assertThat(publisher.untilEnd()).containsExactly(INTERNAL_ERROR);
        assertThat(armed.hasFired()).isTrue();
      }
    }
    for (RawClient bystander : bystanders) {
      assertThat(bystander.roundTrip())
          .containsExactly("MSG once 1 2", "hi", "MSG once 1 3", "you");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WorkStep.class,
      names = {"CONNECTION_DELIVER", "BATCH_FLUSH", "CONNECTION_FLUSH"})
  void losesNoMessageButOfTheOneConcerned(WorkStep step) throws Exception {
    try (RawClient publisher = RawClient.open(server.port())) {
      assertThat(publisher.roundTrip()).isEmpty();
      try (Armed armed = new Injection(step, Kind.OUT_OF_MEMORY).arm(threads)) {
        publisher.send("PUB once 2\r\nhi\r\n");
        assertThat(armed.awaitFired(20)).isTrue();
      }
      assertThat(publisher.roundTrip()).isEmpty();
      publisher.send("PUB once 3\r\nyou\r\n");
      assertThat(publisher.roundTrip()).isEmpty();
    }
    int gone = 0;
    for (RawClient bystander : bystanders) {
      List<String> told = bystander.roundTrip();
      if (told == null) {
        gone++;
      } else {
        assertThat(told).containsExactly("MSG once 1 2", "hi", "MSG once 1 3", "you");
      }
    }
    assertThat(gone).isEqualTo(1);
  }

  @Test
  void cleansUpWhenThereIsMemoryAgain() throws Exception {
    Predicate<Thread> loops = thread -> thread.getName().startsWith(threads);
    long before = ServerAccess.defaultAccount(server).interest().subscriptionCount();
    try (RawClient client = RawClient.open(server.port())) {
      client.send("SUB left.over 1\r\n");
      assertThat(client.roundTrip()).isEmpty();
      try (Armed armed =
          new Injection(WorkStep.CONNECTION_CLOSE, Kind.OUT_OF_MEMORY).arm(loops, 6)) {
        client.send("nonsense\r\n");
        client.untilEnd();
        assertThat(armed.awaitFired(20)).isTrue();
      }
    }
    try (RawClient next = RawClient.open(server.port())) {
      assertThat(next.roundTrip()).isEmpty();
      await()
          .atMost(LONG)
          .until(
              () -> ServerAccess.defaultAccount(server).interest().subscriptionCount() == before);
      assertThat(server.clients().all()).hasSize(bystanders.size() + 1);
    }
  }

  @Test
  void tellsOfALoopThatServesNobody() throws Exception {
    Predicate<Thread> loops = thread -> thread.getName().startsWith(threads);
    try (Armed armed =
        new Injection(WorkStep.LOOP_SELECT, Kind.OUT_OF_MEMORY).arm(loops, 1_000_000)) {
      ((Heartbeat.Target) server.clients().all().iterator().next()).ping();
      bystanders.get(0).send("PING\r\n");
      await().atMost(LONG).until(() -> health() == 500);
    }
    await().atMost(LONG).until(() -> health() == 200);
    assertThat(bystanders.get(1).roundTrip()).isEmpty();
  }

  @Test
  void closesWithALoopThatServesNobody() throws Exception {
    Predicate<Thread> loops = thread -> thread.getName().startsWith(threads);
    try (Armed armed =
        new Injection(WorkStep.LOOP_SELECT, Kind.OUT_OF_MEMORY).arm(loops, 1_000_000)) {
      bystanders.get(0).send("PING\r\n");
      await().atMost(LONG).until(() -> health() == 500);
      assertThatItCloses();
    }
  }
}
