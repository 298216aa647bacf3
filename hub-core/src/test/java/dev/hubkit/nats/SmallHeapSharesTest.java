package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.security.TestCertificate;
import io.nats.client.Connection;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that takes all it can get of something, from a server with a heap of 64 MB, leaves
 * enough for others: answers, contents, connections. The server ends at the first OutOfMemoryError.
 */
class SmallHeapSharesTest {
  private static final String ACCOUNTS =
      """
      accounts {
        LARGE { jetstream: enabled, users: [{user: large, password: x}] }
        SMALL { jetstream: enabled, users: [{user: small, password: x}] }
      }
      """;

  @TempDir Path directory;
  private final List<Socket> open = new ArrayList<>();

  @AfterEach
  void closeSockets() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  private SmallHeapServer start(String more) throws IOException {
    return SmallHeapServer.start(
        directory,
        "websocket { port: -1, no_tls: true }\n"
            + "jetstream { store_dir: \""
            + directory.resolve("js")
            + "\" }\n"
            + ACCOUNTS
            + more,
        "-Xmx64m");
  }

  private static Connection connect(SmallHeapServer server, String user) throws Exception {
    return Nats.connect(
        new Options.Builder()
            .server(server.url())
            .userInfo(user, "x")
            .connectionTimeout(Duration.ofSeconds(20))
            .build());
  }

  private Socket raw(SmallHeapServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(60_000);
    open.add(socket);
    return socket;
  }

  private Socket rawLarge(SmallHeapServer server) throws IOException {
    Socket socket = raw(server);
    socket
        .getOutputStream()
        .write(
            "CONNECT {\"verbose\":false,\"user\":\"large\",\"pass\":\"x\"}\r\n".getBytes(US_ASCII));
    return socket;
  }

  private void fill(SmallHeapServer server, String prefix, int count) throws IOException {
    Socket publisher = rawLarge(server);
    OutputStream out = new BufferedOutputStream(publisher.getOutputStream(), 1 << 16);
    for (int i = 0; i < count; i++) {
      out.write(("PUB " + prefix + i + " 0\r\n\r\n").getBytes(US_ASCII));
    }
    out.write("PING\r\n".getBytes(US_ASCII));
    out.flush();
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(publisher.getInputStream(), US_ASCII));
    for (String line = reader.readLine(); !"PONG".equals(line); line = reader.readLine()) {
      assertThat(line).isNotNull();
    }
  }

  private static void make(JetStreamManagement management, String name) throws Exception {
    management.addStream(
        StreamConfiguration.builder()
            .name(name)
            .subjects(name + ".>")
            .storageType(StorageType.File)
            .build());
  }

  private static void verifyAlive(SmallHeapServer server) {
    assertThat(server.isAlive()).as(() -> server.errors()).isTrue();
    assertThat(server.errors()).doesNotContain("OutOfMemoryError");
  }

  @Test
  void largeAnswersAreRefusedWhenThereIsNoMemoryForThem() throws Exception {
    try (SmallHeapServer server = start("");
        Connection client = connect(server, "large")) {
      make(client.jetStreamManagement(), "many");
      fill(server, "many.subject.of.some.length.", 60_000);
      for (String text : List.of("{\"subjects_filter\":\">\"}", "{\"subjects_filter\":\"none\"}")) {
        Message answer =
            client.request(
                "$JS.API.STREAM.INFO.many", text.getBytes(US_ASCII), Duration.ofSeconds(20));
        String json = new String(answer.getData(), StandardCharsets.UTF_8);
        assertThat(json.contains("\"err_code\":10023")).as(json).isEqualTo(text.contains(">"));
      }
      verifyAlive(server);
    }
  }

  @Test
  void requestsWhoseAnswersTakeLongAreBoundedByTheMemoryThereIs() throws Exception {
    try (SmallHeapServer server = start("");
        Connection client = connect(server, "large")) {
      for (int i = 0; i < 40; i++) {
        make(client.jetStreamManagement(), "s" + i);
      }
      byte[] lists = "PUB $JS.API.STREAM.LIST nowhere 0\r\n\r\n".repeat(4_000).getBytes(US_ASCII);
      for (int i = 0; i < 3; i++) {
        rawLarge(server).getOutputStream().write(lists);
      }
      // Once the server has answered all requests, one way or the other, it has memory again.
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(40))
          .ignoreExceptions()
          .until(() -> client.jetStreamManagement().getStreams().size() == 40);
      verifyAlive(server);
    }
  }

  @Test
  void anAccountThatTakesAllItCanLeavesSomeForAnother() throws Exception {
    try (SmallHeapServer server = start("");
        Connection large = connect(server, "large");
        Connection small = connect(server, "small")) {
      make(large.jetStreamManagement(), "many");
      fill(server, "many.subject.", 300_000);
      assertThat(
              new String(
                  large.request("many.one.more", new byte[0], Duration.ofSeconds(20)).getData(),
                  StandardCharsets.UTF_8))
          .contains("10023");
      make(small.jetStreamManagement(), "few");
      for (int i = 0; i < 100; i++) {
        assertThat(small.jetStream().publish("few." + i, new byte[100]).getSeqno())
            .isEqualTo(i + 1);
      }
      small.createDispatcher(message -> {}).subscribe("first");
      small.flush(Duration.ofSeconds(20));
      assertThat(small.getLastError()).isNullOrEmpty();
      verifyAlive(server);
    }
  }

  @Test
  void heldHandshakesGiveWayToWhoeverLogsIn() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=127.0.0.1", "ip:127.0.0.1");
    String tls =
        "tls { timeout: 300, cert_file: \""
            + certificate.certFile()
            + "\", key_file: \""
            + certificate.keyFile()
            + "\" }\nallow_non_tls: true\nauthorization: { timeout: 300 }\n";
    try (SmallHeapServer server = start(tls)) {
      for (int i = 0; i < 400; i++) {
        raw(server).getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1});
      }
      for (int i = 0; i < 10; i++) {
        try (Connection client = connect(server, "small")) {
          client.flush(Duration.ofSeconds(20));
        }
      }
      verifyAlive(server);
    }
  }
}
