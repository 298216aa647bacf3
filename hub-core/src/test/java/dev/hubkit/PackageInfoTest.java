package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.io.IOException;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that the classes of a package use exactly the packages that its package-info names. The
 * package-info names them in one of these sentences, in {@code @code} tags:
 *
 * <ul>
 *   <li>"It uses nothing else of Hub.": no other package
 *   <li>"Of Hub, it uses only …": these packages and no other
 *   <li>"Above the foundation, it uses only …", or "… it uses nothing": these and the foundation
 * </ul>
 */
class PackageInfoTest {
  private static final String ROOT = "dev.hubkit";
  private static final Set<String> FOUNDATION =
      Set.of("http", "io", "json", "log", "port", "text", "time", "work").stream()
          .map(name -> ROOT + "." + name)
          .collect(Collectors.toSet());
  private static final Pattern USES =
      Pattern.compile(
          "(Of Hub|[Aa]bove the foundation), it uses (only [^.]*(?:\\.\\w[^.]*)*|nothing)\\.");
  private static final String NOTHING = "It uses nothing else of Hub.";
  private static final Pattern NAME = Pattern.compile("\\{@code ([\\w.]+)}");

  private static final Map<String, SortedSet<String>> USED = new TreeMap<>();
  private static SourceTree sources;

  @BeforeAll
  static void read() throws IOException {
    sources = new SourceTree();
    for (JavaClass each : MainClasses.all()) {
      String from = each.getPackageName();
      SortedSet<String> used = USED.computeIfAbsent(from, key -> new TreeSet<>());
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
        if (to.startsWith(ROOT) && !to.equals(from)) {
          used.add(to);
        }
      }
    }
  }

  static Set<String> packages() {
    return sources.packages("hub-core");
  }

  /** Returns the Javadoc of a package as one line. */
  private static String textOf(String packageName) {
    String text =
        SourceTree.text(
            SourceTree.file(
                "hub-core/src/main/java/" + packageName.replace('.', '/') + "/package-info.java"));
    return text.replaceAll("\\s*\\n \\* ?", " ").replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @MethodSource("packages")
  void whatAPackageSaysItUsesIsWhatItUses(String packageName) {
    String text = textOf(packageName);
    if (text.contains(NOTHING)) {
      assertThat(USED.get(packageName)).isEmpty();
    }
    Matcher said = USES.matcher(text);
    while (said.find()) {
      SortedSet<String> used = new TreeSet<>(USED.get(packageName));
      if (!said.group(1).equals("Of Hub")) {
        used.removeAll(FOUNDATION);
      }
      assertThat(named(said.group(2))).as(said.group()).isEqualTo(used);
    }
  }

  private static SortedSet<String> named(String list) {
    SortedSet<String> named = new TreeSet<>();
    Matcher each = NAME.matcher(list);
    while (each.find()) {
      String name = "." + each.group(1);
      // "config" means that of nats rather than that of nats.jetstream.
      named.add(
          USED.keySet().stream()
              .filter(key -> key.endsWith(name))
              .min(Comparator.comparingInt(String::length))
              .orElse(name));
    }
    return named;
  }

  @Test
  void noPackageSaysItInOtherWords() {
    assertThat(packages())
        .allSatisfy(
            name -> assertThat(textOf(name).toLowerCase(Locale.ROOT)).doesNotContain("touch"));
  }

  @Test
  void manyPackagesSayIt() {
    assertThat(packages())
        .filteredOn(name -> textOf(name).contains(NOTHING) || USES.matcher(textOf(name)).find())
        .hasSizeGreaterThan(20)
        .containsAll(FOUNDATION);
  }
}
