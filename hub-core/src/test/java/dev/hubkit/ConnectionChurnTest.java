package dev.hubkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.ChurnServer.Usage;
import dev.hubkit.nats.net.RawWebSocket;
import dev.hubkit.nats.security.TestCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Drops connections of each kind at each stage of their beginning, and checks that they leave
 * nothing behind: no thread, descriptor, memory or table entry. {@code -Dhub.churn.connections=N}
 * makes N connections of each kind, and prints what is in use before and after; {@code
 * -Dhub.churn.kind=KIND} drops only connections of that kind.
 */
class ConnectionChurnTest {
  private static final int COUNT = Integer.getInteger("hub.churn.connections", 120);
  private static final boolean LONG = COUNT > 1000;
  private static final String ONLY = System.getProperty("hub.churn.kind", "");
  private static final String IN_JVM = "within the JVM";
  // Some things may come and go: a pool's worker, a page that the JVM itself takes.
  private static final long THREADS = 6;
  private static final long DESCRIPTORS = 6;
  private static final long HEAP = 6L << 20;
  private static final long RESIDENT = 40L << 20;

  private static final String CONNECT = "CONNECT {\"verbose\":false}\r\n";
  private static final List<String> OPERATIONS =
      List.of(
          "",
          "CONNE",
          "PUB a 1048576\r\n",
          CONNECT + "PING\r\n",
          CONNECT + "SUB a.> 1\r\nSUB b q 2\r\nPING\r\n",
          CONNECT + "PING\r\nPUB a 70000\r\n" + "x".repeat(66_000),
          "FOO\r\n");

  @TempDir static Path directory;
  private static Process process;
  private static BufferedReader answers;
  private static int[] ports;
  private static SSLContext context;

