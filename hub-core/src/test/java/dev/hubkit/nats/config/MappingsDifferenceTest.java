package dev.hubkit.nats.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishes through mappings with weights and clusters, and compares where messages go. */
@ComparedWithNatsServer
class MappingsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ROUNDS = 400;

  @TempDir Path directory;

  private static final List<String> MAPPINGS =
      List.of(
          "m1: b",
          "m2: [{dest: b, weight: 50}, {dest: c, weight: 50}]",
          "m3: [{dest: b, weight: 30%}]",
          "m4: [{dest: m4, weight: 50%}]",
          "m5: [{dest: b, weight: 100%, cluster: here}, {dest: c, weight: 100%}]",
          "m6: [{dest: b, weight: 100%, cluster: there}, {dest: c, weight: 100%}]",
          "m7: [{dest: b, weight: 40%, cluster: here}, {dest: c, weight: 60%, cluster: here}]",
          "m8: [{dest: b, weight: 100%, cluster: there}]",
          "m9: [{dest: m9, weight: 50%, cluster: there}, {dest: c, weight: 50%}]",
          "m10: [{dest: b, weight: 0%}]",
          "m11: []",
          "m12: [{dest: b, weight: 10%}, {dest: c, weight: 20%}, {dest: d, weight: 30%}]",
          "m13.*: \"b.$1.{{wildcard(1)}}\"",
          "m14.*.*: [{dest: \"b.$2.$1\", weight: 50%}]",
          "m15.>: \"b.>\"");

  private static String config(List<String> mappings) {
    return "server_name: srv\ncluster { name: here, listen: \"127.0.0.1:-1\" }\n"
        + "accounts { A { users: [{user: a, password: a}], mappings { "
        + String.join("\n", mappings)
        + " } }\nS { users: [{user: s, password: s}] } }\nsystem_account: S\n";
  }

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user)
            .noReconnect()
            .build());
  }

  private static List<String> publish(int port, List<String> mappings) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Connection client = connect(port, "a")) {
      for (String mapping : mappings) {
        String subject =
            mapping.substring(0, mapping.indexOf(": ")).replace("*", "x").replace(">", "y.z");
        Subscription all = client.subscribe(">");
        client.flush(PATIENCE);
        for (int i = 0; i < ROUNDS; i++) {
          client.publish(subject, new byte[0]);
        }
        client.publish("end", new byte[0]);
        Set<String> subjects = new TreeSet<>();
        int count = 0;
        for (Message next = all.nextMessage(PATIENCE);
            !next.getSubject().equals("end");
            next = all.nextMessage(PATIENCE)) {
          subjects.add(next.getSubject());
          count++;
        }
        all.unsubscribe();
        heard.add(mapping + " -> " + subjects + (count == ROUNDS ? "" : " and some are lost"));
      }
    }
    return heard;
  }

  private static JsonObject report(int port) throws Exception {
    try (Connection client = connect(port, "s")) {
      Message answer = client.request("$SYS.REQ.ACCOUNT.A.INFO", "".getBytes(UTF_8), PATIENCE);
      return Json.parseObject(answer.getData()).objectOrEmpty("data").objectOrEmpty("mappings");
    }
  }

  private static List<String> reported(int port) throws Exception {
    JsonObject mappings = report(port);
    List<String> shown = new ArrayList<>();
    for (String source : new TreeSet<>(mappings.names())) {
      List<String> to = new ArrayList<>();
      for (JsonObject each : mappings.objects(source)) {
        to.add(
            each.string("subject", "")
                + " "
                + each.integer("weight", -1)
                + " "
                + each.string("cluster", ""));
      }
      to.sort(null); // nats-server reports clusters in any order
      shown.add(source + " " + to);
    }
    return shown;
  }

  @Test
  void goWhereNatsServerSendsThem() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config(MAPPINGS))) {
      assertThat(publish(servers.ours().port(), MAPPINGS))
          .containsExactlyElementsOf(publish(servers.real().port(), MAPPINGS));
      assertThat(reported(servers.ours().port()))
          .containsExactlyElementsOf(reported(servers.real().port()));
    }
  }
}
