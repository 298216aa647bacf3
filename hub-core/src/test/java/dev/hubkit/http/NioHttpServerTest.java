package dev.hubkit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.hubkit.time.SystemTimeSource;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NioHttpServerTest {
  private static final SystemTimeSource TIME = new SystemTimeSource("http-test-time");
  private static final HttpServerOptions OPTIONS = HttpServerOptions.of("http-test", 4, TIME);
  private static final String HOST = "Host: test\r\n";

  private NioHttpServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(0);
    }
  }

  @AfterAll
  static void endTime() {
    TIME.close();
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private RawHttpClient serve(HttpServerOptions options, HttpHandler handler) throws IOException {
    server = NioHttpServer.create(anyPort(), options);
    server.createContext("/", handler);
    server.start();
    return client();
  }

  private RawHttpClient serve(HttpHandler handler) throws IOException {
    return serve(OPTIONS, handler);
  }

  private RawHttpClient client() throws IOException {
    return RawHttpClient.to(server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    try (exchange) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static void echo(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    answer(
        exchange,
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + new String(body, StandardCharsets.ISO_8859_1));
  }

  @Test
  void answersOneRequestAfterTheOther() throws IOException {
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      for (int i = 0; i < 3; i++) {
        client.send("POST /a?b=" + i + " HTTP/1.1\r\n" + HOST + "Content-Length: 3\r\n\r\nabc");
        assertThat(client.readAnswer())
            .startsWith("HTTP/1.1 200 OK\r\n")
            .contains("\r\nDate: ")
            .endsWith("\r\n\r\nPOST /a?b=" + i + " abc");
      }
    }
  }

  @Test
  void answersRequestsThatCameAtOnceInTheirOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      requests.append("POST /").append(i).append(" HTTP/1.1\r\n").append(HOST);
      requests.append(
          "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nT: t\r\n\r\n");
    }
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      client.send(requests.toString());
      for (int i = 0; i < 50; i++) {
        assertThat(client.readAnswer()).endsWith("\r\n\r\nPOST /" + i + " abc");
      }
    }
  }

  @Test
  void tellsWhoAsksThatTheBodyMayCome() throws IOException {
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      client.send(
          "POST / HTTP/1.1\r\n" + HOST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
      assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      assertThat(client.send("abc").readAnswer()).endsWith("POST / abc");
    }
  }

  @Test
  void sendsWhatHasNoLengthInChunksOrUntilItCloses() throws IOException {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    HttpHandler handler =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(content[0]);
            out.write(content, 1, 100_000);
            for (int i = 100_001; i < content.length; i += 1000) {
              out.write(content, i, Math.min(1000, content.length - i));
            }
          }
        };
    try (RawHttpClient client = serve(handler)) {
      for (int i = 0; i < 2; i++) {
        client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(client.readHead()).contains("\r\nTransfer-encoding: chunked\r\n");
        assertThat(client.readChunks()).isEqualTo(content);
      }
    }
    try (RawHttpClient client = client()) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      assertThat(client.readHead()).startsWith("HTTP/1.0 200 OK\r\n").doesNotContain("chunked");
      assertThat(client.readAll().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(content);
    }
  }

  @Test
  void answersHeadWithoutABody() throws IOException {
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      client.send("HEAD /a HTTP/1.1\r\n" + HOST + "\r\nGET /b HTTP/1.0\r\n\r\n");
      assertThat(client.readAll())
          .contains("Content-length: 8\r\n")
          .contains("\r\n\r\nHTTP/1.0 200 OK\r\n")
          .endsWith("\r\n\r\nGET /b ");
    }
  }

  @Test
  void keepsOldConnectionsWhenTheyAskForIt() throws IOException {
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.readAnswer()).contains("Connection: keep-alive").endsWith("GET /a ");
      client.send("GET /b HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n");
      assertThat(client.readAll()).contains("Connection: close").endsWith("GET /b ");
    }
  }

  @Test
  void answersAHandlerThatThrowsWithAnErrorAndGoesOn() throws IOException {
    HttpHandler handler =
        exchange -> {
          switch (exchange.getRequestURI().getPath()) {
            case "/runtime" -> throw new IllegalStateException("on purpose");
            case "/overflow" -> throw new StackOverflowError("on purpose");
            case "/memory" -> throw new OutOfMemoryError("on purpose");
            default -> echo(exchange);
          }
        };
    try (RawHttpClient first = serve(handler)) {
      for (String path : new String[] {"/runtime", "/overflow", "/memory"}) {
        try (RawHttpClient client = client()) {
          client.send("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n");
          assertThat(client.readAll())
              .startsWith("HTTP/1.1 500 Internal Server Error\r\n")
              .contains("Connection: close");
        }
      }
      assertThat(first.send("GET /ok HTTP/1.1\r\n" + HOST + "\r\n").readAnswer())
          .endsWith("GET /ok ");
    }
  }

  @Test
  void closesWhatAHandlerLeavesUnfinished() throws IOException {
    HttpHandler handler =
        exchange -> {
          switch (exchange.getRequestURI().getPath()) {
            case "/nothing" -> exchange.getRequestBody().close();
            case "/short" -> {
              exchange.sendResponseHeaders(200, 10);
              exchange.getResponseBody().write(new byte[4]);
            }
            default -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write(new byte[4]);
              throw new IllegalStateException("on purpose");
            }
          }
        };
    try (RawHttpClient nothing = serve(handler);
        RawHttpClient fewer = client();
        RawHttpClient broken = client()) {
      assertThat(nothing.send("GET /nothing HTTP/1.1\r\n" + HOST + "\r\n").readAll()).isEmpty();
      fewer.send("GET /short HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(fewer.readAll()).contains("Content-length: 10");
      broken.send("GET /broken HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(broken.readAll()).doesNotEndWith("0\r\n\r\n");
    }
  }

  @Test
  void findsTheContextOfTheLongestPath() throws IOException {
    try (RawHttpClient client = serve(exchange -> answer(exchange, "root"))) {
      server.createContext("/a", exchange -> answer(exchange, "a"));
      server.createContext("/a/b", exchange -> answer(exchange, "b"));
      assertThat(client.send("GET /a/bc HTTP/1.1\r\n" + HOST + "\r\n").readAnswer()).endsWith("b");
      assertThat(client.send("GET /a/ HTTP/1.1\r\n" + HOST + "\r\n").readAnswer()).endsWith("a");
      server.removeContext("/a");
      assertThat(client.send("GET /a/ HTTP/1.1\r\n" + HOST + "\r\n").readAnswer()).endsWith("root");
      server.removeContext("/");
      assertThat(client.send("GET /a/ HTTP/1.1\r\n" + HOST + "\r\n").readAnswer())
          .startsWith("HTTP/1.1 404 Not Found");
    }
  }

  @Test
  void callsFiltersAndAuthenticators() throws Exception {
    try (RawHttpClient client = serve(NioHttpServerTest::echo)) {
      var context =
          server.createContext(
              "/secret", exchange -> answer(exchange, exchange.getPrincipal().getUsername()));
      context.setAuthenticator(
          new BasicAuthenticator("realm") {
            @Override
            public boolean checkCredentials(String user, String password) {
              return user.equals("u") && password.equals("p");
            }
          });
      context
          .getFilters()
          .add(Filter.beforeHandler("adds a header", e -> e.getResponseHeaders().set("X-A", "b")));
      client.send("GET /secret HTTP/1.1\r\n" + HOST + "\r\n");
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 401 ");
      client.send("GET /secret HTTP/1.1\r\n" + HOST + "Authorization: Basic dTpw\r\n\r\n");
      assertThat(client.readAnswer()).contains("X-a: b\r\n").endsWith("\r\n\r\nu");
    }
  }

  @Test
  void worksWithTheClientOfTheJdk() throws Exception {
    serve(NioHttpServerTest::echo).close();
    HttpClient client = HttpClient.newHttpClient();
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/x");
    String large = "y".repeat(3_000_000);
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofString(large))
                .expectContinue(true)
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).isEqualTo("POST /x " + large);
  }

  @Test
  void saysWhenThePortIsTaken() throws IOException {
    serve(NioHttpServerTest::echo).close();
    assertThatThrownBy(() -> NioHttpServer.create(server.getAddress(), OPTIONS))
        .isInstanceOf(BindException.class);
  }

  @Test
  void stoppingWaitsForAnswersAndTheirReaders() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    byte[] large = new byte[20_000_000];
    HttpHandler handler =
        exchange -> {
          began.countDown();
          awaitLatch(goOn);
          exchange.sendResponseHeaders(200, large.length);
          exchange.getResponseBody().write(large);
          exchange.close();
        };
    try (RawHttpClient client = serve(handler);
        RawHttpClient half = client()) {
      client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");
      half.send("GET / HT");
      assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
      Thread stopping = new Thread(() -> server.stop(10));
      stopping.start();
      await().until(() -> stopping.getState() == Thread.State.TIMED_WAITING);
      goOn.countDown();
      assertThat(client.readHead()).startsWith("HTTP/1.1 200 OK");
      assertThat(client.read(large.length)).hasSize(large.length);
      stopping.join(Duration.ofSeconds(10).toMillis());
      assertThat(stopping.isAlive()).isFalse();
    }
  }

  private static void awaitLatch(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
