package dev.hubkit.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Runs programs in one directory, as a person would from a shell. */
final class Shell {
  /** Options for a hub that ends before an optimizing compiler, or more collectors, would pay. */
  static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private static final long LONGEST_RUN_SECONDS = 120;

  private final Path directory;
  private final Map<String, String> environment = new LinkedHashMap<>();

  Shell(Path directory) {
    this.directory = directory;
    // Keeps out the settings of the person who runs the tests.
    environment.put("HOME", directory.toAbsolutePath().getParent().toString());
    environment.put("FOSSIL_HOME", directory.toAbsolutePath().getParent().toString());
    environment.put("FOSSIL_USER", "tester");
    environment.put("USER", "tester");
    environment.put("HUB_JAVA_OPTS", SHORT_LIVED);
  }

  /** The result of running a program. */
  record Result(List<String> command, int status, String out, String err) {
    String all() {
      return command + " -> " + status + "\n" + out + err;
    }
  }

  Path directory() {
    return directory;
  }

  Shell in(Path other) {
    Shell shell = new Shell(other);
    shell.environment.putAll(environment);
    return shell;
  }

  Shell with(String variable, String value) {
    Shell shell = in(directory);
    shell.environment.put(variable, value);
    return shell;
  }

  /**
   * Skips the test where this JVM ignores the signal: it ignores one that was ignored when it
   * started. Only Linux tells.
   */
  static void assumeHeeded(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return;
    }
    long bit =
        1L << (Map.of("HUP", 1, "INT", 2, "USR1", 10, "USR2", 12, "TERM", 15).get(signal) - 1);
    try (Stream<String> lines = Files.lines(status)) {
      boolean ignored =
          lines
              .filter(line -> line.startsWith("SigIgn:"))
              .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & bit) != 0);
      Assumptions.assumeFalse(
          ignored, "SIG" + signal + " is ignored here, as under nohup, and so by child processes");
    }
  }

  static boolean has(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  Process start(List<String> command, Path out, Path err) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(out.toFile());
    builder.redirectError(err.toFile());
    return builder.start();
  }

  Result run(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }

  Result run(List<String> command) throws IOException, InterruptedException {
    // Uses files rather than pipes: a detached child must not keep its launcher's reader waiting.
    Path out = Files.createTempFile("hub-test", ".out");
    Path err = Files.createTempFile("hub-test", ".err");
    try {
      Process process = start(command, out, err);
      if (!process.waitFor(LONGEST_RUN_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " does not end: " + Files.readString(err));
      }
      return new Result(
          command,
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** Runs a command that must succeed, and returns its output. */
  String must(String... command) throws IOException, InterruptedException {
    Result result = run(command);
    if (result.status() != 0) {
      throw new AssertionError(result.all());
    }
    return result.out().strip();
  }

  static List<String> hubCommand(String... arguments) {
    List<String> command = new ArrayList<>(HubJar.command());
    command.addAll(List.of(arguments));
    return command;
  }

  Result hub(String... arguments) throws IOException, InterruptedException {
    return run(hubCommand(arguments));
  }

  /** Makes a git work tree with one commit of the files in the directory. */
  void initGit() throws IOException, InterruptedException {
    must("git", "init", "-q", "-b", "main", ".");
    must("git", "config", "user.name", "Tester");
    must("git", "config", "user.email", "tester@example.com");
    must("git", "add", "-A");
    must("git", "commit", "-q", "-m", "first");
  }
}
