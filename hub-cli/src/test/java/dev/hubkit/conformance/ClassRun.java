package dev.hubkit.conformance;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs one published test class against one server in its own JVM. */
final class ClassRun {
  /** Marks, in the results, a class that was cut off. */
  static final String CUT = "cut";

  private static final String BUILD = "build";
  private static final String TEST_PATIENCE = "3m";
  private static final String OWN_CLASSES = ownClasses();

  private final String testClass;
  private final TestedServer server;
  private final Path results;

  ClassRun(String testClass, TestedServer server) {
    this.testClass = testClass;
    this.server = server;
    this.results = server.results().resolve(testClass);
  }

  // Maven's class loader reports no code source, but it knows where it found the class.
  private static String ownClasses() {
    String name = '/' + ClassRun.class.getName().replace('.', '/') + ".class";
    String url = String.valueOf(ClassRun.class.getResource(name));
    return Path.of(URI.create(url.substring(0, url.length() - name.length()))).toString();
  }

  /** Returns whether the class has already come to an end with this very build of the server. */
  boolean isDone() throws IOException {
    Path build = results.resolve(BUILD);
    return Files.exists(build) && Files.readString(build).equals(server.build());
  }

  /**
   * Runs the class.
   *
   * @return false when the run was cut off because it took longer than {@code patience}
   */
  boolean run(String classPath, Path work, Duration patience)
      throws IOException, InterruptedException {
    delete(results);
    Files.createDirectories(results);
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx2g",
                    "-Djunit.jupiter.execution.timeout.default=" + TEST_PATIENCE,
                    "-cp",
                    OWN_CLASSES + File.pathSeparator + classPath,
                    PatientLauncher.class.getName(),
                    "execute",
                    "--disable-banner",
                    "--details=summary",
                    "--select-class=" + testClass,
                    "--include-classname=.*",
                    "--reports-dir=" + results))
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(results.resolve("output.txt").toFile());
    Map<String, String> environment = builder.environment();
    environment.put("nats_server_path", server.program().toString());
    environment.merge(
        "PATH",
        server.program().resolveSibling("").toString(),
        (path, bin) -> bin + File.pathSeparator + path);
    boolean finished = await(builder.start(), patience);
    if (!finished) {
      Files.writeString(results.resolve(CUT), patience.toString());
    }
    Files.writeString(results.resolve(BUILD), server.build());
    return finished;
  }

  // Once a test's JVM has ended, the servers that it started can no longer be found as its
  // descendants, so this method collects them before.
  private static boolean await(Process tests, Duration patience) throws InterruptedException {
    Set<ProcessHandle> started = new HashSet<>();
    long end = System.nanoTime() + patience.toNanos();
    boolean finished = false;
    while (!finished && System.nanoTime() < end) {
      finished = tests.waitFor(500, TimeUnit.MILLISECONDS);
      tests.descendants().forEach(started::add);
    }
    tests.destroyForcibly();
    started.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    tests.waitFor();
    return finished;
  }

  private static void delete(Path top) throws IOException {
    if (!Files.exists(top)) {
      return;
    }
    try (Stream<Path> files = Files.walk(top)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
