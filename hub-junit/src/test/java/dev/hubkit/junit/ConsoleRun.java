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
 * A run of JUnit's console launcher in a process of its own, with one of the releases that the
 * build has copied to {@code target/junit}.
 *
 * @param output what the launcher printed
 * @param status the exit status
 */
record ConsoleRun(String output, int status) {
  private static final Path LAUNCHERS =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("target/junit");
  private static final String JUNIT = "junit-|opentest4j|apiguardian";

  /** Returns the launchers in the order of their names. */
  static List<Path> launchers() throws IOException {
    try (java.util.stream.Stream<Path> files = Files.list(LAUNCHERS)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /**
   * Runs tests.
   *
   * @param without a regular expression for the beginnings of the names of libraries to leave off
   *     the class path; empty to leave off JUnit alone
   * @param selectors the options that select the tests
   */
  static ConsoleRun of(Path launcher, Path directory, String without, List<String> selectors)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"));
    return of(java, launcher, directory, without, selectors);
  }

  /**
   * Runs tests on another JDK.
   *
   * @param java its directory
   */
  static ConsoleRun of(
      Path java, Path launcher, Path directory, String without, List<String> selectors)
      throws IOException, InterruptedException {
    Path file = directory.resolve("output.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                java.resolve("bin/java").toString(),
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
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(file.toFile()).start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      return new ConsoleRun(Files.readString(file), process.exitValue());
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

  /**
   * Returns the directories of the JDKs of a version that are beside the one that runs this, or
   * that.
   */
  static List<Path> jdks(int atLeast) throws IOException {
    Path here = Path.of(System.getProperty("java.home")).toRealPath();
    try (java.util.stream.Stream<Path> beside =
        Files.list(here.getParent() == null ? here : here.getParent())) {
      return beside
          .filter(jdk -> Files.isExecutable(jdk.resolve("bin/java")) && version(jdk) >= atLeast)
          .toList();
    }
  }

  // The file "release" has a line such as JAVA_VERSION="25.0.1".
  private static int version(Path jdk) {
    try {
      Matcher version =
          Pattern.compile("JAVA_VERSION=\"(\\d+)")
              .matcher(Files.readString(jdk.resolve("release")));
      return version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** Returns the number of tests that the launcher reports as {@code successful} or the like. */
  int tests(String how) {
    Matcher count = Pattern.compile("(\\d+) tests " + how).matcher(output);
    assertThat(count.find()).as(output).isTrue();
    return Integer.parseInt(count.group(1));
  }
}
