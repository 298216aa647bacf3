package dev.hubkit.nats.config;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.text.GoNumber;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.Nanos;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Gathers what is wrong with a configuration, so that all of it can be reported at once. */
final class Problems {
  // The last number of a duration whose units, all but the last, are known.
  private static final Pattern DURATION =
      Pattern.compile(
          "[-+]?(?:[0-9]+\\.?[0-9]*(?:ns|us|µs|μs|ms|s|m|h))*[0-9]+\\.?[0-9]*([^0-9.]*)");
  private static final Set<String> UNITS = Set.of("ns", "us", "µs", "μs", "ms", "s", "m", "h");

  private final Compatibility compatibility;
  private final boolean tolerant;
  private final List<String> omissions = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /**
   * Begins without any.
   *
   * @param compatibility the releases of nats-server that decide what is wrong
   * @param tolerant whether what Hub does not support is left out rather than refused
   */
  Problems(Compatibility compatibility, boolean tolerant) {
    this.compatibility = compatibility;
    this.tolerant = tolerant;
  }

  /**
   * Returns a subject with the hashes of accounts, where these releases know functions for them.
   *
   * @throws IllegalArgumentException as {@link AccountPlaceholders#expand} does
   */
  String expand(String subject, String account, @Nullable String imported) {
    return compatibility.atLeast(Compatibility.V2_15)
        ? AccountPlaceholders.expand(subject, account, imported)
        : subject;
  }

  /** Returns the releases of nats-server that decide what is wrong. */
  Compatibility compatibility() {
    return compatibility;
  }

  /** Runs a step; what it throws does not keep the next from being run. */
  void attempt(Runnable step) {
    try {
      step.run();
    } catch (ConfigException e) {
      errors.addAll(e.errors());
    }
  }

  void add(ConfigException problem) {
    errors.addAll(problem.errors());
  }

  void add(ConfigValue value, String problem) {
    add(value.error(problem));
  }

  void warn(ConfigValue value, String warning) {
    warnings.add(value.place() + ": " + warning);
  }

  void warn(String warning) {
    warnings.add(warning);
  }

  /**
   * Notes what nats-server has and Hub has not: refuses it, or leaves it out where that is
   * tolerated.
   *
   * @param part what the file asks for
   * @param reason why it is not supported, as a sentence without its full stop
   */
  void unsupported(String part, String reason, ConfigValue value) {
    if (tolerant) {
      leftOut(value, part + " left out: " + reason);
    } else {
      add(
          value,
          part
              + " not supported: "
              + reason
              + ". Remove it, or go without it by --tolerate-unsupported (in tests"
              + " @WithNatsConfig(tolerate = true))");
    }
  }

  /** Returns whether what Hub does not support is left out rather than refused. */
  boolean isTolerant() {
    return tolerant;
  }

  /** Notes what a server does without although the file has it. */
  void leftOut(ConfigValue value, String what) {
    omissions.add(value.place() + ": " + what);
  }

  /** Returns what a server does without although the file has it; each a line with its place. */
  List<String> omissions() {
    return omissions;
  }

  /** A name that is no option; allowed where the file only defines a variable by it. */
  void unknown(String name, ConfigValue value) {
    unknown(value, "unknown field " + quoted(name));
  }

  void unknown(ConfigValue value, String problem) {
    if (!value.isVariable()) {
      add(value, problem);
    }
  }

  boolean any() {
    return !errors.isEmpty();
  }

  List<String> errors() {
    return errors;
  }

  List<String> warnings() {
    return warnings;
  }

  /** A duration in nanoseconds; a bare number means seconds and earns a warning. */
  long duration(String field, ConfigValue value) {
    if (value.isString()) {
      return duration("error parsing " + field + ": ", value.string(), value);
    }
    warn(
        value,
        "invalid use of field "
            + quoted(field)
            + ": "
            + field
            + " should be converted to a duration");
    return Nanos.ofSeconds(value.integer());
  }

  static long duration(String complaint, String text, ConfigValue value) {
    return GoDuration.parse(text).orElseThrow(() -> value.error(complaint + durationProblem(text)));
  }

  private static String durationProblem(String text) {
    Matcher parts = DURATION.matcher(text);
    if (parts.lookingAt()) {
      String unit = parts.group(1);
      if (unit.isEmpty()) {
        return "time: missing unit in duration " + quoted(text);
      }
      if (!UNITS.contains(unit)) {
        return "time: unknown unit " + quoted(unit) + " in duration " + quoted(text);
      }
    }
    return "time: invalid duration " + quoted(text);
  }

  /** Seconds, as a number or as a duration in a string. */
  static double seconds(ConfigValue value, String section) {
    if (value.value() instanceof Number number) {
      return number.doubleValue();
    }
    if (value.isString()) {
      return duration("error parsing " + section + " config, 'timeout' ", value.string(), value)
          / 1e9;
    }
    throw value.error("error parsing " + section + " config, 'timeout' wrong type");
  }

  /** One string or an array of them. */
  List<String> strings(String field, ConfigValue value) {
    if (value.isString()) {
      return List.of(value.string());
    }
    if (!value.isList()) {
      throw value.error("error parsing " + field + ": unsupported type " + value.type());
    }
    List<String> strings = new ArrayList<>();
    for (ConfigValue element : value.list()) {
      if (element.isString()) {
        strings.add(element.string());
      } else {
        add(element, "error parsing " + field + ": unsupported type in array " + element.type());
      }
    }
    return strings;
  }

  /** A host and a port; the host is empty where only a port is given. */
  record Listen(String host, int port) {
    static Listen of(ConfigValue value) {
      if (value.isInteger()) {
        return new Listen("", (int) value.integer());
      }
      if (!value.isString()) {
        throw value.error("expected port or host:port, got " + value.type());
      }
      String address = value.string();
      int colon = address.lastIndexOf(':');
      String host = colon < 0 ? "" : address.substring(0, colon);
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      if (colon < 0 || (!bracketed && (host.indexOf(':') >= 0 || host.indexOf('[') >= 0))) {
        throw value.error("could not parse address string " + quoted(address));
      }
      String port = address.substring(colon + 1);
      long number =
          GoNumber.integer32(port)
              .orElseThrow(() -> value.error("could not parse port " + quoted(port)));
      return new Listen(bracketed ? host.substring(1, host.length() - 1) : host, (int) number);
    }
  }

  /** A string in double quotes, with what does not print escaped. */
  static String quoted(String text) {
    return Quoted.of(text);
  }
}
