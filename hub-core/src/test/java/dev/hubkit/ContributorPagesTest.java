package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks the pages for contributors: links lead somewhere, and commands name tests and options that
 * exist.
 */
class ContributorPagesTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern OPTION =
      Pattern.compile("-D((?:hub|bench|conformance|stream|consumer)\\.[a-z.]+)");
  private static final Pattern TESTS = Pattern.compile("-Dtest='?([\\w*,]+)");
  private static final Pattern PROFILE = Pattern.compile("mvn -P(\\w+)");

  static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(SourceTree.file("docs"))) {
      return Stream.concat(
              Stream.of(SourceTree.file("CONTRIBUTING.md")),
              docs.filter(page -> page.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  private static Set<String> found(Pattern pattern, String text) {
    Set<String> found = new TreeSet<>();
    Matcher each = pattern.matcher(text);
    while (each.find()) {
      found.add(each.group(1));
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void linksLeadSomewhere(Path page) {
    Matcher link = LINK.matcher(SourceTree.text(page));
    while (link.find()) {
      Path target = page.resolveSibling(link.group(1));
      assertThat(target).exists();
      if (link.group(2) != null) {
        assertThat(anchors(target)).as(link.group()).contains(link.group(2));
      }
    }
  }

  private static Set<String> anchors(Path page) {
    Set<String> anchors = new TreeSet<>();
    for (String title : found(Pattern.compile("(?m)^#+ (.*)$"), SourceTree.text(page))) {
      anchors.add(
          "#" + title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-'));
    }
    return anchors;
  }

  @Test
  void theReleaseToCompareWithIsTheOneThatTheBuildNames() {
    assertThat(SourceTree.text(SourceTree.file("pom.xml")))
        .contains("<nats-server.version>" + NatsServer.VERSION + "</nats-server.version>");
    assertThat(SourceTree.text(SourceTree.file("docs/testing.md")))
        .contains("nats-server/v2@v" + NatsServer.VERSION + "\n");
  }

  @Test
  void whoeverContributesBeginsWithTheArchitecture() {
    Matcher first = LINK.matcher(SourceTree.text(SourceTree.file("CONTRIBUTING.md")));
    assertThat(first.find()).isTrue();
    assertThat(first.group(1)).isEqualTo("docs/architecture.md");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void commandsNameOptionsProfilesAndTestsThatThereAre(Path page) throws IOException {
    SourceTree sources = new SourceTree();
    String text = SourceTree.text(page);
    assertThat(found(OPTION, text)).allMatch(sources::mentions);
    String builds =
        SourceTree.text(SourceTree.file("hub-core/pom.xml"))
            + SourceTree.text(SourceTree.file("hub-junit/pom.xml"))
            + SourceTree.text(SourceTree.file("hub-cli/pom.xml"));
    assertThat(found(PROFILE, text)).allMatch(name -> builds.contains("<id>" + name + "</id>"));
    for (String names : found(TESTS, text)) {
      assertThat(names.split(",", -1))
          .allMatch(name -> name.contains("*") || sources.hasClass(name));
    }
    assertThat(found(CODE, text))
        .filteredOn(name -> name.matches("[A-Z]\\w*Test"))
        .allMatch(sources::hasClass);
  }
}
