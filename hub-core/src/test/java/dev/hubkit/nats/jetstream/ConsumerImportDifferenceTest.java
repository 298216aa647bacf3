package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.ComparedWithNatsServer;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Consumers of one account that deliver messages into another, with Hub and with the real
 * nats-server.
 */
@ComparedWithNatsServer
class ConsumerImportDifferenceTest {
  private static final Duration QUIET = Duration.ofMillis(100);

  private static final String ACCOUNTS =
      """
      jetstream { store_dir: STORE }
      accounts {
        A {
          jetstream: enabled
          exports: [ {service: "$JS.API.>"}, {service: "data.>"}, {stream: "to.>"} ]
        }
        B {
          users: [ {user: b, password: b} ]
          imports: [
            {service: {account: A, subject: "$JS.API.>"}, to: "JS.A.API.>"}
            {service: {account: A, subject: "data.>"}}
            {stream: {account: A, subject: "to.>"}, prefix: "from"}
          ]
        }
      }
      no_auth_user: b
      """;

  @Test
  void pushesToWhoImportsTheSubject(@TempDir Path directory) throws Exception {
    try (ServerPair servers = ServerPair.start(directory, ACCOUNTS)) {
      servers.compare(
          server -> {
            ask(server, "STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"data.>\"]}");
            server.store("data.1", "m1");
            for (String subject : List.of("from.to.me", "from.to.*", "from.>", "from.to.you")) {
              server.listen(subject);
              ask(
                  server,
                  "CONSUMER.CREATE.S.C",
                  "{\"stream_name\":\"S\",\"config\":{\"deliver_subject\":\"to.me\"}}");
              server.drain(subject, QUIET);
              ask(server, "CONSUMER.INFO.S.C", "");
              ask(server, "CONSUMER.DELETE.S.C", "");
              server.stopListening(subject);
            }
          });
    }
  }

  private static void ask(Transcript server, String what, String json) throws Exception {
    server.ask("JS.A.API." + what, new Headers(), json);
  }
}
