package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link HostileServer} as a child process, seen from outside. */
final class AttackedHub implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Path log;
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final List<String> other = new ArrayList<>();
  private final PrintStream asked;
  private final int[] ports = new int[4];

  private AttackedHub(Process process, Path log) {
    this.process = process;
    this.log = log;
    asked = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /** Starts a hub in its own directory, with these options for its JVM. */
  static AttackedHub start(Path directory, Path config, List<String> jvmOptions)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    // The first OutOfMemoryError of a process leaves a dump, even if some code swallows the error.
    command.add("-XX:+HeapDumpOnOutOfMemoryError");
    command.add("-XX:HeapDumpPath=" + directory.resolve("heap.hprof"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(HostileServer.class.getName());
    command.addAll(List.of(directory.resolve("root").toString(), config.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    Files.createDirectories(directory.resolve("root"));
    AttackedHub hub = new AttackedHub(builder.start(), log);
    hub.readOutput();
    String[] ports = hub.answer("ready ").split(" ", -1);
    for (int i = 0; i < hub.ports.length; i++) {
      hub.ports[i] = Integer.parseInt(ports[i]);
    }
    return hub;
  }

  private void readOutput() {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader output =
                  new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                  if (line.matches("(ready|vitals|threads|classes) .*")) {
                    said.add(line);
                  } else {
                    synchronized (other) {
                      other.add(line);
                    }
                  }
                }
              } catch (IOException e) {
                said.add("its output ended: " + e);
              }
            },
            "hostile-server-output");
    reader.setDaemon(true);
    reader.start();
  }

  private String answer(String mark) throws InterruptedException {
    String line = said.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (line == null || !line.startsWith(mark)) {
      throw new AssertionError("the server does not say \"" + mark + "\" but " + line);
    }
    return line.substring(mark.length());
  }

  int natsPort() {
    return ports[0];
  }

  int webSocketPort() {
    return ports[1];
  }

  int monitorPort() {
    return ports[2];
  }

  int fossilPort() {
    return ports[3];
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Makes the process collect its garbage, and returns what it uses then. */
  Vitals vitals() throws IOException, InterruptedException {
    asked.println("vitals");
    String[] figures = answer("vitals ").split(" ", -1);
    return new Vitals(
        Long.parseLong(figures[0]),
        Long.parseLong(figures[1]),
        resident(),
        Integer.parseInt(figures[2]),
        Integer.parseInt(figures[3]));
  }

  /** Returns the names of the process's threads. */
  String threads() throws InterruptedException {
    asked.println("threads");
    return answer("threads ");
  }

  /** Makes the process write to a file how many objects of each class are alive. */
  void writeClasses(Path file) throws InterruptedException {
    asked.println("classes " + file.toAbsolutePath());
    answer("classes ");
  }

  private long resident() throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    }
    return 0;
  }

  /** Returns the output beside the log, such as messages of the JVM itself. */
  List<String> printed() {
    synchronized (other) {
      return List.copyOf(other);
    }
  }

  Path log() {
    return log;
  }

  /**
   * Tells the process to end, and returns how long that took; null when it took longer than {@code
   * most}.
   */
  Duration end(Duration most) throws InterruptedException {
    long begin = System.nanoTime();
    process.destroy();
    boolean ended = process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
    return ended ? Duration.ofNanos(System.nanoTime() - begin) : null;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
