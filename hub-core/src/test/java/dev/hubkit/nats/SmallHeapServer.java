package dev.hubkit.nats;

import dev.hubkit.nats.config.ConfigFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server in a JVM of its own with a heap of a few megabytes. The JVM ends at the first
 * OutOfMemoryError, whatever code catches it.
 */
public final class SmallHeapServer implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;
  private final Path errors;
  private final int port;
  private final int webSocketPort;
  private final int clusterPort;

  private SmallHeapServer(Process process, Path errors) throws IOException {
    this.process = process;
    this.errors = errors;
    this.answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String ports = answers.readLine();
    if (ports == null) {
      throw new IllegalStateException("The server did not start: " + errors());
    }
    String[] words = ports.split(" ", -1);
    port = Integer.parseInt(words[0]);
    webSocketPort = Integer.parseInt(words[1]);
    clusterPort = Integer.parseInt(words[2]);
  }

  /** Starts a server with this configuration in the directory. */
  public static SmallHeapServer start(Path directory, String config, String... jvm)
      throws IOException {
    Path file = Files.writeString(directory.resolve("small.conf"), "port: -1\n" + config);
    Path errors = directory.resolve("small.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(jvm));
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(SmallHeapServer.class.getName());
    command.add(file.toString());
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      return new SmallHeapServer(process, errors);
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  public int webSocketPort() {
    return webSocketPort;
  }

  public int clusterPort() {
    return clusterPort;
  }

  public String url() {
    return URI.create("nats://127.0.0.1:" + port).toString();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public File log() {
    return errors.toFile();
  }

  /** Returns what the server has written to its log. */
  public String errors() {
    try {
      return Files.readString(errors, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the bytes of its heap that are in use after a garbage collection. */
  public long heap() throws IOException {
    process.getOutputStream().write("heap\n".getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("The server has ended: " + errors());
    }
    return Long.parseLong(answer);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("The server did not end on TERM");
    }
  }

  public static void main(String[] arguments) throws Exception {
    NatsServer server =
        NatsServer.start(NatsOptions.of(ConfigFile.read(arguments[0], name -> null)));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "end"));
    System.out.println(server.port() + " " + server.webSocketPort() + " " + server.clusterPort());
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (orders.readLine() != null) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      System.out.println(runtime.totalMemory() - runtime.freeMemory());
    }
    // The server also ends when the process that started it ends.
    Runtime.getRuntime().halt(1);
  }
}
