package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueOptions;
import io.nats.client.Message;
import io.nats.client.ObjectStore;
import io.nats.client.ObjectStoreOptions;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectMeta;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients reach JetStream under the name of its domain, as with nats-server. */
@ComparedWithNatsServer
class DomainDifferenceTest {
  // The command gives a server two seconds to greet it, and can't be told otherwise.
  private static final int MOST_TRIES = 3;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", domain: hub }
      accounts {
        A { jetstream: enabled, users: [{user: A, password: A}]
          exports [ {service: "$JS.hub.API.>", response: stream} ] }
        B { users: [{user: B, password: B}]
          imports [ {service: {account: A, subject: "$JS.hub.API.>"}, to: "A.>"} ] }
        C { jetstream: enabled, users: [{user: C, password: C}]
          mappings { "$JS.hub.API.INFO": "elsewhere" } }
        D { jetstream: enabled, users: [{user: D, password: D}] }
        SYS { users: [{user: SYS, password: SYS}] }
      }
      system_account: SYS
      server_name: srv
      """;

  @TempDir static Path directory;
  private static PeerServers servers;

  @BeforeAll
  static void start() throws IOException {
    servers = PeerServers.start(directory, CONFIG);
  }

  @AfterAll
  static void stop() {
    if (servers != null) {
      servers.close();
    }
  }

  @FunctionalInterface
  private interface Script {
    void run(int port, List<String> heard) throws Exception;
  }

  private static void compare(Script script) throws Exception {
    List<String> hub = new ArrayList<>();
    script.run(servers.ours().port(), hub);
    List<String> real = new ArrayList<>();
    script.run(servers.real().port(), real);
    assertThat(hub).isNotEmpty().containsExactlyElementsOf(real);
  }

  @Test
  void keepsKeysAndValues() throws Exception {
    compare(
        (port, heard) -> {
          try (Peer peer = new Peer(port, "A")) {
            Connection connection = peer.connection();
            KeyValueOptions options = KeyValueOptions.builder().jsDomain("hub").build();
            connection
                .keyValueManagement(options)
                .create(
                    KeyValueConfiguration.builder()
                        .name("B")
                        .maxHistoryPerKey(5)
                        .storageType(StorageType.Memory)
                        .build());
            KeyValue bucket = connection.keyValue("B", options);
            long first = bucket.put("k", "one");
            heard.add(
                "put " + first + ", updated " + bucket.update("k", "two".getBytes(UTF_8), first));
            heard.add("created " + bucket.create("l", "three".getBytes(UTF_8)));
            bucket.delete("l");
            bucket.get("k");
            heard.add(bucket.get("k").getValueAsString() + " " + bucket.get("l"));
            heard.add(bucket.keys() + " " + bucket.history("k").size());
            bucket.purge("k");
            heard.add(bucket.getStatus().getEntryCount() + " left");
          }
        });
  }

  @Test
  void keepsObjects() throws Exception {
    compare(
        (port, heard) -> {
          try (Peer peer = new Peer(port, "A")) {
            Connection connection = peer.connection();
            ObjectStoreOptions options = ObjectStoreOptions.builder().jsDomain("hub").build();
            connection
                .objectStoreManagement(options)
                .create(
                    ObjectStoreConfiguration.builder("O").storageType(StorageType.Memory).build());
            ObjectStore store = connection.objectStore("O", options);
            byte[] content = "x".repeat(300_000).getBytes(StandardCharsets.UTF_8);
            heard.add(
                "chunks "
                    + store
                        .put(ObjectMeta.objectName("o"), new ByteArrayInputStream(content))
                        .getChunks());
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            store.get("o", back);
            heard.add("read " + back.size());
            store.delete("o");
            heard.add("left " + store.getList());
          }
        });
  }

  private static String nats(int port, String command) throws Exception {
    String heard = natsOnce(port, command);
    for (int again = 1; again < MOST_TRIES && heard.contains("i/o timeout"); again++) {
      heard = natsOnce(port, command);
    }
    return heard;
  }

  private static String natsOnce(int port, String command) throws Exception {
    List<String> line = new ArrayList<>(List.of("nats", "--server", "nats://127.0.0.1:" + port));
    line.addAll(List.of("--user", "A", "--password", "A", "--js-domain", "hub"));
    line.addAll(List.of(command.split(" ", -1)));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return command + " -> " + process.waitFor() + " " + output;
  }

  @Test
  void servesTheCommandLine() throws Exception {
    String path = System.getenv("PATH");
    assumeTrue(
        path != null
            && Arrays.stream(path.split(File.pathSeparator, -1))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "nats"))),
        "no nats on PATH");
    compare(
        (port, heard) -> {
          nats(port, "kv add CLI --storage memory");
          for (String command :
              List.of("kv put CLI k v", "kv get CLI k --raw", "kv ls CLI", "stream ls -a -n")) {
            heard.add(nats(port, command));
          }
        });
  }

  @Test
  void servesStreamsAndConsumers() throws Exception {
    compare(
        (port, heard) -> {
          try (Peer peer = new Peer(port, "A")) {
            Connection connection = peer.connection();
            JetStreamOptions options = JetStreamOptions.builder().domain("hub").build();
            connection
                .jetStreamManagement(options)
                .addStream(
                    StreamConfiguration.builder()
                        // With a name of its own: jnats remembers for the whole JVM, by the name
                        // alone, how to get the messages of a stream.
                        .name("DIRECT")
                        .subjects("s.*")
                        .allowDirect(true)
                        .storageType(StorageType.Memory)
                        .build());
            JetStream streams = connection.jetStream(options);
            for (int i = 0; i < 4; i++) {
              heard.add("stored " + streams.publish("s." + i, new byte[i]).getSeqno());
            }
            JetStreamSubscription pull =
                streams.subscribe(
                    "s.*", PullSubscribeOptions.builder().durable("p").stream("DIRECT").build());
            for (Message message : pull.fetch(2, LIMIT)) {
              heard.add(message.getSubject() + " " + message.metaData().getDomain());
              message.ackSync(LIMIT);
            }
            heard.add("pending " + pull.getConsumerInfo().getNumPending());
            JetStreamSubscription push =
                streams.subscribe(
                    "s.*",
                    PushSubscribeOptions.builder().stream("DIRECT")
                        .configuration(
                            ConsumerConfiguration.builder()
                                .flowControl(Duration.ofSeconds(1))
                                .build())
                        .build());
            heard.add("pushed " + push.nextMessage(LIMIT).getSubject());
            for (String request :
                List.of(
                    "INFO",
                    "STREAM.MSG.GET.DIRECT",
                    "DIRECT.GET.DIRECT",
                    "DIRECT.GET.DIRECT.s.2",
                    "CONSUMER.RESET.DIRECT.p",
                    "CONSUMER.MSG.NEXT.DIRECT.none",
                    "$KV.none.x",
                    "$OBJ.none.x",
                    "$O.none.x",
                    "UNKNOWN")) {
              heard.add(
                  peer.ask("$JS.hub.API." + request, Map.of(), "{\"seq\":2}")
                      .replaceAll("api=\\{[^}]*}", "api"));
            }
            heard.add(peer.ask("$JS.other.API.INFO", Map.of(), ""));
          }
        });
  }

  @Test
  void mapsForImportersAndBehindConfiguredMappings() throws Exception {
    compare(
        (port, heard) -> {
          try (Peer b = new Peer(port, "B");
              Peer c = new Peer(port, "C");
              Peer system = new Peer(port, "SYS")) {
            heard.add(b.ask("A.STREAM.NAMES", Map.of(), ""));
            Subscription elsewhere = c.connection().subscribe("elsewhere");
            c.connection().publish("$JS.hub.API.INFO", new byte[0]);
            heard.add("elsewhere " + (elsewhere.nextMessage(LIMIT) != null));
            heard.add(c.ask("$JS.hub.API.STREAM.NAMES", Map.of(), ""));
            for (String account : List.of("A", "B", "C", "SYS")) {
              Message report =
                  system
                      .connection()
                      .request("$SYS.REQ.ACCOUNT." + account + ".INFO", new byte[0], LIMIT);
              JsonObject data = Json.parseObject(report.getData()).object("data");
              JsonObject mappings = data == null ? null : data.object("mappings");
              heard.add(account + " " + (mappings == null ? "" : Peer.normal(Peer.json(mappings))));
            }
          }
        });
  }

  @Test
  void purgesAnAccount() throws Exception {
    compare(
        (port, heard) -> {
          try (Peer a = new Peer(port, "D");
              Peer system = new Peer(port, "SYS")) {
            String stream = "{\"name\":\"%s\",\"subjects\":[\"%s\"]}";
            for (String name : List.of("S", "T")) {
              a.ask("$JS.API.STREAM.CREATE." + name, Map.of(), stream.formatted(name, name));
              a.ask(name, Map.of(), "text");
            }
            Subscription deleted = a.connection().subscribe("$JS.EVENT.ADVISORY.STREAM.DELETED.*");
            a.connection().flush(LIMIT);
            heard.add(system.ask("$JS.API.ACCOUNT.PURGE.D/B", Map.of(), ""));
            heard.add(system.ask("$JS.hub.API.ACCOUNT.PURGE.D", Map.of(), ""));
            heard.add(a.ask("$JS.API.STREAM.NAMES", Map.of(), ""));
            for (int i = 0; i < 2; i++) {
              heard.add("told " + (deleted.nextMessage(LIMIT) != null));
            }
            a.ask("$JS.API.STREAM.CREATE.S", Map.of(), stream.formatted("S", "S"));
            heard.add(a.ask("S", Map.of(), "again"));
            heard.add(system.ask("$JS.API.ACCOUNT.PURGE.B", Map.of(), ""));
            heard.add(a.ask("$JS.API.STREAM.INFO.S", Map.of(), ""));
          }
        });
  }
}
