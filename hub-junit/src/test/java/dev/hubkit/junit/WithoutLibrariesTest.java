package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.HubSnapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@link WithoutLibraries} without the optional libraries. */
class WithoutLibrariesTest {
  @TempDir Path directory;

  @Test
  void whatNeedsNoLibraryNeedsNone() throws Exception {
    List<String> selectors = new ArrayList<>();
    for (Class<?> type : WithoutLibraries.class.getDeclaredClasses()) {
      selectors.add("--select-class=" + type.getName());
    }
    ConsoleRun run =
        ConsoleRun.of(
            ConsoleRun.launchers().get(0),
            directory,
            "jnats|assertj|awaitility|bcprov|eddsa|json-path|json-smart|accessors-smart|spring|kotlin|micronaut|quarkus",
            selectors);
    assertThat(run.tests("successful")).as(run.output()).isEqualTo(WithoutLibraries.SUCCESSFUL);
    assertThat(run.tests("failed")).as(run.output()).isEqualTo(2);
    assertThat(run.output())
        .contains("which is not on the class path: add io.nats:jnats")
        .contains("on purpose")
        // The report of the failed test.
        .contains("streams: (none)");
    Matcher kept = Pattern.compile("to look at it: hub open (\\S+)").matcher(run.output());
    assertThat(kept.find()).as(run.output()).isTrue();
    assertThat(HubSnapshot.load(Path.of(kept.group(1))).repository()).isNotNull();
  }
}
