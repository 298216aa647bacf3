package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares which client the audit of the API names for each request, in Hub and in the real
 * nats-server.
 */
@ComparedWithNatsServer
class ApiAuditDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @Test
  void tellsOfEachRequestAndOfWhoSentIt(@TempDir Path directory) throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      List<String> hub = advisories(servers.hubUrl());
      assertThat(hub).hasSize(7);
      assertThat(hub).containsExactlyElementsOf(advisories(servers.realUrl()));
    }
  }

  private static List<String> advisories(String url) throws Exception {
    Options options = Options.builder().server(url).noReconnect().connectionName("auditor").build();
    List<String> told = new ArrayList<>();
    try (Connection connection = Nats.connect(options)) {
      Subscription audit = connection.subscribe("$JS.EVENT.ADVISORY.API");
      Subscription snapshots = connection.subscribe("$JS.EVENT.ADVISORY.STREAM.SNAPSHOT_CREATE.>");
      Subscription restores = connection.subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.>");
      String[][] requests = {
        {"STREAM.INFO.NONE", ""},
        {"STREAM.CREATE.A", "{\"name\":\"A\",\"subjects\":[\"a\"]}"},
        {"STREAM.NAMES", "{}"},
        {"STREAM.SNAPSHOT.A", "{\"deliver_subject\":\"nobody\"}"},
        {"STREAM.RESTORE.B", "{\"config\":{\"name\":\"B\",\"subjects\":[\"b\"]},\"state\":{}}"},
      };
      for (String[] request : requests) {
        byte[] body = request[1].getBytes(StandardCharsets.UTF_8);
        connection.request("$JS.API." + request[0], body, LIMIT);
        told.add(describe(audit.nextMessage(LIMIT)));
      }
      told.add(describe(snapshots.nextMessage(LIMIT)));
      told.add(describe(restores.nextMessage(LIMIT)));
    }
    return told;
  }

  private static String describe(Message message) {
    JsonObject event = Json.parseObject(message.getData());
    JsonObject client = event.object("client");
    List<String> known = new ArrayList<>(client.names());
    known.remove("rtt"); // present once the server has measured it
    String response = event.string("response", "");
    return String.join(
        "\n",
        message.getSubject(),
        String.join(" ", event.names()),
        event.string("type", ""),
        event.string("server", ""),
        String.join(" ", known),
        client.string("acc", "") + client.string("name", "") + client.string("lang", ""),
        client.string("server", "") + client.string("kind", "") + client.string("client_type", ""),
        event.string("subject", ""),
        event.string("request", ""),
        response.isEmpty()
            ? ""
            : Peer.normal(response).replaceAll("RESTORE\\.B\\.\\w+", "RESTORE.B.(id)"));
  }
}
