package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.fossil.Commit;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.NatsServerProgram;
import dev.hubkit.nats.PatientClient;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks who can read a hub's files when the umask protects nothing. */
class FileModesTest {
  private static final String DIRECTORY = "rwx------";
  private static final String FILE = "rw-------";

  @TempDir Path root;

  @BeforeEach
  void assumePosix() {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "this file system knows no modes");
  }

  /** Runs a hub, then lists its files with their modes. */
  static final class Worker {
    private Worker() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[0]);
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
      for (int round = 0; round < 2; round++) {
        try (Hub hub = Hub.start(root, HubOptions.forTests())) {
          hub.repository().commit(new Commit("orchestrator", "c").allowEmpty());
          use(hub.natsUrl());
          list(root.resolve(".orchestrator"), out);
        }
      }
    }
  }

  /** Makes and uses a stream and consumers. */
  static void use(String url) throws Exception {
    try (Connection nats = PatientClient.connect(url)) {
      JetStreamManagement streams = nats.jetStreamManagement();
      streams.addStream(StreamConfiguration.builder().name("S").subjects("s.>").build());
      streams.addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("C").build());
      for (int i = 0; i < 100; i++) {
        nats.jetStream().publish("s." + i, new byte[100]);
      }
      nats.jetStream().subscribe("s.>").unsubscribe();
      streams.purgeStream("S");
    }
  }

  private static void list(Path top, PrintStream out) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      for (Path path : all.toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        out.println(mode + (Files.isDirectory(path) ? " d " : " f ") + path);
      }
    }
  }

  /** Runs a command without a umask and returns the files that it lists. */
  private static List<String> withoutUmask(String command) throws Exception {
    Process process =
        new ProcessBuilder("sh", "-c", "umask 000; " + command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (InputStream in = process.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.matches("[rwx-]{9} [df] .*"))
          .toList();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void assertPrivate(List<String> listed) {
    assertThat(listed)
        .allMatch(line -> line.startsWith(DIRECTORY + " d ") || line.startsWith(FILE + " f "));
  }

  @Test
  void whatAHubKeepsIsItsOwnersWhateverTheUmask() throws Exception {
    List<String> listed =
        withoutUmask(
            "XDG_STATE_HOME='"
                + root.resolve("state")
                + "' '"
                + Path.of(System.getProperty("java.home"), "bin", "java")
                + "' -XX:TieredStopAtLevel=1 -cp '"
                + System.getProperty("java.class.path")
                + "' '"
                + Worker.class.getName()
                + "' '"
                + root
                + "'");
    for (String expected :
        List.of(
            "/hub.fossil",
            "/hub.fossil-wal",
            "/hub.log",
            "/hub.json",
            "/hub.lock",
            "/ports",
            "/hub-nats-url",
            "/hub-fossil-url",
            "/pids/nats.pid",
            "/meta",
            "/state")) {
      assertThat(listed).as(expected).anyMatch(line -> line.endsWith(expected));
    }
    assertPrivate(listed);
  }

  @Test
  void soNatsServerKeepsItsStore() throws Exception {
    String program = NatsServerProgram.any().path().toString();
    Path store = root.resolve("store");
    Path command = root.resolve("nats-server");
    Path real = root.resolve("real");
    Files.createDirectories(real);
    Process server =
        new ProcessBuilder(
                "sh",
                "-c",
                "umask 000; exec \"$0\" -a 127.0.0.1 -p -1 -js -sd '"
                    + store
                    + "' --ports_file_dir '"
                    + real
                    + "'",
                program)
            .redirectErrorStream(true)
            .redirectOutput(command.toFile())
            .start();
    try {
      use("nats://127.0.0.1:" + NatsServerProcess.awaitPort(real, server));
      ByteArrayOutputStream listed = new ByteArrayOutputStream();
      list(store, new PrintStream(listed, true, StandardCharsets.UTF_8));
      assertPrivate(listed.toString(StandardCharsets.UTF_8).lines().toList());
    } finally {
      server.destroy();
      server.waitFor();
    }
  }
}
