package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.net.RawWebSocket;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that need more memory than there is use a server with a heap of 64 MB, together with two
 * ordinary clients that must notice nothing. {@code -Dhub.memory.scale=N} multiplies the load by N:
 * a scale of ten means a million subjects and subscriptions.
 */
class SmallHeapTest {
  private static final int SCALE = Integer.getInteger("hub.memory.scale", 1);

  @TempDir Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private SmallHeapServer server;
  private Ordinary ordinary;

  @BeforeEach
  void start() throws Exception {
    server =
        SmallHeapServer.start(
            directory,
            "websocket { port: -1, no_tls: true, compression: true }\n"
                + "jetstream { sync_interval: always, store_dir: \""
                + directory.resolve("js")
                + "\" }\n",
            "-Xmx64m");
    ordinary = new Ordinary(server.url());
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    ordinary.close();
    server.close();
  }

  /** Returns the options of a client that waits as long as a small heap under load may take. */
  private static Options.Builder patiently(String url) {
    return Options.builder().server(url).connectionTimeout(Duration.ofSeconds(30));
  }

  /** A client that sends requests all the time, and one that answers them. */
  private static final class Ordinary implements AutoCloseable {
    private final Connection answering;
    private final Connection asking;
    private final Thread thread = new Thread(this::ask, "ordinary");
    private final AtomicReference<String> trouble = new AtomicReference<>("");
    private final AtomicLong answers = new AtomicLong();
    private volatile boolean ended;

    Ordinary(String url) throws Exception {
      answering = Nats.connect(options(url));
      asking = Nats.connect(options(url));
      Dispatcher dispatcher =
          answering.createDispatcher(
              message -> answering.publish(message.getReplyTo(), message.getData()));
      dispatcher.subscribe("ordinary.question");
      answering.flush(Duration.ofSeconds(10));
      thread.start();
    }

    private Options options(String url) {
      return patiently(url)
          .noReconnect()
          .errorListener(
              new ErrorListener() {
                @Override
                public void errorOccurred(Connection connection, String error) {
                  trouble.compareAndSet("", error);
                }
              })
          .build();
    }

    private void ask() {
      byte[] question = new byte[1000];
      try {
        while (!ended) {
          Message answer = asking.request("ordinary.question", question, Duration.ofSeconds(10));
          if (answer == null) {
            trouble.compareAndSet("", "no answer");
            return;
          }
          answers.incrementAndGet();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        trouble.compareAndSet("", e.toString());
      }
    }

    /** Waits until the requesting client has received some more answers. */
    void verify() {
      long before = answers.get();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> answers.get() > before + 20 || !trouble.get().isEmpty());
      assertThat(trouble.get()).isEmpty();
    }

    @Override
    public void close() throws Exception {
      ended = true;
      thread.join();
      asking.close();
      answering.close();
    }
  }

  private void verifyServed() throws Exception {
    try {
      ordinary.verify();
    } finally {
      assertThat(server.isAlive()).as(() -> server.errors()).isTrue();
      assertThat(server.errors()).doesNotContain("OutOfMemoryError");
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(60_000);
    open.add(socket);
    return socket;
  }

  private static void send(Socket socket, String text) {
    send(socket, text.getBytes(US_ASCII));
  }

  // The server may have disconnected a client that wants too much already.
  private static void send(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      assertThat(e).isInstanceOf(java.net.SocketException.class);
    }
  }

  @Test
  void claimsOfPayloadsTakeNoMemory() throws Exception {
    long before = server.heap();
    int clients = 2 * 150 * SCALE;
    for (int i = 0; i < clients / 2; i++) {
      send(connect(), "PUB a 1048576\r\n");
      Socket second = connect();
      send(second, "CONNECT {\"verbose\":false}\r\nPUB a 1048576\r\n");
      send(second, new byte[100]);
    }
    verifyServed();
    // Each client announced 1 MB, but takes only the memory of the bytes that it sent and of its
    // connection.
    if (SCALE == 1) {
      assertThat(server.heap() - before).isLessThan(clients * 20L * 1024);
    }
  }

