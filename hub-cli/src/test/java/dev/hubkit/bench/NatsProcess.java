package dev.hubkit.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A running {@code nats-server}, ours or the real one, as a child process on a free port. */
final class NatsProcess implements AutoCloseable {
  private final Process process;
  private final Path directory;
  private final int port;

  private NatsProcess(Process process, Path directory, int port) {
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
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    NatsProcess server = new NatsProcess(process, directory, port);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try (WireClient client = server.connect()) {
        client.ping();
        return server;
      } catch (IOException e) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          server.close();
          throw new IOException("The server did not start: " + line, e);
        }
        Thread.onSpinWait();
      }
    }
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

  /** Resident memory in MiB (Linux). */
  double residentMebibytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", "" + process.pid(), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    throw new IOException("No VmRSS for " + process.pid());
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
