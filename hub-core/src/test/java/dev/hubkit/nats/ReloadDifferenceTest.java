package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compares which changes of a configuration file a running server takes over, and what it says of
 * the others, with the real nats-server. The system account is asked to have the file read again.
 */
@ComparedWithNatsServer
class ReloadDifferenceTest {
  private static final String BASE =
      """
      server_name: s
      http: "127.0.0.1:-1"
      system_account: SYS
      accounts {
        SYS { users: [{user: s, password: p}] }
        A { users: [{user: a, password: p}, {user: u, password: p}], jetstream: enabled }
      }
      jetstream { store_dir: "$STORE", max_mem: 10M, max_file: 100M, domain: d }
      websocket { port: -1, no_tls: true }
      """;

  /** Lines that are added to the file. */
  private static final List<String> ADDED =
      List.of(
          "client_advertise: \"a.example:4222\"",
          "server_tags: [a, b]",
          "server_metadata { a: b }",
          "debug: true",
          "logtime: false",
          "logtime_utc: true",
          "logfile_size_limit: 1000000",
          "logfile_max_num: 5",
          "max_traced_msg_len: 10",
          "http_base_path: \"/x\"",
          "https_port: 8443",
          "max_control_line: 2048",
          "max_payload: 2000",
          "max_pending: 10000000",
          "max_connections: 100",
          "max_subscriptions: 100",
          "max_sub_tokens: 100",
          "max_closed_clients: 5",
          "ping_interval: \"1m\"",
          "ping_max: 5",
          "write_deadline: \"5s\"",
          "lame_duck_duration: \"1m\"",
          "lame_duck_grace_period: \"5s\"",
          "no_header_support: true",
          "no_system_account: true",
          "no_auth_user: u",
          "authorization { timeout: 5 }",
          "mappings { x: y }",
          "resolver: MEMORY",
          "allow_non_tls: true",
          "proxy_protocol: true",
          "cluster { name: c, port: -1 }",
          "disable_sublist_cache: true",
          "no_fast_producer_stall: true",
          "connect_error_reports: 5",
          "reconnect_error_reports: 5",
          "prof_block_rate: 5",
          "write_timeout: close",
          "feature_flags { js_ack_fc_v2: true }",
          "trusted: ODSKR7MYFMA6W2RDKMYTJ4CBS3WHPKOHMTJSUBUTBGCATQVLPFHIHMVZ",
          "leafnodes { port: -1 }",
          "default_js_domain { \"$G\": x }",
          "max_payload: 100000000",
          "unknown_name: 5");