  @Test
  void beginningsOfPayloadsAreBoundedInAll() throws Exception {
    byte[] most = new byte[1_000_000];
    byte[] much = new byte[60_000];
    for (int i = 0; i < 60 * SCALE; i++) {
      Socket large = connect();
      send(large, "CONNECT {\"verbose\":false}\r\nPUB a 1048576\r\n");
      send(large, most);
      Socket medium = connect();
      send(medium, "CONNECT {\"verbose\":false}\r\nPUB a 65000\r\n");
      send(medium, much);
    }
    verifyServed();
  }

  @Test
  void whoeverReadsNothingIsCutBeforeAllMemoryIsGone() throws Exception {
    for (int i = 0; i < 20; i++) {
      Socket slow = connect();
      slow.setReceiveBufferSize(4096);
      send(slow, "CONNECT {\"verbose\":false}\r\nSUB fat 1\r\nPING\r\n");
    }
    Socket publisher = connect();
    send(publisher, "CONNECT {\"verbose\":false}\r\n");
    byte[] message = ("PUB fat 65536\r\n" + "f".repeat(65_536) + "\r\n").getBytes(US_ASCII);
    for (int i = 0; i < 400 * SCALE; i++) {
      send(publisher, message);
      if (i % 20 == 0) {
        verifyServed();
      }
    }
    verifyServed();
    assertThat(server.errors()).contains("Slow Consumer");
  }

