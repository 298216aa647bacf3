package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restores the same archives on Hub and on the real nats-server: both acknowledge the same chunks,
 * give the same answers and advisories, and what they have restored is the same. Of a restore that
 * fails, nats-server keeps what it has read and Hub nothing, which is not compared.
 */
class StreamRestoreDifferenceTest {
  private static final String CONFIG =
      """
      max_payload: 2048
      jetstream { store_dir: STORE, max_file: 1MB, max_mem: 64KB }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}] }
        B {
          jetstream { max_file: 4096, max_mem: 2048, max_streams: 2, max_consumers: 1 }
          users: [{user: B, password: B}]
        }
      }
      """;
  private static final String FILE = "'subjects':['w','v']";
  private static final String MEMORY = FILE + ",'storage':'memory'";
  private static final String DURABLE =
      "'durable_name':'C','name':'C','ack_policy':'explicit','deliver_policy':'all',"
          + "'replay_policy':'instant'";
  private static final String WAITING =
      "'delivered':{'consumer_seq':1,'stream_seq':3},"
          + "'ack_floor':{'consumer_seq':0,'stream_seq':2},"
          + "'pending':{'3':{'Sequence':1,'Timestamp':1000000000}}";

  private static ServerPair servers;

  private final Map<String, Script> scripts = new LinkedHashMap<>();

