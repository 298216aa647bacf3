package dev.hubkit.nats.config;

import java.util.List;

/**
 * A configuration that cannot be used. The message holds one line per problem, each beginning with
 * {@code file:line:column} where the problem has a place.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> errors;

  ConfigException(String problem) {
    super(problem);
    this.errors = List.of(problem);
  }

  ConfigException(List<String> errors, List<String> warnings) {
    super(lines(errors, warnings));
    this.errors = List.copyOf(errors);
  }

  /** What makes the configuration unusable; empty when there are only warnings. */
  public List<String> errors() {
    return errors;
  }

  private static String lines(List<String> errors, List<String> warnings) {
    StringBuilder text = new StringBuilder();
    warnings.forEach(line -> text.append(line).append('\n'));
    errors.forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }
}