  @Test
  void whoeverAsksAndReadsNoAnswersIsHeldUp() throws Exception {
    byte[] pings = "PING\r\n".repeat(10_000).getBytes(US_ASCII);
    for (int i = 0; i < 10; i++) {
      Socket asking = connect();
      asking.setReceiveBufferSize(4096);
      send(asking, "CONNECT {\"verbose\":true}\r\n");
      Thread thread =
          new Thread(
              () -> {
                for (int round = 0; round < 500 * SCALE && !asking.isClosed(); round++) {
                  send(asking, pings);
                }
              },
              "asking-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    for (int i = 0; i < 20; i++) {
      verifyServed();
    }
  }

  @Test
  void compressedBombsAreInflatedInPieces() throws Exception {
    byte[] zeros = RawWebSocket.deflate(new byte[10_000_000]);
    byte[] pings = RawWebSocket.deflate("PING\r\n".repeat(1_000_000).getBytes(US_ASCII));
    byte[] publish =
        RawWebSocket.deflate(("PUB a 1048576\r\n" + " ".repeat(1_000_000)).getBytes(US_ASCII));
    for (int i = 0; i < 30 * SCALE; i++) {
      for (byte[] bomb : List.of(zeros, pings, publish)) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.webSocketPort());
        open.add(socket);
        RawWebSocket client = new RawWebSocket(socket);
        client.upgrade();
        send(socket, RawWebSocket.frame(RawWebSocket.BINARY, i % 2 == 0, true, bomb));
      }
    }
    verifyServed();
  }

  @Test
  void subscriptionsAreRefusedWhenThereIsNoMemoryForMore() throws Exception {
    Socket socket = connect();
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    out.write("CONNECT {\"verbose\":false}\r\n".getBytes(US_ASCII));
    int count = 100_000 * SCALE;
    Thread writer =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < count; i++) {
                  out.write(("SUB many.subjects." + i + " " + i + "\r\n").getBytes(US_ASCII));
                }
                out.write("PING\r\n".getBytes(US_ASCII));
                out.flush();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            },
            "subscribing");
    writer.start();
    int refused = 0;
    for (String line = reader.readLine(); !"PONG".equals(line); line = reader.readLine()) {
      assertThat(line).isNotNull();
      if (line.equals("-ERR 'maximum subscriptions exceeded'")) {
        refused++;
      }
    }
    writer.join();
    assertThat(refused).isPositive();
    verifyServed();
    // Other clients still have room for their first subscriptions.
    try (Connection other = Nats.connect(patiently(server.url()).build())) {
      other.createDispatcher(message -> {}).subscribe("other");
      other.flush(Duration.ofSeconds(20));
      assertThat(other.getLastError()).isNullOrEmpty();
    }
    socket.close();
    // The next client finds room again.
    try (Connection next = Nats.connect(patiently(server.url()).build())) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                Dispatcher dispatcher = next.createDispatcher(message -> {});
                dispatcher.subscribe("next");
                next.flush(Duration.ofSeconds(5));
                return next.getLastError() == null || next.getLastError().isEmpty();
              });
    }
  }

  @Test
  void streamsTakeNoMoreSubjectsThanThereIsMemoryFor() throws Exception {
    try (Connection client = Nats.connect(patiently(server.url()).build())) {
      JetStreamManagement management = client.jetStreamManagement();
      for (StorageType storage : StorageType.values()) {
        management.addStream(
            StreamConfiguration.builder()
                .name(storage.name())
                .subjects(storage.name() + ".>")
                .storageType(storage)
                .build());
      }
      for (StorageType storage : StorageType.values()) {
        String name = storage.name();
        Socket publisher = connect();
        OutputStream out = new BufferedOutputStream(publisher.getOutputStream(), 1 << 16);
        out.write("CONNECT {\"verbose\":false}\r\n".getBytes(US_ASCII));
        for (int i = 0; i < 100_000 * SCALE; i++) {
          out.write(("PUB " + name + ".subject." + i + " 5\r\nhello\r\n").getBytes(US_ASCII));
        }
        out.write("PING\r\n".getBytes(US_ASCII));
        out.flush();
        awaitPong(publisher);
        verifyServed();
      }
      String last = StorageType.Memory.name();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  client.jetStream().publish(last + ".other." + i, new byte[1000]);
                }
              })
          .isInstanceOf(JetStreamApiException.class)
          .hasMessageContaining("10023");
      for (StorageType storage : StorageType.values()) {
        management.deleteStream(storage.name());
      }
      management.addStream(
          StreamConfiguration.builder()
              .name("after")
              .subjects("after")
              .storageType(StorageType.Memory)
              .build());
      assertThat(client.jetStream().publish("after", new byte[10]).getSeqno()).isEqualTo(1);
    }
    verifyServed();
  }

  private static void awaitPong(Socket socket) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    for (String line = reader.readLine(); !"PONG".equals(line); line = reader.readLine()) {
      assertThat(line).isNotNull();
    }
  }

  @Test
  void whatStreamsAndTheirApiHaveNotTakenYetIsBounded() throws Exception {
    try (Connection client = Nats.connect(patiently(server.url()).build())) {
      client
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("slow")
                  .subjects("slow")
                  .maxBytes(1_000_000)
                  .storageType(StorageType.File)
                  .build());
    }
    String payload = "p".repeat(60_000);
    String request = "{\"name\":\"x\",\"subjects\":[\"x\"],\"description\":\"" + payload + "\"}";
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Socket publisher = connect();
      Thread thread =
          new Thread(
              () -> {
                send(publisher, "CONNECT {\"verbose\":false}\r\n");
                for (int round = 0; round < 200 * SCALE; round++) {
                  send(publisher, "PUB slow nowhere 60000\r\n" + payload + "\r\n");
                  send(
                      publisher,
                      "PUB $JS.API.STREAM.CREATE.x nowhere "
                          + request.length()
                          + "\r\n"
                          + request
                          + "\r\n");
                }
              },
              "publishing-" + i);
      publishers.add(thread);
      thread.start();
    }
    for (Thread publisher : publishers) {
      publisher.join();
      verifyServed();
    }
    try (Connection client = Nats.connect(patiently(server.url()).build())) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> client.jetStream().publish("slow", new byte[10]).getSeqno() > 0);
    }
  }
}
