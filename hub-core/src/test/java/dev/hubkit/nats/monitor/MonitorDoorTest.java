package dev.hubkit.nats.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.FixedPort;
import dev.hubkit.http.RawHttpClient;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.security.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the monitoring port treats peers that are slow, silent or odd. */
@Timeout(120)
class MonitorDoorTest {
  private static final int MANY = 300;
  private static final String HOST = "Host: a\r\n";
  private static final String WHOLE = "GET /healthz HTTP/1.1\r\n" + HOST + "\r\n";

  @TempDir Path directory;

  private NatsServer start(String more) throws IOException {
    Path file = directory.resolve("server.conf");
    Files.writeString(file, "port: -1\n" + more);
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
  }

  private static List<RawHttpClient> held(int port, String begin) throws IOException {
    List<RawHttpClient> held = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      held.add(RawHttpClient.to(port).send(begin));
    }
    return held;
  }

  private static void close(List<RawHttpClient> held) throws IOException {
    for (RawHttpClient client : held) {
      client.close();
    }
  }

  @Test
  void manyHalfSentRequestsHoldNobodyUpAndEndWithTheServer() throws IOException {
    NatsServer server = start("http: \"127.0.0.1:-1\"\n");
    List<RawHttpClient> held = new ArrayList<>(held(server.monitorPort(), "GET /"));
    held.addAll(
        held(
            server.monitorPort(), "POST /varz HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\n1"));
    try (RawHttpClient client = RawHttpClient.to(server.monitorPort())) {
      for (int i = 0; i < 20; i++) {
        assertThat(client.send(WHOLE).readAnswer())
            .startsWith("HTTP/1.1 200 OK")
            .contains("\"ok\"");
      }
      long begin = System.nanoTime();
      server.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      assertThat(client.readAll()).isEmpty();
    } finally {
      server.close();
      close(held);
    }
  }

  @Test
  void manySilentPeersHoldNobodyUpOverHttps() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    String tls =
        "tls { cert_file: \"%s\", key_file: \"%s\" }\n"
            .formatted(certificate.certFile(), certificate.keyFile());
    try (NatsServer server = start("https: \"127.0.0.1:-1\"\n" + tls)) {
      int port = server.securedMonitorPort();
      List<RawHttpClient> held = held(port, "\u0016\u0003\u0001");
      try (Socket socket =
              certificate
                  .trusting(certificate)
                  .getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), port);
          RawHttpClient client = RawHttpClient.of(socket)) {
        for (int i = 0; i < 5; i++) {
          assertThat(client.send(WHOLE).readAnswer())
              .startsWith("HTTP/1.1 200 OK")
              .contains("\"ok\"");
        }
      } finally {
        close(held);
      }
      try (RawHttpClient plain = RawHttpClient.to(port)) {
        assertThat(plain.send(WHOLE).readAll())
            .isEqualTo(
                "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
      }
    }
  }

  /** A request line, then header lines, then the bytes after the head. */
  private static String request(String line, String headers) {
    return line + "\r\n" + headers + "\r\n";
  }

  private static String get(String headers) {
    return request("GET /healthz HTTP/1.1", headers);
  }

  private static String line(String line) {
    return request(line, HOST);
  }

  private static String post(String headers, String body) {
    return request("POST /healthz HTTP/1.1", HOST + headers) + body;
  }

  private static List<String> oddRequests() {
    String chunked = "Transfer-Encoding: chunked\r\n";
    StringBuilder many = new StringBuilder(HOST);
    for (int i = 0; i < 5000; i++) {
      many.append('X').append(i).append(": a\r\n");
    }
    return List.of(
        WHOLE,
        request("GET /healthz HTTP/1.0", ""),
        get(""),
        get(HOST + HOST),
        get("Host: a b\r\n"),
        get("Host: a_b:80\r\n"),
        get("Host: \r\n"),
        get("Host : a\r\n").replace("Host :", "Host:\r\nX :"),
        get("Host\r\n"),
        get(HOST + ": x\r\n"),
        get(HOST + "X: a\u0001b\r\n"),
        get(HOST + "X: a\u0000b\r\n"),
        get(HOST + "X: a\rb\r\n"),
        get(HOST + "X: \u00c3\u00a9\r\n"),
        get(HOST + "X: a\r\n b\r\n"),
        get(" X: a\r\n" + HOST),
        get(HOST + "Expect: something\r\n"),
        get(HOST + "Connection: close\r\n"),
        get(many.toString()),
        get(HOST + "X: " + "a".repeat(1000 * 1024) + "\r\n"),
        get(HOST + "X: " + "a".repeat(1100 * 1024) + "\r\n"),
        "\r\n" + WHOLE,
        WHOLE.replace("\r", ""),
        line("get /healthz HTTP/1.1"),
        line("G(T /healthz HTTP/1.1"),
        line(" /healthz HTTP/1.1"),
        line("GET"),
        line("GET /healthz"),
        line("GET /healthz HTTP/0.9"),
        line("GET /healthz HTTP/1.2"),
        line("GET /healthz HTTP/2.0"),
        line("GET /healthz HTTP/11"),
        line("GET /healthz http/1.1"),
        line("GET  /healthz HTTP/1.1"),
        line("GET * HTTP/1.1"),
        line("OPTIONS * HTTP/1.1"),
        line("GET healthz HTTP/1.1"),
        line("GET http://x/healthz HTTP/1.1"),
        line("GET /healthz%zz HTTP/1.1"),
        line("GET /healthz?a=%zz HTTP/1.1"),
        line("GET /healthz?a={b} HTTP/1.1"),
        line("GET /healthz\u0001 HTTP/1.1"),
        line("GET /healthzz HTTP/1.1"),
        line("GET /healthz?" + "a".repeat(1100 * 1024) + " HTTP/1.1"),
        line("HEAD /healthz HTTP/1.1"),
        line("DELETE /healthz HTTP/1.1"),
        post("Content-Length: 3\r\n" + chunked, "0\r\n\r\n"),
        post("Transfer-Encoding: gzip\r\n", ""),
        post(chunked + chunked, "0\r\n\r\n"),
        post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"),
        post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
        post("Content-Length: -1\r\n", ""),
        post("Content-Length: +1\r\n", "a"),
        post("Content-Length: \r\n", ""),
        post("Content-Length: 1, 1\r\n", "a"),
        post("Content-Length: 99999999999999999999\r\n", "a"),
        "GET /healthz HTTP/1.1\r\n",
        "\u0016\u0003\u0001\u0000",
        "");
  }

  @Test
  void oddRequestsAreAnsweredAsTheRealServerAnswersThem() throws Exception {
    int freePort = FixedPort.free();
    Path real = Files.createDirectory(directory.resolve("real"));
    try (NatsServerProcess process =
            NatsServerProcess.start(real, "-m", Integer.toString(freePort));
        NatsServer hub = start("http: \"127.0.0.1:-1\"\n")) {
      assertThat(process.port()).isPositive();
      SoftAssertions same = new SoftAssertions();
      for (String request : oddRequests()) {
        String shown = request.length() > 100 ? request.substring(0, 100) : request;
        same.assertThat(firstLine(hub.monitorPort(), request))
            .as(shown)
            .isEqualTo(firstLine(freePort, request));
      }
      same.assertAll();
    }
  }

  private static String firstLine(int port, String request) throws IOException {
    try (RawHttpClient client = RawHttpClient.to(port)) {
      client.send(request).end();
      String answer = client.readAll();
      return answer.lines().findFirst().orElse("nothing");
    }
  }
}
