package dev.hubkit.nats.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PatientClient;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.ServerFlags;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which release of nats-server a server tells that it is, and where that is said. */
class CompatibilityTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void isInTheOrderOfTheReleases() {
    Compatibility before = null;
    for (Compatibility each : Compatibility.values()) {
      assertThat(each.version()).startsWith(each + ".");
      assertThat(Compatibility.named(each.toString())).isSameAs(each);
      assertThat(each.atLeast(each)).isTrue();
      if (before != null) {
        assertThat(each.apiLevel()).isGreaterThan(before.apiLevel());
        assertThat(each.atLeast(before)).isTrue();
        assertThat(before.atLeast(each)).isFalse();
      }
      before = each;
    }
    assertThat(before).isSameAs(Compatibility.current());
    assertThatThrownBy(() -> Compatibility.named("2.13"))
        .hasMessage("compat must be one of \"2.14\", \"2.15\", not \"2.13\"");
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheSameEverywhere(Compatibility release) throws Exception {
    ServerConfig config = new ServerConfig();
    config.set(Options.HTTP_PORT, -1);
    NatsOptions options =
        NatsOptions.builder()
            .config(config)
            .port(0)
            .jetStream(directory)
            .compatibility(release)
            .build();
    try (NatsServer server = NatsServer.start(options);
        Connection client = PatientClient.connect(server.clientUrl())) {
      String level = "\"level\":" + release.apiLevel();
      assertThat(client.getServerInfo().getVersion()).isEqualTo(release.version());
      assertThat(info(server)).contains("\"api_lvl\":" + release.apiLevel() + ',');
      assertThat(ask(client, "INFO", "")).contains(level);
      assertThat(page(server, "/jsz").replace(" ", "")).contains(level);
      assertThat(page(server, "/varz"))
          .contains("\"version\": \"" + release.version() + "\"")
          .contains("\"level\": " + release.apiLevel());

      String metadata =
          "\"_nats.level\":\""
              + release.apiLevel()
              + "\",\"_nats.req.level\":\"0\",\"_nats.ver\":\""
              + release.version()
              + '"';
      assertThat(ask(client, "STREAM.CREATE.S", "{\"name\":\"S\"}")).contains(metadata);
      assertThat(
              ask(
                  client,
                  "CONSUMER.CREATE.S.C",
                  "{\"stream_name\":\"S\",\"config\":{\"name\":\"C\"}}"))
          .contains(metadata);

      assertThat(needing(client, release.apiLevel())).doesNotContain("error");
      assertThat(needing(client, release.apiLevel() + 1)).contains("\"err_code\":10185");
    }
  }

  private static String info(NatsServer server) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }
  }

  private static String ask(Connection client, String subject, String body) throws Exception {
    return text(client.request("$JS.API." + subject, body.getBytes(UTF_8), PATIENCE));
  }

  private static String needing(Connection client, int level) throws Exception {
    Headers headers = new Headers().put("Nats-Required-Api-Level", Integer.toString(level));
    return text(client.request("$JS.API.STREAM.INFO.S", headers, null, PATIENCE));
  }

  private static String text(Message message) {
    return new String(message.getData(), UTF_8);
  }

  private static String page(NatsServer server, String path) throws IOException {
    URI page = URI.create("http://127.0.0.1:" + server.monitorPort() + path);
    try (InputStream in = page.toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private ServerConfig read(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("server.conf"), text);
    return ConfigFile.read(file.toString(), name -> null);
  }

  @Test
  void isAnOptionOfTheFile() throws IOException {
    assertThat(read("port: -1").get(Options.COMPATIBILITY)).isSameAs(Compatibility.current());
    assertThat(read("compat: \"2.14\"").get(Options.COMPATIBILITY)).isSameAs(Compatibility.V2_14);
    assertThatThrownBy(() -> read("port: -1\ncompat: 2.14"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("server.conf:2:")
        .hasMessageContaining("compat must be in quotes, such as compat: \"2.14\"");
    assertThatThrownBy(() -> read("compat: \"3\""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("compat must be one of \"2.14\", \"2.15\", not \"3\"");
  }

  @Test
  void isAFlagThatOverridesTheFile() throws Exception {
    Path file = Files.writeString(directory.resolve("flags.conf"), "compat: \"2.15\"");

    ServerFlags flags = ServerFlags.parse(List.of("--compat", "2.14", "-c", file.toString()));
    ServerFlags wrong = ServerFlags.parse(List.of("--compat=2.1"));

    assertThat(flags.config().get(Options.COMPATIBILITY)).isSameAs(Compatibility.V2_14);
    assertThatThrownBy(wrong::config).hasMessageContaining("compat must be one of");
  }

  @Test
  void cannotChangeWhileTheServerRuns() throws IOException {
    try (NatsServer server = NatsServer.start(NatsOptions.of(read("port: -1")))) {
      NatsOptions changed = NatsOptions.of(read("port: -1, compat: \"2.14\""));

      assertThatThrownBy(() -> server.reload(changed))
          .isInstanceOf(NatsException.class)
          .hasMessageContaining("restart the server to have it behave like another release");
      assertThat(server.options().compatibility()).isSameAs(Compatibility.current());
    }
  }
}
