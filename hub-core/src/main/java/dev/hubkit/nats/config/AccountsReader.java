package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.account.SubjectMapping;
import dev.hubkit.nats.config.AccountConfig.Destination;
import dev.hubkit.nats.config.AccountConfig.Export;
import dev.hubkit.nats.config.AccountConfig.Import;
import dev.hubkit.nats.config.AccountConfig.JetStreamLimits;
import dev.hubkit.nats.config.AccountConfig.Latency;
import dev.hubkit.nats.config.AccountConfig.ResponseType;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the {@code accounts} block. */
final class AccountsReader {
  private static final String GLOBAL_ACCOUNT = "$G";

  private final Problems problems;
  private final AuthorizationReader authorization;

  AccountsReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    this.authorization = authorization;
  }

  /** The accounts with the users still in them. */
  List<AccountConfig.Builder> accounts(ConfigValue value) {
    Map<String, AccountConfig.Builder> accounts = new LinkedHashMap<>();
    if (value.isList()) {
      for (ConfigValue element : value.list()) {
        String name = element.string();
        if (name.equals(GLOBAL_ACCOUNT)) {
          problems.add(element, quoted(name) + " is a Reserved Account");
        } else if (accounts.put(name, new AccountConfig.Builder(name)) != null) {
          problems.add(element, "Duplicate Account Entry: " + name);
        }
      }
    } else if (value.isMap()) {
      value
          .map()
          .forEach(
              (name, field) -> {
                if (!field.isVariable()) {
                  problems.attempt(() -> accounts.put(name, account(name, field)));
                }
              });
    }
    if (!problems.any()) {
      checkReferences(value, accounts);
    }
    return List.copyOf(accounts.values());
  }

  private void checkReferences(ConfigValue place, Map<String, AccountConfig.Builder> accounts) {
    for (AccountConfig.Builder account : accounts.values()) {
      for (Export export : account.exports) {
        for (String importer : export.accounts()) {
          if (!accounts.containsKey(importer)) {
            problems.add(place, notDefined(importer, export.service(), "export"));
          }
        }
      }
      for (Export export : account.exports) {
        if (export.latency() != null && export.responseType() != ResponseType.SINGLETON) {
          problems.add(
              place,
              "Error adding service latency sampling for "
                  + quoted(export.subject())
                  + " on subject "
                  + quoted(export.latency().subject())
                  + ": bad service response type");
        }
      }
      for (Import wanted : account.imports) {
        AccountConfig.Builder exporter = accounts.get(wanted.account());
        if (exporter == null) {
          problems.add(place, notDefined(wanted.account(), wanted.service(), "import"));
        } else if (exporter.exports.stream().noneMatch(export -> isFor(export, wanted, account))) {
          problems.add(
              place,
              "Error adding "
                  + (wanted.service() ? "service" : "stream")
                  + " import "
                  + quoted(wanted.subject())
                  + ": "
                  + (wanted.service() ? "service" : "stream")
                  + " import not authorized");
        }
      }
    }
  }

  private static boolean isFor(Export export, Import wanted, AccountConfig.Builder importer) {
    return export.service() == wanted.service()
        && (export.accounts().isEmpty() || export.accounts().contains(importer.name))
        && Subjects.isSubset(wanted.subject(), export.subject());
  }

  private static String notDefined(String account, boolean service, String what) {
    return quoted(account)
        + " account not defined for "
        + (service ? "service " : "stream ")
        + what;
  }

  private AccountConfig.Builder account(String name, ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected map entries for accounts");
    }
    if (name.equals(GLOBAL_ACCOUNT)) {
      throw value.error(quoted(name) + " is a Reserved Account");
    }
    AccountConfig.Builder account = new AccountConfig.Builder(name);
    problems.each(
        value.map(),
        (key, fieldName, field) -> {
          switch (key) {
            case "nkey" -> {
              if (!field.isString() || !NKey.isValid(field.string(), NKey.Role.ACCOUNT)) {
                throw field.error(
                    "Not a valid public nkey for an account: "
                        + quoted(String.valueOf(field.value())));
              }
              account.nkey = field.string();
            }
            case "imports" -> imports(field, account);
            case "exports" -> exports(field, account);
            case "jetstream" -> account.jetStream = jetStream(field);
            case "users" -> {
              account.usersPlace = field;
              account.users = authorization.users(field);
            }
            case "default_permissions" ->
                account.defaultPermissions = authorization.permissions(field);
            case "mappings", "maps" -> account.mappings.putAll(mappings(field));
            case "limits" -> limits(field, account);
            case "msg_trace", "trace_dest" -> trace(fieldName, field, account);
            default -> problems.unknown(fieldName, field);
          }
        });
    if (account.defaultPermissions != null) {
      account.users = AuthorizationReader.withDefaults(account.users, account.defaultPermissions);
    }
    account.users = account.users.stream().map(user -> user.withAccount(name)).toList();
    return account;
  }

  private void limits(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isMap()) {
      throw value.error("Expected account limits to be a map/struct, got " + value.value());
    }
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "max_connections", "max_conn" -> account.maxConnections = (int) field.integer();
            case "max_subscriptions", "max_subs" ->
                account.maxSubscriptions = (int) field.integer();
            case "max_payload", "max_pay" -> account.maxPayload = (int) field.integer();
            // There are no leaf nodes to limit.
            case "max_leafnodes", "max_leafs" -> field.integer();
            default ->
                problems.unknown(
                    field, "Unknown field " + quoted(name) + " parsing account limits");
          }
        });
  }

  private void trace(String name, ConfigValue value, AccountConfig.Builder account) {
    if (value.isString()) {
      account.traceDestination = traceDestination(value);
    } else if (value.isMap()) {
      problems.each(
          value.map(),
          (key, fieldName, field) -> {
            switch (key) {
              case "dest" -> {
                if (!field.isString()) {
                  throw field.error(
                      "Field " + quoted(fieldName) + " should be a string, got " + field.type());
                }
                account.traceDestination = traceDestination(field);
              }
              case "sampling" -> account.traceSampling = traceSampling(fieldName, field);
              default ->
                  problems.unknown(
                      field,
                      "Unknown field "
                          + quoted(fieldName)
                          + " parsing account message trace map/struct "
                          + quoted(name));
            }
          });
    } else {
      throw value.error(
          "Expected account message trace "
              + quoted(name)
              + " to be a string or a map/struct, got "
              + value.type());
    }
    if (!account.traceDestination.isEmpty() && account.traceSampling == 0) {
      account.traceSampling = 100;
    } else if (account.traceDestination.isEmpty() && account.traceSampling > 0) {
      problems.warn(value, "Trace destination sampling ignored since no destination was set");
      account.traceSampling = 0;
    }
  }

  private static String traceDestination(ConfigValue value) {
    if (!Subjects.isValidLiteral(value.string())) {
      throw value.error("Trace destination " + quoted(value.string()) + " is not valid");
    }
    return value.string();
  }

  private static int traceSampling(String name, ConfigValue value) {
    long percent;
    if (value.isInteger()) {
      percent = value.integer();
    } else if (value.isString()) {
      try {
        percent = Integer.parseInt(withoutPercent(value.string()));
      } catch (NumberFormatException e) {
        throw value.error("Invalid trace destination sampling value " + quoted(value.string()));
      }
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

  private static String withoutPercent(String text) {
    return text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
  }

  Map<String, List<Destination>> mappings(ConfigValue value) {
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
                      List<Destination> destinations = destinations(field);
                      check(subject, destinations, field);
                      mappings.put(subject, destinations);
                    }));
    return mappings;
  }

  private static void check(String source, List<Destination> destinations, ConfigValue place) {
    Map<String, List<SubjectMapping.Target>> byCluster = new LinkedHashMap<>();
    for (Destination each : destinations) {
      byCluster
          .computeIfAbsent(each.cluster(), cluster -> new ArrayList<>())
          .add(new SubjectMapping.Target(each.subject(), each.weight()));
    }
    try {
      byCluster.values().forEach(targets -> SubjectMapping.of(source, targets));
    } catch (IllegalArgumentException e) {
      String to = place.isString() ? " to " + quoted(place.string()) : "";
      throw place.error("Error adding mapping for " + quoted(source) + to + " : " + e.getMessage());
    }
  }

  private List<Destination> destinations(ConfigValue value) {
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

  private Destination destination(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected an entry for the mapping destination");
    }
    String subject = "";
    String cluster = "";
    int weight = -1;
    for (Map.Entry<String, ConfigValue> entry : value.map().entrySet()) {
      ConfigValue field = entry.getValue();
      switch (entry.getKey().toLowerCase(Locale.ROOT)) {
        case "dest", "destination" -> subject = field.string();
        case "weight" -> weight = weight(field);
        case "cluster" -> cluster = field.string();
        default ->
            throw field.error(
                "Unknown field " + quoted(entry.getKey()) + " for mapping destination");
      }
    }
    if (weight < 0) {
      throw value.error("Missing weight for mapping destination " + quoted(subject));
    }
    return new Destination(subject, weight, cluster);
  }

  private static int weight(ConfigValue value) {
    long weight;
    if (value.isInteger()) {
      weight = value.integer();
    } else if (value.isString()) {
      String text = withoutPercent(value.string());
      try {
        weight = Integer.parseInt(text);
      } catch (NumberFormatException e) {
        throw value.error("Invalid weight " + quoted(text) + " for mapping destination");
      }
    } else {
      throw value.error("Unknown entry type for weight of " + value.value() + "\n");
    }
    if (weight > 100 || weight < 0) {
      throw value.error("Invalid weight " + weight + " for mapping destination");
    }
    return (int) weight;
  }

  private static @Nullable JetStreamLimits noLimits(ConfigValue value) {
    if (value.isBool()) {
      return value.bool() ? JetStreamLimits.NONE : null;
    }
    return switch (value.string().toLowerCase(Locale.ROOT)) {
      case "enabled", "enable" -> JetStreamLimits.NONE;
      case "disabled", "disable" -> null;
      default ->
          throw value.error(
              "Expected 'enabled' or 'disabled' for string value, got '" + value.string() + "'");
    };
  }

  private @Nullable JetStreamLimits jetStream(ConfigValue value) {
    if (value.isBool() || value.isString()) {
      return noLimits(value);
    }
    if (!value.isMap()) {
      throw value.error("Expected map, bool or string to define JetStream, got " + value.type());
    }
    long[] limits = {-1, -1, -1, -1, -1, -1, -1};
    boolean[] bytesRequired = {false};
    problems.each(
        value.map(),
        (key, name, field) -> {
          int which =
              switch (key) {
                case "max_memory", "max_mem", "mem", "memory" -> 0;
                case "max_store", "max_file", "max_disk", "store", "disk" -> 1;
                case "max_streams", "streams" -> 2;
                case "max_consumers", "consumers" -> 3;
                case "max_ack_pending" -> 4;
                case "mem_max_stream_bytes", "memory_max_stream_bytes" -> 5;
                case "disk_max_stream_bytes", "store_max_stream_bytes" -> 6;
                case "max_bytes_required", "max_stream_bytes", "max_bytes" -> 7;
                case "cluster_traffic" -> 8;
                default -> 9;
              };
          if (which < limits.length) {
            if (!field.isInteger()) {
              throw field.error(
                  "Expected a parseable size for " + quoted(name) + ", got " + field.value());
            }
            limits[which] = field.integer();
          } else if (which == 7) {
            if (!field.isBool()) {
              throw field.error(
                  "Expected a parseable bool for " + quoted(name) + ", got " + field.value());
            }
            bytesRequired[0] = field.bool();
          } else if (which == 8) {
            clusterTraffic(name, field);
          } else {
            problems.unknown(name, field);
          }
        });
    return new JetStreamLimits(
        limits[0],
        limits[1],
        (int) limits[2],
        (int) limits[3],
        (int) limits[4],
        limits[5],
        limits[6],
        bytesRequired[0]);
  }

  // Without replication there is no such traffic; what is configured is only checked.
  private static void clusterTraffic(String name, ConfigValue value) {
    if (!value.isString() || !List.of("", "system", "owner").contains(value.string())) {
      throw value.error(
          "Expected 'system' or 'owner' string value for "
              + quoted(name)
              + ", got "
              + value.value());
    }
  }

  private void exports(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isList()) {
      throw value.error("Exports should be an array, got " + value.type());
    }
    for (ConfigValue element : value.list()) {
      problems.attempt(
          () -> {
            Export export = export(element);
            if (export != null) {
              account.exports.add(export);
            }
          });
    }
  }

  private @Nullable Export export(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Export Items should be a map with type entry, got " + value.type());
    }
    Offer offer = new Offer(problems);
    problems.each(value.map(), offer::read);
    return offer.export();
  }

  private void imports(ConfigValue value, AccountConfig.Builder account) {
    if (!value.isList()) {
      throw value.error("Imports should be an array, got " + value.type());
    }
    for (ConfigValue element : value.list()) {
      problems.attempt(
          () -> {
            Import wanted = imported(element);
            if (wanted == null) {
              return;
            }
            String here = subjectHere(wanted);
            for (Import other : account.imports) {
              if (wanted.service()
                  && other.service()
                  && subjectHere(other).equals(here)
                  && other.account().equals(wanted.account())) {
                throw element.error(
                    "Duplicate service import subject "
                        + quoted(here)
                        + ", previously used in import for account "
                        + quoted(other.account())
                        + ", subject "
                        + quoted(other.subject()));
              }
            }
            account.imports.add(wanted);
          });
    }
  }

  private static String subjectHere(Import wanted) {
    return wanted.to().isEmpty() ? wanted.subject() : wanted.to();
  }

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
  }

  private @Nullable Import imported(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Import Items should be a map with type entry, got " + value.type());
    }
    Wanted wanted = new Wanted();
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "stream" -> {
              if (wanted.service) {
                throw field.error("Detected stream but already saw a service");
              }
              source(wanted, "Stream", field);
              wanted.stream = true;
            }
            case "service" -> {
              if (wanted.stream) {
                throw field.error("Detected service but already saw a stream");
              }
              source(wanted, "Service", field);
              wanted.service = true;
            }
            case "prefix" -> wanted.prefix = field.string();
            case "to" -> {
              wanted.to = field.string();
              if (wanted.stream && !wanted.prefix.isEmpty()) {
                throw field.error("Stream import can not have a 'prefix' and a 'to' property");
              }
            }
            case "share" -> wanted.share = field.bool();
            case "allow_trace" -> {
              wanted.allowTrace = field.bool();
              wanted.trace = field;
            }
            default -> problems.unknown(name, field);
          }
        });
    if (wanted.service && wanted.trace != null) {
      throw wanted.trace.error("Detected allow_trace directive on a non-stream");
    }
    if (!wanted.stream && !wanted.service) {
      return null;
    }
    return new Import(
        wanted.service,
        wanted.account,
        wanted.subject,
        wanted.to,
        wanted.prefix,
        wanted.share,
        wanted.allowTrace);
  }

  private void source(Wanted wanted, String kind, ConfigValue value) {
    if (!value.isMap()) {
      throw value.error(kind + " entry should be an account map, got " + value.type());
    }
    problems.each(
        value.map(),
        (key, name, field) -> {
          switch (key) {
            case "account" -> wanted.account = field.string();
            case "subject" -> wanted.subject = field.string();
            default -> problems.unknown(name, field);
          }
        });
    if (wanted.account.isEmpty() || wanted.subject.isEmpty()) {
      throw value.error("Expect an account name and a subject");
    }
  }

  /** One element of {@code exports}, while it is read. */
  private static final class Offer {
    private final Problems problems;
    private @Nullable String stream;
    private @Nullable String service;
    private List<String> accounts = List.of();
    private ResponseType responseType = ResponseType.SINGLETON;
    private long threshold;
    private @Nullable Latency latency;
    private int accountPosition;
    private boolean allowTrace;
    // The fields that only a service may have, with what is wrong with them on a stream.
    private final Map<ConfigValue, String> serviceOnly = new LinkedHashMap<>();

    Offer(Problems problems) {
      this.problems = problems;
    }

    void read(String key, String name, ConfigValue field) {
      switch (key) {
        case "stream" -> {
          if (service != null) {
            throw field.error(
                "Detected stream "
                    + quoted(String.valueOf(field.value()))
                    + " but already saw a service");
          }
          if (!field.isString()) {
            throw field.error("Expected stream name to be string, got " + field.type());
          }
          stream = field.string();
        }
        case "service" -> {
          if (stream != null) {
            throw field.error(
                "Detected service "
                    + quoted(String.valueOf(field.value()))
                    + " but already saw a stream");
          }
          if (!field.isString()) {
            throw field.error("Expected service name to be string, got " + field.type());
          }
          service = field.string();
        }
        case "response", "response_type" -> {
          serviceOnly.put(field, "Detected response directive on non-service");
          responseType = responseType(field);
        }
        case "threshold", "response_threshold", "response_max_time", "response_time" -> {
          serviceOnly.put(field, "Detected response directive on non-service");
          threshold = threshold(field);
        }
        case "accounts" -> accounts = field.list().stream().map(ConfigValue::string).toList();
        case "latency" -> {
          serviceOnly.put(field, "Detected latency directive on non-service");
          latency = latency(field);
        }
        case "account_token_position" -> accountPosition = (int) field.integer();
        case "allow_trace" -> {
          serviceOnly.put(field, "Detected allow_trace directive on non-service");
          allowTrace = field.bool();
        }
        default -> problems.unknown(name, field);
      }
    }

    @Nullable Export export() {
      if (stream != null) {
        serviceOnly.forEach(problems::add);
      }
      String subject = service != null ? service : stream;
      if (subject == null) {
        return null;
      }
      return new Export(
          service != null,
          subject,
          accounts,
          responseType,
          threshold,
          latency,
          accountPosition,
          allowTrace);
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
        throw value.error(
            "Expected latency entry to be a map/struct or string, got " + value.type());
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
        try {
          percent = Integer.parseInt(withoutPercent(text));
        } catch (NumberFormatException e) {
          throw value.error(
              "Failed to parse latency sample: strconv.Atoi: parsing "
                  + quoted(withoutPercent(text))
                  + ": invalid syntax");
        }
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
}
