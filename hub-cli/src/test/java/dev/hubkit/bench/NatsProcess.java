package dev.hubkit.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A running {@code nats-server}, Hub's or the real one, as a child process on a free port. */
final class NatsProcess implements AutoCloseable {
  // The clock ticks of /proc/PID/stat; every Linux has 100 a second (sysconf _SC_CLK_TCK).
  private static final double TICKS = 100;

  private final List<String> command;
  private final Process process;
  private final Path directory;
  private final int port;

  private NatsProcess(List<String> command, Process process, Path directory, int port) {
    this.command = command;
    this.process = process;
    this.directory = directory;
    this.port = port;
  }

  /** Starts {@code command} with JetStream on, and waits until it answers a PING. */
  static NatsProcess start(List<String> command) throws IOException {
    return start(command, Files.createTempDirectory("hub-bench"));
  }

  /** Starts {@code command} over the data in {@code directory}. */
  static NatsProcess start(List<String> command, Path directory) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("-a", "127.0.0.1", "-p", Integer.toString(port)));
    line.addAll(List.of("-js", "-sd", directory.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile());
    // Options that make a build of Hub quick must not slow down the server.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    NatsProcess server = new NatsProcess(command, builder.start(), directory, port);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (WireClient client = server.connect()) {
        client.ping();
        return server;
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !server.process.isAlive()) {
          server.close();
          throw new IOException("The server did not start: " + line, e);
        }
        LockSupport.parkNanos(2_000_000); // the server needs the processor more
      }
    }
  }

  /** Returns whether this is Hub's server. */
  boolean isHub() {
    return command.contains("-jar");
  }

  /** Starts the same command without any data. */
  NatsProcess another() throws IOException {
    return start(command);
  }

  /** Starts the same command over the data that this process left when it ended. */
  NatsProcess restart() throws IOException {
    return start(command, directory);
  }

  WireClient connect() throws IOException {
    return new WireClient(port);
  }

  URI url() {
    return URI.create("nats://127.0.0.1:" + port);
  }

  Path directory() {
    return directory;
  }

  /** Returns whether the server runs in a JVM. */
  boolean isJava() {
    return command.contains("-jar");
  }

  /** Returns the resident memory in MiB (Linux). */
  double residentMebibytes() throws IOException, Measurement.Unavailable {
    Path status = proc("status");
    if (!Files.exists(status)) {
      throw new Measurement.Unavailable("no /proc to read the resident memory from");
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    throw new IOException("No VmRSS for " + process.pid());
  }

  /** Returns the processor time of the process in seconds (Linux); NaN elsewhere. */
  double processorSeconds() throws IOException {
    Path stat = proc("stat");
    if (!Files.exists(stat)) {
      return Double.NaN;
    }
    String text = Files.readString(stat);
    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
  }

  private Path proc(String file) {
    return Path.of("/proc", Long.toString(process.pid()), file);
  }

  /** Returns the size of the live objects in the heap of a JVM, in MiB, from its jcmd. */
  double liveHeapMebibytes() throws IOException, InterruptedException, Measurement.Unavailable {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(jcmd)) {
      throw new Measurement.Unavailable("no jcmd to look into the heap with");
    }
    // The histogram of live objects collects garbage first; its last line is the total.
    Process asked =
        new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    asked.waitFor();
    String[] total = answer.substring(answer.lastIndexOf("Total")).trim().split("\\s+", -1);
    return Long.parseLong(total[2]) / (1024.0 * 1024);
  }

  /** Kills the process and leaves its data. */
  void kill() {
    process.destroyForcibly();
    stop();
  }

  /** Ends the process and leaves its data. */
  void stop() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
