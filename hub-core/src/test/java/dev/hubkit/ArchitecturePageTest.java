package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Checks the page on the architecture and its pictures: they name only classes, methods and
 * packages that exist, and show every package, with arrows that lead where its classes do.
 */
class ArchitecturePageTest {
  private static final String ROOT = "dev.hubkit";
  private static final String PREFIX = ROOT + ".";
  // Every package may use these, so the pictures draw no arrows to them.
  private static final Set<String> FOUNDATION =
      Set.of(
          PREFIX + "http",
          PREFIX + "io",
          PREFIX + "json",
          PREFIX + "log",
          PREFIX + "port",
          PREFIX + "text",
          PREFIX + "time",
          PREFIX + "work");
  private static final Pattern QUOTED = Pattern.compile("`([^`\n]+)`");
  private static final Pattern MEMBER = Pattern.compile("@?([A-Z]\\w*)(?:\\.(\\w+))?(?:\\(\\))?");
  private static final Pattern PACKAGE = Pattern.compile("[a-z]+(?:\\.[a-z]+)*");
  private static final Pattern BOX = Pattern.compile("data-package=\"([^\"]+)\"");
  private static final Pattern ARROW =
      Pattern.compile("data-from=\"([^\"]+)\" data-to=\"([^\"]+)\"");
  private static final Pattern STEP =
      Pattern.compile("<g class=\"step\"><rect[^>]*/><text[^>]*>([^<]*)</text></g>");

  private static SourceTree sources;
  private static Map<String, Set<String>> uses;

  @BeforeAll
  static void read() throws IOException {
    sources = new SourceTree();
    uses = new TreeMap<>();
    for (JavaClass each : MainClasses.all()) {
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
        String from = each.getPackageName();
        if (to.startsWith(ROOT) && !to.equals(from)) {
          uses.computeIfAbsent(from, key -> new TreeSet<>()).add(to);
        }
      }
    }
  }

  private static String page() {
    return SourceTree.text(SourceTree.file("docs/architecture.md"));
  }

  private static String picture(String name) {
    return SourceTree.text(SourceTree.file("docs/" + name));
  }

  private static Set<String> quotedOn(String page) {
    Set<String> quoted = new TreeSet<>();
    Matcher each = QUOTED.matcher(page);
    while (each.find()) {
      quoted.add(each.group(1));
    }
    return quoted;
  }

  /** Returns the classes and members that a text names but that do not exist. */
  private static Set<String> unknown(Set<String> names) {
    Set<String> unknown = new TreeSet<>();
    for (String name : names) {
      // PUB, HMSG and the like are words of the protocol.
      Matcher member = MEMBER.matcher(name.replaceFirst("^(?:[a-z]+\\.)+(?=[A-Z])", ""));
      if (!member.matches() || member.group(1).equals(member.group(1).toUpperCase(Locale.ROOT))) {
        continue;
      }
      String method = member.group(2);
      if (!sources.hasClass(member.group(1))
          || (method != null && !sources.declares(member.group(1), method))) {
        unknown.add(name);
      }
    }
    return unknown;
  }

  @Test
  void thePageNamesClassesAndMethodsThatThereAre() {
    Set<String> quoted = quotedOn(page());
    assertThat(quoted).hasSizeGreaterThan(150);
    assertThat(unknown(quoted)).isEmpty();
  }

  @Test
  void eachMethodIsNamedWithItsClass() {
    assertThat(quotedOn(page())).noneMatch(name -> name.matches("[a-z]\\w*\\(.*"));
  }

  @Test
  void thePictureOfTheWalksNamesMethodsThatThereAre() {
    Set<String> steps = new TreeSet<>();
    Matcher each = STEP.matcher(picture("walks.svg"));
    while (each.find()) {
      steps.add(each.group(1));
    }
    assertThat(steps).hasSizeGreaterThan(40).allMatch(step -> MEMBER.matcher(step).matches());
    assertThat(unknown(steps)).isEmpty();
  }

  @Test
  void thePageNamesEveryPackageAndNoOther() {
    Set<String> tops = new TreeSet<>();
    for (String each : sources.packages()) {
      tops.add(each.replace(PREFIX, "").replaceFirst("\\..*", ""));
    }
    Set<String> named = new TreeSet<>();
    for (String quoted : quotedOn(page())) {
      if (PACKAGE.matcher(quoted).matches() && tops.contains(quoted.replaceFirst("\\..*", ""))) {
        named.add(quoted.startsWith(ROOT) ? quoted : PREFIX + quoted);
      }
    }
    assertThat(named).isEqualTo(sources.packages());
  }

  @Test
  void thePictureShowsEveryPackageOnce() {
    assertThat(boxes()).doesNotHaveDuplicates().hasSameElementsAs(sources.packages());
  }

  private static List<String> boxes() {
    return BOX.matcher(picture("packages.svg")).results().map(box -> box.group(1)).toList();
  }

  private static Map<String, Set<String>> arrows() {
    Map<String, Set<String>> arrows = new TreeMap<>();
    Matcher each = ARROW.matcher(picture("packages.svg"));
    while (each.find()) {
      arrows.computeIfAbsent(each.group(1), key -> new TreeSet<>()).add(each.group(2));
    }
    return arrows;
  }

  @Test
  void eachArrowStandsForClassesThatUseOthers() {
    Set<String> unfounded = new TreeSet<>();
    arrows()
        .forEach(
            (from, all) -> {
              for (String to : all) {
                if (!uses.getOrDefault(from, Set.of()).contains(to)) {
                  unfounded.add(from + " -> " + to);
                }
              }
            });
    assertThat(unfounded).isEmpty();
  }

  @Test
  void noPackageUsesWhatItsArrowsDoNotLeadTo() {
    Map<String, Set<String>> arrows = arrows();
    Set<String> undrawn = new TreeSet<>();
    uses.forEach(
        (from, all) -> {
          Set<String> reached = reached(from, arrows);
          for (String to : all) {
            boolean free = FOUNDATION.contains(to) && !FOUNDATION.contains(from);
            if (!free && !reached.contains(to)) {
              undrawn.add(from + " -> " + to);
            }
          }
        });
    assertThat(undrawn).isEmpty();
  }

  private static Set<String> reached(String from, Map<String, Set<String>> arrows) {
    Set<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(Set.of(from));
    while (!open.isEmpty()) {
      for (String to : arrows.getOrDefault(open.pop(), Set.of())) {
        if (reached.add(to)) {
          open.push(to);
        }
      }
    }
    return reached;
  }
}
