package dev.hubkit.junit.assertj;

import dev.hubkit.fixture.FieldPath;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What counts when messages are compared.
 *
 * @param headers names of those that do not, in lower case
 * @param fields of JSON that do not
 * @param subjects those that do; empty for all but the protocols of NATS
 * @param connections whether each connection is compared with the one of its name
 */
record ComparisonRules(
    List<String> headers, List<FieldPath> fields, List<String> subjects, boolean connections) {
  static final ComparisonRules DEFAULT = new ComparisonRules(List.of(), List.of(), List.of(), true);
  private static final List<String> PROTOCOL = List.of("$JS.>", "$SYS.>", "$SRV.>");

  ComparisonRules withoutHeader(String name) {
    return new ComparisonRules(
        plus(headers, name.toLowerCase(Locale.ROOT)), fields, subjects, connections);
  }

  ComparisonRules withoutField(FieldPath path) {
    return new ComparisonRules(headers, plus(fields, path), subjects, connections);
  }

  ComparisonRules withSubjects(List<String> only) {
    return new ComparisonRules(headers, fields, List.copyOf(only), connections);
  }

  ComparisonRules withConnections(boolean on) {
    return new ComparisonRules(headers, fields, subjects, on);
  }

  private static <T> List<T> plus(List<T> list, T more) {
    List<T> longer = new ArrayList<>(list);
    longer.add(more);
    return List.copyOf(longer);
  }

  boolean isCompared(String subject) {
    return subjects.isEmpty()
        ? PROTOCOL.stream().noneMatch(pattern -> Subjects.matches(subject, pattern))
        : subjects.stream().anyMatch(pattern -> Subjects.matches(subject, pattern));
  }
}
