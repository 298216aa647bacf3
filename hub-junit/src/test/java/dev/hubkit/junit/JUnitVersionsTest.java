package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs {@link AcrossVersions} with the releases of JUnit that the build has copied to {@code
 * target/junit}: one of each supported line, except the one that the build itself uses.
 */
class JUnitVersionsTest {
  @TempDir Path directory;

  static List<Path> launchers() throws IOException {
    return ConsoleRun.launchers();
  }

  @Test
  void allAreThere() throws IOException {
    assertThat(launchers())
        .extracting(file -> file.getFileName().toString().replaceAll("^\\D*(\\d+\\.\\d+).*", "$1"))
        .containsExactly("1.10", "1.11", "1.12", "1.13", "6.0", "6.1");
  }

  @ParameterizedTest
  @MethodSource("launchers")
  void runs(Path launcher) throws Exception {
    List<String> selectors = new ArrayList<>();
    for (Class<?> type : AcrossVersions.class.getDeclaredClasses()) {
      selectors.add("--select-class=" + type.getName());
    }
    ConsoleRun run = ConsoleRun.of(launcher, directory, "", selectors);
    assertThat(run.tests("successful")).as(run.output()).isEqualTo(AcrossVersions.TESTS);
    assertThat(run.status()).as(run.output()).isZero();
  }
}
