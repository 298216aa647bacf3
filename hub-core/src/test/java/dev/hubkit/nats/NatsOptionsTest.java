package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configuration is the only place that holds an option, whoever has set it. */
class NatsOptionsTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  @TempDir Path directory;

  private record Setting(
      Option<?> option, UnaryOperator<NatsOptions.Builder> setter, Object value) {
    @Override
    public String toString() {
      return option.name() + " = " + value;
    }
  }

  static List<Setting> settings() {
    return List.of(
        new Setting(Options.HOST, builder -> builder.host("::1"), "::1"),
        new Setting(Options.PORT, builder -> builder.port(0), 0),
        new Setting(Options.SERVER_NAME, builder -> builder.serverName("a"), "a"),
        new Setting(Options.JETSTREAM, builder -> builder.jetStream(Path.of("x")), true),
        new Setting(Options.STORE_DIR, builder -> builder.jetStream(Path.of("x")), "x"),
        new Setting(Options.MAX_PAYLOAD, builder -> builder.maxPayload(77), 77),
        new Setting(Options.MAX_CONTROL_LINE, builder -> builder.maxControlLine(777), 777),
        new Setting(Options.MAX_PENDING, builder -> builder.maxPending(77), 77L),
        new Setting(Options.MAX_CONNECTIONS, builder -> builder.maxConnections(7), 7),
        new Setting(Options.MAX_SUBSCRIPTIONS, builder -> builder.maxSubscriptions(7), 7),
        new Setting(
            Options.PING_INTERVAL,
            builder -> builder.pingInterval(Duration.ofMillis(7)),
            7_000_000L),
        new Setting(Options.MAX_PINGS_OUT, builder -> builder.maxPingsOut(7), 7),
        new Setting(
            Options.AUTH_TIMEOUT, builder -> builder.authTimeout(Duration.ofMillis(1500)), 1.5),
        new Setting(
            Options.WRITE_DEADLINE,
            builder -> builder.writeDeadline(Duration.ofMillis(7)),
            7_000_000L));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void builderWritesIntoTheConfiguration(Setting setting) {
    NatsOptions options = setting.setter().apply(NatsOptions.builder()).build();
    assertThat((Object) options.config().get(setting.option())).isEqualTo(setting.value());
    assertThat((Object) options.toBuilder().build().config().get(setting.option()))
        .isEqualTo(setting.value());
  }

  @Test
  void readsFromTheConfiguration() {
    ServerConfig config = new ServerConfig();
    config.set(Options.HOST, "localhost");
    config.set(Options.PORT, 1);
    config.set(Options.SERVER_NAME, "name");
    config.set(Options.JETSTREAM, true);
    config.set(Options.STORE_DIR, "store");
    config.set(Options.MAX_PAYLOAD, 2);
    config.set(Options.MAX_CONTROL_LINE, 300);
    config.set(Options.MAX_PENDING, 4L);
    config.set(Options.MAX_CONNECTIONS, 5);
    config.set(Options.MAX_SUBSCRIPTIONS, 6);
    config.set(Options.PING_INTERVAL, 7L);
    config.set(Options.MAX_PINGS_OUT, 8);
    config.set(Options.AUTH_TIMEOUT, 0.25);
    config.set(Options.WRITE_DEADLINE, 9L);
    for (NatsOptions options :
        List.of(NatsOptions.of(config), NatsOptions.builder().config(config).build())) {
      assertThat(options.host()).isEqualTo("localhost");
      assertThat(options.port()).isEqualTo(1);
      assertThat(options.serverName()).isEqualTo("name");
      assertThat(options.storeDir()).isEqualTo(Path.of("store"));
      assertThat(options.maxPayload()).isEqualTo(2);
      assertThat(options.maxControlLine()).isEqualTo(300);
      assertThat(options.maxPending()).isEqualTo(4);
      assertThat(options.maxConnections()).isEqualTo(5);
      assertThat(options.maxSubscriptions()).isEqualTo(6);
      assertThat(options.pingInterval()).isEqualTo(Duration.ofNanos(7));
      assertThat(options.maxPingsOut()).isEqualTo(8);
      assertThat(options.authTimeout()).isEqualTo(Duration.ofMillis(250));
      assertThat(options.writeDeadline()).isEqualTo(Duration.ofNanos(9));
    }
  }

  @Test
  void cannotBeChangedOnceBuilt() {
    ServerConfig config = new ServerConfig();
    NatsOptions options = NatsOptions.builder().config(config).build();
    config.set(Options.PORT, 1);
    assertThat(options.port()).isEqualTo(4222);
    assertThatThrownBy(() -> options.config().set(Options.PORT, 1))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("copy()");
    ServerConfig copy = options.config().copy();
    copy.set(Options.PORT, 1);
    assertThat(options.port()).isEqualTo(4222);
  }

  static Stream<Map.Entry<String, UnaryOperator<ServerConfig>>> unusable() {
    return Map.<String, UnaryOperator<ServerConfig>>of(
        "port must be from 0 to 65535: 65536",
        config -> with(config, Options.PORT, 65_536),
        "max_payload must not be 0",
        config -> with(config, Options.MAX_PAYLOAD, 0),
        "max_control_line must not be 0",
        config -> with(config, Options.MAX_CONTROL_LINE, 0),
        "ping_max must not be 0",
        config -> with(config, Options.MAX_PINGS_OUT, 0),
        "ping_interval must not be 0",
        config -> with(config, Options.PING_INTERVAL, 0L),
        "write_deadline must not be 0",
        config -> with(config, Options.WRITE_DEADLINE, 0L))
        .entrySet()
        .stream();
  }

  private static <T> ServerConfig with(ServerConfig config, Option<T> option, T value) {
    config.set(option, value);
    return config;
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void refusesWhatNoServerCanWorkWith(Map.Entry<String, UnaryOperator<ServerConfig>> given) {
    ServerConfig config = given.getValue().apply(new ServerConfig());
    assertThatThrownBy(() -> NatsOptions.of(config))
        .isInstanceOf(NatsException.class)
        .hasMessage(given.getKey());
    assertThatThrownBy(() -> NatsOptions.builder().config(config).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(given.getKey());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("server.conf"), text);
  }

  private static final String ACCOUNTS =
      """
      port: 1
      accounts { SYS { users: [{user: s, password: s}] } }
      system_account: SYS
      no_auth_user: s
      """;

  // After a file is read again, the options that the program set on top of it still hold.
  @Test
  void keepsWhatTheProgramSaidWhenAFileIsReadAgain() throws Exception {
    Path file = file(ACCOUNTS + "max_payload: 1000\nmax_pending: 5000\n");
    Path store = directory.resolve("store");
    NatsOptions options =
        NatsOptions.of(ConfigFile.read(file.toString(), name -> null)).toBuilder()
            .port(0)
            .maxPending(6000)
            .jetStream(store)
            .build();
    try (NatsServer server = NatsServer.start(options);
        Connection system = PatientClient.connect(server.clientUrl())) {
      file(ACCOUNTS + "max_payload: 2000\nmax_pending: 7000\nstore_dir: elsewhere\n");
      Message answer =
          system.request("$SYS.REQ.SERVER." + server.id() + ".RELOAD", new byte[0], LIMIT);
      assertThat(new String(answer.getData(), UTF_8)).doesNotContain("error");
      NatsOptions now = server.options();
      assertThat(now.maxPayload()).isEqualTo(2000);
      assertThat(now.maxPending()).isEqualTo(6000);
      assertThat(now.port()).isZero();
      assertThat(now.storeDir()).isEqualTo(store);
    }
  }

  @Test
  void reloadKeepsWhatIsNoOption() throws Exception {
    FaultyFileSystem disk = new FaultyFileSystem();
    NatsOptions options = NatsOptions.builder().port(0).eventLoops(1).diskFaults(disk).build();
    try (NatsServer server = NatsServer.start(options)) {
      ServerConfig config = options.config().copy();
      config.set(Options.MAX_PAYLOAD, 2000);
      server.reload(NatsOptions.of(config));
      assertThat(server.options().maxPayload()).isEqualTo(2000);
      assertThat(server.options().diskFaults()).isSameAs(disk);
      assertThat(server.options().eventLoops()).isEqualTo(1);
    }
  }

  // The monitor reads the option from the configuration, even when a program has set it.
  @Test
  void monitorSeesTheJetStreamThatAProgramSwitchedOn() throws Exception {
    ServerConfig config = new ServerConfig();
    config.set(Options.HTTP_PORT, -1);
    NatsOptions options =
        NatsOptions.builder().config(config).port(0).jetStream(directory.resolve("store")).build();
    try (NatsServer server = NatsServer.start(options)) {
      URI missing =
          URI.create(
              "http://127.0.0.1:" + server.monitorPort() + "/healthz?account=$G&stream=missing");
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(missing).timeout(LIMIT).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).contains("JetStream stream").contains("not found on account");
    }
  }
}
