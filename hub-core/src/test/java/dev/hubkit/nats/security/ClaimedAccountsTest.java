package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import io.nats.client.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports, imports, mappings and limits in account tokens apply as in nats-server. */
class ClaimedAccountsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration SILENCE = Duration.ofMillis(300);

  @TempDir Path directory;
  private NKey operator;
  private NKey system;
  private NKey exporter;
  private NKey importer;

  @BeforeEach
  void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    system = NKey.createAccount(null);
    exporter = NKey.createAccount(null);
    importer = NKey.createAccount(null);
  }

  private static String key(NKey key) throws Exception {
    return OperatorTest.key(key);
  }

  private String accountToken(NKey account, String limits, String more) throws Exception {
    return OperatorTest.token(
        operator,
        account,
        "",
        "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"exports\":-1,"
            + "\"imports\":-1,\"wildcards\":true,\"data\":-1,\"leaf\":-1"
            + limits
            + "}"
            + more);
  }

  private String exports() throws Exception {
    return ",\"mappings\":{\"mapped\":[{\"subject\":\"target\"}]},\"exports\":["
        + "{\"name\":\"a\",\"subject\":\"svc.>\",\"type\":\"service\"},"
        + "{\"name\":\"b\",\"subject\":\"str.>\",\"type\":\"stream\"},"
        + "{\"name\":\"c\",\"subject\":\"private\",\"type\":\"stream\",\"token_req\":true},"
        + "{\"name\":\"d\",\"subject\":\"closed\",\"type\":\"stream\",\"token_req\":true}]";
  }

  private String imports() throws Exception {
    String activation =
        OperatorTest.token(
            exporter,
            importer,
            "",
            "\"type\":\"activation\",\"subject\":\"private\",\"kind\":\"stream\"");
    String from = "\"account\":\"" + key(exporter) + "\"";
    return ",\"imports\":["
        + "{\"name\":\"a\",\"subject\":\"svc.echo\",\"local_subject\":\"ask\","
        + from
        + ",\"type\":\"service\"},"
        + "{\"name\":\"b\",\"subject\":\"str.>\",\"local_subject\":\"seen.>\","
        + from
        + ",\"type\":\"stream\"},"
        + "{\"name\":\"c\",\"subject\":\"private\",\"token\":\""
        + activation
        + "\","
        + from
        + ",\"type\":\"stream\"},"
        + "{\"name\":\"d\",\"subject\":\"closed\","
        + from
        + ",\"type\":\"stream\"}]";
  }

  private String config(String limits) throws Exception {
    return "operator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + key(system)
        + "\nresolver: MEMORY\nresolver_preload: {\n"
        + key(system)
        + ": "
        + accountToken(system, "", "")
        + "\n"
        + key(exporter)
        + ": "
        + accountToken(exporter, limits, exports())
        + "\n"
        + key(importer)
        + ": "
        + accountToken(importer, "", imports())
        + "\n}\n";
  }

  private static String text(@Nullable Message message) {
    return message == null
        ? "nothing"
        : message.getSubject() + " " + new String(message.getData(), UTF_8);
  }

  private List<String> use(int port) throws Exception {
    List<String> transcript = new ArrayList<>();
    try (Connection from = OperatorTest.connect(port, exporter, "");
        Connection to = OperatorTest.connect(port, importer, "")) {
      from.createDispatcher(message -> from.publish(message.getReplyTo(), message.getData()))
          .subscribe("svc.echo");
      Subscription mapped = from.subscribe("target");
      from.flush(PATIENCE);
      Message answer = to.request("ask", "please".getBytes(UTF_8), PATIENCE);
      transcript.add(answer == null ? "no answer" : new String(answer.getData(), UTF_8));
      Subscription all = to.subscribe(">");
      to.flush(PATIENCE);
      for (String subject : List.of("closed", "str.a.b", "private", "mapped")) {
        from.publish(subject, subject.getBytes(UTF_8));
      }
      transcript.add(text(all.nextMessage(PATIENCE)));
      transcript.add(text(all.nextMessage(PATIENCE)));
      transcript.add(text(all.nextMessage(SILENCE)));
      transcript.add(text(mapped.nextMessage(PATIENCE)));
    }
    return transcript;
  }

  @Test
  void shareWhatTheirTokensSay() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config(""))) {
      List<String> expected = use(servers.real().port());
      assertThat(use(servers.ours().port())).isEqualTo(expected);
      assertThat(expected)
          .containsExactly(
              "please", "seen.a.b str.a.b", "private private", "nothing", "target mapped");
    }
  }

  private String push(Connection connection, String token) throws Exception {
    String subject = "$SYS.REQ.ACCOUNT." + key(exporter) + ".CLAIMS.UPDATE";
    Message answer = connection.request(subject, token.getBytes(UTF_8), PATIENCE);
    assertThat(answer).isNotNull();
    return new String(answer.getData(), UTF_8);
  }

  @Test
  void changeWithTheirTokens() throws Exception {
    try (NatsServer hub = PeerServers.start(directory, "hub", config(""));
        Connection admin = OperatorTest.connect(hub.port(), system, "");
        Connection from = OperatorTest.connect(hub.port(), exporter, "");
        Connection to = OperatorTest.connect(hub.port(), importer, "")) {
      Subscription seen = to.subscribe("seen.>");
      to.flush(PATIENCE);
      from.publish("str.1", "1".getBytes(UTF_8));
      assertThat(text(seen.nextMessage(PATIENCE))).isEqualTo("seen.1 1");
      // The account no longer exports the stream.
      assertThat(push(admin, accountToken(exporter, "", ""))).contains("\"code\":200");
      from.publish("str.2", "2".getBytes(UTF_8));
      from.flush(PATIENCE);
      assertThat(push(admin, accountToken(exporter, "", exports()))).contains("\"code\":200");
      from.publish("str.3", "3".getBytes(UTF_8));
      assertThat(text(seen.nextMessage(PATIENCE))).isEqualTo("seen.3 3");
    }
  }

  @Test
  void loseTheClientsThatAreTooMany() throws Exception {
    try (NatsServer hub = PeerServers.start(directory, "hub", config(",\"conn\":3"));
        Connection admin = OperatorTest.connect(hub.port(), system, "");
        Connection first = OperatorTest.connect(hub.port(), exporter, "")) {
      CompletableFuture<String> error = new CompletableFuture<>();
      Connection second = OperatorTest.connect(hub.port(), exporter, "");
      second.addConnectionListener(
          (connection, event) -> {
            if (!connection.getStatus().equals(Connection.Status.CONNECTED)) {
              error.complete(event.name());
            }
          });
      first.flush(PATIENCE);
      assertThat(push(admin, accountToken(exporter, ",\"conn\":1", exports())))
          .contains("\"code\":200");
      assertThat(error.get(20, TimeUnit.SECONDS)).isNotEmpty();
      first.flush(PATIENCE);
      assertThat(first.getStatus()).isEqualTo(Connection.Status.CONNECTED);
      second.close();
    }
  }
}
