package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.MappingDestination;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoQuote;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What clients publish to one subject goes to another, or to one of several by weight. Immutable
 * and thread-safe.
 */
public final class SubjectMapping {
  private static final int WHOLE = 100;

  private final String source;
  private final List<Destination> destinations;
  private final Map<String, List<Destination>> byCluster;
  private final List<Destination> chosen;

  private SubjectMapping(
      String source,
      List<Destination> destinations,
      Map<String, List<Destination>> byCluster,
      List<Destination> chosen) {
    this.source = source;
    this.destinations = destinations;
    this.byCluster = byCluster;
    this.chosen = chosen;
  }

  /**
   * One place that messages can go to.
   *
   * @param subject see {@link SubjectTransform}
   * @param weight how many of a hundred messages go there, 0 to 100
   * @param cluster the cluster whose servers send them there; empty for those of all other clusters
   */
  public record Target(String subject, int weight, String cluster) {
    /** Makes a target for the servers of all clusters. */
    public Target(String subject, int weight) {
      this(subject, weight, "");
    }
  }

  /** Makes a mapping with any function that there is; see the other method of this name. */
  public static SubjectMapping of(String source, List<Target> targets) {
    return of(source, targets, Compatibility.current());
  }

  /**
   * Makes a mapping. What is left of a hundred in a cluster goes to the source itself, unless the
   * source is one of the targets of any cluster: then it is lost ({@code AddWeightedMappings} of
   * nats-server).
   *
   * @param compatibility the releases of nats-server that decide which functions there are
   * @throws IllegalArgumentException if a subject or a weight is wrong
   */
  public static SubjectMapping of(
      String source, List<Target> targets, Compatibility compatibility) {
    if (!Subjects.isValid(source)) {
      throw new IllegalArgumentException("invalid subject");
    }
    Set<String> seen = new HashSet<>();
    Map<String, Integer> totals = new HashMap<>();
    Map<String, List<Destination>> byCluster = new TreeMap<>();
    byCluster.put("", new ArrayList<>());
    for (Target target : targets) {
      if (!seen.add(target.subject())) {
        throw new IllegalArgumentException(
            "duplicate entry for " + GoQuote.quote(target.subject()));
      }
      if (target.weight() < 0 || target.weight() > WHOLE) {
        throw new IllegalArgumentException("individual weights need to be <= 100");
      }
      if (totals.merge(target.cluster(), target.weight(), Integer::sum) > WHOLE) {
        throw new IllegalArgumentException("total weight needs to be <= 100");
      }
      MappingDestination.check(source, target.subject(), compatibility);
      byCluster
          .computeIfAbsent(target.cluster(), cluster -> new ArrayList<>())
          .add(new Destination(SubjectTransform.of(source, target.subject()), target.weight()));
    }
    byCluster.forEach(
        (cluster, destinations) -> {
          int left = WHOLE - totals.getOrDefault(cluster, 0);
          if (left > 0 && !seen.contains(source)) {
            destinations.add(new Destination(SubjectTransform.of(source, numbered(source)), left));
          }
        });
    byCluster.replaceAll((cluster, destinations) -> summedUp(destinations));
    List<Destination> everywhere = Objects.requireNonNull(byCluster.remove(""));
    return new SubjectMapping(source, everywhere, byCluster, everywhere);
  }

  // The smallest first, each with the sum of the weights up to it.
  private static List<Destination> summedUp(List<Destination> destinations) {
    List<Destination> summed = new ArrayList<>();
    int total = 0;
    for (Destination each :
        destinations.stream().sorted(Comparator.comparingInt(Destination::weight)).toList()) {
      total += each.weight();
      summed.add(new Destination(each.transform(), total));
    }
    return List.copyOf(summed);
  }

  /**
   * Returns the mapping as a server of a cluster applies it.
   *
   * @param cluster empty for a server of no cluster
   */
  public SubjectMapping inCluster(String cluster) {
    return new SubjectMapping(
        source, destinations, byCluster, byCluster.getOrDefault(cluster, destinations));
  }

  private static String numbered(String source) {
    List<String> tokens = Subjects.tokens(source);
    int wildcards = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).equals("*")) {
        tokens.set(i, "$" + ++wildcards);
      }
    }
    return String.join(".", tokens);
  }

  /** Writes where messages go, as an array, with sums of weights as nats-server reports them. */
  void write(JsonWriter json) {
    json.beginArray(source);
    destinations.forEach(destination -> destination.write(json, ""));
    byCluster.forEach(
        (cluster, scoped) -> scoped.forEach(destination -> destination.write(json, cluster)));
    json.endArray();
  }

  /** Returns the subject that it is for, which may have wildcards. */
  String source() {
    return source;
  }

  /** Returns whether both map the same subjects. */
  boolean hasSourceOf(SubjectMapping other) {
    return source.equals(other.source);
  }

  boolean matches(String subject) {
    return Subjects.matches(subject, source);
  }

  /** Returns the subject that a message is mapped to this time; null when it is dropped. */
  @Nullable String map(String subject) {
    int one =
        !chosen.isEmpty() && chosen.get(0).weight() == WHOLE
            ? 0
            : ThreadLocalRandom.current().nextInt(WHOLE);
    for (Destination destination : chosen) {
      if (one < destination.weight()) {
        return destination.transform().transform(subject);
      }
    }
    return null;
  }

  private record Destination(SubjectTransform transform, int weight) {
    void write(JsonWriter json, String cluster) {
      json.beginObject()
          .field("subject", transform.destination())
          .field("weight", weight)
          .fieldIfSet("cluster", cluster)
          .endObject();
    }
  }
}
