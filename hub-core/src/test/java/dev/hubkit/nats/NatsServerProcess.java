package dev.hubkit.nats;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
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

  private static final Duration IDLE_PATIENCE = Duration.ofSeconds(20);
  // As all streams and consumers begin the names of their queues.
  private static final String QUEUE_OF_ACCOUNT = "[ACC:";

  private final Path directory;
  private final Process process;
  private final int port;
  private volatile int monitor;

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

  /**
   * Waits until nothing waits in the queues of its streams and consumers: nats-server counts new
   * messages for consumers, takes acknowledgements and requests for messages, and reads from
   * sources in goroutines of their own, some time after it has answered or acknowledged. Needs the
   * monitor ({@code -m -1}).
   */
  public void awaitIdle() throws IOException {
    if (monitor == 0) {
      monitor = monitorPort();
    }
    URL queues = URI.create("http://127.0.0.1:" + monitor + "/ipqueuesz").toURL();
    long deadline = System.nanoTime() + IDLE_PATIENCE.toNanos();
    String busy = "";
    // Twice in a row: what is taken from one queue can go on to another that was empty before.
    for (int idle = 0; idle < 2; idle++) {
      try (InputStream in = queues.openStream()) {
        busy = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      if (busy.contains(QUEUE_OF_ACCOUNT)) {
        idle = -1;
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("nats-server is still busy: " + busy);
        }
      }
    }
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
