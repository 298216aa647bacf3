package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.MappingDestination;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

  private SubjectMapping(String source, List<Destination> destinations) {
    this.source = source;
    this.destinations = destinations;
  }

  /**
   * One place that messages can go to.
   *
   * @param subject see {@link SubjectTransform}
   * @param weight how many of a hundred messages go there, 0 to 100
   */
  public record Target(String subject, int weight) {}

  /** Makes a mapping with any function that there is; see the other method of this name. */
  public static SubjectMapping of(String source, List<Target> targets) {
    return of(source, targets, Compatibility.current());
  }

  /**
   * Makes a mapping. What is left of a hundred goes to the source itself, unless the source is one
   * of the targets: then it is lost.
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
    List<Destination> destinations = new ArrayList<>();
    int total = 0;
    for (Target target : targets) {
      if (!seen.add(target.subject())) {
        throw new IllegalArgumentException("duplicate entry for \"" + target.subject() + "\"");
      }
      if (target.weight() < 0 || target.weight() > WHOLE) {
        throw new IllegalArgumentException("individual weights need to be <= 100");
      }
      total += target.weight();
      MappingDestination.check(source, target.subject(), compatibility);
      destinations.add(
          new Destination(SubjectTransform.of(source, target.subject()), target.weight()));
    }
    if (total > WHOLE) {
      throw new IllegalArgumentException("total weight needs to be <= 100");
    }
    if (total < WHOLE && !seen.contains(source)) {
      destinations.add(
          new Destination(SubjectTransform.of(source, numbered(source)), WHOLE - total));
    }
    if (destinations.isEmpty()) {
      throw new IllegalArgumentException("no destination for \"" + source + "\"");
    }
    return new SubjectMapping(source, List.copyOf(destinations));
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

  /** Writes where messages go, as an array. */
  void write(JsonWriter json) {
    json.beginArray(source);
    for (Destination destination : destinations) {
      json.beginObject()
          .field("subject", destination.transform().destination())
          .field("weight", destination.weight())
          .endObject();
    }
    json.endArray();
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
    int left =
        destinations.get(0).weight() == WHOLE ? 0 : ThreadLocalRandom.current().nextInt(WHOLE);
    for (Destination destination : destinations) {
      left -= destination.weight();
      if (left < 0) {
        return destination.transform().transform(subject);
      }
    }
    return null;
  }

  private record Destination(SubjectTransform transform, int weight) {}
}
