package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Hub and nats-server do when more requests or messages come at once than a configuration lets
 * wait.
 */
@ComparedWithNatsServer
class FloodDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int FLOOD = 3000;

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", domain: hub
        max_buffered_msgs: 8, request_queue_limit: 8, info_queue_limit: 10 }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  @TempDir Path directory;

  private static void flood(int port, String subject, String inbox) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      StringBuilder text =
          new StringBuilder("CONNECT {\"user\":\"A\",\"pass\":\"A\",\"verbose\":false}\r\n");
      for (int i = 0; i < FLOOD; i++) {
        text.append("PUB ").append(subject).append(' ').append(inbox).append(" 0\r\n\r\n");
      }
      text.append("PING\r\n");
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
      String heard = "";
      byte[] bytes = new byte[4096];
      while (!heard.contains("PONG")) {
        int count = socket.getInputStream().read(bytes);
        heard += count < 0 ? "PONG" : new String(bytes, 0, count, StandardCharsets.UTF_8);
      }
    }
  }

  private static List<String> hear(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Peer a = new Peer(port, "A");
        Peer system = new Peer(port, "SYS")) {
      a.ask("$JS.API.STREAM.CREATE.S", Map.of(), "{\"name\":\"S\",\"subjects\":[\"s\"]}");
      Subscription advisories =
          system.connection().subscribe("$JS.EVENT.ADVISORY.API.LIMIT_REACHED");
      system.connection().flush(LIMIT);
      Queue<Message> answers = new ConcurrentLinkedQueue<>();
      String inbox = a.connection().createInbox();
      a.connection().createDispatcher(answers::add).subscribe(inbox);
      a.connection().flush(LIMIT);
      for (String request : List.of("STREAM.INFO.S", "STREAM.PURGE.S")) {
        flood(port, "$JS.API." + request, inbox);
        Message advisory = advisories.nextMessage(LIMIT);
        JsonObject said = Json.parseObject(advisory.getData());
        heard.add(said.names() + " " + said.string("type", "") + " " + said.string("domain", ""));
        heard.add(a.ask("$JS.API.STREAM.NAMES", Map.of(), ""));
      }
      answers.clear();
      flood(port, "s", inbox);
      await().atMost(LIMIT).until(() -> answers.size() >= FLOOD);
      heard.add(
          answers.stream()
              .map(Peer::text)
              .filter(text -> text.contains("error"))
              .findFirst()
              .orElse("all stored"));
    }
    return heard;
  }

  @Test
  void dropsWhatIsTooMuchAsNatsServerDoes() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port());
      assertThat(hub).containsExactlyElementsOf(hear(servers.real().port()));
    }
  }
}
