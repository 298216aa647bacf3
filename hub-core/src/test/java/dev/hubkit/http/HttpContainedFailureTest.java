package dev.hubkit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Injection;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep;
import dev.hubkit.work.WorkStep.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A failure while the server serves a request ends that request at most, with an answer if
 * possible.
 */
@Timeout(60)
class HttpContainedFailureTest {
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int LARGE = 20_000_000;
  private static final String GET = "GET /small HTTP/1.1\r\nHost: a\r\n\r\n";

  private final SystemTimeSource time = new SystemTimeSource("http-failure-time");
  private final String name = "http-failure-" + RUNS.incrementAndGet() + "-";
  private final List<RawHttpClient> bystanders = new ArrayList<>();
  private final Health health = new Health();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private Thread loop;
  private NioHttpServer server;

  @BeforeEach
  void start() throws Exception {
    HttpServerOptions options =
        HttpServerOptions.of(name, 2, time)
            .withHealth(health)
            .withSizes(SlowPeersTest.limits(10_000, 1 << 20, 4L << 30, 4L << 30));
    server =
        NioHttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), options);
    server.createContext("/", HttpContainedFailureTest::answer);
    health.observe(() -> health.troubles().forEach(trouble -> troubles.add(trouble.toString())));
    server.start();
    loop =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(name))
            .findAny()
            .orElseThrow();
    for (int i = 0; i < 3; i++) {
      bystanders.add(client());
      assertThat(bystanders.get(i).send(GET).readAnswer()).endsWith("here");
    }
    // The injected failure must not hit these clients.
    server.awaitAnswers(LONG);
  }

  @AfterEach
  void stop() throws IOException {
    for (RawHttpClient bystander : bystanders) {
      bystander.close();
    }
    server.stop(0);
    time.close();
  }

  private RawHttpClient client() throws IOException {
    return RawHttpClient.to(server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] answer =
        exchange.getRequestURI().getPath().equals("/large")
            ? new byte[LARGE]
            : new byte[] {'h', 'e', 'r', 'e'};
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
  }

  @ParameterizedTest
  @InjectionSource(Worker.HTTP_SERVER)
  void endsNobodyElse(Injection injection) throws Exception {
    String answer;
    try (Injection.Armed armed = injection.arm(name)) {
      answer = injection.step() == WorkStep.HTTP_DRAIN ? readSlowly() : upload();
      assertThat(armed.awaitFired(20)).as("the step is reached").isTrue();
    }
    switch (injection.step()) {
      case HTTP_READ, HTTP_PARSE, HTTP_SPOOL, HTTP_DISPATCH, HTTP_WORK, HTTP_HANDLER ->
          assertThat(answer).startsWith("HTTP/1.1 500 Internal Server Error");
      case HTTP_SELECT, HTTP_TASK, HTTP_SERVE, HTTP_TICK, HTTP_ACCEPT, HTTP_CLOSE ->
          assertThat(answer).startsWith("HTTP/1.1 200 OK").endsWith("here");
      default -> assertThat(answer).as("the server closed the connection").doesNotContain("here");
    }
    servesAndStops();
    assertThat(troubles).as("health reports no trouble after one failure").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Injection.Kind.class)
  void tellsOfALoopThatServesNobody(Injection.Kind kind) throws Exception {
    try (Injection.Armed armed = failingSelect(kind)) {
      bystanders.get(0).send(GET);
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(health.troubles())
                      .singleElement()
                      .asString()
                      .contains(name)
                      .contains("cannot wait for its sockets"));
      assertThat(armed.hasFired()).as("the loop retries without a pause").isFalse();
    }
    await().atMost(LONG).until(() -> health.troubles().isEmpty());
    assertThat(bystanders.get(0).readAnswer()).endsWith("here");
    servesAndStops();
  }

  @ParameterizedTest
  @EnumSource(Injection.Kind.class)
  void stopsWithALoopThatServesNobody(Injection.Kind kind) throws Exception {
    try (Injection.Armed armed = failingSelect(kind)) {
      bystanders.get(0).send(GET);
      await().atMost(LONG).until(() -> !health.troubles().isEmpty());
      stops();
      assertThat(armed.hasFired()).as("the loop retries without a pause").isFalse();
    }
    assertThat(health.troubles()).isEmpty();
  }

  private Injection.Armed failingSelect(Injection.Kind kind) {
    return new Injection(WorkStep.HTTP_SELECT, kind)
        .arm(thread -> thread.getName().equals(name), 1_000_000);
  }

  /** Asserts that the same loop still serves others, and that the server stops in time. */
  private void servesAndStops() throws IOException {
    for (RawHttpClient bystander : bystanders) {
      assertThat(bystander.send(GET).readAnswer()).endsWith("here");
    }
    for (int i = 0; i < 5; i++) {
      assertThat(upload()).endsWith("here");
    }
    assertThat(loop.isAlive()).isTrue();
    stops();
    for (RawHttpClient bystander : bystanders) {
      assertThat(bystander.readAll()).isEmpty();
    }
  }

  private void stops() {
    long begin = System.nanoTime();
    server.stop(10);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    assertThat(loop.isAlive()).isFalse();
  }

  /** Sends a body that does not fit into memory, and returns everything that comes back. */
  private String upload() throws IOException {
    try (RawHttpClient client = client()) {
      client.send(
          "POST /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n");
      client.send(new byte[20_000]);
      return client.readAll();
    } catch (SocketException e) {
      return "reset";
    }
  }

  private String readSlowly() throws IOException {
    try (RawHttpClient client = RawHttpClient.withSmallWindowTo(server.getAddress().getPort())) {
      client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      return client.readAll();
    } catch (SocketException e) {
      return "reset";
    }
  }
}
