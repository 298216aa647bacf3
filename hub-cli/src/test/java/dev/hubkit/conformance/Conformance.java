package dev.hubkit.conformance;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The conformance run. Takes a directory into which the build has put the published test sources
 * ({@code work/src/test/resources}) and the jars they need ({@code lib}), and the hub jar. Exits
 * with 1 when a test passes with the real server and not with Hub.
 *
 * <p>System properties: {@code conformance.tests}, a regular expression of class names; {@code
 * conformance.servers}, {@code hub}, {@code real} or {@code both}.
 */
public final class Conformance {
  private static final PrintStream out = System.out;

  private final Path home;
  private final Path work;
  private final String libraries;
  private final String tests;

  private Conformance(Path home, String tests) throws IOException {
    this.home = home;
    this.work = home.resolve("work");
    this.tests = tests;
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      libraries = jars.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** Runs; {@code args} are the directory and the hub jar. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path jar = Path.of(args[1]).toAbsolutePath();
    String servers = System.getProperty("conformance.servers", "both");
    Conformance run = new Conformance(home, System.getProperty("conformance.tests", ".*"));
    run.compile();
    Report hub = servers.equals("real") ? null : run.run("hub", run.hubCommand(jar));
    Optional<Path> real = find("nats-server");
    if (!servers.equals("hub") && real.isEmpty()) {
      out.println("No nats-server on PATH: the run with the real server is skipped.");
    }
    Report reference = servers.equals("hub") || real.isEmpty() ? null : run.run("real", real.get());
    System.exit(run.print(hub, reference));
  }

  private void compile() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Path sources = work.resolve("src/test/resources");
    Path classes = Files.createDirectories(home.resolve("classes"));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> java = Files.walk(sources)) {
      List<Path> units = java.filter(f -> f.toString().endsWith(".java")).toList();
      List<String> options =
          List.of("-cp", libraries, "-d", classes.toString(), "-nowarn", "-proc:none");
      boolean compiled =
          compiler
              .getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(units))
              .call();
      if (!compiled) {
        throw new IOException("The published tests do not compile");
      }
      out.println("Compiled " + units.size() + " published test sources.");
    }
  }

  /** The two lines that make Hub a nats-server. */
  private Path hubCommand(Path jar) throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path script = bin.resolve("nats-server");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        script, "#!/bin/sh\nexec \"" + java + "\" -jar \"" + jar + "\" nats-server \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  private Report run(String name, Path server) throws IOException, InterruptedException {
    Path reports = home.resolve("reports-" + name);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx2g");
    command.add("-Djunit.jupiter.execution.timeout.default=3m");
    command.add("-cp");
    command.add(
        String.join(
            File.pathSeparator,
            home.resolve("classes").toString(),
            work.resolve("src/test/resources").toString(),
            libraries));
    command.add("org.junit.platform.console.ConsoleLauncher");
    command.addAll(List.of("execute", "--disable-banner", "--details=summary"));
    command.add("--scan-classpath=" + home.resolve("classes"));
    command.add("--include-classname=" + tests);
    command.add("--reports-dir=" + reports);
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("nats_server_path", server.toString());
    environment.merge(
        "PATH",
        server.resolveSibling("").toString(),
        (path, bin) -> bin + File.pathSeparator + path);
    builder.redirectErrorStream(true);
    builder.redirectOutput(home.resolve("output-" + name + ".txt").toFile());
    out.println("Running the published tests with " + server + " …");
    long start = System.nanoTime();
    builder.start().waitFor();
    Report report = Report.read(reports);
    long seconds = (System.nanoTime() - start) / 1_000_000_000L;
    out.println("  " + report.totals() + " in " + seconds + " s");
    return report;
  }

  private int print(@Nullable Report hub, @Nullable Report reference) throws IOException {
    if (hub == null) {
      return 0;
    }
    StringBuilder table = new StringBuilder();
    table.append("| test | real | hub | why |\n| --- | --- | --- | --- |\n");
    int onlyReal = 0;
    TreeSet<String> names = new TreeSet<>(hub.outcomes().keySet());
    if (reference != null) {
      names.addAll(reference.outcomes().keySet());
    }
    for (String name : names) {
      Outcome mine = hub.of(name);
      Outcome theirs = reference == null ? Outcome.MISSING : reference.of(name);
      if (mine == Outcome.PASSED || mine == theirs) {
        continue;
      }
      if (theirs == Outcome.PASSED) {
        onlyReal++;
      }
      String why = hub.failures().getOrDefault(name, "").replace("|", "\\|");
      table.append("| ").append(name).append(" | ").append(theirs).append(" | ").append(mine);
      table.append(" | ").append(why).append(" |\n");
    }
    Files.writeString(home.resolve("table.md"), table, StandardCharsets.UTF_8);
    out.print(table);
    out.println("Hub:  " + hub.totals());
    if (reference != null) {
      out.println("Real: " + reference.totals());
      out.println("Pass with the real server only: " + onlyReal);
    }
    return onlyReal == 0 ? 0 : 1;
  }

  private static Optional<Path> find(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
