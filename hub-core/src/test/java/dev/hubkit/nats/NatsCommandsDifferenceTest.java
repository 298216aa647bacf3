package dev.hubkit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Has the {@code nats} command do all of {@code cli/commands.txt} with nats-server and with Hub,
 * which must give the same answers. A selection of it runs by default in {@link NatsCliTest}.
 */
@ComparedWithNatsServer
@EnabledIfSystemProperty(named = "nats.cli", matches = "all")
class NatsCommandsDifferenceTest {
  private static final int PATIENCE_SECONDS = 30;

  private static final String CONFIG =
      """
      server_name: probe
      http: "127.0.0.1:-1"
      accounts {
        SYS { users: [{user: sys, password: sys}] }
        A { jetstream: enabled, users: [{user: a, password: a}] }
        B { users: [{user: b, password: b}] }
      }
      system_account: SYS
      jetstream { store_dir: "$STORE", max_mem: 100M, max_file: 1G, domain: hub }
      """;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @TempDir private Path directory;

  private Process start(CliCommand command, String id, int port, Path home) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command.words(id, port, home)).redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "HOME", home.toString(),
                "XDG_CONFIG_HOME", home.resolve("config").toString(),
                "XDG_DATA_HOME", home.resolve("data").toString()));
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** Reads what a command prints, until it ends or prints the text that ends it. */
  private static String read(Process process, CliCommand command) throws IOException {
    StringBuilder output = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.append(line).append('\n');
        String end = command.end();
        if (end != null && line.contains(end)) {
          process.destroyForcibly();
          break;
        }
      }
    }
    return output.toString();
  }

  private List<String> run(CliCommand command, String id, int port, Path home) throws Exception {
    Process process = start(command, id, port, home);
    try {
      CompletableFuture<String> reader =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return read(process, command);
                } catch (IOException e) {
                  return "unreadable: " + e;
                }
              },
              threads);
      CliCommand meanwhile = command.meanwhile();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (meanwhile != null && process.isAlive() && System.nanoTime() < end) {
        Process other = start(meanwhile, id, port, home);
        read(other, meanwhile);
        other.waitFor();
      }
      String output = reader.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      process.waitFor();
      String status = command.end() == null ? "exit status " + process.exitValue() : "";
      return command.essence(output + status, id, port, home);
    } finally {
      process.destroyForcibly();
    }
  }

  private CompletableFuture<List<String>> begin(
      CliCommand command, String id, int port, Path home) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return run(command, id, port, home);
          } catch (Exception e) {
            return List.of("failed: " + e);
          }
        },
        threads);
  }

  private static void differ(List<String> real, List<String> hub, StringBuilder differences) {
    List<String> missing = new ArrayList<>(real);
    hub.forEach(missing::remove);
    List<String> more = new ArrayList<>(hub);
    real.forEach(more::remove);
    missing.forEach(line -> differences.append("  nats-server: ").append(line).append('\n'));
    more.forEach(line -> differences.append("  Hub:         ").append(line).append('\n'));
  }

  private Path home(String name) throws IOException {
    Path home = Files.createDirectories(directory.resolve(name + "-home"));
    Files.writeString(home.resolve("file.txt"), "hello object store\n");
    return home;
  }

  @Test
  void answersAllCommandsAsTheRealServer() throws Exception {
    String path = System.getenv("PATH");
    assumeTrue(
        path != null
            && Arrays.stream(path.split(File.pathSeparator, -1))
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "nats"))),
        "no nats on PATH");
    List<CliCommand> commands =
        CliCommand.read(
            Path.of(NatsCommandsDifferenceTest.class.getResource("/cli/commands.txt").toURI()));
    StringBuilder differences = new StringBuilder();
    int different = 0;
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      Path real = home("real");
      Path hub = home("hub");
      String realId = id(servers.real().port());
      for (CliCommand command : commands) {
        CompletableFuture<List<String>> expected =
            begin(command, realId, servers.real().port(), real);
        List<String> said = begin(command, servers.ours().id(), servers.ours().port(), hub).get();
        if (!said.equals(expected.get())) {
          different++;
          differences.append(command.text()).append('\n');
          differ(expected.get(), said, differences);
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(commands).hasSizeGreaterThan(170);
    assertThat(differences.toString())
        .as("%d of %d commands differ", different, commands.size())
        .isEmpty();
  }

  private static String id(int port) throws Exception {
    try (io.nats.client.Connection connection =
        io.nats.client.Nats.connect("nats://a:a@127.0.0.1:" + port)) {
      return connection.getServerInfo().getServerId();
    }
  }
}
