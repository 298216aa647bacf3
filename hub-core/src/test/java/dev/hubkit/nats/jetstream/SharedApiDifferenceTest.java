package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JetStream API of an account, used by clients of other accounts that import it. */
@ComparedWithNatsServer
class SharedApiDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", domain: hub }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}]
          exports [ {service: "$JS.API.>", response: stream}, {service: "$JS.ACK.>"} ] }
        B { jetstream: enabled, users: [{user: B, password: B}]
          imports [ {service: {account: A, subject: "$JS.API.>"}, to: "AJS.API.>"} ] }
        C { users: [{user: C, password: C}]
          imports [ {service: {account: A, subject: "$JS.API.>"}}
                    {service: {account: A, subject: "$JS.ACK.>"}} ] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  @TempDir Path directory;

  // The answer to a pull has the subject of the message, which request() of the client does not
  // accept.
  private static String ask(Peer peer, String subject, String body) throws Exception {
    return subject + " -> " + peer.ask(subject, Map.of(), body);
  }

  private static List<String> hear(int port) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Peer a = new Peer(port, "A");
        Peer b = new Peer(port, "B");
        Peer c = new Peer(port, "C");
        Peer system = new Peer(port, "SYS")) {
      Subscription audit = a.connection().subscribe("$JS.EVENT.ADVISORY.API");
      heard.add(ask(a, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}"));
      for (int i = 0; i < 3; i++) {
        heard.add(ask(a, "s", "text " + i));
      }
      heard.add(
          ask(
              c,
              "$JS.API.CONSUMER.CREATE.S.c",
              "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\","
                  + "\"ack_policy\":\"explicit\"}}"));
      heard.add(ask(a, "$JS.API.CONSUMER.MSG.NEXT.S.c", "{\"batch\":1}"));
      heard.add(ask(b, "AJS.API.CONSUMER.MSG.NEXT.S.c", "{\"batch\":1}"));
      heard.add(ask(c, "$JS.API.CONSUMER.MSG.NEXT.S.c", "{\"batch\":1}"));
      for (String request : List.of("INFO", "STREAM.NAMES", "STREAM.INFO.S", "STREAM.INFO.none")) {
        heard.add(ask(b, "AJS.API." + request, ""));
        heard.add(ask(c, "$JS.API." + request, ""));
        heard.add(ask(b, "$JS.hub.API." + request, ""));
        heard.add(ask(c, "$JS.hub.API." + request, ""));
        heard.add(ask(system, "$JS.API." + request, ""));
      }
      heard.add(ask(c, "$JS.API.STREAM.CREATE.T", "{\"name\":\"T\",\"subjects\":[\"t\"]}"));
      heard.add(ask(a, "$JS.API.STREAM.NAMES", ""));
      // The real server audits requests asynchronously, in no fixed order.
      List<String> told = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        told.add(describe(audit.nextMessage(LIMIT)));
      }
      Collections.sort(told);
      heard.addAll(told);
    }
    return heard;
  }

  private static String describe(Message message) {
    JsonObject event = Json.parseObject(message.getData());
    JsonObject client = event.object("client");
    List<String> known = new ArrayList<>(client == null ? List.of() : client.names());
    known.remove("rtt"); // present once the server has measured it
    return event.string("subject", "") + " " + known;
  }

  @Test
  void servesThoseWhoImportItAsNatsServerDoes() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      List<String> hub = hear(servers.ours().port());
      assertThat(hub).containsExactlyElementsOf(hear(servers.real().port()));
    }
  }
}
