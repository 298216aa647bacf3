package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.AccountConfig.Import;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the {@code imports} of an account. */
final class ImportReader {
  /** One element, while it is read. */
  private static final class Wanted {
    boolean stream;
    boolean service;
    String account = "";
    String subject = "";
    String to = "";
    String prefix = "";
    boolean share;
    boolean allowTrace;
    @Nullable ConfigValue trace;

    void to(ConfigValue value) {
      to = value.string();
      if (stream && !prefix.isEmpty()) {
        throw value.error("Stream import can not have a 'prefix' and a 'to' property");
      }
    }

    void allowTrace(ConfigValue value) {
      allowTrace = value.bool();
      trace = value;
    }
  }

  private static final FieldTable<Wanted> SOURCE =
      new FieldTable<Wanted>()
          .field("account", (wanted, value) -> wanted.account = value.string())
          .field("subject", (wanted, value) -> wanted.subject = value.string());

  private final Problems problems;
  private final FieldTable<Wanted> fields;

  ImportReader(Problems problems) {
    this.problems = problems;
    this.fields =
        new FieldTable<Wanted>()
            .field("stream", this::stream)
            .field("service", this::service)
            .field("prefix", (wanted, value) -> wanted.prefix = value.string())
            .field("to", Wanted::to)
            .field("share", (wanted, value) -> wanted.share = value.bool())
            .field("allow_trace", Wanted::allowTrace);
  }

  /** Reads a list and adds what it has to {@code account}. */
  void read(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isList()) {
      throw value.error("Imports should be an array, got " + value.type());
    }
    for (ConfigValue element : value.list()) {
      problems.attempt(
          () -> {
            Import wanted = element(element, account.name);
            if (wanted != null) {
              checkDuplicates(wanted, account.imports, element);
              account.imports.add(wanted);
            }
          });
    }
  }

  private static void checkDuplicates(Import wanted, List<Import> imports, ConfigValue place) {
    String here = subjectHere(wanted);
    for (Import other : imports) {
      if (wanted.service()
          && other.service()
          && subjectHere(other).equals(here)
          && other.account().equals(wanted.account())) {
        throw place.error(
            "Duplicate service import subject "
                + quoted(here)
                + ", previously used in import for account "
                + quoted(other.account())
                + ", subject "
                + quoted(other.subject()));
      }
    }
  }

  private static String subjectHere(Import wanted) {
    return wanted.to().isEmpty() ? wanted.subject() : wanted.to();
  }

  private @Nullable Import element(ConfigValue value, String account) {
    if (!value.isMap()) {
      throw value.error("Import Items should be a map with type entry, got " + value.type());
    }
    Wanted wanted = new Wanted();
    fields.readAll(wanted, value, problems);
    if (wanted.service && wanted.trace != null) {
      throw wanted.trace.error("Detected allow_trace directive on a non-stream");
    }
    if (!wanted.stream && !wanted.service) {
      return null;
    }
    try {
      return new Import(
          wanted.service,
          wanted.account,
          problems.expand(wanted.subject, account, wanted.account),
          problems.expand(wanted.to, account, wanted.account),
          problems.expand(wanted.prefix, account, wanted.account),
          wanted.share,
          wanted.allowTrace);
    } catch (IllegalArgumentException e) {
      throw value.error(
          "Error adding "
              + (wanted.service ? "service" : "stream")
              + " import "
              + quoted(wanted.subject)
              + ": "
              + e.getMessage());
    }
  }

  private void stream(Wanted wanted, ConfigValue value) {
    if (wanted.service) {
      throw value.error("Detected stream but already saw a service");
    }
    source(wanted, "Stream", value);
    wanted.stream = true;
  }

  private void service(Wanted wanted, ConfigValue value) {
    if (wanted.stream) {
      throw value.error("Detected service but already saw a stream");
    }
    source(wanted, "Service", value);
    wanted.service = true;
  }

  private void source(Wanted wanted, String kind, ConfigValue value) {
    if (!value.isMap()) {
      throw value.error(kind + " entry should be an account map, got " + value.type());
    }
    SOURCE.readAll(wanted, value, problems);
    if (wanted.account.isEmpty() || wanted.subject.isEmpty()) {
      throw value.error("Expect an account name and a subject");
    }
  }
}
