package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebSocketTest {
  @TempDir Path directory;

  private static final class Collector implements WebSocket.Listener {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<String> untilPong = new CompletableFuture<>();

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] chunk = new byte[data.remaining()];
      data.get(chunk);
      bytes.writeBytes(chunk);
      String text = bytes.toString(StandardCharsets.UTF_8);
      if (text.endsWith("PONG\r\n")) {
        untilPong.complete(text);
      }
      socket.request(1);
      return null;
    }
  }

  private static WebSocket.Builder builder() {
    return HttpClient.newHttpClient().newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
  }

  private static URI uri(NatsServer hub) {
    return URI.create("ws://127.0.0.1:" + hub.webSocketPort() + "/");
  }

  @Test
  void readsFramesHoweverTheyAreCut() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(directory, "websocket { port: -1, no_tls: true }")) {
      Collector collector = new Collector();
      WebSocket socket = builder().buildAsync(uri(hub), collector).get(10, TimeUnit.SECONDS);
      byte[] text =
          "CONNECT {\"verbose\":false}\r\nSUB x 1\r\nPUB x 5\r\nhello\r\nPING\r\n"
              .getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < text.length; i++) {
        ByteBuffer one = ByteBuffer.wrap(text, i, 1);
        socket.sendBinary(one, i == text.length - 1).get(10, TimeUnit.SECONDS);
        if (i == 20) {
          socket.sendPing(ByteBuffer.wrap(new byte[] {1})).get(10, TimeUnit.SECONDS);
        }
      }
      assertThat(collector.untilPong.get(10, TimeUnit.SECONDS))
          .startsWith("INFO {")
          .contains("MSG x 1 5\r\nhello\r\n");
      socket.abort();
    }
  }

  @Test
  void pingsAsOftenAsItsBlockSays() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(
            directory, "websocket { port: -1, no_tls: true, ping_interval: \"50ms\" }")) {
      Collector collector = new Collector();
      WebSocket socket = builder().buildAsync(uri(hub), collector).get(20, TimeUnit.SECONDS);
      byte[] text = "CONNECT {\"verbose\":false}\r\n".getBytes(StandardCharsets.UTF_8);
      socket.sendBinary(ByteBuffer.wrap(text), true).get(20, TimeUnit.SECONDS);
      // Otherwise the second comes after two minutes.
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> collector.bytes.toString(StandardCharsets.UTF_8).split("PING").length > 2);
      socket.abort();
    }
  }

  @Test
  void takesCredentialsFromCookies() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(
            directory,
            "authorization { users: [{user: me, password: pw}] }\n"
                + "websocket { port: -1, no_tls: true, user_cookie: u, pass_cookie: p }")) {
      Collector collector = new Collector();
      WebSocket socket =
          builder()
              .header("Cookie", "x=y; u=me; p=\"pw\"")
              .buildAsync(uri(hub), collector)
              .get(10, TimeUnit.SECONDS);
      socket
          .sendBinary(
              ByteBuffer.wrap(
                  "CONNECT {\"verbose\":false}\r\nPING\r\n".getBytes(StandardCharsets.UTF_8)),
              true)
          .get(10, TimeUnit.SECONDS);
      assertThat(collector.untilPong.get(10, TimeUnit.SECONDS)).doesNotContain("-ERR");
      socket.abort();
    }
  }

  @Test
  void turnsAwayOriginsThatAreNotAllowed() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(
            directory,
            "websocket { port: -1, no_tls: true, allowed_origins: [\"http://good.example\"] }")) {
      WebSocket good =
          builder()
              .header("Origin", "http://good.example")
              .buildAsync(uri(hub), new Collector())
              .get(10, TimeUnit.SECONDS);
      good.abort();
      CompletableFuture<WebSocket> bad =
          builder().header("Origin", "http://bad.example").buildAsync(uri(hub), new Collector());
      Throwable failure = bad.handle((socket, problem) -> problem).get(10, TimeUnit.SECONDS);
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      assertThat(cause).isInstanceOf(WebSocketHandshakeException.class);
      assertThat(((WebSocketHandshakeException) cause).getResponse().statusCode()).isEqualTo(403);
    }
  }

  private static int status(NatsServer hub, String origin) throws Exception {
    CompletableFuture<WebSocket> attempt =
        builder().header("Origin", origin).buildAsync(uri(hub), new Collector());
    Throwable failure = attempt.handle((socket, problem) -> problem).get(10, TimeUnit.SECONDS);
    if (failure == null) {
      attempt.get(10, TimeUnit.SECONDS).abort();
      return 101;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return ((WebSocketHandshakeException) cause).getResponse().statusCode();
  }

  @Test
  void wantsTheSameOriginWhereThatIsConfigured() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(
            directory, "websocket { port: -1, no_tls: true, same_origin: true }")) {
      int port = hub.webSocketPort();
      assertThat(status(hub, "http://127.0.0.1:" + port)).isEqualTo(101);
      assertThat(status(hub, "https://127.0.0.1:" + port)).isEqualTo(403);
      assertThat(status(hub, "http://127.0.0.1:" + (port - 1))).isEqualTo(403);
      assertThat(status(hub, "http://127.0.0.1")).isEqualTo(403);
      assertThat(status(hub, "http://other.example:" + port)).isEqualTo(403);
      assertThat(status(hub, "nonsense")).isEqualTo(403);
    }
  }

  @Test
  void tellsClientsWhereWebSocketsAre() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(directory, "websocket { port: -1, no_tls: true }")) {
      Collector collector = new Collector();
      WebSocket socket = builder().buildAsync(uri(hub), collector).get(10, TimeUnit.SECONDS);
      socket
          .sendBinary(
              ByteBuffer.wrap(
                  "CONNECT {\"verbose\":false}\r\nPING\r\n".getBytes(StandardCharsets.UTF_8)),
              true)
          .get(10, TimeUnit.SECONDS);
      assertThat(collector.untilPong.get(10, TimeUnit.SECONDS))
          .contains("\"port\":" + hub.webSocketPort())
          .doesNotContain("tls_required");
      socket.abort();
    }
  }

  @Test
  void answersPlainHttpWithAnError() throws Exception {
    try (NatsServer hub =
        ConfiguredServer.start(directory, "websocket { port: -1, no_tls: true }")) {
      HttpResponse<String> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://127.0.0.1:" + hub.webSocketPort() + "/"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.headers().firstValue("Sec-Websocket-Version")).contains("13");
    }
  }
}