  /**
   * What nats-server refuses to change, and what has no effect in Hub before or afterwards: there
   * is nothing that a reload could miss.
   */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "cluster { name: c, port: -1 }", // refused for the port, not for the host
          "max_mem: 10M, -> max_mem: 10M, unique_tag: x,");

  /** What is replaced in the file, and by what. */
  private static final Map<String, String> REPLACED = new LinkedHashMap<>();

  static {
    REPLACED.put("server_name: s", "server_name: t");
    REPLACED.put("http: \"127.0.0.1:-1\"", "http: \"127.0.0.1:8222\"");
    REPLACED.put("system_account: SYS", "system_account: A");
    REPLACED.put("{user: u, password: p}", "{user: u, password: q}");
    REPLACED.put(", domain: d", ", domain: e");
    REPLACED.put("max_mem: 10M", "max_mem: 5M");
    REPLACED.put("100M, domain", "50M, domain");
    REPLACED.put(", max_mem: 10M", "");
    REPLACED.put("$STORE", "$STORE/other");
    REPLACED.put("store_dir: \"$STORE\", ", "");
    REPLACED.put("domain: d", "domain: d, sync_interval: \"5s\"");
    REPLACED.put("domain: d }", "domain: d, limits { max_ack_pending: 7 } }");
    REPLACED.put("max_mem: 10M,", "max_mem: 10M, unique_tag: x,");
    REPLACED.put("max_mem: 10M, ", "max_mem: 10M, max_buffered_msgs: 5, ");
    REPLACED.put("max_mem: 10M, max", "max_mem: 10M, request_queue_limit: 5, max");
    REPLACED.put("max_mem: 10M, max_f", "max_mem: 10M, strict: false, max_f");
    REPLACED.put("no_tls: true", "no_tls: true, compression: true");
    REPLACED.put("websocket { port: -1", "websocket { port: 8080");
    REPLACED.put("websocket { port: -1, no_tls: true }", "");
    REPLACED.put("max_file: 100M", "max_file: 200M");
  }

  @TempDir Path directory;

  @Test
  void takesOverWhatTheRealServerTakesOver() throws Exception {
    Map<String, String> changes = new LinkedHashMap<>();
    for (String line : ADDED) {
      changes.put(line, BASE + line + "\n");
    }
    REPLACED.forEach(
        (before, after) -> {
          assertThat(BASE).contains(before);
          changes.put(before + " -> " + after, BASE.replace(before, after));
        });
    Map<String, String> real = new LinkedHashMap<>();
    Map<String, String> ours = new LinkedHashMap<>();
    try (PeerServers servers = PeerServers.start(directory, BASE);
        Connection realSystem = connect(servers.real().port());
        Connection ourSystem = connect(servers.ours().port())) {
      String realId = realSystem.getServerInfo().getServerId();
      String ourId = ourSystem.getServerInfo().getServerId();
      assertThat(reload(ourSystem, ourId, "hub", "port: 1\n", BASE))
          .isEqualTo(
              "config reload not supported for Port: old=" + servers.ours().port() + ", new=1");
      assertThat(reload(ourSystem, ourId, "hub", "port: -1\nhost: \"0.0.0.0\"\n", BASE))
          .isEqualTo("config reload not supported for Host: old=127.0.0.1, new=0.0.0.0");
      for (Map.Entry<String, String> change : changes.entrySet()) {
        real.put(change.getKey(), reload(realSystem, realId, "real", "", change.getValue()));
        ours.put(change.getKey(), reload(ourSystem, ourId, "hub", "port: -1\n", change.getValue()));
        String back = "back from " + change.getKey();
        real.put(back, reload(realSystem, realId, "real", "", BASE));
        ours.put(back, reload(ourSystem, ourId, "hub", "port: -1\n", BASE));
      }
    }
    StringBuilder differing = new StringBuilder();
    real.forEach(
        (change, said) -> {
          if (!said.equals(ours.get(change)) && !WITHOUT_EFFECT.contains(change)) {
            differing
                .append(change)
                .append("\n  real: ")
                .append(said)
                .append("\n  ours: ")
                .append(ours.get(change))
                .append('\n');
          }
        });
    assertThat(differing.toString()).isEmpty();
    assertThat(real.values()).contains("ok").anyMatch(said -> said.contains("not supported"));
  }

  private static Connection connect(int port) throws Exception {
    return Nats.connect(
        Options.builder()
            .server("nats://127.0.0.1:" + port)
            .userInfo("s", "p")
            .maxReconnects(0)
            .errorListener(new io.nats.client.ErrorListener() {})
            .build());
  }

  /** Writes a file and has it read; returns what the server says of it. */
  private String reload(Connection system, String id, String name, String first, String text)
      throws IOException, InterruptedException {
    String store = directory.resolve(name + "-store").toString();
    Files.writeString(directory.resolve(name + ".conf"), first + text.replace("$STORE", store));
    Message answer =
        system.request("$SYS.REQ.SERVER." + id + ".RELOAD", new byte[0], Duration.ofSeconds(20));
    JsonObject json = Json.parseObject(answer.getData());
    JsonObject error = json.object("error");
    if (error == null) {
      return "ok";
    }
    String said = error.string("description", new String(answer.getData(), UTF_8));
    // Go prints whole structures, and addresses in memory.
    return said.replace(directory.toString(), "DIR")
        .replaceAll("(?s)old=([{\\[&<0]|websocket).*", "old=...")
        .replaceAll(Pattern.quote(name + ".conf") + ":[0-9]+", "FILE")
        .replace(name + "-store", "STORE");
  }
}
