package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Hub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the public API of each module with its record in {@code src/api}, so that nobody changes
 * it unnoticed.
 */
class PublicApiTest {
  private static final Path TOOLKIT = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final String RENEW =
      "mvn -Dnolint test -pl hub-junit -am -Dtest=PublicApiTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dhub.api.write=true";

  static List<Arguments> modules() {
    return List.of(Arguments.of("hub-core", Hub.class), Arguments.of("hub-junit", WithHub.class));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void isTheOneOnRecord(String module, Class<?> member) throws Exception {
    Path file = TOOLKIT.resolveSibling(module).resolve("src/api/" + module + ".txt");
    List<String> now = new PublicApi(member).lines();
    assertThat(now).anyMatch(line -> line.contains(" " + member.getName()));
    if (Boolean.getBoolean("hub.api.write")) {
      Files.createDirectories(file.getParent());
      Files.write(file, now);
    }
    List<String> recorded = Files.readAllLines(file);
    assertThat(difference(recorded, now))
        .as(
            "The public API of %s has changed (- on record, + now). If this is intended, renew the"
                + " record:%n    %s",
            module, RENEW)
        .isEmpty();
    assertThat(now).as("The order in %s; renew it: %s", file, RENEW).isEqualTo(recorded);
  }

  private static List<String> difference(List<String> recorded, List<String> now) {
    List<String> lines = new ArrayList<>();
    recorded.stream().filter(line -> !now.contains(line)).forEach(line -> lines.add("-" + line));
    now.stream().filter(line -> !recorded.contains(line)).forEach(line -> lines.add("+" + line));
    return lines;
  }
}
