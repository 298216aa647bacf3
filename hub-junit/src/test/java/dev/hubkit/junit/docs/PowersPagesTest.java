package dev.hubkit.junit.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages on the powers show is what is compiled and run in tests. */
class PowersPagesTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Pattern SNIPPET = Pattern.compile("(?s)```java\n(.*?)```\n");

  @Test
  void showWhatRuns() throws IOException {
    for (String page : List.of("virtual-time.md", "journal.md", "faults.md", "assertions.md")) {
      showsWhatRuns(page);
    }
  }

  private static void showsWhatRuns(String page) throws IOException {
    List<String> sources = sources();
    Matcher snippets = SNIPPET.matcher(Files.readString(MODULE.resolve("docs").resolve(page)));
    int count = 0;
    while (snippets.find()) {
      String snippet = snippets.group(1);
      assertThat(sources).as("%s:\n%s", page, snippet).anyMatch(each -> each.contains(snippet));
      count++;
    }
    assertThat(count).isPositive();
  }

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(MODULE.resolve("src/test/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(PowersPagesTest::text)
          .collect(Collectors.toList());
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
