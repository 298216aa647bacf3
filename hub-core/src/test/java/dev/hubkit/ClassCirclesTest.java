package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How many classes of a package can only be understood together: those of one circle of
 * dependencies. A nested class counts as the class it is written in.
 */
class ClassCirclesTest {
  /** Packages (without those below them), and how many classes a circle in one may have. */
  private record Limit(String packageName, int classes) {
    @Override
    public String toString() {
      return packageName;
    }
  }

  private static final List<Limit> LIMITS =
      List.of(
          new Limit("dev.hubkit.nats", 2),
          new Limit("dev.hubkit.nats.account", 2),
          new Limit("dev.hubkit.nats.net", 3),
          new Limit("dev.hubkit.nats.route", 2),
          new Limit("dev.hubkit.nats.jetstream", 4),
          new Limit("dev.hubkit.nats.jetstream.api", 4),
          new Limit("dev.hubkit.nats.jetstream.archive", 4),
          new Limit("dev.hubkit.nats.jetstream.backup", 4),
          new Limit("dev.hubkit.nats.jetstream.config", 4),
          new Limit("dev.hubkit.nats.jetstream.consumer", 4),
          new Limit("dev.hubkit.nats.jetstream.protocol", 4),
          new Limit("dev.hubkit.nats.jetstream.publish", 4),
          new Limit("dev.hubkit.nats.jetstream.runtime", 4),
          new Limit("dev.hubkit.nats.jetstream.source", 4),
          new Limit("dev.hubkit.nats.jetstream.store", 4),
          new Limit("dev.hubkit.nats.jetstream.stream", 4),
          new Limit("dev.hubkit.nats.jetstream.validation", 4));

  static List<Limit> limits() {
    return LIMITS;
  }

  @ParameterizedTest
  @MethodSource("limits")
  void classesOfAPackageFormNoLargeCircle(Limit limit) {
    Map<String, SortedSet<String>> dependencies = dependenciesWithin(limit.packageName());
    assertThat(dependencies).as("classes of %s", limit.packageName()).isNotEmpty();
    List<SortedSet<String>> tooLarge =
        new Circles(dependencies)
            .all().stream().filter(circle -> circle.size() > limit.classes()).toList();
    assertThat(tooLarge)
        .withFailMessage(
            () ->
                limit.packageName()
                    + " may have circles of at most "
                    + limit.classes()
                    + " classes.\n"
                    + tooLarge.stream()
                        .map(circle -> describe(circle, dependencies))
                        .collect(Collectors.joining("\n")))
        .isEmpty();
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
    for (JavaClass each :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(packageName)) {
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

  /** The strongly connected components of a graph, after Tarjan. */
  private static final class Circles {
    private final Map<String, SortedSet<String>> edges;
    private final Map<String, Integer> order = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final List<SortedSet<String>> found = new ArrayList<>();

    private Circles(Map<String, SortedSet<String>> edges) {
      this.edges = edges;
    }

    /** Every circle of more than one class, the largest first. */
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
