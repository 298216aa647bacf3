package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.HubStatus.State;
import dev.hubkit.cli.Shell.Result;
import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.workspace.Owner;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shows what a hub makes of events from outside, with real processes. */
class CommandLifecycleTest {
  @TempDir Path home;

  private WorkTree tree;
  private final List<Process> bystanders = new ArrayList<>();
  private final List<Path> otherRoots = new ArrayList<>();

  @BeforeEach
  void makeWorkTree() throws Exception {
    tree = WorkTree.in(home);
  }

  @AfterEach
  void end() {
    bystanders.forEach(Process::destroyForcibly);
    otherRoots.stream().filter(Files::isDirectory).forEach(root -> Hub.stop(root));
    tree.end();
  }

  /** Starts a process that has nothing to do with any hub. */
  private Process bystander() throws IOException {
    Process process = new ProcessBuilder("sleep", "600").start();
    bystanders.add(process);
    return process;
  }

  private void record(long pid, String processStarted) throws IOException {
    Files.createDirectories(tree.state("pids"));
    Files.writeString(tree.state("pids/nats.pid"), pid + "\n");
    Files.writeString(tree.state("pids/fossil.pid"), pid + "\n");
    Files.writeString(tree.state("hub-nats-url"), "nats://127.0.0.1:1\n");
    Files.writeString(
        tree.state("hub.json"),
        "{\"instance\":\"stale\",\"pid\":"
            + pid
            + ",\"process_started\":\""
            + processStarted
            + "\",\"root\":\""
            + tree.root()
            + "\",\"state\":\"ready\",\"since\":\"2026-01-01T00:00:00Z\",\"version\":\"0\"}");
  }

  @Test
  void aStaleRecordWhosePidIsSomebodyElsesByNowIsNoHub() throws Exception {
    Process bystander = bystander();
    String started = bystander.toHandle().info().startInstant().orElseThrow().toString();
    // The lock decides, even for a process that began at the time in the record.
    record(bystander.pid(), started);
    assertThat(tree.now().state()).isEqualTo(State.STOPPED);
    assertThat(tree.now().problem()).contains("hub start");
    tree.stopped();
    assertThat(bystander.isAlive()).isTrue();
    tree.assertCleared();

    record(bystander.pid(), "2001-01-01T00:00:00Z");
    HubStatus status = tree.started();
    assertThat(status.pid()).isNotEqualTo(bystander.pid());
    assertThat(tree.state("pids/nats.pid")).hasContent(status.pid() + "\n");
    assertThat(bystander.isAlive()).isTrue();
  }

  @Test
  void whoeverHoldsTheLockWithoutHavingWrittenTheRecordIsNotSignalled() throws Exception {
    Process bystander = bystander();
    record(bystander.pid(), "2001-01-01T00:00:00Z");
    try (FileChannel channel =
            FileChannel.open(
                tree.state("hub.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      Result stop = tree.shell().hub("stop");
      assertThat(stop.status()).as(stop.all()).isEqualTo(6);
      assertThat(stop.err())
          .hasLineCount(1)
          .contains("nothing was signalled")
          .contains("(process " + ProcessHandle.current().pid() + ")");
      Result start = tree.start("--start-timeout=1");
      assertThat(start.status()).as(start.all()).isEqualTo(7);
      assertThat(start.err()).hasLineCount(1).contains("is held");
    }
    assertThat(bystander.isAlive()).isTrue();
    tree.started();
  }

  @Test
  void aCopyIsAHubOfItsOwnAndAMovedOneIsFoundWhereItIs() throws Exception {
    HubStatus original = tree.started();
    tree.fill();
    Path copy = home.resolve("copy");
    otherRoots.add(copy);
    tree.shell().must("cp", "-a", tree.root().toString(), copy.toString());
    assertThat(Hub.status(copy).state()).isEqualTo(State.STOPPED);
    Result start = tree.shell().in(copy).hub(WorkTree.startOn());
    assertThat(start.status()).as(start.all()).isZero();
    HubStatus second = Hub.status(copy.toRealPath());
    assertThat(second.running()).as("%s after %s", second, start.all()).isTrue();
    assertThat(second.pid()).isNotEqualTo(original.pid());
    assertThat(second.nats().url()).isNotEqualTo(original.nats().url());
    Result stop = tree.shell().in(copy).hub("stop");
    assertThat(stop.status()).as(stop.all()).isZero();
    assertThat(tree.now().running()).isTrue();

    Path moved = home.resolve("moved");
    otherRoots.add(moved);
    Files.move(tree.root(), moved);
    HubStatus there = Hub.status(moved);
    assertThat(there.pid()).isEqualTo(original.pid());
    assertThat(there.problem()).contains("has been moved").contains("hub restart");
    Result restart = tree.shell().in(moved).hub("restart");
    assertThat(restart.status()).as(restart.all()).isZero();
    Files.createSymbolicLink(tree.root(), moved.getFileName());
    assertThat(tree.now().pid()).isNotEqualTo(original.pid());
    tree.assertIntact(true);
    stop = tree.shell().in(moved).hub("stop");
    assertThat(stop.status()).as(stop.all()).isZero();
    Files.delete(tree.root());
  }

  @Test
  void anotherUserCanNeitherStopItNorWriteThere() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")) && Shell.has("setpriv"),
        "only root can be another user");
    HubStatus status = tree.started();
    // Everybody must be able to reach the directory, or the other user could learn nothing about
    // the hub.
    for (Path up = tree.root(); up != null; up = up.getParent()) {
      assertThat(up.toFile().setExecutable(true, false)).isTrue();
      assertThat(up.toFile().setReadable(true, false)).isTrue();
      if (up.equals(home.toRealPath())) {
        break;
      }
    }
    Result stop = asNobody("stop");
    assumeTrue(!stop.err().contains("Error:"), "nobody cannot run java here: " + stop.all());
    assertThat(stop.status()).as(stop.all()).isEqualTo(6);
    assertThat(stop.err()).hasLineCount(1).contains("belongs to user root");
    assertThat(tree.now().pid()).isEqualTo(status.pid());
    tree.stopped();
    Result start = asNobody(WorkTree.startOn());
    assertThat(start.status()).as(start.all()).isEqualTo(6);
    assertThat(start.err()).hasLineCount(1).contains("belongs to user root", "permissions");
  }

