package dev.hubkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that the build compiles and runs the code that the documentation of the toolkit shows.
 * Each block names, in a comment before it or in the id of its snippet, a test's source file,
 * relative to {@code examples/src/test}, to the tests of the toolkit or to its {@code src}, where
 * {@code it} has the projects that the profile {@code consumers} builds, and a region of that file,
 * or {@code *} for everything after the package declaration.
 */
class DocumentationTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Path TOOLKIT = MODULE.resolveSibling("hub-junit");
  private static final Path LEAF_NODES = MODULE.resolveSibling("docs").resolve("leaf-nodes.md");
  private static final Pattern BLOCK =
      Pattern.compile("(?s)(?:<!-- snippet: ([^#\\s]+)#(\\S+) -->\\n)?```(java|kotlin)\\n(.*?)```");
  private static final Pattern SNIPPET =
      Pattern.compile(
          "(?s)\\{@snippet (?:id=\"([^#\"]+)#([^\"]+)\" )?:\\n(.*?)\\n \\* }\\n(?= \\*/| \\*\\n)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(TOOLKIT.resolve("README.md")));
    try (Stream<Path> docs = Files.list(TOOLKIT.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    pages.add(LEAF_NODES);
    return pages;
  }

  static List<Path> sources() throws IOException {
    try (Stream<Path> all = Files.walk(TOOLKIT.resolve("src/main/java"))) {
      return all.filter(file -> file.toString().endsWith(".java"))
          .filter(file -> read(file).contains("{@snippet"))
          .toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void showsCodeThatRuns(Path page) {
    Matcher block = BLOCK.matcher(read(page));
    while (block.find()) {
      assertThat(block.group(1))
          .as("%s says where this is from:%n%s", page, block.group())
          .isNotNull();
      assertThat(block.group(4)).isEqualTo(region(block.group(1), block.group(2)));
    }
  }

  @ParameterizedTest
  @MethodSource("sources")
  void commentsShowCodeThatCompiles(Path source) {
    Matcher snippet = SNIPPET.matcher(read(source));
    int found = 0;
    while (snippet.find()) {
      found++;
      assertThat(snippet.group(1))
          .as("%s says where this is from:%n%s", source, snippet.group())
          .isNotNull();
      String shown = snippet.group(3).replaceAll("(?m)^ \\* ?", "") + "\n";
      assertThat(shown).isEqualTo(region(snippet.group(1), snippet.group(2)));
    }
    assertThat(found).isEqualTo(read(source).split("\\{@snippet", -1).length - 1);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) {
    Matcher link = LINK.matcher(read(page));
    while (link.find()) {
      assertThat(page.resolveSibling(link.group(1))).exists();
    }
  }

  @Test
  void allPagesAreLinked() throws IOException {
    String start = read(TOOLKIT.resolve("README.md"));
    for (Path page : pages().subList(1, pages().size())) {
      Path docs = page.equals(LEAF_NODES) ? Path.of("../docs") : Path.of("docs");
      assertThat(start).contains("(" + docs.resolve(page.getFileName()) + ")");
    }
  }

  /** Returns the lines between the marks of a region, without their common indentation. */
  private static String region(String file, String name) {
    String source = read(source(file));
    if (name.equals("*")) {
      return source.replaceFirst("(?s)^package [^;]*;\\s*", "");
    }
    Matcher marked =
        Pattern.compile("(?s)// @start region=\"" + Pattern.quote(name) + "\"\\n(.*?)\\n *// @end")
            .matcher(source);
    assertThat(marked.find()).as("%s has a region %s", file, name).isTrue();
    return marked.group(1).stripTrailing().stripIndent() + "\n";
  }

  private static Path source(String file) {
    return Stream.of(
            MODULE.resolve("src/test"),
            TOOLKIT.resolve("src/test/java/dev/hubkit/junit"),
            TOOLKIT.resolve("src"))
        .map(root -> root.resolve(file))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() -> new AssertionError("No source file " + file));
  }
}
