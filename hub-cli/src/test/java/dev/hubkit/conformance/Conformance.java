package dev.hubkit.conformance;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The conformance run. Takes a directory into which the build has put the published test sources
 * ({@code work/src/test/resources}) and the jars they need ({@code lib}), and the hub jar.
 *
 * <p>Runs each test class in its own JVM, against one server after the other. It keeps the results
 * of a class until the server changes, so a run that was interrupted continues where it ended, and
 * a long run can be done in slices; the table at the end has all known results.
 *
 * <p>System properties: {@code conformance.tests}, a regular expression of class names; {@code
 * conformance.servers}, {@code hub}, {@code real} or {@code both}; {@code conformance.fresh}, true
 * to repeat what has already run; {@code conformance.class.minutes}, after which a class is cut off
 * (10 by default); {@code conformance.strict}, true to exit with 1 when a test passes only with the
 * real server; {@code conformance.page}, the page that a run of all classes with both servers
 * updates; {@code conformance.client}, the name and version of the client, for the page.
 */
public final class Conformance {
  private static final PrintStream out = System.out;
  private static final Pattern TEST = Pattern.compile("@(Test|ParameterizedTest)\\b");

  private final Path home;
  private final Path sources;
  private final String libraries;
  private final Duration patience;
  private final boolean fresh;

  private Conformance(Path home) throws IOException {
    this.home = home;
    this.sources = home.resolve("work/src/test/resources");
    this.patience = Duration.ofMinutes(Long.getLong("conformance.class.minutes", 10));
    this.fresh = Boolean.getBoolean("conformance.fresh");
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      libraries = jars.map(Path::toString).sorted().collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** Runs the tests; {@code args} are the directory and the hub jar. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path home = Path.of(args[0]).toAbsolutePath();
    Path jar = Path.of(args[1]).toAbsolutePath();
    String servers = System.getProperty("conformance.servers", "both");
    TestedServer hub = servers.equals("real") ? null : TestedServer.hub(home, jar);
    TestedServer real = servers.equals("hub") ? null : real(home);
    System.exit(new Conformance(home).run(hub, real));
  }

  private static @Nullable TestedServer real(Path home) throws IOException, InterruptedException {
    Optional<Path> program = find("nats-server");
    if (program.isEmpty()) {
      out.println("No nats-server on PATH: the run with the real server is skipped.");
      return null;
    }
    return TestedServer.real(home, program.get());
  }

  private int run(@Nullable TestedServer hub, @Nullable TestedServer real)
      throws IOException, InterruptedException {
    Pattern wanted = Pattern.compile(System.getProperty("conformance.tests", ".*"));
    List<String> known = compile();
    List<String> classes = known.stream().filter(name -> wanted.matcher(name).matches()).toList();
    for (int i = 0; i < classes.size(); i++) {
      String place = "[" + (i + 1) + "/" + classes.size() + "] ";
      run(classes.get(i), hub, place);
      run(classes.get(i), real, place);
    }
    Report ofHub = hub == null ? null : Report.read(hub.results(), known);
    Report ofReal = real == null ? null : Report.read(real.results(), known);
    int onlyReal = print(ofHub, ofReal);
    if (ofHub != null && ofReal != null && real != null && classes.equals(known)) {
      writePage(ofHub, ofReal, real);
    }
    return onlyReal > 0 && Boolean.getBoolean("conformance.strict") ? 1 : 0;
  }

  private static void writePage(Report hub, Report real, TestedServer reference)
      throws IOException {
    String page = System.getProperty("conformance.page", "");
    if (!page.isEmpty()) {
      new CompatibilityPage(Path.of(page))
          .write(
              new CompatibilityPage.Participants(
                  LocalDate.now(ZoneOffset.UTC),
                  System.getProperty("conformance.client", "jnats"),
                  reference.build().replace(": v", " "),
                  System.getProperty("java.version")),
              hub,
              real);
      out.println("Updated " + page);
    }
  }

  /** Compiles the published sources; returns the names of the classes that hold tests. */
  private List<String> compile() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Path classes = Files.createDirectories(home.resolve("classes"));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> java = Files.walk(sources)) {
      List<Path> units = java.filter(f -> f.toString().endsWith(".java")).sorted().toList();
      List<String> options =
          List.of("-cp", libraries, "-d", classes.toString(), "-nowarn", "-proc:none");
      Path mark = home.resolve("compiled");
      String whole = libraries + "\n" + units;
      if (!Files.exists(mark) || !Files.readString(mark).equals(whole)) {
        boolean compiled =
            compiler
                .getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(units))
                .call();
        if (!compiled) {
          throw new IOException("The published tests do not compile");
        }
        Files.writeString(mark, whole);
        out.println("Compiled " + units.size() + " published test sources.");
      }
      List<String> names = new ArrayList<>();
      for (Path unit : units) {
        if (TEST.matcher(Files.readString(unit)).find()) {
          String relative = sources.relativize(unit).toString();
          names.add(relative.replace(File.separatorChar, '.').replaceFirst("\\.java$", ""));
        }
      }
      return names;
    }
  }

  private void run(String testClass, @Nullable TestedServer server, String place)
      throws IOException, InterruptedException {
    if (server == null) {
      return;
    }
    ClassRun run = new ClassRun(testClass, server);
    if (!fresh && run.isDone()) {
      return;
    }
    long start = System.nanoTime();
    boolean finished =
        run.run(
            String.join(
                File.pathSeparator,
                home.resolve("classes").toString(),
                sources.toString(),
                libraries),
            home.resolve("work"),
            patience);
    long seconds = (System.nanoTime() - start) / 1_000_000_000L;
    Report report = Report.read(server.results(), List.of(testClass));
    out.println(
        place
            + server.name()
            + " "
            + testClass
            + ": "
            + (finished ? report.totals().toString() : "cut")
            + " in "
            + seconds
            + " s");
  }

  private int print(@Nullable Report hub, @Nullable Report reference) throws IOException {
    StringBuilder table = new StringBuilder();
    table.append("| test | real | hub | why |\n| --- | --- | --- | --- |\n");
    int onlyReal = 0;
    TreeSet<String> names = new TreeSet<>();
    if (hub != null) {
      names.addAll(hub.outcomes().keySet());
    }
    if (reference != null) {
      names.addAll(reference.outcomes().keySet());
    }
    for (String name : names) {
      Outcome mine = hub == null ? Outcome.MISSING : hub.of(name);
      Outcome theirs = reference == null ? Outcome.MISSING : reference.of(name);
      boolean compared = hub == null || reference == null || hub.hasRun(name);
      if (mine == Outcome.PASSED || mine == theirs || !compared) {
        continue;
      }
      if (theirs == Outcome.PASSED && hub != null) {
        onlyReal++;
      }
      String why = hub == null ? "" : hub.failures().getOrDefault(name, "").replace("|", "\\|");
      table.append("| ").append(name).append(" | ").append(theirs).append(" | ").append(mine);
      table.append(" | ").append(why).append(" |\n");
    }
    Files.writeString(home.resolve("table.md"), table, StandardCharsets.UTF_8);
    out.print(table);
    if (hub != null) {
      out.println("Hub:  " + hub.totals());
    }
    if (reference != null) {
      out.println("Real: " + reference.totals());
    }
    if (hub != null && reference != null) {
      out.println("Pass with the real server only: " + onlyReal);
    }
    return onlyReal;
  }

  private static Optional<Path> find(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
