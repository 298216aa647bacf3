package dev.hubkit.nats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** The real nats-server as a process on a free port, for comparisons. */
public final class NatsServerProcess implements AutoCloseable {
  private static final Pattern CLIENT_PORT = Pattern.compile("\"(?:nats|tls)://[^\"]*:(\\d+)\"");
  private static final Pattern MONITOR_PORT = Pattern.compile("\"http://[^\"]*:(\\d+)\"");

  private final Path directory;
  private final Process process;
  private final int port;

  private NatsServerProcess(Path directory, Process process, int port) {
    this.directory = directory;
    this.process = process;
    this.port = port;
  }

  /** Starts a server, or skips the test when none is installed. */
  public static NatsServerProcess start(Path directory, String... arguments) throws IOException {
    return start(NatsServerProgram.any(), directory, arguments);
  }

  /** Starts a server of one release. */
  public static NatsServerProcess start(
      NatsServerProgram program, Path directory, String... arguments) throws IOException {
    String path = program.path().toString();
    List<String> command =
        new ArrayList<>(List.of(path, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"));
    command.add(directory.toString());
    command.addAll(Arrays.asList(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("nats-server.log").toFile())
            .start();
    try {
      return new NatsServerProcess(directory, process, awaitPort(directory, process));
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Waits until the nats-server that was started with this {@code --ports_file_dir} listens. */
  public static int awaitPort(Path directory, Process process) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> findPort(directory, process, CLIENT_PORT), found -> found > 0);
  }

  private static int findPort(Path directory, Process process, Pattern address) {
    if (!process.isAlive()) {
      throw new IllegalStateException("nats-server has ended: see " + directory);
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".ports")).toList()) {
        Matcher matcher = address.matcher(Files.readString(file, StandardCharsets.UTF_8));
        if (matcher.find()) {
          return Integer.parseInt(matcher.group(1));
        }
      }
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** Returns the port of its HTTP monitor; 0 when the monitor is off. */
  public int monitorPort() {
    return findPort(directory, process, MONITOR_PORT);
  }

  /** Has it read its configuration again; it does so a little later. */
  public void reload() throws IOException {
    try {
      new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it without a word, as a crash does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
