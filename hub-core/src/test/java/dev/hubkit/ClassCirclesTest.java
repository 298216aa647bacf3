package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Limits how many classes of a package can only be understood together, because they are in one
 * circle of dependencies. A nested class counts as the class that encloses it.
 */
class ClassCirclesTest {
  private static final int LARGEST = 4;

  /** Packages (without those below them) in which only smaller circles are allowed. */
  private static final Map<String, Integer> STRICTER =
      Map.of(
          "dev.hubkit.nats", 2,
          "dev.hubkit.nats.account", 2,
          "dev.hubkit.nats.net", 3,
          "dev.hubkit.nats.route", 2,
          "dev.hubkit.fossil", 2);

  /**
   * The one large circle: a sealed interface, the kinds it permits, and the parser of all of them.
   */
  private static final Set<String> ARTIFACTS =
      Set.of(
          "Artifact",
          "ArtifactParser",
          "Attachment",
          "ClusterArtifact",
          "Control",
          "ForumPost",
          "Manifest",
          "TechNote",
          "TicketChange",
          "WikiPage");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes = MainClasses.all();
  }

  static Set<String> packages() {
    return classes.stream()
        .map(JavaClass::getPackageName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("packages")
  void classesOfAPackageFormNoLargeCircle(String packageName) {
    Map<String, SortedSet<String>> dependencies = dependenciesWithin(packageName);
    int most = STRICTER.getOrDefault(packageName, LARGEST);
    List<SortedSet<String>> tooLarge =
        new Circles(dependencies)
            .all().stream()
                .filter(circle -> circle.size() > most)
                .filter(circle -> !isOfArtifacts(packageName, circle))
                .toList();
    assertThat(tooLarge)
        .withFailMessage(
            () ->
                packageName
                    + " may have circles of at most "
                    + most
                    + " classes.\n"
                    + tooLarge.stream()
                        .map(circle -> describe(circle, dependencies))
                        .collect(Collectors.joining("\n")))
        .isEmpty();
  }

  private static boolean isOfArtifacts(String packageName, Set<String> circle) {
    return packageName.equals("dev.hubkit.fossil.artifact") && circle.equals(ARTIFACTS);
  }

  @Test
  void everyPackageOfThisModuleIsAmongThem() throws IOException {
    SortedSet<String> here = new TreeSet<>(new SourceTree().packages("hub-core"));
    assertThat(packages()).isEqualTo(here).containsAll(STRICTER.keySet());
  }

  private static String describe(
      SortedSet<String> circle, Map<String, SortedSet<String>> dependencies) {
    StringBuilder text = new StringBuilder("A circle of " + circle.size() + " classes:");
    for (String name : circle) {
      SortedSet<String> to = new TreeSet<>(dependencies.get(name));
      to.retainAll(circle);
      text.append("\n  ").append(name).append(" -> ").append(String.join(", ", to));
    }
    return text.toString();
  }

  private static Map<String, SortedSet<String>> dependenciesWithin(String packageName) {
    Map<String, SortedSet<String>> found = new TreeMap<>();
    for (JavaClass each : classes) {
      if (!each.getPackageName().equals(packageName)
          || each.getSimpleName().equals("package-info")) {
        continue;
      }
      SortedSet<String> to = found.computeIfAbsent(outermost(each), name -> new TreeSet<>());
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (target.getPackageName().equals(packageName)) {
          to.add(outermost(target));
        }
      }
    }
    found.forEach((name, to) -> to.remove(name));
    return found;
  }

  private static String outermost(JavaClass each) {
    String name = each.getName().substring(each.getPackageName().length() + 1);
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  /** Finds the strongly connected components of a graph, after Tarjan. */
  private static final class Circles {
    private final Map<String, SortedSet<String>> edges;
    private final Map<String, Integer> order = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final List<SortedSet<String>> found = new ArrayList<>();

    private Circles(Map<String, SortedSet<String>> edges) {
      this.edges = edges;
    }

    /** Returns every circle of more than one class, the largest first. */
    private List<SortedSet<String>> all() {
      for (String name : edges.keySet()) {
        if (!order.containsKey(name)) {
          visit(name);
        }
      }
      found.sort(Comparator.comparingInt((Collection<String> circle) -> circle.size()).reversed());
      return found;
    }

    private void visit(String name) {
      int number = order.size();
      order.put(name, number);
      int low = number;
      open.push(name);
      for (String next : edges.getOrDefault(name, new TreeSet<>())) {
        if (!order.containsKey(next)) {
          visit(next);
          low = Math.min(low, lowest.get(next));
        } else if (open.contains(next)) {
          low = Math.min(low, order.get(next));
        }
      }
      lowest.put(name, low);
      if (low != number) {
        return;
      }
      SortedSet<String> circle = new TreeSet<>();
      String member;
      do {
        member = open.pop();
        circle.add(member);
      } while (!member.equals(name));
      if (circle.size() > 1) {
        found.add(circle);
      }
    }
  }
}
