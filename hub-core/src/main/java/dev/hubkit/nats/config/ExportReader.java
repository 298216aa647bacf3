package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.AccountConfig.Export;
import dev.hubkit.nats.config.AccountConfig.Latency;
import dev.hubkit.nats.config.AccountConfig.ResponseType;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.text.GoNumber;
import dev.hubkit.time.GoDuration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the {@code exports} of an account. */
final class ExportReader {
  /** One element, while it is read. */
  private static final class Offer {
    private @Nullable String stream;
    private @Nullable String service;
    private List<String> accounts = List.of();
    private ResponseType responseType = ResponseType.SINGLETON;
    private long threshold;
    private @Nullable Latency latency;
    private long accountPosition;
    private boolean allowTrace;
    // The fields that only a service may have, with what is wrong with them on a stream.
    private final Map<ConfigValue, String> serviceOnly = new LinkedHashMap<>();

    void stream(ConfigValue value) {
      stream = subject("stream", service, "a service", value);
    }

    void service(ConfigValue value) {
      service = subject("service", stream, "a stream", value);
    }

    private static String subject(
        String kind, @Nullable String other, String otherKind, ConfigValue value) {
      if (other != null) {
        throw value.error(
            "Detected " + kind + " " + value.formattedQuoted() + " but already saw " + otherKind);
      }
      if (!value.isString()) {
        throw value.error("Expected " + kind + " name to be string, got " + value.type());
      }
      return value.string();
    }

    void responseType(ConfigValue value) {
      serviceOnly.put(value, "Detected response directive on non-service");
      responseType = ExportReader.responseType(value);
    }

    void threshold(ConfigValue value) {
      serviceOnly.put(value, "Detected response directive on non-service");
      threshold = ExportReader.threshold(value);
    }

    void latency(ConfigValue value) {
      serviceOnly.put(value, "Detected latency directive on non-service");
      latency = ExportReader.latency(value);
    }

    void allowTrace(ConfigValue value) {
      serviceOnly.put(value, "Detected allow_trace directive on non-service");
      allowTrace = value.bool();
    }

    void addTo(AccountConfig.Builder account, Problems problems) {
      if (stream != null) {
        serviceOnly.forEach(problems::add);
      }
      String subject = service != null ? service : stream;
      if (subject == null) {
        return;
      }
      String kind = service != null ? "service" : "stream";
      try {
        String expanded = problems.expand(subject, account.name, null);
        checkPosition(expanded);
        account.exports.add(export(expanded));
      } catch (IllegalArgumentException e) {
        account.exportProblems.add(
            "Error adding " + kind + " export " + quoted(subject) + ": " + e.getMessage());
      } catch (IndexOutOfBoundsException e) {
        account.exportProblems.add(String.valueOf(e.getMessage()));
      }
    }

    // setExportAuth of nats-server; 0 is no position. Below that it runs out of its list of tokens.
    private void checkPosition(String subject) {
      List<String> tokens = Subjects.tokens(subject);
      if (accountPosition < 0) {
        throw new IndexOutOfBoundsException(
            "runtime error: index out of range ["
                + Long.toUnsignedString(accountPosition - 1)
                + "] with length "
                + tokens.size());
      }
      if (accountPosition > tokens.size()
          || (accountPosition > 0 && !tokens.get((int) accountPosition - 1).equals("*"))) {
        throw new IllegalArgumentException("sublist: invalid subject");
      }
    }

    private Export export(String subject) {
      return new Export(
          service != null,
          subject,
          accounts,
          responseType,
          threshold,
          latency,
          (int) accountPosition,
          allowTrace);
    }
  }

  private static final FieldTable<Offer> FIELDS =
      new FieldTable<Offer>()
          .field("stream", Offer::stream)
          .field("service", Offer::service)
          .field("response", "response_type", Offer::responseType)
          .field(
              List.of("threshold", "response_threshold", "response_max_time", "response_time"),
              Offer::threshold)
          .field("accounts", (offer, value) -> offer.accounts = accounts(value))
          .field("latency", Offer::latency)
          .field(
              "account_token_position", (offer, value) -> offer.accountPosition = value.integer())
          .field("allow_trace", Offer::allowTrace);

  private final Problems problems;

  ExportReader(Problems problems) {
    this.problems = problems;
  }

  /** Reads a list and adds what it has to {@code account}. */
  void read(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isList()) {
      throw value.error("Exports should be an array, got " + value.type());
    }
    for (ConfigValue element : value.list()) {
      problems.attempt(() -> element(element, account));
    }
  }

  private void element(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isMap()) {
      throw value.error("Export Items should be a map with type entry, got " + value.type());
    }
    Offer offer = new Offer();
    FIELDS.readAll(offer, value, problems);
    offer.addTo(account, problems);
  }

  private static List<String> accounts(ConfigValue value) {
    return value.list().stream().map(ConfigValue::string).toList();
  }

  private static ResponseType responseType(ConfigValue value) {
    if (!value.isString()) {
      throw value.error("Expected response type to be string, got " + value.type());
    }
    return switch (value.string().toLowerCase(Locale.ROOT)) {
      case "single", "singleton" -> ResponseType.SINGLETON;
      case "stream" -> ResponseType.STREAM;
      case "chunk", "chunked" -> ResponseType.CHUNKED;
      default -> throw value.error("Unknown response type: " + quoted(value.string()));
    };
  }

  private static long threshold(ConfigValue value) {
    String complaint = "Expected response threshold to be a parseable time duration, got ";
    if (!value.isString()) {
      throw value.error(complaint + value.type());
    }
    return GoDuration.parse(value.string())
        .orElseThrow(() -> value.error(complaint + quoted(value.string())));
  }

  private static Latency latency(ConfigValue value) {
    if (value.isString()) {
      return new Latency(value.string(), 100);
    }
    if (!value.isMap()) {
      throw value.error("Expected latency entry to be a map/struct or string, got " + value.type());
    }
    ConfigValue sampling = value.map().get("sampling");
    int percent = sampling == null ? 100 : sampling(sampling);
    ConfigValue subject = value.map().get("subject");
    if (subject == null) {
      throw value.error("Latency subject required, but missing");
    }
    if (!subject.isString()) {
      throw subject.error("Expected latency subject to be a string, got string");
    }
    return new Latency(subject.string(), percent);
  }

  private static int sampling(ConfigValue value) {
    long percent;
    if (value.isInteger()) {
      percent = value.integer();
    } else if (value.isString()) {
      String text = value.string();
      if (text.strip().equalsIgnoreCase("headers")) {
        return 0;
      }
      String number = value.withoutPercent();
      percent =
          GoNumber.integer(number)
              .orElseThrow(
                  () ->
                      value.error(
                          "Failed to parse latency sample: " + GoNumber.complaint("Atoi", number)));
    } else {
      throw value.error(
          "Expected latency sample to be a string or map/struct, got " + value.type());
    }
    if (percent < 1 || percent > 100) {
      throw value.error("bad sampling percentage, should be 1-100");
    }
    return (int) percent;
  }
}
