package dev.hubkit.nats.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import io.nats.client.NKey;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times in tokens and configurations that are as far away as a 64-bit number allows. */
class ExtremeTimesTest {
  @TempDir Path directory;

  /**
   * Returns the answer of a server to a client whose own token and account token have these fields.
   */
  private String login(String account, String user) throws Exception {
    NKey operator = NKey.createOperator(null);
    NKey owner = NKey.createAccount(null);
    NKey client = NKey.createUser(null);
    String operatorToken = OperatorTest.token(operator, operator, "", "\"type\":\"operator\"");
    String limits = "\"limits\":{\"conn\":-1,\"subs\":-1,\"payload\":-1}";
    String accountToken =
        OperatorTest.token(operator, owner, account, "\"type\":\"account\"," + limits);
    String config =
        "operator: "
            + operatorToken
            + "\nresolver: MEMORY\nresolver_preload: { "
            + OperatorTest.key(owner)
            + ": "
            + accountToken
            + " }\n";
    String token =
        OperatorTest.token(
            owner, client, user, "\"type\":\"user\",\"subs\":-1,\"payload\":-1,\"data\":-1");
    try (NatsServer server = ConfiguredServer.start(directory, config)) {
      return OperatorTest.answerToLogin(server.port(), client, token);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"exp\":9223372036",
        ",\"exp\":9223372037",
        ",\"exp\":9007199254740991",
        ",\"exp\":9007199254740993",
        ",\"exp\":9223372036854775807",
        ",\"nbf\":-9223372036854775808",
        ",\"exp\":9223372036854775807,\"nbf\":-9223372036854775808"
      })
  void farAwayIsNever(String times) throws Exception {
    assertThat(login("", times)).isEqualTo("PONG");
    assertThat(login(times, "")).isEqualTo("PONG");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"exp\":1",
        ",\"nbf\":9007199254740993",
        ",\"nbf\":9223372036854775807",
        // These do not fit in 64 bits, so they are no times at all.
        ",\"exp\":9223372036854775808",
        ",\"exp\":18446744073709551621",
        ",\"exp\":1e30"
      })
  void whatIsOverOrHasNotBegunOrIsNoTimeIsRefused(String times) throws Exception {
    assertThat(login("", times)).isEqualTo("-ERR 'Authorization Violation'");
  }

  @ParameterizedTest
  @CsvSource({
    "ping_interval: 9223372036854775807",
    "ping_interval: 9223372037",
    "write_deadline: 9223372036854775807",
    "lame_duck_duration: \"2562047h\"",
    "ping_interval: \"2562047h\"",
  })
  void configuredOnesAreHeldAtTheEnd(String line) throws Exception {
    Path file = directory.resolve("extreme.conf");
    Files.writeString(file, "port: -1\n" + line + "\n");
    ServerConfig config = ConfigFile.read(file.toString(), name -> null);
    try (NatsServer server = NatsServer.start(NatsOptions.of(config))) {
      assertThat(server.port()).isPositive();
    }
    if (line.startsWith("ping")) {
      assertThat(config.get(Options.PING_INTERVAL)).isGreaterThan(9_000_000_000_000_000_000L);
    }
  }

  @Test
  void aWebSocketsHandshakeCanTakeForEver() throws Exception {
    String block = "websocket { port: -1, no_tls: true, handshake_timeout: 9223372036854775807 }";
    try (NatsServer server = ConfiguredServer.start(directory, block)) {
      assertThat(server.webSocketPort()).isPositive();
    }
  }
}
