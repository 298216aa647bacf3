package dev.hubkit.nats.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.NKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares how much of JetStream the token of an account grants, and what another token changes.
 */
@ComparedWithNatsServer
class ClaimedJetStreamDifferenceTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String FREE =
      ",\"mem_storage\":-1,\"disk_storage\":-1,\"streams\":-1,\"consumer\":-1";

  private static final String TIERS =
      ",\"tiered_limits\":{\"R1\":{\"mem_storage\":1000,\"disk_storage\":1000,"
          + "\"streams\":3,\"consumer\":1},\"R3\":{\"disk_storage\":5,\"streams\":1}}";

  @TempDir Path directory;
  private NKey operator;
  private NKey system;
  private NKey used;

  @BeforeEach
  void makeKeys() throws Exception {
    operator = NKey.createOperator(null);
    system = NKey.createAccount(null);
    used = NKey.createAccount(null);
  }

  private String account(NKey account, String limits) throws Exception {
    return OperatorTest.token(
        operator,
        account,
        "",
        "\"type\":\"account\",\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1,\"data\":-1,"
            + "\"exports\":-1,\"imports\":-1,\"wildcards\":true,\"leaf\":-1"
            + limits
            + "}");
  }

  private String config(String limits) throws Exception {
    return "jetstream { store_dir: \"$STORE\" }\nserver_name: srv\noperator: "
        + OperatorTest.token(operator, operator, "", "\"type\":\"operator\"")
        + "\nsystem_account: "
        + OperatorTest.key(system)
        + "\nresolver: { type: full, dir: \"$STORE-tokens\" }\nresolver_preload: {\n"
        + OperatorTest.key(system)
        + ": "
        + account(system, "")
        + "\n"
        + OperatorTest.key(used)
        + ": "
        + account(used, limits)
        + "\n}\n";
  }

  private List<String> flat() throws Exception {
    return List.of(
        account(used, FREE),
        account(
            used,
            ",\"mem_storage\":100,\"disk_storage\":100,\"streams\":1,\"consumer\":1,"
                + "\"max_ack_pending\":7,\"disk_max_stream_bytes\":50"),
        account(used, ""),
        account(used, FREE));
  }

  private List<String> tiered() throws Exception {
    return List.of(
        account(used, TIERS),
        account(used, TIERS.replace("\"streams\":3", "\"streams\":2")),
        account(used, ",\"tiered_limits\":{\"R3\":{\"disk_storage\":5,\"streams\":1}}"));
  }

  private List<String> hear(int port, List<String> tokens) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Connection admin = OperatorTest.connect(port, system, "");
        Connection client = OperatorTest.connect(port, used, "")) {
      int round = 0;
      for (String token : tokens) {
        Message answer = admin.request("$SYS.REQ.CLAIMS.UPDATE", token.getBytes(UTF_8), LIMIT);
        assertThat(new String(answer.getData(), UTF_8)).contains("jwt updated");
        use(client, ++round, heard);
      }
    }
    return heard;
  }

  private void use(Connection client, int round, List<String> heard) throws Exception {
    String one = "\"name\":\"S\",\"subjects\":[\"s\"]";
    String another = "N" + round;
    ask(client, "$JS.API.INFO", "", heard);
    ask(client, "$JS.API.STREAM.CREATE.S", "{" + one + "}", heard);
    ask(client, "$JS.API.STREAM.UPDATE.S", "{" + one + ",\"max_msgs\":" + (9 + round) + "}", heard);
    ask(
        client,
        "$JS.API.STREAM.CREATE." + another,
        "{\"name\":\"" + another + "\",\"subjects\":[\"" + another + "\"],\"max_bytes\":60}",
        heard);
    ask(client, "s", "x".repeat(60), heard);
    ask(client, another, "text", heard);
    for (int i = 0; i < 2; i++) {
      String consumer = "c" + round + i;
      ask(
          client,
          "$JS.API.CONSUMER.CREATE.S." + consumer,
          "{\"stream_name\":\"S\",\"config\":{\"name\":\""
              + consumer
              + "\","
              + "\"ack_policy\":\"explicit\"}}",
          heard);
    }
    ask(client, "$JS.API.STREAM.NAMES", "", heard);
    ask(client, "$JS.API.INFO", "", heard);
  }

  private void ask(Connection client, String subject, String body, List<String> heard)
      throws Exception {
    Message answer = client.request(subject, body.getBytes(UTF_8), LIMIT);
    String text = answer == null ? "nothing" : new String(answer.getData(), UTF_8);
    heard.add(
        subject
            + " "
            + body
            + "\n"
            + text.replaceAll("\"\\d{4}-\\d\\d-\\d\\dT[^\"]*\"", "\"(time)\"")
                .replaceAll("\"_nats.ver\":\"[^\"]*\"", ""));
  }

  @Test
  void grantsWhatNatsServerGrants() throws Exception {
    compare(FREE, flat());
  }

  @Test
  void grantsTiersAsNatsServerDoes() throws Exception {
    compare(TIERS, tiered());
  }

  private void compare(String first, List<String> tokens) throws Exception {
    try (PeerServers servers = PeerServers.start(directory, config(first))) {
      List<String> hub = hear(servers.ours().port(), tokens);
      assertThat(hub).containsExactlyElementsOf(hear(servers.real().port(), tokens));
    }
  }
}
