package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a client or another server could make grow without holding any of it itself, in a server
 * with a heap of 64 MB that ends at the first OutOfMemoryError.
 */
class SmallHeapGrowthTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private SmallHeapServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        SmallHeapServer.start(
            directory,
            """
            server_name: A
            websocket { port: -1, no_tls: true }
            cluster { name: c, port: -1, authorization { timeout: 60 } }
            jetstream { store_dir: "%s" }
            accounts {
              A {
                jetstream: enabled
                users: [
                  { user: client, password: x }
                  { user: service, password: x
                    permissions {
                      subscribe: [service, "_INBOX.>"]
                      allow_responses { max: -1, expires: "1h" }
                    }
                  }
                ]
              }
              SYS { users: [{ user: sys, password: x }] }
            }
            system_account: SYS
            """
                .formatted(directory.resolve("js")),
            "-Xmx64m");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private Connection connect(String user) throws Exception {
    return Nats.connect(
        new Options.Builder()
            .server(server.url())
            .userInfo(user, "x")
            .connectionTimeout(PATIENCE)
            .noReconnect()
            .build());
  }

  private void verifyServed() throws Exception {
    assertThat(server.isAlive()).as(() -> server.errors()).isTrue();
    try (Connection client = connect("client")) {
      Subscription subscription = client.subscribe("ordinary");
      client.publish("ordinary", new byte[1000]);
      assertThat(subscription.nextMessage(PATIENCE)).isNotNull();
    }
    assertThat(server.errors()).doesNotContain("OutOfMemoryError");
  }

  @Test
  void whatWaitsForAnotherServer() throws Exception {
    try (Socket route = new Socket();
        Connection client = connect("client")) {
      route.setReceiveBufferSize(4096);
      route.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.clusterPort()));
      route.setSoTimeout(20_000);
      BufferedReader in = new BufferedReader(new InputStreamReader(route.getInputStream(), UTF_8));
      assertThat(in.readLine()).startsWith("INFO ");
      route
          .getOutputStream()
          .write(
              ("CONNECT {\"cluster\":\"c\",\"name\":\"PUPPET\"}\r\n"
                      + "INFO {\"server_id\":\"PUPPET\",\"server_name\":\"P\",\"proto\":3,"
                      + "\"cluster\":\"c\"}\r\nRS+ A flood\r\nPING\r\n")
                  .getBytes(UTF_8));
      for (String line = in.readLine(); !"PONG".equals(line); line = in.readLine()) {
        assertThat(line).isNotNull();
      }
      byte[] payload = new byte[100_000];
      for (int i = 0; i < 800; i++) {
        client.publish("flood", payload);
        if (i % 10 == 0) {
          client.flush(PATIENCE);
        }
      }
      client.flush(PATIENCE);
      verifyServed();
      assertThat(server.errors()).contains("slow");
    }
  }

  @Test
  void whatMayBeAnsweredForAnHour() throws Exception {
    try (Connection service = connect("service");
        Connection client = connect("client")) {
      Subscription subscription = service.subscribe("service");
      service.flush(PATIENCE);
      String inbox = "nowhere." + "r".repeat(3500) + ".";
      for (int i = 0; i < 22_000; i++) {
        client.publish("service", inbox + i, new byte[0]);
        if (i % 500 == 499) {
          client.flush(PATIENCE);
          for (int read = 0; read < 500; read++) {
            assertThat(subscription.nextMessage(PATIENCE)).isNotNull();
          }
        }
      }
      verifyServed();
      // The service can still answer the newest request.
      client.createDispatcher(message -> {});
      Subscription answers = client.subscribe("nowhere.>");
      client.flush(PATIENCE);
      service.publish(inbox + 21_999, "answer".getBytes(UTF_8));
      assertThat(answers.nextMessage(PATIENCE)).isNotNull();
    }
  }

  @Test
  void batchesOfDirectGets() throws Exception {
    int count = 60;
    try (Connection client = connect("client")) {
      client
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("large")
                  .subjects("large.*")
                  .allowDirect(true)
                  .storageType(StorageType.File)
                  .build());
      for (int i = 0; i < count; i++) {
        client.jetStream().publish("large." + i, new byte[500_000]);
      }
      String inbox = client.createInbox();
      Subscription answers = client.subscribe(inbox);
      long next = 1;
      int batches = 0;
      while (next <= count) {
        String request = "{\"seq\":" + next + ",\"batch\":1000,\"next_by_subj\":\"large.*\"}";
        client.publish("$JS.API.DIRECT.GET.large", inbox, request.getBytes(UTF_8));
        batches++;
        Message message = answers.nextMessage(PATIENCE);
        while (message != null && message.getHeaders().containsKey("Nats-Sequence")) {
          assertThat(message.getHeaders().getFirst("Nats-Sequence")).isEqualTo("" + next);
          next++;
          message = answers.nextMessage(PATIENCE);
        }
        assertThat(message).as("after " + next).isNotNull();
        assertThat(message.getStatus().getCode()).isEqualTo(204);
      }
      assertThat(batches).isGreaterThan(1);
      // A request for many subjects gets a limited number of messages, too.
      String request = "{\"multi_last\":[\"large.*\"]}";
      client.publish("$JS.API.DIRECT.GET.large", inbox, request.getBytes(UTF_8));
      Message message = answers.nextMessage(PATIENCE);
      int got = 0;
      while (message != null && message.getHeaders().containsKey("Nats-Sequence")) {
        got++;
        message = answers.nextMessage(PATIENCE);
      }
      assertThat(got).isPositive();
      assertThat(message).isNotNull();
      assertThat(message.getHeaders().getFirst("Nats-Num-Pending")).isEqualTo("" + (count - got));
    }
    verifyServed();
  }

  @Test
  void requestsToTheSystemAccount() throws Exception {
    try (Connection client = connect("client");
        Connection system = connect("sys")) {
      String subject = "subject." + "s".repeat(250) + ".";
      for (int i = 0; i < 20_000; i++) {
        client.subscribe(subject + i);
      }
      client.flush(PATIENCE);
      byte[] large =
          ("{\"subscriptions\":true,\"limit\":100000}" + " ".repeat(200_000)).getBytes(UTF_8);
      for (int i = 0; i < 500; i++) {
        system.publish("$SYS.REQ.SERVER.PING.SUBSZ", "nowhere", large);
      }
      system.flush(PATIENCE);
      Message answer = system.request("$SYS.REQ.SERVER.PING.IDZ", new byte[0], PATIENCE);
      assertThat(answer).isNotNull();
      Message refused =
          system.request(
              "$SYS.REQ.SERVER.PING.SUBSZ",
              "{\"subscriptions\":true,\"limit\":100000}".getBytes(UTF_8),
              PATIENCE);
      assertThat(new String(refused.getData(), UTF_8)).contains("\"code\":500", "the report");
    }
    verifyServed();
  }

  @Test
  void backupsOfManyStreamsAtOnce() throws Exception {
    try (Connection client = connect("client")) {
      JetStreamManagement management = client.jetStreamManagement();
      int refused = 0;
      for (int i = 0; i < 30; i++) {
        String name = "s" + i;
        management.addStream(
            StreamConfiguration.builder()
                .name(name)
                .subjects(name)
                .storageType(StorageType.File)
                .build());
        for (int message = 0; message < 10; message++) {
          client.jetStream().publish(name, random(100_000));
        }
        client.createDispatcher(chunk -> {}).subscribe("chunks." + i);
        Message response =
            client.request(
                "$JS.API.STREAM.SNAPSHOT." + name,
                ("{\"deliver_subject\":\"chunks."
                        + i
                        + "\",\"chunk_size\":1024,\"window_size\":1024}")
                    .getBytes(UTF_8),
                PATIENCE);
        assertThat(response).isNotNull();
        refused += new String(response.getData(), UTF_8).contains("10023") ? 1 : 0;
      }
      assertThat(refused).isPositive();
    }
    verifyServed();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
