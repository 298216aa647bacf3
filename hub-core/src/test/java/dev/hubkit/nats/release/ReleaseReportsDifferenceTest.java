package dev.hubkit.nats.release;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServerProgram;
import dev.hubkit.nats.PeerServers;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.ReadOptions;
import dev.hubkit.nats.config.ServerConfig;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares which fields the reports of each release of nats-server have, and which configurations
 * it takes, with Hub in the compatibility with that release.
 */
class ReleaseReportsDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      server_name: srv
      http: "127.0.0.1:-1"
      jetstream { store_dir: "$STORE", domain: d, max_mem: 64M, max_file: 64M }
      accounts {
        A { jetstream: enabled, users: [{user: a, password: a}] }
        SYS { users: [{user: sys, password: sys}] }
      }
      system_account: SYS
      """;

  private static final List<String> PAGES =
      List.of(
          "varz",
          "jsz?accounts=1&streams=1&consumers=1&config=1",
          "connz?subs=detail&auth=1",
          "accountz?acc=A",
          "accstatz?unused=1",
          "subsz?subs=1",
          "healthz",
          "routez",
          "leafz",
          "gatewayz");

  private static final List<String> SYSTEM_REQUESTS =
      List.of(
          "PING",
          "PING.VARZ",
          "PING.JSZ",
          "PING.CONNZ",
          "PING.SUBSZ",
          "PING.HEALTHZ",
          "PING.IDZ",
          "PING.ACCOUNTZ");

  // What answers differ in from run to run, and what a JVM has no figure for.
  private static final Set<String> NOT_COMPARED =
      Set.of("slow_consumer_stats", "rtt", "tls_timeout", "inflight");

  @TempDir Path directory;

  private static Connection connect(int port, String user) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo(user, user)
            .noReconnect()
            .build());
  }

  @ParameterizedTest
  @EnumSource
  void fieldsOfReports(Compatibility release) throws Exception {
    try (PeerServers servers = PeerServers.start(directory, release, CONFIG)) {
      assertThat(reported(release, servers.ours().port(), servers.ours().monitorPort()))
          .containsExactlyInAnyOrderElementsOf(
              reported(release, servers.real().port(), servers.real().monitorPort()));
    }
  }

  private static Set<String> reported(Compatibility release, int port, int monitorPort)
      throws Exception {
    Set<String> fields = new TreeSet<>();
    add(fields, "INFO", info(port));
    try (Connection client = connect(port, "a");
        Connection system = connect(port, "sys")) {
      ask(fields, client, "$JS.API.STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}");
      ask(
          fields,
          client,
          "$JS.API.CONSUMER.CREATE.S.C",
          "{\"stream_name\":\"S\",\"config\":{\"name\":\"C\",\"durable_name\":\"C\"}}");
      ask(
          fields,
          client,
          "$JS.API.STREAM.CREATE.T",
          "{\"name\":\"T\",\"sources\":[{\"name\":\"S\"}]}");
      Headers pretending = new Headers().put("Nats-Stream-Source", "S 1 > > s");
      add(
          fields,
          "the acknowledgement",
          text(client.request("s", pretending, "x".getBytes(UTF_8), PATIENCE)));
      ask(fields, client, "$JS.API.INFO", "");
      ask(fields, client, "$JS.API.STREAM.INFO.S", "");
      ask(fields, client, "$JS.d.API.INFO", "");
      if (release.atLeast(Compatibility.V2_15)) {
        // Earlier releases do not answer.
        ask(fields, client, "$JS.API.STREAM.PEER.EVACUATE.S", "{\"peer\":\"x\"}");
        ask(fields, client, "$JS.API.CONSUMER.PEER.REMOVE.S.C", "{\"peer\":\"x\"}");
        ask(fields, client, "$JS.API.STREAM.CANCEL_MOVE.S", "");
        ask(fields, system, "$JS.d.API.ACCOUNT.PURGE.X", "");
      }
      for (String page : PAGES) {
        add(fields, page, page(monitorPort, page));
      }
      for (String request : SYSTEM_REQUESTS) {
        ask(fields, system, "$SYS.REQ.SERVER." + request, "");
      }
    }
    return fields;
  }

  private static void ask(Set<String> fields, Connection client, String subject, String body)
      throws Exception {
    add(fields, subject, text(client.request(subject, body.getBytes(UTF_8), PATIENCE)));
  }

  private static String text(@Nullable Message answer) {
    if (answer == null) {
      return "\"none\"";
    }
    return answer.isStatusMessage()
        ? "\"" + answer.getStatus().getCode() + "\""
        : new String(answer.getData(), UTF_8);
  }

  private static String info(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))
          .readLine()
          .substring("INFO ".length());
    }
  }

  private static String page(int port, String page) throws IOException {
    try (InputStream in =
        URI.create("http://127.0.0.1:" + port + "/" + page).toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static void add(Set<String> fields, String report, String json) {
    collect(fields, report + ':', Json.parse(json.getBytes(UTF_8)));
  }

  private static void collect(Set<String> fields, String path, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      for (String name : object.names()) {
        if (!NOT_COMPARED.contains(name)) {
          fields.add(path + ' ' + name);
          collect(fields, path + ' ' + name, object.get(name));
        }
      }
    } else if (value instanceof List<?> list) {
      list.forEach(element -> collect(fields, path + " []", element));
    } else if (List.of("version", "ver", "api_lvl", "level", "err_code", "_nats.ver", "_nats.level")
        .stream()
        .anyMatch(name -> path.endsWith(' ' + name))) {
      fields.add(path + '=' + value);
    } else if (path.endsWith(":")) {
      fields.add(path + '=' + value);
    }
  }

  private static final List<String> CONFIGURATIONS =
      List.of(
          "jetstream { limits { default_max_consumers: 3 } }",
          "mappings { \"a.*\": \"b.{{left(1,2)}}\" }",
          "mappings { \"a.*\": \"b.{{account-hash()}}\" }",
          "mappings { a: \"b.{{account-hash(1)}}\" }",
          "mappings { a: \"b.{{account-hash-import()}}\" }",
          "accounts { A { mappings { \"a.*\": \"b.{{ right(1, 2) }}\" } } }",
          "cluster { name: x, listen: \"127.0.0.1:-1\", unknown: 1 }",
          "feature_flags { js_ack_fc_v2: true }",
          "feature_flags { unknown_flag: true }",
          "tls { verify: optional }",
          "gateway { name: g, port: -1, ping_interval: \"5s\" }",
          "gateway { name: g, port: -1, ping_max: 1 }",
          "gateway { name: \"_\", port: -1 }",
          "leafnodes { port: -1, ping_interval: \"5s\" }",
          "leafnodes { port: -1, ping_max: 1 }",
          "cluster { name: \"_\", port: -1 }",
          "jetstream { domain: ACK }",
          "jetstream { domain: d }",
          "websocket { port: -1, no_tls: true, unknown: 1 }");

  @ParameterizedTest
  @EnumSource
  void configurations(Compatibility release) throws Exception {
    NatsServerProgram real = NatsServerProgram.of(release);
    for (String configuration : CONFIGURATIONS) {
      Path file = Files.writeString(directory.resolve("c.conf"), configuration);
      Process process =
          new ProcessBuilder(real.path().toString(), "-t", "-c", file.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(said).as(configuration).contains(tested(file, release));
    }
  }

  private static String tested(Path file, Compatibility release) {
    String name = file.toString();
    try {
      // Hub has no gateways and no leaf nodes.
      ServerConfig read = ConfigFile.read(name, key -> null, new ReadOptions(release, true));
      read.set(dev.hubkit.nats.config.Options.COMPATIBILITY, release);
      ConfigFile.validate(read);
      return "configuration file " + name + " is valid";
    } catch (ConfigException e) {
      return e.errors().get(0);
    }
  }
}
