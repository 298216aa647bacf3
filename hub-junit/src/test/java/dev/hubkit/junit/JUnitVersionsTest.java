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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link AcrossVersions} run by the releases of JUnit that the build has put into {@code
 * target/junit}: the oldest and the newest of each line that is to work.
 */
class JUnitVersionsTest {
  private static final Path LAUNCHERS =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("target/junit");
  private static final Pattern SUCCESSFUL = Pattern.compile("(\\d+) tests successful");

  @TempDir Path directory;

  static List<Path> launchers() throws IOException {
    try (java.util.stream.Stream<Path> files = Files.list(LAUNCHERS)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  @Test
  void allAreThere() throws IOException {
    assertThat(launchers()).hasSize(5);
  }

  @ParameterizedTest
  @MethodSource("launchers")
  void runs(Path launcher) throws Exception {
    Path output = directory.resolve("output.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                launcher + File.pathSeparator + withoutJUnit(),
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--disable-banner",
                "--details=tree",
                "--include-classname=.*"));
    for (Class<?> type : AcrossVersions.class.getDeclaredClasses()) {
      command.add("--select-class=" + type.getName());
    }
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      String said = Files.readString(output);
      Matcher successful = SUCCESSFUL.matcher(said);
      assertThat(successful.find()).as(said).isTrue();
      assertThat(Integer.parseInt(successful.group(1))).as(said).isEqualTo(AcrossVersions.TESTS);
      assertThat(process.exitValue()).as(said).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static String withoutJUnit() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(entry -> !entry.matches(".*[/\\\\](junit-|opentest4j|apiguardian).*\\.jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
