package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.config.AccountConfig.Export;
import dev.hubkit.nats.config.AccountConfig.Import;
import dev.hubkit.nats.config.AccountConfig.ResponseType;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.subject.Subjects;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the {@code accounts} block. */
final class AccountsReader {
  private static final String GLOBAL_ACCOUNT = "$G";

  private static final FieldTable<AccountConfig.Builder> LIMITS =
      new FieldTable<AccountConfig.Builder>()
          .field(
              "max_connections",
              "max_conn",
              (account, value) -> account.maxConnections = value.int32())
          .field(
              "max_subscriptions",
              "max_subs",
              (account, value) -> account.maxSubscriptions = value.int32())
          .field("max_payload", "max_pay", (account, value) -> account.maxPayload = value.int32())
          .field(
              "max_leafnodes",
              "max_leafs",
              (account, value) -> account.maxLeafNodes = value.int32());

  private final Problems problems;
  private final FieldTable<AccountConfig.Builder> fields;

  AccountsReader(Problems problems, AuthorizationReader authorization) {
    this.problems = problems;
    ImportReader imports = new ImportReader(problems);
    ExportReader exports = new ExportReader(problems);
    AccountJetStreamReader jetStream = new AccountJetStreamReader(problems);
    MappingReader mappings = new MappingReader(problems);
    AccountTraceReader trace = new AccountTraceReader(problems);
    this.fields =
        new FieldTable<AccountConfig.Builder>()
            .field("nkey", (account, value) -> account.nkey = nkey(value))
            .field("imports", (account, value) -> imports.read(value, account))
            .field("exports", (account, value) -> exports.read(value, account))
            .field("jetstream", (account, value) -> account.jetStream = jetStream.read(value))
            .field(
                "users",
                (account, value) -> {
                  account.usersPlace = value;
                  account.users = authorization.users().read(value);
                })
            .field(
                "default_permissions",
                (account, value) ->
                    account.defaultPermissions = authorization.permissions().read(value))
            .field(
                "mappings",
                "maps",
                (account, value) -> account.mappings.putAll(mappings.read(value, account.name)))
            .field("limits", this::limits)
            .named(
                List.of("msg_trace", "trace_dest"),
                (account, name, value) -> trace.read(account, name, value));
  }

  /** The accounts with the users still in them. */
  List<AccountConfig.Builder> read(ConfigValue value) {
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
      account.exportProblems.forEach(problem -> problems.add(place, problem));
      for (Export export : account.exports) {
        for (String importer : export.accounts()) {
          if (!accounts.containsKey(importer)) {
            problems.add(place, notDefined(importer, export.service(), "export"));
          }
        }
      }
      account.exports.forEach(export -> checkLatency(place, export, account));
    }
    SharingCheck sharing = new SharingCheck(accounts);
    for (boolean services : List.of(false, true)) {
      for (AccountConfig.Builder account : accounts.values()) {
        account.imports.stream()
            .filter(wanted -> wanted.service() == services)
            .forEach(wanted -> checkImport(place, wanted, account, sharing));
      }
    }
  }

  private void checkLatency(ConfigValue place, Export export, AccountConfig.Builder account) {
    if (export.latency() == null) {
      return;
    }
    String subject = export.latency().subject();
    String problem = "";
    if (!Subjects.isValidLiteral(subject) || isService(subject, account)) {
      problem = "invalid publish subject";
    } else if (export.responseType() != ResponseType.SINGLETON) {
      problem = "bad service response type";
    }
    if (!problem.isEmpty()) {
      problems.add(
          place,
          "Error adding service latency sampling for "
              + quoted(export.subject())
              + " on subject "
              + quoted(subject)
              + ": "
              + problem);
    }
  }

  // A service whose latencies would be measured again and again.
  private static boolean isService(String subject, AccountConfig.Builder account) {
    return account.exports.stream()
        .anyMatch(each -> each.service() && Subjects.isSubset(subject, each.subject()));
  }

  private void checkImport(
      ConfigValue place, Import wanted, AccountConfig.Builder importer, SharingCheck sharing) {
    if (!sharing.isDefined(wanted.account())) {
      problems.add(place, notDefined(wanted.account(), wanted.service(), "import"));
      return;
    }
    try {
      sharing.add(wanted, importer);
    } catch (IllegalArgumentException e) {
      problems.add(
          place,
          "Error adding "
              + (wanted.service() ? "service" : "stream")
              + " import "
              + quoted(wanted.subject())
              + ": "
              + e.getMessage());
    }
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
    fields.readAll(account, value, problems);
    if (account.defaultPermissions != null) {
      account.users = UserReader.withDefaults(account.users, account.defaultPermissions);
    }
    account.users = account.users.stream().map(user -> user.withAccount(name)).toList();
    return account;
  }

  private static String nkey(ConfigValue value) {
    if (!value.isString() || !NKey.isValid(value.string(), NKey.Role.ACCOUNT)) {
      throw value.error("Not a valid public nkey for an account: " + value.formattedQuoted());
    }
    return value.string();
  }

  private void limits(AccountConfig.Builder account, ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected account limits to be a map/struct, got " + value.formatted());
    }
    LIMITS.readAll(
        account,
        value,
        problems,
        name -> "Unknown field " + quoted(name) + " parsing account limits");
  }
}
