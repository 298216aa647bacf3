package dev.hubkit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.hubkit.log.Log;
import dev.hubkit.time.SystemTimeSource;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shows how the server treats peers that are slow, silent, or demand too much. */
@Timeout(90)
class SlowPeersTest {
  private static final String HOST = "Host: a\r\n";
  private static final String WHOLE = "GET /whole HTTP/1.1\r\n" + HOST + "\r\n";
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int LARGE = 30_000_000;

  private final SystemTimeSource time = new SystemTimeSource("http-slow-time");
  private final HttpServerOptions defaults = HttpServerOptions.of("http-slow", 2, time);
  private NioHttpServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
    time.close();
  }

  private RawHttpClient serve(HttpServerOptions options, HttpHandler handler) throws IOException {
    server =
        NioHttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), options);
    server.createContext("/", handler);
    server.start();
    return client();
  }

  private RawHttpClient client() throws IOException {
    return RawHttpClient.to(server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange) throws IOException {
    int size = exchange.getRequestBody().readAllBytes().length;
    boolean large = exchange.getRequestURI().getPath().equals("/large");
    byte[] answer = large ? new byte[LARGE] : ("got " + size).getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
  }

  private static String post(int length) {
    return "POST / HTTP/1.1\r\n" + HOST + "Content-Length: " + length + "\r\n\r\n";
  }

  private void othersAreServed() throws IOException {
    try (RawHttpClient client = client()) {
      assertThat(client.send(WHOLE).readAnswer()).endsWith("got 0");
    }
  }

  private static TimeLimits limits(Duration body, int bodyBytes, Duration write) {
    TimeLimits usual = TimeLimits.defaults();
    return new TimeLimits(usual.head(), usual.idle(), body, bodyBytes, write, usual.linger());
  }

  static SizeLimits limits(int each, long all, long requestDisk, long responseDisk) {
    SizeLimits usual = SizeLimits.defaults();
    return new SizeLimits(
        usual.requestLine(),
        usual.head(),
        usual.headers(),
        usual.body(),
        each,
        all,
        requestDisk,
        responseDisk);
  }

  @Test
  void aHeadHasItsTime() throws IOException {
    HttpServerOptions options = defaults.withTimes(TimeLimits.defaults().withHead(SHORT));
    try (RawHttpClient half = serve(options, SlowPeersTest::answer);
        RawHttpClient silent = client();
        RawHttpClient later = client()) {
      assertThat(later.send(WHOLE).readAnswer()).endsWith("got 0");
      assertThat(half.send("GET / HT").readAll()).isEmpty();
      assertThat(silent.readAll()).isEmpty();
      assertThat(later.send("GET / HT").readAll()).isEmpty();
      othersAreServed();
    }
  }

  @Test
  void aTrickledHeadHasNoMoreTime() throws Exception {
    HttpServerOptions options = defaults.withTimes(TimeLimits.defaults().withHead(SHORT));
    try (RawHttpClient half = serve(options, SlowPeersTest::answer)) {
      AtomicReference<String> end = new AtomicReference<>();
      Thread reader = new Thread(() -> end.set(readAll(half)));
      reader.start();
      half.send("GET / HTTP/1.1\r\nX: ");
      await()
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !send(half, "x") || end.get() != null);
      reader.join();
    }
  }

  private static boolean send(RawHttpClient client, String text) {
    try {
      client.send(text);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static String readAll(RawHttpClient client) {
    try {
      return client.readAll();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void aConnectionWithoutRequestsEnds() throws IOException {
    HttpServerOptions options = defaults.withTimes(TimeLimits.defaults().withIdle(SHORT));
    try (RawHttpClient client = serve(options, SlowPeersTest::answer)) {
      assertThat(client.send(WHOLE).readAnswer()).endsWith("got 0");
      assertThat(client.readAll()).isEmpty();
    }
  }

  @Test
  void aBodyMustComeOn() throws Exception {
    HttpServerOptions options =
        defaults.withTimes(limits(SHORT, 100, TimeLimits.defaults().write()));
    try (RawHttpClient stalled = serve(options, SlowPeersTest::answer);
        RawHttpClient trickling = client();
        RawHttpClient slow = client()) {
      assertThat(stalled.send(post(100_000) + "x".repeat(1000)).readAll())
          .startsWith("HTTP/1.1 408 Request Timeout\r\n");
      AtomicReference<String> end = new AtomicReference<>();
      trickling.send(post(100_000));
      Thread reader = new Thread(() -> end.set(readAll(trickling)));
      reader.start();
      await()
          .pollInterval(Duration.ofMillis(50))
          .until(() -> !send(trickling, "x") || end.get() != null);
      reader.join();
      // This client is slow, but makes progress.
      slow.send(post(2000));
      for (int i = 0; i < 20; i++) {
        slow.send("x".repeat(100));
        await().pollDelay(Duration.ofMillis(40)).until(() -> true);
      }
      assertThat(slow.readAnswer()).endsWith("got 2000");
    }
  }

  @Test
  void aReaderMustTakeSomething() throws Exception {
    HttpServerOptions options =
        defaults.withTimes(
            limits(TimeLimits.defaults().body(), TimeLimits.defaults().bodyBytes(), SHORT));
    CountDownLatch handled = new CountDownLatch(1);
    HttpHandler handler =
        exchange -> {
          try {
            answer(exchange);
          } finally {
            handled.countDown();
          }
        };
    serve(options, handler).close();
    try (RawHttpClient reader = RawHttpClient.withSmallWindowTo(server.getAddress().getPort())) {
      reader.send("GET /large HTTP/1.1\r\n" + HOST + "\r\n");
      // The handler finishes long before the reader does.
      handled.await();
      othersAreServed();
      await().until(() -> server.openConnections() == 0);
      assertThat(bytesUntilTheEnd(reader)).isLessThan(LARGE);
    }
  }

  private static long bytesUntilTheEnd(RawHttpClient client) throws IOException {
    try {
      return client.readAll().length();
    } catch (SocketException e) {
      return 0;
    }
  }

  @Test
  void aReaderThatIsSlowGetsEverything() throws Exception {
    serve(defaults, SlowPeersTest::answer).close();
    try (RawHttpClient reader = RawHttpClient.withSmallWindowTo(server.getAddress().getPort())) {
      reader.send("GET /large HTTP/1.1\r\n" + HOST + "\r\n" + WHOLE);
      assertThat(reader.readHead()).contains("Content-length: " + LARGE);
      assertThat(reader.read(LARGE)).hasSize(LARGE);
      assertThat(reader.readAnswer()).endsWith("got 0");
    }
  }

  @Test
  void bodiesHaveALimit() throws IOException {
    HttpServerOptions options = defaults.withSizes(SizeLimits.defaults().withBody(1000));
    try (RawHttpClient announced = serve(options, SlowPeersTest::answer);
        RawHttpClient chunked = client();
        RawHttpClient right = client()) {
      assertThat(announced.send(post(1001)).readAll()).startsWith("HTTP/1.1 413 ");
      chunked.send("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      chunked.send("3e8\r\n" + "x".repeat(1000) + "\r\n1\r\nx\r\n");
      assertThat(chunked.readAll()).startsWith("HTTP/1.1 413 ");
      assertThat(right.send(post(1000) + "x".repeat(1000)).readAnswer()).endsWith("got 1000");
    }
  }

  @Test
  void bodiesAltogetherHaveALimit() throws IOException {
    HttpServerOptions options = defaults.withSizes(limits(100, 100_000, 50_000, 0));
    try (RawHttpClient first = serve(options, SlowPeersTest::answer);
        RawHttpClient second = client();
        RawHttpClient third = client()) {
      first.send(post(40_001) + "x".repeat(40_000));
      await()
          .untilAsserted(
              () -> {
                try (RawHttpClient probe = client()) {
                  probe.send(post(20_000) + "x".repeat(20_000));
                  assertThat(probe.readAnswer()).startsWith("HTTP/1.1 503 ");
                }
              });
      // A small body needs no file.
      assertThat(second.send(post(50) + "x".repeat(50)).readAnswer()).endsWith("got 50");
      assertThat(first.send("x").readAnswer()).endsWith("got 40001");
      await()
          .untilAsserted(
              () -> {
                try (RawHttpClient probe = client()) {
                  probe.send(post(20_000) + "x".repeat(20_000));
                  assertThat(probe.readAnswer()).endsWith("got 20000");
                }
              });
      third.send(post(10)).close();
    }
  }

  @Test
  void answersThatWaitHaveALimitAndTheSlowestReaderIsCutOff() throws Exception {
    SizeLimits sizes = limits(1000, 1_000_000, 0, LARGE + LARGE / 2);
    CountDownLatch written = new CountDownLatch(1);
    HttpHandler handler =
        exchange -> {
          answer(exchange);
          written.countDown();
        };
    serve(defaults.withSizes(sizes), handler).close();
    int port = server.getAddress().getPort();
    try (RawHttpClient silent = RawHttpClient.withSmallWindowTo(port);
        RawHttpClient reader = RawHttpClient.withSmallWindowTo(port)) {
      silent.send("GET /large HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(silent.readHead()).startsWith("HTTP/1.1 200 OK");
      assertThat(written.await(60, TimeUnit.SECONDS)).isTrue();
      // The server learns a reader's speed over time: this one takes nothing, and the server keeps
      // it meanwhile.
      await().during(Duration.ofSeconds(2)).until(() -> server.openConnections() == 2);
      reader.send("GET /large HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(reader.readHead()).startsWith("HTTP/1.1 200 OK");
      assertThat(reader.read(LARGE)).hasSize(LARGE);
      assertThat(bytesUntilTheEnd(silent)).isLessThan(LARGE);
      othersAreServed();
    }
  }

  @Test
  void whoSpeaksForALargeBodyIsAsked() throws IOException {
    BodyLimit limit =
        new BodyLimit() {
          @Override
          public long unasked() {
            return 1000;
          }

          @Override
          public long largest(String method, URI uri, Headers headers, InputStream beginning)
              throws IOException {
            assertThat(Thread.currentThread().getName()).startsWith("http-slow-");
            return beginning.read() == 'y' ? 5000 : 0;
          }
        };
    try (RawHttpClient refused = serve(defaults.withBodyLimit(limit), SlowPeersTest::answer);
        RawHttpClient welcome = client();
        RawHttpClient chunked = client();
        RawHttpClient greedy = client();
        RawHttpClient small = client()) {
      assertThat(refused.send(post(2000) + "n".repeat(1000)).readAll()).startsWith("HTTP/1.1 413 ");
      for (int i = 0; i < 2; i++) {
        assertThat(welcome.send(post(5000) + "y".repeat(5000)).readAnswer()).endsWith("got 5000");
      }
      chunked.send("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      chunked.send("7d0\r\n" + "y".repeat(2000) + "\r\n0\r\n\r\n");
      assertThat(chunked.readAnswer()).endsWith("got 2000");
      assertThat(greedy.send(post(5001) + "y".repeat(1000)).readAll()).startsWith("HTTP/1.1 413 ");
      assertThat(small.send(post(1000) + "n".repeat(1000)).readAnswer()).endsWith("got 1000");
    }
  }

  /** Runs a server in a process that may open only a few files. */
  static final class FewDescriptors {
    private FewDescriptors() {}

    public static void main(String[] arguments) throws IOException {
      try (SystemTimeSource time = new SystemTimeSource("few-time")) {
        NioHttpServer server =
            NioHttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                HttpServerOptions.of("few", 2, time));
        server.createContext("/", SlowPeersTest::answer);
        server.start();
        // The first log line takes a descriptor, to read the time zones.
        Log.of(FewDescriptors.class).warn("Serving");
        System.out.println("port " + server.getAddress().getPort());
        System.in.read();
        server.stop(0);
      }
    }
  }

  @Test
  void withoutDescriptorsItSaysSoOnceAndGoesOn() throws Exception {
    Assumptions.assumeFalse(
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows"),
        "needs a limit of open files");
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n 100; exec \"$0\" \"$@\"",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FewDescriptors.class.getName())
            .redirectErrorStream(true)
            .start();
    List<RawHttpClient> held = new ArrayList<>();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String first = output.readLine();
      while (first != null && !first.startsWith("port ")) {
        first = output.readLine();
      }
      assertThat(first).startsWith("port ");
      int port = Integer.parseInt(first.substring(5));
      // This request loads the classes, which the JVM reads from files.
      try (RawHttpClient client = RawHttpClient.to(port)) {
        assertThat(client.send(WHOLE).readAnswer()).endsWith("got 0");
      }
      for (int i = 0; i < 200; i++) {
        held.add(RawHttpClient.to(port).send("GET /"));
      }
      String said = output.readLine() + output.readLine();
      assertThat(said).contains("can't take a connection");
      for (int i = 0; i < 150; i++) {
        held.get(i).close();
      }
      try (RawHttpClient client = RawHttpClient.to(port)) {
        assertThat(client.send(WHOLE).readAnswer()).endsWith("got 0");
      }
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      assertThat(output.lines().filter(line -> line.contains("can't take"))).isEmpty();
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
      for (RawHttpClient client : held) {
        client.close();
      }
    }
  }

  @Test
  void leavesNoFilesBehind() throws Exception {
    File temporary = new File(System.getProperty("java.io.tmpdir"));
    HttpServerOptions options =
        defaults.withSizes(
            limits(
                100,
                100_000,
                SizeLimits.defaults().requestDisk(),
                SizeLimits.defaults().responseDisk()));
    try (RawHttpClient upload = serve(options, SlowPeersTest::answer);
        RawHttpClient reader = RawHttpClient.withSmallWindowTo(server.getAddress().getPort())) {
      upload.send(post(40_001) + "x".repeat(40_000));
      reader.send("GET /large HTTP/1.1\r\n" + HOST + "\r\n").readHead();
      server.stop(0);
      String[] left = temporary.list((directory, name) -> name.startsWith("hub-http"));
      assertThat(left).isEmpty();
    }
  }
}
