package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoNumber;
import java.util.List;

/** Reads where an account has the traces of its messages go: its {@code msg_trace}. */
final class AccountTraceReader {
  private static final int ALL_PERCENT = 100;
  private static final FieldTable<AccountConfig.Builder> FIELDS =
      new FieldTable<AccountConfig.Builder>()
          .named(
              List.of("dest"),
              (account, name, value) -> account.traceDestination = namedDestination(name, value))
          .named(
              List.of("sampling"),
              (account, name, value) -> account.traceSampling = sampling(name, value));

  private final Problems problems;

  AccountTraceReader(Problems problems) {
    this.problems = problems;
  }

  void read(AccountConfig.Builder account, String name, ConfigValue value) {
    if (value.isString()) {
      account.traceDestination = destination(value);
    } else if (value.isMap()) {
      FIELDS.readAll(
          account,
          value,
          problems,
          field ->
              "Unknown field "
                  + quoted(field)
                  + " parsing account message trace map/struct "
                  + quoted(name));
    } else {
      throw value.error(
          "Expected account message trace "
              + quoted(name)
              + " to be a string or a map/struct, got "
              + value.type());
    }
    if (!account.traceDestination.isEmpty() && account.traceSampling == 0) {
      account.traceSampling = ALL_PERCENT;
    } else if (account.traceDestination.isEmpty() && account.traceSampling > 0) {
      problems.warn(value, "Trace destination sampling ignored since no destination was set");
      account.traceSampling = 0;
    }
  }

  private static String namedDestination(String name, ConfigValue value) {
    if (!value.isString()) {
      throw value.error("Field " + quoted(name) + " should be a string, got " + value.type());
    }
    return destination(value);
  }

  private static String destination(ConfigValue value) {
    if (!Subjects.isValidLiteral(value.string())) {
      throw value.error("Trace destination " + quoted(value.string()) + " is not valid");
    }
    return value.string();
  }

  private static int sampling(String name, ConfigValue value) {
    long percent;
    if (value.isInteger()) {
      percent = value.integer();
    } else if (value.isString()) {
      percent =
          GoNumber.integer(value.withoutPercent())
              .orElseThrow(
                  () ->
                      value.error(
                          "Invalid trace destination sampling value " + quoted(value.string())));
    } else {
      throw value.error(
          "Trace destination sampling field "
              + quoted(name)
              + " should be an integer or a percentage, got "
              + value.type());
    }
    if (percent <= 0 || percent > 100) {
      throw value.error(
          "Ttrace destination sampling value " + percent + " is invalid, needs to be [1..100]");
    }
    return (int) percent;
  }
}