  private Result asNobody(String... arguments) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--clear-groups"));
    // The user nobody may not read the directories that the test classes come from.
    Path jar = home.resolve("hub-cli.jar");
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-jar", (Files.exists(jar) ? jar : HubJar.in(home)).toString()));
    line.addAll(List.of(arguments));
    line.addAll(List.of("--root", tree.root().toString()));
    return tree.shell().with("HUB_NO_STARTUP_CACHE", "1").run(line);
  }

  @Test
  void aChildThatDiesBeforeItIsReadyIsToldWithItsLastWords() throws Exception {
    Shell broken = tree.shell().with("HUB_JAVA_OPTS", "-XX:NoSuchOption");
    long begun = System.nanoTime();
    Result start = broken.hub(WorkTree.startOn("--start-timeout=600"));
    assertThat(start.status()).as(start.all()).isEqualTo(1);
    assertThat(start.err()).contains("ended with status 1").contains("NoSuchOption");
    // The command reports it at once, not after the timeout.
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMinutes(5));
    assertThat(tree.state("")).doesNotExist();
  }

  @Test
  void theChildLeadsASessionOfItsOwn() throws Exception {
    assumeTrue(Shell.has("setsid") && Shell.has("ps"), "no setsid or no ps here");
    // The shell that starts it ends, as a shell does when its terminal closes.
    List<String> line = new ArrayList<>(List.of("sh", "-c", "\"$@\"; exit $?", "sh"));
    line.addAll(Shell.hubCommand(WorkTree.startOn()));
    Result start = tree.shell().run(line);
    assertThat(start.status()).as(start.all()).isZero();
    String pid = Long.toString(tree.now().pid());
    assertThat(tree.shell().must("ps", "-o", "sid=", "-p", pid).strip()).isEqualTo(pid);
    assertThat(tree.shell().must("ps", "-o", "tty=", "-p", pid).strip()).isEqualTo("?");
    // No launcher waits for it any more.
    assertThat(tree.processes()).extracting(ProcessHandle::pid).containsExactly(tree.now().pid());
  }

  @Test
  void aHubThatHangsIsTold_AndKilledByAStop() throws Exception {
    HubStatus status = tree.started();
    tree.fill();
    tree.shell().must("kill", "-STOP", Long.toString(status.pid()));
    Result stop = tree.shell().hub("stop", "--drain-timeout=1");
    assertThat(stop.status()).as(stop.all()).isZero();
    tree.assertCleared();
    tree.started();
    tree.assertIntact(true);
  }

  @Test
  void aFullDiskOnTheFirstRunLeavesNoHub() throws Exception {
    byte[] big = new byte[24 << 20];
    new Random(1).nextBytes(big);
    Files.write(tree.root().resolve("big"), big);
    tree.shell().must("git", "add", "big");
    tree.shell().must("git", "commit", "-q", "-m", "big");
    // Limits the size of a file; a write beyond it fails, as on a full disk.
    List<String> line =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 8192 && trap '' XFSZ && \"$@\"", "bash"));
    line.addAll(Shell.hubCommand(WorkTree.startOn()));
    Result start = tree.shell().run(line);
    assertThat(start.status()).as(start.all()).isNotZero();
    assertThat(start.err()).hasLineCount(1).contains("cannot be made").contains("the space left");
    assertThat(tree.state("hub.fossil")).doesNotExist();
    tree.assertCleared();
    tree.started();
    tree.assertIntact(false);
  }

  @Test
  void theLogIsRotatedAndCanBeJson() throws Exception {
    tree.started("--log-format=json", "--log-max-bytes=1024");
    for (int i = 0; i < 2; i++) {
      Result restart =
          tree.shell().hub("restart", "--log-format=json", "--log-max-bytes=1024", "-q");
      assertThat(restart.status()).as(restart.all()).isZero();
    }
    assertThat(tree.state("hub.log.1")).isNotEmptyFile();
    for (String name : List.of("hub.log", "hub.log.1")) {
      for (String text : Files.readAllLines(tree.state(name))) {
        JsonObject line = Json.parseObject(text);
        assertThat(line.string("time")).isNotNull();
        assertThat(line.string("level")).isNotNull();
        assertThat(line.string("message")).isNotNull();
      }
    }
  }

  @Test
  void orphansAndTheDeadAreListedAndReaped() throws Exception {
    HubStatus dead = tree.started();
    ProcessHandle.of(dead.pid()).orElseThrow().destroyForcibly();
    WorkTree.awaitEnd(ProcessHandle.of(dead.pid()).orElse(ProcessHandle.current()));
    Path orphanRoot = Files.createDirectory(home.resolve("orphan")).toRealPath();
    Files.writeString(orphanRoot.resolve("file"), "");
    Shell there = tree.shell().in(orphanRoot);
    there.initGit();
    Result start = there.hub(WorkTree.startOn());
    assertThat(start.status()).as(start.all()).isZero();
    Owner orphan = Hub.status(orphanRoot).owner();
    ProcessHandle process = orphan.process().orElseThrow();
    tree.shell().must("rm", "-rf", orphanRoot.toString());

    List<JsonObject> hubs = ps();
    assertThat(hubs).extracting(hub -> hub.string("condition")).containsExactly("dead", "orphan");
    assertThat(hubs.get(1).integer("pid", 0)).isEqualTo(process.pid());
    assertThat(process.isAlive()).isTrue();

    ps("--reap");
    WorkTree.awaitEnd(process);
    tree.assertCleared();
    assertThat(ps()).isEmpty();
    tree.started();
    assertThat(ps()).extracting(hub -> hub.string("condition")).containsExactly("alive");
  }

  private List<JsonObject> ps(String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("ps", "--json"));
    arguments.addAll(List.of(more));
    Result result = tree.shell().hub(arguments.toArray(String[]::new));
    assertThat(result.status()).as(result.all()).isZero();
    return Json.parseObject(result.out()).objects("hubs");
  }

  @Test
  void externalServersAreUsedKeptAndWatched() throws Exception {
    Path otherRoot = Files.createDirectory(home.resolve("other")).toRealPath();
    otherRoots.add(otherRoot);
    Files.writeString(otherRoot.resolve("file"), "");
    Shell other = tree.shell().in(otherRoot);
    other.initGit();
    Result start = other.hub(WorkTree.startOn());
    assertThat(start.status()).as(start.all()).isZero();
    HubStatus backEnd = Hub.status(otherRoot);

    // Nobody listens on the first of the two.
    String cluster = "nats://127.0.0.1:1," + backEnd.nats().url();
    HubStatus status =
        tree.started("--nats-external=" + cluster, "--fossil-external=" + backEnd.fossil().url());
    assertThat(status.nats().external()).isTrue();
    assertThat(status.nats().url()).isEqualTo(cluster);
    assertThat(status.problem()).isNull();
    assertThat(tree.state("pids"))
        .satisfiesAnyOf(
            pids -> assertThat(pids).doesNotExist(), pids -> assertThat(pids).isEmptyDirectory());
    Result restart = tree.shell().hub("restart", "--json");
    assertThat(restart.status()).as(restart.all()).isZero();
    JsonObject nats = Json.parseObject(restart.out()).object("nats");
    assertThat(nats.bool("external", false)).isTrue();
    assertThat(nats.string("url")).isEqualTo(cluster);

    Result stop = other.hub("stop");
    assertThat(stop.status()).as(stop.all()).isZero();
    assertThat(tree.now().problem()).contains("external").contains("does not answer");
    Result shown = tree.shell().hub("status");
    assertThat(shown.out()).contains("(external)").contains("does not answer");
  }

  @Test
  void realServersAreUsedWithCredentialsThatAreWrittenNowhere() throws Exception {
    assumeTrue(Shell.has("nats-server"), "nats-server is not on the PATH");
    assumeTrue(Shell.has("fossil"), "fossil is not on the PATH");
    Path configuration =
        Files.writeString(
            home.resolve("nats.conf"), "authorization { user: ada, password: s3cret }\n");
    List<String> line = new ArrayList<>(List.of("nats-server", "-c", configuration.toString()));
    line.addAll(List.of("-a", "127.0.0.1", "-p", "-1"));
    String nats = "nats://" + said(line, "Listening for client connections on (127[0-9.:]+)");
    tree.shell().must("fossil", "init", home.resolve("other.fossil").toString());
    line = List.of("fossil", "server", "--localhost", home.resolve("other.fossil").toString());
    String fossil = "http://127.0.0.1:" + said(line, "TCP port (\\d+)") + "/";

    Shell knowing = tree.shell().with("HUB_NATS_CREDENTIALS", "ada:s3cret");
    String[] start = {
      "start", "--detach", "--nats-external=" + nats, "--fossil-external=" + fossil
    };
    Result started = knowing.hub(start);
    assertThat(started.status()).as(started.all()).isZero();
    assertThat(started.out()).contains(nats + "  (external)").contains(fossil + "  (external)");
    assertThat(tree.now().problem()).isNull();
    Result stop = tree.shell().hub("stop");
    assertThat(stop.status()).as(stop.all()).isZero();

    Result refused = tree.shell().with("HUB_NATS_CREDENTIALS", "ada:wrong").hub(start);
    assertThat(refused.status()).as(refused.all()).isEqualTo(1);
    assertThat(refused.err()).hasLineCount(1).contains("does not accept the credentials");

    start[2] = "--nats-external=" + nats.replace("//", "//ada:s3cret@");
    started = tree.shell().hub(start);
    assertThat(started.status()).as(started.all()).isZero();
    assertThat(started.out()).contains("nats://ada:...@").doesNotContain("s3cret");
    assertThat(tree.state("hub.log")).content().doesNotContain("s3cret");
  }

  /** Starts a server, and waits until its output matches the pattern. */
  private String said(List<String> command, String pattern) throws IOException {
    Path output = home.resolve(command.get(0) + ".out");
    Process server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    bystanders.add(server);
    AtomicReference<String> found = new AtomicReference<>();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () -> {
              Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(output));
              found.set(matcher.find() ? matcher.group(1) : null);
              return found.get() != null || !server.isAlive();
            });
    assertThat(found.get()).as("%s: %s", command, Files.readString(output)).isNotNull();
    return found.get();
  }

  @Test
  void servesOnAnAddressOfTheNewKind() throws Exception {
    boolean present =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .anyMatch(address -> address instanceof Inet6Address && address.isLoopbackAddress());
    assumeTrue(present, "no IPv6 here");
    HubStatus status = tree.started("--host=::1");
    assertThat(status.nats().url()).startsWith("nats://[::1]:");
    assertThat(status.fossil().url()).startsWith("http://[::1]:");
    tree.fill();
    Result restart = tree.shell().hub("restart");
    assertThat(restart.status()).as(restart.all()).isZero();
    assertThat(tree.now().nats().url()).isEqualTo(status.nats().url());
    tree.assertIntact(true);
  }

  @Test
  void aHubWhoseDirectoryIsGoneStopsWell() throws Exception {
    HubStatus status = tree.started();
    ProcessHandle process = ProcessHandle.of(status.pid()).orElseThrow();
    tree.shell().must("rm", "-rf", tree.state("").toString());
    process.destroy();
    WorkTree.awaitEnd(process);
    assertThat(tree.registered()).isEmpty();
    tree.started();
    tree.assertIntact(false);
  }
}
