package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.cli.Shell.Result;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.workspace.RunningProcess;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A git work tree, its user, and its hub, which real processes start and stop. */
final class WorkTree {
  private static final String STREAM = "ORDERS";
  private static final int MESSAGES = 20;

  private final Path root;
  private final Shell shell;

  private WorkTree(Path root, Shell shell) {
    this.root = root;
    this.shell = shell;
  }

  /** Makes a work tree with a file and a commit for a user whose home is {@code home}. */
  static WorkTree in(Path home) throws IOException, InterruptedException {
    assumeTrue(Shell.has("git"), "git is not on the PATH");
    Path root = Files.createDirectories(home.resolve("work")).toRealPath();
    Files.writeString(root.resolve("read me.txt"), "hello\n");
    Shell shell = new Shell(root);
    shell.initGit();
    return new WorkTree(root, shell);
  }

  Path root() {
    return root;
  }

  Shell shell() {
    return shell;
  }

  /** Returns the path of a file in {@code .orchestrator}. */
  Path state(String name) {
    return root.resolve(".orchestrator").resolve(name);
  }

  HubStatus now() {
    return Hub.status(root);
  }

  static String[] startOn(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("start", "--detach", "--fossil-port=0", "--nats-port=0"));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  Result start(String... more) throws IOException, InterruptedException {
    return shell.hub(startOn(more));
  }

  /** Starts a hub; the start must succeed. */
  HubStatus started(String... more) throws IOException, InterruptedException {
    Result result = start(more);
    assertThat(result.status()).as(result.all()).isZero();
    HubStatus status = now();
    assertThat(status.running()).as("%s after %s", status, result.all()).isTrue();
    return status;
  }

  void stopped() throws IOException, InterruptedException {
    Result result = shell.hub("stop");
    assertThat(result.status()).as(result.all()).isZero();
  }

  /** Ends whatever a test has left behind. */
  void end() {
    if (Files.isDirectory(root)) {
      Hub.stop(root, Duration.ofSeconds(1));
    }
    for (ProcessHandle process : processes()) {
      process.destroyForcibly();
    }
  }

  /**
   * Returns the processes that are, or try to be, a hub of this root, and those that wait for one.
   */
  List<ProcessHandle> processes() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(
              process -> {
                String line = file(process, "cmdline");
                return line.contains("HubProcessMain") && line.contains("\0" + root + "\0");
              })
          .toList();
    }
  }

  /** Returns the processes that are, or try to be, a hub. */
  List<ProcessHandle> hubs() {
    return processes().stream().filter(p -> file(p, "comm").strip().equals("java")).toList();
  }

  private static String file(ProcessHandle process, String name) {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(process.pid()), name), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // The process ended in between.
      return "";
    }
  }

  static void awaitEnd(ProcessHandle process) {
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> !RunningProcess.isRunning(process));
  }

  /** Asserts that a hub has left nothing but its data. */
  void assertCleared() throws IOException {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(processes()).isEmpty());
    for (String trace :
        List.of("hub.json", "hub-fossil-url", "hub-nats-url", "pids/fossil.pid", "pids/nats.pid")) {
      assertThat(state(trace)).doesNotExist();
    }
    assertThat(halfMade(state(""))).isEmpty();
    assertThat(halfMade(state("pids"))).isEmpty();
    assertThat(registered()).isEmpty();
  }

  private static List<String> halfMade(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*\\.(seeding|tmp|wiped).*|progress|wiped-.*"))
          .toList();
    }
  }

  /** Returns the entries in the user's list of hubs. */
  List<String> registered() throws IOException {
    Path list = root.resolveSibling(".local/state/hub/hubs");
    if (!Files.isDirectory(list)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(list)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  static Connection connect(HubStatus status) throws IOException, InterruptedException {
    // A machine that starts many JVMs at once is slow at first.
    return Nats.connect(
        Options.builder()
            .server(status.nats().url())
            .connectionTimeout(Duration.ofSeconds(30))
            .build());
  }

  /** Publishes some messages, which the running hub acknowledges. */
  void fill() throws Exception {
    try (Connection nats = connect(now())) {
      nats.jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name(STREAM)
                  .subjects("orders.>")
                  .storageType(StorageType.File)
                  .build());
      for (int i = 1; i <= MESSAGES; i++) {
        nats.jetStream().publish("orders." + i, ("order " + i).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  /** Asserts that the running hub has the seeded files and, if it was filled, the messages. */
  void assertIntact(boolean filled) throws Exception {
    HubStatus status = now();
    assertThat(status.running()).as(status.toString()).isTrue();
    try (FossilRepository repository = FossilRepository.open(state("hub.fossil"))) {
      byte[] content = repository.read(s -> s.readFile(s.resolve("trunk"), "read me.txt"));
      assertThat(content).asString(StandardCharsets.UTF_8).isEqualTo("hello\n");
      String check = repository.read(s -> s.session().text("PRAGMA integrity_check"));
      assertThat(check).isEqualTo("ok");
    }
    if (filled) {
      try (Connection nats = connect(status)) {
        JetStreamManagement management = nats.jetStreamManagement();
        assertThat(management.getStreamInfo(STREAM).getStreamState().getMsgCount())
            .isEqualTo(MESSAGES);
        assertThat(management.getMessage(STREAM, 7).getData())
            .asString(StandardCharsets.UTF_8)
            .isEqualTo("order 7");
      }
    }
  }
}
