package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A run of JUnit's console launcher, in a process of its own, with one of the releases that the
 * build has put into {@code target/junit}.
 *
 * @param said what the launcher printed
 * @param status the exit status
 */
record ConsoleRun(String said, int status) {
  private static final Path LAUNCHERS =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("target/junit");
  private static final String JUNIT = "junit-|opentest4j|apiguardian";

  /** The launchers there are, in the order of their names. */
  static List<Path> launchers() throws IOException {
    try (java.util.stream.Stream<Path> files = Files.list(LAUNCHERS)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /**
   * Runs.
   *
   * @param without begins the names of the libraries that are left out, as a regular expression;
   *     empty for none but those of JUnit
   * @param selectors options that say what is run
   */
  static ConsoleRun of(Path launcher, Path directory, String without, List<String> selectors)
      throws IOException, InterruptedException {
    Path output = directory.resolve("output.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                launcher
                    + File.pathSeparator
                    + classPath(without.isEmpty() ? JUNIT : JUNIT + "|" + without),
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--disable-banner",
                "--details=tree",
                "--include-classname=.*"));
    command.addAll(selectors);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      return new ConsoleRun(Files.readString(output), process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  private static String classPath(String without) {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(entry -> !entry.matches(".*[/\\\\](" + without + ").*\\.jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** How many tests it says were so, such as {@code successful}. */
  int tests(String how) {
    Matcher count = Pattern.compile("(\\d+) tests " + how).matcher(said);
    assertThat(count.find()).as(said).isTrue();
    return Integer.parseInt(count.group(1));
  }
}
