package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.cli.Shell.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks what the commands say about a directory that cannot hold files: one line, with the remedy.
 */
class UnusableDirectoryTest {
  private static final List<String> SERVER = List.of("-a", "127.0.0.1", "-p", "-1", "-js", "-sd");

  @TempDir Path home;

  private WorkTree tree;

  @BeforeEach
  void makeWorkTree() throws Exception {
    tree = WorkTree.in(home);
  }

  @AfterEach
  void end() {
    tree.end();
  }

  /** The obstacles that keep a store from its directory. */
  enum Store {
    A_FILE {
      @Override
      Path in(Path home) throws IOException {
        return Files.createFile(home.resolve("store"));
      }
    },
    BELOW_A_FILE {
      @Override
      Path in(Path home) throws IOException {
        return Files.createFile(home.resolve("file")).resolve("store");
      }
    },
    A_FILE_IN_IT {
      @Override
      Path in(Path home) throws IOException {
        Path store = Files.createDirectory(home.resolve("store"));
        Files.createFile(store.resolve("jetstream"));
        return store;
      }
    },
    WHERE_NOBODY_CAN_MAKE_ANYTHING {
      @Override
      Path in(Path home) {
        return Path.of("/proc/store");
      }
    };

    abstract Path in(Path home) throws IOException;
  }

  private static String fatal(Result ended) {
    assertThat(ended.status()).as(ended.all()).isEqualTo(1);
    List<String> fatal = ended.err().lines().filter(line -> line.contains("[FTL]")).toList();
    assertThat(fatal).as(ended.all()).hasSize(1);
    return fatal.get(0).replaceFirst("^.*\\[FTL] ", "");
  }

  private static List<String> server(List<String> program, Path store) {
    List<String> line = new ArrayList<>(program);
    line.addAll(SERVER);
    line.add(store.toString());
    return line;
  }

  @ParameterizedTest
  @EnumSource
  void aServerEndsWithTheWordsOfTheOriginal(Store store) throws Exception {
    Path directory = store.in(home);
    String said = fatal(tree.shell().run(server(Shell.hubCommand("nats-server"), directory)));
    assertThat(said).startsWith("Can't start JetStream: ");
    assumeTrue(Shell.has("nats-server"), "no nats-server on PATH");
    assertThat(said).isEqualTo(fatal(tree.shell().run(server(List.of("nats-server"), directory))));
  }

  private List<String> asNobody(List<String> command) {
    List<String> line =
        new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    line.addAll(command);
    return line;
  }

  @Test
  void aServerThatMayNotWriteEndsWithTheWordsOfTheOriginal() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")) && Shell.has("setpriv"),
        "only root can be another user");
    Path store = Files.createDirectory(home.resolve("store"));
    Files.createDirectory(store.resolve("jetstream"));
    for (Path up = store.resolve("jetstream"); up.startsWith(home); up = up.getParent()) {
      Files.setPosixFilePermissions(up, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    List<String> hub =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-jar",
            HubJar.in(home).toString(),
            "nats-server");
    Shell shell = tree.shell().with("HUB_NO_STARTUP_CACHE", "1");
    Result ended = shell.run(asNobody(server(hub, store)));
    assumeTrue(!ended.err().contains("Error:"), "nobody cannot run java here: " + ended.all());
    String said = fatal(ended);
    assertThat(said).isEqualTo("Can't start JetStream: storage directory is not writable");
    assumeTrue(Shell.has("nats-server"), "no nats-server on PATH");
    assertThat(said).isEqualTo(fatal(shell.run(asNobody(server(List.of("nats-server"), store)))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".orchestrator",
        ".orchestrator/nats-store",
        ".orchestrator/nats-store/jetstream",
        ".orchestrator/pids"
      })
  void aStartNamesTheFileThatIsInTheWay(String name) throws Exception {
    Path file = tree.root().resolve(name);
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    for (String how : new String[] {"", "--detach"}) {
      List<String> line = new ArrayList<>(List.of("start", "--fossil-port=0", "--nats-port=0"));
      if (!how.isEmpty()) {
        line.add(how);
      }
      Result start = tree.shell().hub(line.toArray(String[]::new));
      assertThat(start.status()).as(start.all()).isEqualTo(ExitCode.INACCESSIBLE.number());
      assertThat(start.err()).hasLineCount(1).contains(".orchestrator").contains("check");
    }
    assertThat(file).isEmptyFile();
    Files.delete(file);
  }
}
