package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares where requests go in an account that uses the API of a JetStream domain by default
 * ({@code default_js_domain}) with the real nats-server.
 */
@ComparedWithNatsServer
class DefaultDomainDifferenceTest {
  private static final List<String> SUBJECTS =
      List.of(
          "$JS.API.INFO",
          "$JS.API.STREAM.INFO.a",
          "$JS.API.CONSUMER.LIST.a",
          "$JS.API.DIRECT.GET.a",
          "$KV.b.k",
          "$OBJ.b.k",
          "$JS.API.OTHER",
          "$JS.API.INFO.more",
          "x");

  @TempDir Path directory;

  @Test
  void leadsToTheDomain() throws Exception {
    String config =
        "jetstream { store_dir: \"$STORE\", domain: own }\n"
            + "default_js_domain { A: far, B: \"\", \"$G\": hub }\n"
            + "accounts { A { users: [{user: a, password: p}] }, B { users: [{user: b, password:"
            + " p}] } }\n";
    try (PeerServers servers = PeerServers.start(directory, config)) {
      for (String user : List.of("a", "b")) {
        List<String> real = heard(servers.real().port(), user);
        assertThat(heard(servers.ours().port(), user)).as(user).isEqualTo(real);
        assertThat(real.toString().contains("$JS.far.API.")).isEqualTo(user.equals("a"));
      }
    }
  }

  /** Returns under which subjects a client hears what it publishes. */
  private static List<String> heard(int port, String user) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Connection client =
        Nats.connect(
            Options.builder()
                .server("nats://127.0.0.1:" + port)
                .userInfo(user, "p")
                .maxReconnects(0)
                .build())) {
      var subscription = client.subscribe(">");
      client.flush(Duration.ofSeconds(20));
      for (String subject : SUBJECTS) {
        client.publish(subject, subject.getBytes(StandardCharsets.UTF_8));
      }
      client.publish("end", new byte[0]);
      Message message = subscription.nextMessage(Duration.ofSeconds(20));
      while (message != null && !message.getSubject().equals("end")) {
        if (!message.getSubject().startsWith("$JS.EVENT.")) {
          heard.add(
              new String(message.getData(), StandardCharsets.UTF_8)
                  + " as "
                  + message.getSubject());
        }
        message = subscription.nextMessage(Duration.ofSeconds(20));
      }
    }
    return heard;
  }
}