  /** What is done with a server that has no stream. */
  private interface Script {
    void run(Restorer server) throws Exception;
  }

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    servers = ServerPair.start(directory, CONFIG);
  }

  @AfterAll
  static void stop() throws Exception {
    if (servers != null) {
      servers.close();
    }
  }

  private void add(String config, ArchiveBytes archive) {
    add(scripts.size() + " with " + config, config, archive.toBytes(), 1500);
  }

  private void add(String name, String config, byte[] archive, int chunk) {
    scripts.put(name, server -> server.restore(config, archive, chunk));
  }

  private static ArchiveBytes archive(long messages, long first, long last, int consumers) {
    String state = "{'messages':%d,'bytes':80,'first_seq':%d,'last_seq':%d,'consumer_count':%d}";
    return new ArchiveBytes()
        .entry("state.json", 0, json(state.formatted(messages, first, last, consumers)));
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }

  private static ArchiveBytes withState(String state) {
    return new ArchiveBytes().entry("state.json", 0, json(state)).end();
  }

  private static ArchiveBytes withThree(ArchiveBytes archive) {
    return archive.entry("w", 3, "three").entry("v", 4, "four").entry("w", 6, "six").end();
  }

  private static ArchiveBytes three() {
    return withThree(archive(3, 3, 6, 0));
  }

  private static ArchiveBytes two(String header, long time) {
    String block = header.isEmpty() ? "" : "NATS/1.0\r\n" + header + "\r\n\r\n";
    return archive(2, 1, 2, 0)
        .entry("w", 1, time, block, "one")
        .entry("w", 2, time, "", "two")
        .end();
  }

  private static ArchiveBytes consumer(String name, String config, String state) {
    String content = "{'config':{" + config + "},'state':{" + state + "}}";
    return withThree(archive(3, 3, 6, 1).entry("consumers/" + name, 0, json(content)));
  }

  private static ArchiveBytes twoConsumers(String second) {
    String content = "{'config':{" + DURABLE + "},'state':{'delivered':{}}}";
    return archive(1, 1, 1, 2)
        .entry("consumers/C", 0, json(content))
        .entry("consumers/D", 0, json(content.replace("'C'", "'" + second + "'")))
        .entry("w", 1, "a")
        .end();
  }

  private Map<String, List<String>> run(int port, String user) throws Exception {
    Map<String, List<String>> heard = new LinkedHashMap<>();
    try (Restorer server = new Restorer(port, user)) {
      for (Map.Entry<String, Script> each : scripts.entrySet()) {
        each.getValue().run(server);
        heard.put(each.getKey(), server.takeLines());
      }
    }
    return heard;
  }

  private void compare(String user) throws Exception {
    CompletableFuture<Map<String, List<String>>> real =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run(servers.realPort(), user);
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            });
    Map<String, List<String>> hub = run(servers.hubPort(), user);
    real.get(60, TimeUnit.SECONDS)
        .forEach(
            (name, lines) -> assertThat(hub.get(name)).as(name).containsExactlyElementsOf(lines));
  }

  @Test
  @ComparedWithNatsServer
  void restoresMessages() throws Exception {
    long now = System.currentTimeMillis() * 1_000_000;
    for (String config : List.of(FILE, MEMORY)) {
      add(config, three());
      add(config, archive(1, 1, 1, 0).entry("w", 1, "x".repeat(3000)).end());
      add(config + ",'max_msg_size':10", archive(1, 1, 1, 0).entry("w", 1, "12345678901").end());
      for (String ttl : List.of("5", "never", "x", "0", "100ms", "-1")) {
        String allow = config.equals(FILE) ? "" : ",'allow_msg_ttl':true";
        add(config + allow, two("Nats-TTL: " + ttl, ArchiveBytes.LONG_AGO));
      }
      add(config + ",'allow_msg_ttl':true", two("Nats-TTL: 1h", now));
      add(config + ",'max_age':3600000000000", two("", now));
      add(config + ",'first_seq':10", three());
      add(config + ",'first_seq':10", archive(0, 0, 0, 0).end());
      add(config + ",'first_seq':2", archive(0, 11, 10, 0).end());
      add(config, archive(0, 3, 6, 0).end());
      add(config, archive(2, 1, 90, 0).entry("w", 1, "a").entry("w", 80, "b").end());
      add(config, archive(1, 3, 4, 0).entry("w", 3, "a").entry("w", 9, "b").end());
      add(config, archive(0, 0, 0, 0).entry("w", 1, "a").end());
      scripts.put(
          "a duplicate on " + config,
          server -> {
            server.restore(config, two("Nats-Msg-Id: one", now).toBytes(), 1500);
            server.publish("w", "one");
            server.publish("w", "two");
          });
    }
    add(FILE + ",'max_msgs':1,'discard':'new'", three());
    add(FILE + ",'max_bytes':50", three());
    add(FILE + ",'max_msgs_per_subject':1", three());
    add(FILE + ",'retention':'workqueue'", three());
    add(FILE + ",'retention':'interest'", three());
    add(FILE, archive(1, 1, 1, 0).entry("other", 1, "a").end());
    compare("A");
  }

  @Test
  @ComparedWithNatsServer
  void restoresConsumers() throws Exception {
    String nameless = DURABLE.replace("'durable_name':'C','name':'C',", "");
    for (String config : List.of(FILE, MEMORY)) {
      add(config, consumer("C", DURABLE, WAITING));
      add(config, consumer("D", DURABLE, WAITING));
      add(config, consumer("C", nameless + ",'inactive_threshold':1000000000000", WAITING));
      // Older than the first message: it begins anew.
      add(config, consumer("C", DURABLE, WAITING.replace("'stream_seq':2", "'stream_seq':1")));
      add(config, consumer("C", DURABLE + ",'mem_storage':true", WAITING));
      add(config, twoConsumers("D"));
      add(config, twoConsumers("C"));
    }
    add(FILE, consumer("C", DURABLE, ""));
    add(FILE, consumer("C", DURABLE, "'ack_floor':{'consumer_seq':8,'stream_seq':5}"));
    add(FILE, consumer("C", DURABLE, WAITING.replace("'3':", "'5':")));
    add(FILE, consumer("C", DURABLE, "'delivered':5"));
    add(FILE, consumer("a.b", DURABLE.replace("'C'", "'a.b'"), WAITING));
    add(FILE, consumer("C", DURABLE + ",'deliver_subject':'x','max_waiting':5", WAITING));
    add(FILE, consumer("C", DURABLE.replace("explicit", "what"), WAITING));
    add(FILE, consumer("C", DURABLE + ",'ack_wait':'x'", WAITING));
    add(FILE, consumer("C", DURABLE + ",'what':'x','filter_subject':'other'", WAITING));
    add(FILE, consumer("C", DURABLE + ",'num_replicas':3", WAITING));
    add(
        FILE + ",'consumer_limits':{'max_ack_pending':5}",
        consumer("C", DURABLE + ",'max_ack_pending':9", WAITING));
    add(FILE + ",'max_consumers':1", twoConsumers("D"));
    compare("A");
  }

  @Test
  @ComparedWithNatsServer
  void refusesConfigurations() throws Exception {
    for (String more :
        List.of(
            "'sealed':true",
            "'num_replicas':3",
            "'deny_purge':true,'compression':'s2'",
            "'subject_transform':{'src':'w','dest':'t'}",
            "'metadata':{'a':'b','_nats.ver':'1'}",
            "'max_bytes':100000000")) {
      add(FILE + "," + more, three());
    }
    for (String bytes : List.of("100000000", "18446744073709551615")) {
      String state = "{'messages':0,'bytes':" + bytes + ",'first_seq':7,'last_seq':6}";
      add(FILE, withState(state));
      add(MEMORY, withState(state));
    }
    for (String kind : List.of("'mirror':{'name':'O'}", "'sources':[{'name':'O'}]")) {
      scripts.put(kind, server -> server.restoreCopy(kind, three().toBytes()));
    }
    for (boolean same : new boolean[] {false, true}) {
      scripts.put(
          "another stream meanwhile, of the same name: " + same,
          server -> {
            String other = same ? server.name() : "O";
            String to = server.begin(FILE);
            server.ask("STREAM.CREATE." + other, "{'name':'" + other + "','subjects':['v']}");
            server.chunk(to, three().toBytes());
            server.finish(to);
            server.ask("STREAM.DELETE.O", "");
          });
    }
    compare("A");
  }

  @Test
  @ComparedWithNatsServer
  void takesChunksOfAnyKind() throws Exception {
    byte[] fine = three().toBytes();
    add("nothing", FILE, new byte[0], 10);
    add("rubbish", FILE, "what is this, and so on".getBytes(StandardCharsets.UTF_8), 5);
    add("by small chunks", FILE, fine, 7);
    for (int length : new int[] {1, 4, 9, 10, 12, 14, fine.length / 2, fine.length - 1}) {
      add("first " + length, FILE, Arrays.copyOf(fine, length), 10);
    }
    add("more", FILE, Arrays.copyOf(fine, fine.length + 40), 1500);
    add("more in chunks", FILE, Arrays.copyOf(fine, fine.length + 40), 10);
    byte[] large = Arrays.copyOf(fine, 14);
    Arrays.fill(large, 11, 14, (byte) 0xff);
    add("a frame that is too large", FILE, large, 1500);
    byte[] early = archive(0, 9, 1, 0).entry("w", 1, "x".repeat(900)).end().toBytes();
    add("a mistake at the beginning", FILE, early, 20);
    add(FILE, withThree(archive(3, 3, 6, 0)).entry("w", 7, "after the end").end());
    for (String state :
        List.of("{'messages':'x'}", "{'messages':", "{}x", "", "null", "{'messages':-1}")) {
      add(FILE, withState(state));
    }
    scripts.put(
        "no reply subject",
        server -> {
          server.publishWithoutReply(server.begin(FILE), fine);
          server.describe(false);
        });
    compare("A");
  }

  @Test
  @ComparedWithNatsServer
  void keepsTheLimitsOfAnAccount() throws Exception {
    ArchiveBytes large = archive(20, 1, 20, 0);
    for (int i = 1; i < 20; i++) {
      large.entry("w", i, "x".repeat(600));
    }
    large.end();
    for (String config : List.of(FILE, MEMORY)) {
      add(config, three());
      add(config, withState("{'messages':0,'bytes':5000,'first_seq':7,'last_seq':6}"));
      add(config, large);
      add(config + ",'max_bytes':5000", three());
      add(config + ",'max_bytes':1500", three());
      add(config + ",'max_consumers':2", three());
      add(config, twoConsumers("D"));
    }
    scripts.put(
        "the streams there may be",
        server -> {
          server.ask("STREAM.CREATE.O", "{'name':'O','subjects':['o']}");
          server.ask("STREAM.CREATE.P", "{'name':'P','subjects':['p']}");
          server.restore(FILE, three().toBytes(), 1500);
          server.ask("STREAM.DELETE.O", "");
          server.ask("STREAM.DELETE.P", "");
        });
    compare("B");
  }
}
