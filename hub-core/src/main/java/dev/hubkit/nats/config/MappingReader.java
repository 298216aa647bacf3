package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig.Destination;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoNumber;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code mappings} of subjects. */
final class MappingReader {
  private static final class Target {
    String subject = "";
    String cluster = "";
    int weight = -1;
  }

  private static final FieldTable<Target> FIELDS =
      new FieldTable<Target>()
          .field("dest", "destination", (target, value) -> target.subject = value.string())
          .field("weight", (target, value) -> target.weight = weight(value))
          .field("cluster", (target, value) -> target.cluster = value.string());

  private final Problems problems;

  MappingReader(Problems problems) {
    this.problems = problems;
  }

  /** Reads the mappings of an account. */
  Map<String, List<Destination>> read(ConfigValue value, String account) {
    Map<String, List<Destination>> mappings = new LinkedHashMap<>();
    value
        .map()
        .forEach(
            (subject, field) ->
                problems.attempt(
                    () -> {
                      if (!Subjects.isValid(subject)) {
                        throw value.error("Subject " + quoted(subject) + " is not a valid subject");
                      }
                      read(subject, field, account, mappings);
                    }));
    return mappings;
  }

  private void read(
      String source, ConfigValue field, String account, Map<String, List<Destination>> into) {
    List<Destination> destinations = destinations(field);
    String expanded;
    try {
      expanded = problems.expand(source, account, null);
      destinations =
          destinations.stream()
              .map(
                  each ->
                      new Destination(
                          problems.expand(each.subject(), account, null),
                          each.weight(),
                          each.cluster()))
              .toList();
    } catch (IllegalArgumentException e) {
      throw error(source, field, e);
    }
    check(expanded, destinations, field);
    into.put(expanded, destinations);
  }

  private static ConfigException error(
      String source, ConfigValue place, IllegalArgumentException e) {
    String to = place.isString() ? " to " + quoted(place.string()) : "";
    return place.error("Error adding mapping for " + quoted(source) + to + " : " + e.getMessage());
  }

  private void check(String source, List<Destination> destinations, ConfigValue place) {
    List<SubjectMapping.Target> targets =
        destinations.stream()
            .map(each -> new SubjectMapping.Target(each.subject(), each.weight(), each.cluster()))
            .toList();
    try {
      SubjectMapping.of(source, targets, problems.compatibility());
    } catch (IllegalArgumentException e) {
      throw error(source, place, e);
    }
  }

  private static List<Destination> destinations(ConfigValue value) {
    if (value.isString()) {
      return List.of(new Destination(value.string(), 100, ""));
    }
    if (!value.isList()) {
      return List.of(destination(value));
    }
    List<Destination> destinations = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      destinations.add(destination(element));
    }
    return destinations;
  }

  private static Destination destination(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected an entry for the mapping destination");
    }
    Target target = new Target();
    // A value that is no string is told in the place of the destination.
    value
        .convertedAt(value)
        .map()
        .forEach(
            (name, field) -> {
              if (!FIELDS.read(target, name, field)) {
                throw field.error("Unknown field " + quoted(name) + " for mapping destination");
              }
            });
    if (target.weight < 0) {
      throw value.error("Missing weight for mapping destination " + quoted(target.subject));
    }
    return new Destination(target.subject, target.weight, target.cluster);
  }

  private static int weight(ConfigValue value) {
    long weight;
    if (value.isInteger()) {
      weight = value.integer();
    } else if (value.isString()) {
      String text = value.withoutPercent();
      weight =
          GoNumber.integer(text)
              .orElseThrow(
                  () -> value.error("Invalid weight " + quoted(text) + " for mapping destination"));
    } else {
      throw value.error("Unknown entry type for weight of " + value.formatted() + "\n");
    }
    if (weight > 100 || weight < 0) {
      throw value.error("Invalid weight " + weight + " for mapping destination");
    }
    return (int) weight;
  }
}
