package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.cli.Shell.Result;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the command the way a person uses it, with real processes. */
class HubProcessTest {
  @TempDir Path temporary;

  private Path root;
  private Shell shell;

  @BeforeEach
  void makeWorkTree() throws Exception {
    assumeTrue(Shell.has("git"), "git is not on the PATH");
    root = Files.createDirectories(temporary.resolve("work"));
    shell = new Shell(root);
    Files.writeString(root.resolve("read me.txt"), "hello\n");
    shell.initGit();
  }

  @AfterEach
  void stop() {
    if (root != null) {
      Hub.stop(root);
    }
  }

  private Result start(String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("start", "--fossil-port=0", "--nats-port=0"));
    arguments.addAll(List.of(more));
    return shell.hub(arguments.toArray(String[]::new));
  }

  private JsonObject status() throws IOException, InterruptedException {
    Result result = shell.hub("status", "--json");
    assertThat(result.status()).as(result.all()).isZero();
    return Json.parseObject(result.out().getBytes(StandardCharsets.UTF_8));
  }

  private HubStatus now() {
    return Hub.status(root);
  }

  // A machine that starts many JVMs at once is slow at first.
  private static Connection connect(HubStatus status) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(status.nats().url())
            .connectionTimeout(Duration.ofSeconds(30))
            .build());
  }

  private static String url(JsonObject status, String service) {
    return status.object(service).string("url");
  }

  private Path state(String name) {
    return root.resolve(".orchestrator").resolve(name);
  }

  private static void awaitEnd(long pid) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void startsDetachedOnceAndStopsOnce() throws Exception {
    Result first = start("--detach");
    assertThat(first.status()).as(first.all()).isZero();
    JsonObject status = status();
    assertThat(status.bool("running", false)).isTrue();
    assertThat(first.out()).contains(url(status, "fossil")).contains(url(status, "nats"));
    assertThat(state("hub-fossil-url")).hasContent(url(status, "fossil") + "\n");
    assertThat(state("hub-nats-url")).hasContent(url(status, "nats") + "\n");
    long pid = status.integer("pid", -1);
    assertThat(state("pids/fossil.pid")).hasContent(pid + "\n");
    assertThat(state("pids/nats.pid")).hasContent(pid + "\n");
    assertThat(state("hub.fossil")).isNotEmptyFile();
    assertThat(state("nats-store")).isDirectory();
    assertThat(state("hub.log")).content().contains("ready");
    assertThat(shell.must("git", "status", "--porcelain")).isEmpty();

    Result second = start("--detach");
    assertThat(second.status()).as(second.all()).isZero();
    assertThat(second.out()).contains(url(status, "fossil")).contains(url(status, "nats"));
    assertThat(now().pid()).isEqualTo(pid);
    Result foreground = start();
    assertThat(foreground.status()).as(foreground.all()).isZero();
    assertThat(foreground.out()).contains(url(status, "nats"));

    Result stopped = shell.hub("stop");
    assertThat(stopped.status()).as(stopped.all()).isZero();
    awaitEnd(pid);
    assertThat(state("hub-fossil-url")).doesNotExist();
    assertThat(state("pids")).isEmptyDirectory();
    assertThat(status().bool("running", true)).isFalse();
    Result again = shell.hub("stop");
    assertThat(again.status()).as(again.all()).isZero();
    assertThat(shell.hub("status", "--check").status()).isEqualTo(8);
  }

  @Test
  void keepsPortsAndDataOverAKill() throws Exception {
    assertThat(start("--detach").status()).isZero();
    HubStatus before = now();
    try (Connection nats = connect(before)) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(
          StreamConfiguration.builder()
              .name("ORDERS")
              .subjects("orders.>")
              .storageType(StorageType.File)
              .build());
      for (int i = 1; i <= 20; i++) {
        nats.jetStream().publish("orders." + i, ("order " + i).getBytes(StandardCharsets.UTF_8));
      }
    }
    long pid = before.pid();
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    awaitEnd(pid);
    assertThat(now().state()).isEqualTo(HubStatus.State.STOPPED);
    assertThat(now().problem()).contains("hub start");

    Result again = start("--detach");
    assertThat(again.status()).as(again.all()).isZero();
    HubStatus after = now();
    assertThat(after.nats().url()).isEqualTo(before.nats().url());
    assertThat(after.fossil().url()).isEqualTo(before.fossil().url());
    try (Connection nats = connect(after)) {
      JetStreamManagement management = nats.jetStreamManagement();
      assertThat(management.getStreamInfo("ORDERS").getStreamState().getMsgCount()).isEqualTo(20);
      assertThat(management.getMessage("ORDERS", 7).getData())
          .isEqualTo("order 7".getBytes(StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void runsInTheForegroundUntilTold(String signal) throws Exception {
    Shell.assumeHeeded(signal);
    Path out = temporary.resolve("out");
    Process process =
        shell.start(
            Shell.hubCommand("start", "--fossil-port=0", "--nats-port=0"),
            out,
            temporary.resolve("err"));
    try {
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || Files.readString(out).contains("nats://"));
      assertThat(process.isAlive()).as(Files.readString(out)).isTrue();
      shell.must("kill", "-" + signal, Long.toString(process.pid()));
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(state("pids")).isEmptyDirectory();
      assertThat(state("hub-nats-url")).doesNotExist();
      assertThat(state("hub.log")).content().containsPattern("hub: stopped \\(process \\d+\\)\n$");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void namesThePortThatIsInUseAndLeavesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      for (String option : List.of("--fossil-port=", "--nats-port=")) {
        for (String[] how : new String[][] {{}, {"--detach"}}) {
          List<String> arguments = new ArrayList<>(List.of("start"));
          arguments.add(option.startsWith("--f") ? "--nats-port=0" : "--fossil-port=0");
          arguments.add(option + port);
          arguments.addAll(List.of(how));
          Result result = shell.hub(arguments.toArray(String[]::new));
          assertThat(result.status()).as(result.all()).isEqualTo(4);
          assertThat(result.err())
              .hasLineCount(1)
              .contains("port " + port)
              .contains(option.substring(0, option.length() - 1))
              .contains("process " + ProcessHandle.current().pid());
          assertThat(root.resolve(".orchestrator")).doesNotExist();
        }
      }
    }
  }

  @Test
  void saysWhatToRunOutsideOfGit() throws Exception {
    Path bare = Files.createDirectory(temporary.resolve("bare"));
    for (String[] how : new String[][] {{"start"}, {"start", "--detach"}}) {
      Result result = shell.in(bare).hub(how);
      assertThat(result.status()).as(result.all()).isEqualTo(3);
      assertThat(result.err()).hasLineCount(1).contains("git init && git add . && git commit");
      assertThat(bare).isEmptyDirectory();
    }
  }

  @Test
  void fourStartersMakeOneHub() throws Exception {
    List<Process> starters = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      starters.add(
          shell.start(
              Shell.hubCommand("start", "--detach", "--fossil-port=0", "--nats-port=0", "--json"),
              temporary.resolve("out" + i),
              temporary.resolve("err" + i)));
    }
    List<Long> pids = new ArrayList<>();
    for (int i = 0; i < starters.size(); i++) {
      assertThat(starters.get(i).waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(starters.get(i).exitValue())
          .as(Files.readString(temporary.resolve("err" + i)))
          .isZero();
      pids.add(Json.parseObject(Files.readString(temporary.resolve("out" + i))).integer("pid", -1));
    }
    assertThat(pids).containsOnly(now().pid());
    // The processes that lost the race have ended or are about to.
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(hubProcesses()).isEqualTo(1));
  }

  private long hubProcesses() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(this::isHub).count();
    }
  }

  private boolean isHub(ProcessHandle process) {
    Path commandLine = Path.of("/proc", Long.toString(process.pid()), "cmdline");
    try {
      String text = Files.readString(commandLine, StandardCharsets.ISO_8859_1);
      return text.contains("HubProcessMain") && text.contains(root.toString());
    } catch (IOException e) {
      // The process ended in between.
      return false;
    }
  }

  @Test
  void theChildSurvivesItsTerminal() throws Exception {
    assertThat(start("--detach").status()).isZero();
    long pid = now().pid();
    for (String signal : List.of("INT", "HUP")) {
      shell.must("kill", "-" + signal, Long.toString(pid));
    }
    assertThat(now().running()).isTrue();
    assertThat(now().pid()).isEqualTo(pid);
  }

  @Test
  void aChildThatCannotWorkIsReportedAtOnce() throws Exception {
    Files.createDirectories(root.resolve(".orchestrator"));
    Files.writeString(state("hub.fossil"), "this is no repository, though it has its name");
    Result result = start("--detach");
    assertThat(result.status()).as(result.all()).isEqualTo(1);
    assertThat(result.err()).contains("hub.fossil");
    assertThat(state("pids")).doesNotExist();
    assertThat(state("hub.fossil")).exists();
  }

  @Test
  void restartsAndStartsOver() throws Exception {
    assertThat(start("--detach").status()).isZero();
    HubStatus before = now();
    Path mark = Files.writeString(state("nats-store").resolve("mark"), "");
    Result restarted = shell.hub("restart");
    assertThat(restarted.status()).as(restarted.all()).isZero();
    assertThat(now().pid()).isNotEqualTo(before.pid());
    assertThat(now().nats().url()).isEqualTo(before.nats().url());
    assertThat(now().fossil().url()).isEqualTo(before.fossil().url());
    assertThat(mark).exists();

    // Nobody answers the question, because the input is at its end.
    Result unanswered = shell.hub("restart", "--fresh");
    assertThat(unanswered.status()).as(unanswered.all()).isEqualTo(1);
    assertThat(unanswered.err()).contains("--yes");
    assertThat(now().running()).isTrue();
    assertThat(mark).exists();

    Result fresh = shell.hub("restart", "--fresh", "--yes");
    assertThat(fresh.status()).as(fresh.all()).isZero();
    assertThat(mark).doesNotExist();

    Result logs = shell.hub("logs", "-n", "1");
    assertThat(logs.status()).as(logs.all()).isZero();
    assertThat(logs.out()).hasLineCount(1).contains("hub: ready");
  }
}
