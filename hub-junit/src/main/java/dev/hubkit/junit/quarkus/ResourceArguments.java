package dev.hubkit.junit.quarkus;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The arguments of a {@link HubTestResource}.
 *
 * @param fossil whether the hub serves Fossil, too
 * @param config the location of a configuration file for the NATS server; empty for none
 * @param user the user that the application logs in as; empty for none
 * @param streams the subjects of streams, by their name
 * @param properties more properties for the application
 */
record ResourceArguments(
    boolean fossil,
    String config,
    String user,
    Map<String, List<String>> streams,
    Map<String, String> properties) {

  private static final List<String> KNOWN = List.of("fossil", "config", "user", "streams");

  /**
   * Reads arguments by name.
   *
   * @throws IllegalArgumentException if one has no meaning
   */
  static ResourceArguments of(Map<String, String> arguments) {
    Map<String, String> properties = new LinkedHashMap<>(arguments);
    properties.keySet().removeAll(KNOWN);
    for (String name : new TreeSet<>(properties.keySet())) {
      if (!name.contains(".")) {
        throw new IllegalArgumentException(
            "HubTestResource has no argument \""
                + name
                + "\": use one of "
                + KNOWN
                + ", or a property of the application, which has a dot in its name");
      }
    }
    return new ResourceArguments(
        isTrue(arguments.getOrDefault("fossil", "false")),
        arguments.getOrDefault("config", ""),
        arguments.getOrDefault("user", ""),
        streams(arguments.getOrDefault("streams", "")),
        properties);
  }

  private static boolean isTrue(String value) {
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException(
          "The argument \"fossil\" of HubTestResource is \"" + value + "\": use true or false");
    }
    return value.equals("true");
  }

  private static Map<String, List<String>> streams(String text) {
    Map<String, List<String>> streams = new LinkedHashMap<>();
    for (String each : words(text, ";")) {
      List<String> parts = words(each, "=");
      if (parts.isEmpty() || parts.size() > 2) {
        throw new IllegalArgumentException(
            "The argument \"streams\" of HubTestResource has \""
                + each
                + "\": write streams as ORDERS=orders.>,refunds.>;AUDIT");
      }
      streams.put(parts.get(0), parts.size() == 1 ? List.of() : words(parts.get(1), ","));
    }
    return streams;
  }

  private static List<String> words(String text, String separator) {
    return Stream.of(text.split(separator, -1))
        .map(String::strip)
        .filter(w -> !w.isEmpty())
        .toList();
  }
}
