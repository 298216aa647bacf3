package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link StreamCrashServer} as a child process. */
final class KilledServer implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final PrintStream input;
  private String url;

  private KilledServer(Process process) {
    this.process = process;
    output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    input = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /** Starts a server, and returns when it is about to open its store. */
  static KilledServer start(Path store, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("-Dhub.crash.encrypted=" + Boolean.getBoolean("hub.crash.encrypted"));
    command.addAll(List.of(StreamCrashServer.class.getName(), store.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    KilledServer server = new KilledServer(builder.start());
    server.expect("opening");
    return server;
  }

  private String expect(String beginning) throws IOException {
    String line = output.readLine();
    if (line == null || !line.startsWith(beginning)) {
      throw new AssertionError("the server says " + line + ", not " + beginning);
    }
    return line;
  }

  /** Waits until the server has opened its store; returns false when it was killed first. */
  boolean awaitOpen() throws IOException {
    String line = output.readLine();
    if (line == null) {
      return false;
    }
    url = line;
    return true;
  }

  Connection connect() throws IOException, InterruptedException {
    return Nats.connect(
        new Options.Builder()
            .server(url)
            .noReconnect()
            .errorListener(new ErrorListener() {}) // the test expects the server to end
            .connectionTimeout(Duration.ofSeconds(30))
            .build());
  }

  /**
   * Sends the server a command, and waits until it has carried it out; returns false when it was
   * killed first.
   */
  boolean tell(String what) throws IOException {
    input.println(what);
    return "done".equals(output.readLine());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills the server; what it has printed can still be read. */
  void kill() {
    process.toHandle().destroyForcibly();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
