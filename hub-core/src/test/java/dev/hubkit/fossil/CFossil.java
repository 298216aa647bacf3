package dev.hubkit.fossil;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The original {@code fossil} program, which tests use as a peer. */
public final class CFossil {
  private static final Pattern PORT = Pattern.compile("TCP port (\\d+)");

  private final Path home;
  private final Duration patience;

  private CFossil(Path home, Duration patience) {
    this.home = home;
    this.patience = patience;
  }

  /** Returns the same program with this limit for each run, instead of a minute. */
  CFossil withPatience(Duration longest) {
    return new CFossil(home, longest);
  }

  /**
   * Returns the program found on PATH; skips the test without it. Keeps its settings in {@code
   * home}.
   */
  public static CFossil orSkip(Path home) {
    Optional<CFossil> fossil = ifPresent(home);
    assumeTrue(fossil.isPresent(), "the program \"fossil\" is not on PATH");
    return fossil.get();
  }

  /** Returns the program if it is on PATH, for tests that can check more with it. */
  public static Optional<CFossil> ifPresent(Path home) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .filter(directory -> Files.isExecutable(Path.of(directory, "fossil")))
        .findFirst()
        .map(directory -> new CFossil(home, Duration.ofMinutes(1)));
  }

  /** The output of a run on both streams, and its exit status. */
  public record Run(int status, String output) {}

  /** Runs the program and expects success; returns its output. */
  public String run(Path directory, String... arguments) {
    Run run = attempt(directory, arguments);
    if (run.status != 0) {
      throw new AssertionError(
          "fossil " + String.join(" ", arguments) + ": status " + run.status + "\n" + run.output);
    }
    return run.output;
  }

  /** Runs the program, however it ends. */
  public Run attempt(Path directory, String... arguments) {
    List<String> command = new ArrayList<>(List.of("fossil"));
    command.addAll(List.of(arguments));
    try {
      Process process = builder(command, directory).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("fossil does not end: " + command);
      }
      return new Run(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Serves a repository on a free port until closed. */
  public Server serve(Path repository) throws IOException {
    return serve(List.of("fossil", "server", "--localhost", repository.toString()));
  }

  /** Serves a repository on a port until closed. */
  public Server serve(Path repository, int port) throws IOException {
    return serve(
        List.of(
            "fossil",
            "server",
            "--localhost",
            "--port",
            Integer.toString(port),
            repository.toString()));
  }

  private Server serve(List<String> command) throws IOException {
    Process process = builder(command, home).start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = said.readLine();
    Matcher matcher = PORT.matcher(line == null ? "" : line);
    if (!matcher.find()) {
      process.destroyForcibly();
      throw new AssertionError("fossil server says: " + line);
    }
    return new Server(process, Integer.parseInt(matcher.group(1)));
  }

  /** A running {@code fossil server}. */
  public record Server(Process process, int port) implements AutoCloseable {
    /** Returns the address of the server. */
    public String url() {
      return "http://127.0.0.1:" + port + "/";
    }

    /** Ends it as {@code kill -9} does, and whatever it is at work on. */
    public void kill() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
  }

  private ProcessBuilder builder(List<String> command, Path directory) {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("HOME", home.toString());
    builder.environment().put("FOSSIL_HOME", home.toString());
    builder.environment().put("USER", "tester");
    builder.environment().put("TZ", "UTC");
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder;
  }
}
