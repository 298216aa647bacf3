package dev.hubkit.nats.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nats-server has and Hub has not: refused, or left out where that is tolerated. */
class UnsupportedPartsTest {
  private static final String STORE = "jetstream { store_dir: \"$STORE\" }\n";

  @TempDir Path directory;

  private String file(String text) throws IOException {
    Path file = directory.resolve("server.conf");
    return Files.writeString(
            file, "port: -1\n" + text.replace("$STORE", directory.resolve("store").toString()))
        .toString();
  }

  private ServerConfig read(String text, boolean tolerates) throws IOException {
    return ConfigFile.read(file(text), name -> null, new ReadOptions(null, tolerates));
  }

  /** Each has its part in line 3. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        STORE + "mqtt { port: 1883 }",
        STORE + "mqtt { listen: \"127.0.0.1:1883\", ack_wait: \"5s\" }",
        "server_name: a\ngateway { name: g, port: 7222, gateways: [{name: h, url: \"nats://h:1\"}] }",
        "server_name: a\nocsp: true",
        "server_name: a\nocsp { mode: always }",
        "server_name: a\njetstream { store_dir: \"$STORE\", tpm { keys_file: k } }",
      })
  void refusesWhatHubHasNotUnlessToldToGoWithout(String text) throws Exception {
    String place = file(text) + ":3:";
    assertThatThrownBy(() -> read(text, false))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(place)
        .hasMessageContaining(" not supported: Hub ")
        .hasMessageContaining("--tolerate-unsupported")
        .hasMessageContaining("@WithNatsConfig(tolerate = true)");

    ServerConfig tolerated = read(text, true);
    assertThat(tolerated.omissions()).anyMatch(line -> line.startsWith(place));
    assertThat(warningsOf(NatsOptions.of(tolerated)))
        .containsExactlyElementsOf(tolerated.omissions());
  }

  /**
   * What is empty, or only tells where to listen for other servers, changes nothing for clients.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"leafnodes {}", "leaf {}", "gateway {}", "mqtt {}", "proxies {}", "ocsp: false"})
  void startsWithEmptyBlocks(String text) throws Exception {
    assertThat(warningsOf(NatsOptions.of(read(text, false)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway { name: g, port: 7222 }"})
  void startsWithoutListeningForOtherServers(String text) throws Exception {
    ServerConfig config = read(text, false);
    assertThat(config.omissions()).hasSize(1).allMatch(line -> line.contains(":2:"));
    assertThat(warningsOf(NatsOptions.of(config))).containsExactlyElementsOf(config.omissions());
    assertThat(ConfigFile.test(file(text), name -> null)).contains(" is valid ");
  }

  /** A user with connection types that Hub has not comes in by those that it has, or not at all. */
  @Test
  void letsNobodyInByAnotherWayThanAUserMay() throws Exception {
    ServerConfig config =
        read(
            "authorization { users: [{user: m, password: p, allowed_connection_types: [MQTT]}] }",
            false);
    try (NatsServer server = NatsServer.start(NatsOptions.of(config));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write(
              "CONNECT {\"user\":\"m\",\"pass\":\"p\",\"verbose\":false}\r\nPING\r\n"
                  .getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .contains("-ERR 'Authorization Violation'");
    }
  }

  /** Starts a server, and returns the warnings it gave meanwhile. */
  private static List<String> warningsOf(NatsOptions options) {
    List<String> warnings = new ArrayList<>();
    Thread starter = Thread.currentThread();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            if (Thread.currentThread() == starter) { // other tests start servers, too
              warnings.add(entry.getMessage());
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(NatsServer.class.getName());
    logger.addHandler(handler);
    try (NatsServer server = NatsServer.start(options)) {
      assertThat(server.port()).isPositive();
    } finally {
      logger.removeHandler(handler);
    }
    return warnings;
  }
}
