package dev.hubkit.nats.cluster;

import dev.hubkit.FixedPort;
import dev.hubkit.nats.NatsServerProgram;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Three processes of the real nats-server that make up a cluster. */
final class RealCluster implements ScriptedCluster {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final Duration SILENCE = Duration.ofMillis(900);

  private final Path directory;
  private final NatsServerProgram program;
  private final Map<String, Integer> clientPorts = new LinkedHashMap<>();
  private final Map<String, Integer> routePorts = new LinkedHashMap<>();
  private final Map<String, Process> processes = new LinkedHashMap<>();

  private RealCluster(Path directory, NatsServerProgram program) {
    this.directory = directory;
    this.program = program;
  }

  /** Starts a cluster, or skips the test where no nats-server is installed. */
  static RealCluster start(Path directory) throws Exception {
    RealCluster cluster = new RealCluster(directory, NatsServerProgram.any());
    boolean started = false;
    try {
      cluster.startAll();
      started = true;
      return cluster;
    } finally {
      if (!started) {
        cluster.close();
      }
    }
  }

  private void startAll() throws Exception {
    List<Integer> ports = freePorts(2 * names().size());
    for (String name : names()) {
      clientPorts.put(name, ports.remove(0));
      routePorts.put(name, ports.remove(0));
    }
    for (String name : names()) {
      Files.createDirectories(directory.resolve(name));
      Files.writeString(file(name), configuration(name));
      begin(name);
    }
    for (String name : names()) {
      awaitListening(name);
    }
  }

  private static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ports.add(FixedPort.free());
    }
    return ports;
  }

  private Path file(String name) {
    return directory.resolve(name + ".conf");
  }

  private String configuration(String name) {
    String routes =
        routePorts.values().stream()
            .map(port -> "nats-route://127.0.0.1:" + port)
            .collect(Collectors.joining(", "));
    return """
        server_name: %s
        listen: 127.0.0.1:%d
        server_tags: ["az:%s"]
        jetstream {store_dir: '%s'}
        cluster {name: hub, listen: 127.0.0.1:%d, routes: [%s]}
        """
            .formatted(
                name,
                clientPorts.get(name),
                name,
                directory.resolve(name),
                routePorts.get(name),
                routes)
        + ACCOUNTS;
  }

  private void begin(String name) throws IOException {
    Process process =
        new ProcessBuilder(program.path().toString(), "-c", file(name).toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".log").toFile()))
            .start();
    processes.put(name, process);
  }

  private void awaitListening(String name) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(
            () -> {
              new Socket(InetAddress.getLoopbackAddress(), clientPorts.get(name)).close();
              return true;
            });
  }

  @Override
  public String url(String server) {
    return "nats://127.0.0.1:" + clientPorts.get(server);
  }

  private Process process(String server) {
    Process process = processes.get(server);
    if (process == null || !process.isAlive()) {
      throw new IllegalStateException("Server " + server + " does not run; see " + directory);
    }
    return process;
  }

  private void signal(String server, String name) throws Exception {
    String pid = Long.toString(process(server).pid());
    int status = new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor();
    if (status != 0) {
      throw new IllegalStateException("kill -" + name + " of " + server + " failed: " + status);
    }
  }

  private void awaitEnd(String server) throws InterruptedException {
    if (!processes.get(server).waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("Server " + server + " does not end");
    }
  }

  @Override
  public void kill(String server) throws Exception {
    signal(server, "KILL");
    awaitEnd(server);
  }

  @Override
  public void stop(String server) throws Exception {
    signal(server, "TERM");
    awaitEnd(server);
  }

  @Override
  public void restart(String server) throws Exception {
    begin(server);
    awaitListening(server);
  }

  @Override
  public void pause(String server) throws Exception {
    signal(server, "STOP");
  }

  @Override
  public void resume(String server) throws Exception {
    signal(server, "CONT");
  }

  @Override
  public void loseDisk(String server) throws Exception {
    try (Stream<Path> files = Files.walk(directory.resolve(server))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    Files.createDirectories(directory.resolve(server));
  }

  @Override
  public Duration silence() {
    return SILENCE;
  }

  @Override
  public void pass() {
    LockSupport.parkNanos(MOMENT.toNanos());
  }

  @Override
  public void close() throws Exception {
    for (Process process : processes.values()) {
      // Also one that stands still.
      process.destroyForcibly();
    }
    for (Process process : processes.values()) {
      process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
