package dev.hubkit.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks what is left of temporary directories when their JVM ends, however it ends. */
class TemporaryDirectoryTest {
  private static final String PREFIX = "hub-test-";
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path parent;

  /** Makes a directory with something in it, says so, and does as it is told. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] arguments) throws Exception {
      TemporaryDirectory directory = TemporaryDirectory.create(PREFIX);
      Files.writeString(
          Files.createDirectories(directory.path().resolve("a/b")).resolve("file"), "text");
      System.out.println(directory.path());
      switch (arguments[0]) {
        case "exit" -> System.exit(3);
        case "keep" -> directory.keep();
        case "close" -> directory.close();
        default -> new CountDownLatch(1).await();
      }
    }
  }

  private Process owner(String task) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + parent,
            "-cp",
            System.getProperty("java.class.path"),
            Owner.class.getName(),
            task)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static Path directoryOf(Process owner) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8));
    String line = lines.readLine();
    assertThat(line).isNotNull();
    return Path.of(line);
  }

  private static void awaitEnd(Process owner) throws InterruptedException {
    assertThat(owner.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  // A JVM ignores a signal that was ignored when it started, as under nohup.
  private static void assumeHeeded(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      int number = Map.of("HUP", 1, "INT", 2, "TERM", 15).get(signal);
      assumeThat(Files.readString(status))
          .as("SIG%s is ignored here, and so by child processes", signal)
          .satisfies(
              text -> {
                Matcher ignored = Pattern.compile("SigIgn:\\s*([0-9a-f]+)").matcher(text);
                assertThat(ignored.find()).isTrue();
                long mask = Long.parseUnsignedLong(ignored.group(1), 16);
                assertThat(mask & (1L << (number - 1))).isZero();
              });
    }
  }

  private static void send(String signal, Process process) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
  }

  private List<Path> directories() throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(each -> each.getFileName().toString().startsWith(PREFIX)).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP"})
  void goesWithAJvmThatASignalEnds(String signal) throws Exception {
    assumeHeeded(signal);
    Process owner = owner("wait");
    try {
      Path directory = directoryOf(owner);
      assertThat(directory.resolve("a/b/file")).hasContent("text");
      send(signal, owner);
      awaitEnd(owner);
      assertThat(directory).doesNotExist();
    } finally {
      owner.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit", "close"})
  void goesWithAJvmThatEndsByItself(String task) throws Exception {
    Process owner = owner(task);
    Path directory = directoryOf(owner);
    awaitEnd(owner);
    assertThat(owner.exitValue()).isEqualTo(task.equals("exit") ? 3 : 0);
    assertThat(directory).doesNotExist();
  }

  @Test
  void theNextJvmDeletesWhatAKilledOneHasLeftAndNothingElse() throws Exception {
    Process killed = owner("wait");
    Process running = owner("wait");
    try {
      Path left = directoryOf(killed);
      Path used = directoryOf(running);
      Process keeping = owner("keep");
      Path kept = directoryOf(keeping);
      awaitEnd(keeping);
      killed.destroyForcibly();
      awaitEnd(killed);
      assertThat(left).exists();
      Path unmarked = Files.createDirectory(parent.resolve(PREFIX + "1-1"));
      Path named = Files.createDirectory(parent.resolve(PREFIX + "mine"));
      Files.createFile(named.resolve(TemporaryDirectory.MARK));
      Path precious = Files.createDirectory(parent.resolve("precious"));
      Files.createFile(precious.resolve(TemporaryDirectory.MARK));
      Path link = Files.createSymbolicLink(parent.resolve(PREFIX + "2-2"), precious);
      Path linked = Files.createDirectory(parent.resolve(PREFIX + "3-3"));
      Files.createSymbolicLink(
          linked.resolve(TemporaryDirectory.MARK), precious.resolve(TemporaryDirectory.MARK));
      // Deleting a directory must delete a link in it, not the link's target.
      Files.createSymbolicLink(left.resolve("a/link"), precious);

      Process next = owner("close");
      directoryOf(next);
      awaitEnd(next);
      assertThat(left).doesNotExist();
      assertThat(directories())
          .containsExactlyInAnyOrder(used, kept, unmarked, named, link, linked);
      assertThat(used.resolve("a/b/file")).hasContent("text");
      assertThat(kept.resolve("a/b/file")).hasContent("text");
      assertThat(precious.resolve(TemporaryDirectory.MARK)).exists();
    } finally {
      killed.destroyForcibly();
      running.destroyForcibly().waitFor();
    }
  }

  @Test
  void leavesAloneWhatIsAnothersUser() throws Exception {
    Path other = Files.createDirectory(parent.resolve(PREFIX + "4-4"));
    Path mark = Files.createFile(other.resolve(TemporaryDirectory.MARK));
    for (Path each : List.of(mark, other)) {
      try {
        Files.setAttribute(each, "unix:uid", 65534);
      } catch (IOException | UnsupportedOperationException e) {
        assumeTrue(false, "only root can give files to another user");
      }
    }
    TemporaryDirectory.deleteLeftovers(parent, PREFIX);
    assertThat(other).exists();
    Files.setAttribute(other, "unix:uid", 0);
    TemporaryDirectory.deleteLeftovers(parent, PREFIX);
    assertThat(other).as("the mark still belongs to another user").exists();
    Files.setAttribute(mark, "unix:uid", 0);
    TemporaryDirectory.deleteLeftovers(parent, PREFIX);
    assertThat(other).doesNotExist();
  }
}
