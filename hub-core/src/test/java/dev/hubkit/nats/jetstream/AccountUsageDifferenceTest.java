package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares what Hub and the real nats-server offer to streams, and what they refuse to reserve. */
class AccountUsageDifferenceTest {
  private static final String BEYOND_ANY_MACHINE = "1099511627776000";

  @TempDir Path directory;

  private static String stream(String name, String storage, String bytes) {
    return "{\"name\":\""
        + name
        + "\",\"subjects\":[\""
        + name
        + "\"],\"storage\":\""
        + storage
        + "\",\"retention\":\"limits\",\"num_replicas\":1,\"max_bytes\":"
        + bytes
        + "}";
  }

  private static void reserve(Transcript server, String action, String name, String... more)
      throws Exception {
    server.api("STREAM." + action + "." + name, stream(name, more[0], more[1]));
  }

  @Test
  @ComparedWithNatsServer
  void reservesNoMoreThanTheMachineHas() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      servers.compare(
          server -> {
            reserve(server, "CREATE", "F", "file", BEYOND_ANY_MACHINE);
            reserve(server, "CREATE", "M", "memory", BEYOND_ANY_MACHINE);
            reserve(server, "CREATE", "F", "file", "1048576");
            reserve(server, "CREATE", "M", "memory", "1048576");
            reserve(server, "UPDATE", "F", "file", BEYOND_ANY_MACHINE);
            reserve(server, "UPDATE", "M", "memory", BEYOND_ANY_MACHINE);
            reserve(server, "UPDATE", "M", "memory", "2097152");
            server.api("INFO", "");
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'max_mem: 10M, max_file: 20M'",
    "'max_mem: 10M'",
    "'max_file: 0'",
    "'max_mem: -1, max_file: 9'"
  })
  @ComparedWithNatsServer
  void reservesWhatItIsGiven(String limits) throws Exception {
    String configuration = "jetstream {store_dir: STORE, " + limits + "}";
    try (ServerPair servers = ServerPair.start(directory, configuration)) {
      servers.compare(
          server -> {
            for (String storage : new String[] {"file", "memory"}) {
              reserve(server, "CREATE", "A" + storage, storage, "6000000");
              reserve(server, "CREATE", "B" + storage, storage, "6000000");
              reserve(server, "CREATE", "C" + storage, storage, "-1");
              reserve(server, "CREATE", "D" + storage, storage, BEYOND_ANY_MACHINE);
              reserve(server, "CREATE", "A" + storage, storage, "6000000");
              reserve(server, "UPDATE", "C" + storage, storage, "-1");
              reserve(server, "UPDATE", "A" + storage, storage, "9000000");
              reserve(server, "UPDATE", "A" + storage, storage, "-1");
              reserve(server, "UPDATE", "A" + storage, storage, "9000000");
              reserve(server, "UPDATE", "A" + storage, storage, "30000000");
            }
            server.api("INFO", "");
          });
    }
  }

  @Test
  @ComparedWithNatsServer
  void isSharedByAllAccounts() throws Exception {
    String configuration =
        """
        jetstream {store_dir: STORE, max_mem: 10M, max_file: 20M}
        accounts {
          A {jetstream {max_mem: 8M, max_file: 16M}, users [{user: a, password: a}]}
          B {jetstream: enabled, users [{user: b, password: b}]}
        }
        """;
    try (ServerPair servers = ServerPair.start(directory, configuration)) {
      assertThat(answers(servers.hubPort())).isEqualTo(answers(servers.realPort()));
    }
  }

  private static String answers(int port) throws Exception {
    try (Transcript a = new Transcript("nats://a:a@127.0.0.1:" + port);
        Transcript b = new Transcript("nats://b:b@127.0.0.1:" + port)) {
      reserve(b, "CREATE", "B1", "file", "15000000");
      reserve(b, "CREATE", "B2", "memory", "9000000");
      reserve(a, "CREATE", "A1", "file", "6000000");
      reserve(a, "CREATE", "A2", "memory", "2000000");
      reserve(a, "CREATE", "A3", "file", "17000000");
      reserve(b, "UPDATE", "B1", "file", "10000000");
      reserve(a, "CREATE", "A1", "file", "6000000");
      reserve(b, "UPDATE", "B1", "file", "15000000");
      b.api("STREAM.DELETE.B2", "");
      reserve(a, "CREATE", "A2", "memory", "2000000");
      a.api("INFO", "");
      b.api("INFO", "");
      return String.join("\n", a.lines()) + "\n" + String.join("\n", b.lines());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'max_mem: 11M, max_file: 16M', 'max_mem: 1M', insufficient memory resources available (10028)",
    "'max_mem: 6M, max_file: 16M', 'max_mem: 6M', insufficient memory resources available (10028)",
    "'max_mem: 6M, max_file: 16M', 'max_file: 5M', insufficient storage resources available (10047)"
  })
  void doesNotStartWhenAccountsMayTakeMore(String first, String second, String reason)
      throws Exception {
    Path file = directory.resolve("nats.conf");
    Files.writeString(
        file,
        """
        port: -1
        jetstream {store_dir: '%s', max_mem: 10M, max_file: 20M}
        accounts {
          A {jetstream {%s}, users [{user: a, password: a}]}
          B {jetstream {%s}, users [{user: b, password: b}]}
        }
        """
            .formatted(directory.resolve("store"), first, second));
    NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
    assertThatThrownBy(() -> NatsServer.start(options).close())
        .isInstanceOf(NatsException.class)
        .hasMessageEndingWith(
            "Can't start JetStream: Error enabling jetstream on configured accounts: " + reason);
  }
}