  /** Does what one connection does between its beginning and its end. */
  @FunctionalInterface
  private interface Stage {
    void reach() throws Exception;
  }

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "no /proc to look into");
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    context = certificate.trusting(certificate);
    Files.writeString(
        directory.resolve("plain.conf"),
        """
        port: -1
        http: "127.0.0.1:-1"
        cluster { name: c, port: -1 }
        websocket { port: -1, no_tls: true, compression: true }
        """);
    String tls =
        "tls { cert_file: \""
            + certificate.certFile()
            + "\", key_file: \""
            + certificate.keyFile()
            + "\", timeout: 20 }\n";
    Files.writeString(
        directory.resolve("secured.conf"),
        "port: -1\n" + tls + "websocket { port: -1, compression: true, " + tls + "}\n");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ChurnServer.class.getName(),
                directory.toString())
            .redirectError(directory.resolve("server.log").toFile())
            .start();
    answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    ports =
        Arrays.stream(String.valueOf(answers.readLine()).split(" ", -1))
            .mapToInt(Integer::parseInt)
            .toArray();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (process != null) {
      process.destroy();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private static Usage order(String order) throws IOException {
    return Usage.parse(ask(order));
  }

  private static String ask(String order) throws IOException {
    process.getOutputStream().write((order + "\n").getBytes(US_ASCII));
    process.getOutputStream().flush();
    return String.valueOf(answers.readLine());
  }

  private static String files() {
    try {
      return ", open: " + ask("files");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static void readUntil(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        return;
      }
      text.append((char) next);
    }
  }

  private static Stage says(int port, String text, String answer) {
    return says(port, text.getBytes(US_ASCII), answer);
  }

  private static Stage says(int port, byte[] bytes, String answer) {
    return () -> {
      try (Socket socket = connect(port)) {
        if (bytes.length % 2 == 1) {
          socket.setSoLinger(true, 0);
        }
        socket.getOutputStream().write(bytes);
        if (!answer.isEmpty()) {
          readUntil(socket.getInputStream(), answer);
        }
      }
    };
  }

  private static SSLSocket shakeHands(int port, boolean greeted) throws IOException {
    Socket socket = connect(port);
    if (greeted) {
      readUntil(socket.getInputStream(), "\r\n");
    }
    SSLSocket secured =
        (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", port, true);
    secured.startHandshake();
    return secured;
  }

  private static Map<String, List<Stage>> kinds() {
    Map<String, List<Stage>> kinds = new LinkedHashMap<>();
    List<Stage> tcp = new ArrayList<>();
    List<Stage> tls = new ArrayList<>();
    for (String operations : OPERATIONS) {
      String answer = operations.contains("PING") ? "PONG\r\n" : "";
      tcp.add(says(ports[0], operations, answer));
      tls.add(
          () -> {
            try (SSLSocket socket = shakeHands(ports[4], true)) {
              socket.getOutputStream().write(operations.getBytes(US_ASCII));
              if (!answer.isEmpty()) {
                readUntil(socket.getInputStream(), answer);
              }
            }
          });
    }
    tls.add(says(ports[4], "", "INFO"));
    tls.add(says(ports[4], new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1}, "INFO"));
    kinds.put("TCP", tcp);
    kinds.put("TLS", tls);
    kinds.put("WebSocket", webSockets(() -> connect(ports[1]), ports[1]));
    kinds.put("secure WebSocket", webSockets(() -> shakeHands(ports[5], false), ports[5]));
    kinds.put(
        "monitoring",
        List.of(
            says(ports[2], "", ""),
            says(ports[2], "GET /", ""),
            says(ports[2], "GET /varz HTTP/1.1\r\nHost: a\r\n", ""),
            says(ports[2], "GET /varz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200")));
    kinds.put(
        "route",
        List.of(
            says(ports[3], "", "INFO"),
            says(ports[3], "INFO {", ""),
            says(ports[3], "CONNECT {}\r\n", ""),
            says(ports[3], "nonsense\r\n", "")));
    kinds.put(
        "Fossil",
        List.of(
            says(ports[6], "", ""),
            says(ports[6], "GET /", ""),
            says(ports[6], "POST /xfer HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nab", ""),
            says(ports[6], "GET /index HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 ")));
    return kinds;
  }

  /** Opens a connection. */
  private interface Opening {
    Socket open() throws IOException;
  }

  private static List<Stage> webSockets(Opening opening, int port) {
    List<Stage> stages = new ArrayList<>();
    stages.add(says(port, "", ""));
    stages.add(says(port, "GET / HTT", ""));
    for (String operations : OPERATIONS) {
      for (boolean compressed : new boolean[] {false, true}) {
        stages.add(
            () -> {
              try (RawWebSocket client = new RawWebSocket(opening.open())) {
                client.upgrade();
                client.send(operations, compressed);
                if (operations.contains("PING")) {
                  client.readUntil("PONG\r\n");
                }
              }
            });
      }
    }
    byte[] frame =
        RawWebSocket.frame(
            RawWebSocket.BINARY,
            false,
            true,
            RawWebSocket.deflate(
                (CONNECT + "PUB a 9999\r\n" + "x".repeat(5000)).getBytes(US_ASCII)));
    for (int part : new int[] {frame.length, frame.length / 2, 3}) {
      stages.add(
          () -> {
            try (RawWebSocket client = new RawWebSocket(opening.open())) {
              client.upgrade();
              client.send(Arrays.copyOf(frame, part));
              client.next();
            }
          });
    }
    return stages;
  }

  @Test
  void droppedConnectionsLeaveNothingBehind() throws Exception {
    Map<String, List<Stage>> kinds = kinds();
    for (Map.Entry<String, List<Stage>> kind : kinds.entrySet()) {
      churn(kind.getKey(), kind.getValue(), 3 * kind.getValue().size());
    }
    churnPipes(30);
    assertThat(kinds.keySet().contains(ONLY) || ONLY.equals(IN_JVM) || ONLY.isEmpty())
        .as("hub.churn.kind is one of " + kinds.keySet() + " or " + IN_JVM)
        .isTrue();
    Usage before = settled("at first", null);
    for (Map.Entry<String, List<Stage>> kind : kinds.entrySet()) {
      if (isWanted(kind.getKey())) {
        churn(kind.getKey(), kind.getValue(), COUNT);
        settled(kind.getKey(), before);
      }
    }
    if (isWanted(IN_JVM)) {
      churnPipes(COUNT);
      settled(IN_JVM, before);
    }
  }

  private static boolean isWanted(String kind) {
    return ONLY.isEmpty() || ONLY.equals(kind);
  }

  private static void churn(String kind, List<Stage> stages, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      try {
        stages.get(i % stages.size()).reach();
      } catch (IOException e) {
        // The server may be first to close a connection that it rejects.
        assertThat(process.isAlive()).as(kind + " " + e).isTrue();
      }
    }
  }

  private static void churnPipes(int count) throws IOException {
    for (String operations : OPERATIONS) {
      order("pipe " + count / OPERATIONS.size() + " " + operations.replace("\r\n", "|"));
    }
  }

  /** Waits until no more is in use than before. */
  private static Usage settled(String what, @Nullable Usage before) {
    List<Usage> last = new ArrayList<>();
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                last.add(order("usage"));
                return isBack(last.get(last.size() - 1), before);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          what + ": " + last.get(last.size() - 1) + ", before: " + before + files(), e);
    }
    if (LONG) {
      System.out.println(what + ": " + last.get(last.size() - 1));
    }
    return last.get(last.size() - 1);
  }

  private static boolean isBack(Usage now, @Nullable Usage before) {
    if (before == null) {
      return now.clients() == 0 && now.reserved() == 0;
    }
    return now.clients() == 0
        && now.subscriptions() == before.subscriptions()
        && now.reserved() == 0
        && now.threads() <= before.threads() + THREADS
        && now.descriptors() <= before.descriptors() + DESCRIPTORS
        && now.heap() <= before.heap() + HEAP
        && now.resident() <= before.resident() + RESIDENT;
  }
}
