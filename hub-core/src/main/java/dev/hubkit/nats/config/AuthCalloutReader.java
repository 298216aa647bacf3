package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.credential.NKey;
import java.util.List;

/** Reads the {@code auth_callout} block. Reads one only. */
final class AuthCalloutReader {
  private static final String GLOBAL_ACCOUNT = "$G";
  private static final FieldTable<AuthCalloutReader> FIELDS =
      new FieldTable<AuthCalloutReader>()
          .field("issuer", AuthCalloutReader::issuer)
          .field("account", "acc", (block, value) -> block.account = value.string())
          .field("auth_users", "users", (block, value) -> block.users = names("auth_users", value))
          .field("xkey", "key", AuthCalloutReader::xkey)
          .field(
              "allowed_accounts",
              (block, value) -> block.accounts = names("allowed accounts", value));

  private final Problems problems;
  private String issuer = "";
  private String account = "";
  private String xkey = "";
  private List<String> users = List.of();
  private List<String> accounts = List.of();

  AuthCalloutReader(Problems problems) {
    this.problems = problems;
  }

  AuthCalloutConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error(
          "Expected authorization callout to be a map/struct, got " + value.formatted());
    }
    FIELDS.readAll(
        this,
        value,
        problems,
        name -> "Unknown field " + quoted(name) + " parsing authorization callout");
    ConfigValue place = value.lastField();
    if (issuer.isEmpty()) {
      throw place.error("Authorization callouts require an issuer to be specified");
    }
    if (users.isEmpty()) {
      throw place.error("Authorization callouts require authorized users to be specified");
    }
    return new AuthCalloutConfig(
        issuer, account.isEmpty() ? GLOBAL_ACCOUNT : account, users, xkey, accounts);
  }

  private void issuer(ConfigValue value) {
    issuer = value.string();
    if (!NKey.isValid(issuer, NKey.Role.ACCOUNT)) {
      throw value.error(
          "Expected callout user to be a valid public account nkey, got " + quoted(issuer));
    }
  }

  private void xkey(ConfigValue value) {
    xkey = value.string();
    if (!NKey.isValid(xkey, NKey.Role.CURVE)) {
      throw value.error("Expected callout xkey to be a valid public xkey, got " + quoted(xkey));
    }
  }

  private static List<String> names(String what, ConfigValue value) {
    if (!value.isList()) {
      throw value.error("Expected " + what + " field to be an array, got *conf.token");
    }
    return value.list().stream().map(ConfigValue::string).toList();
  }
}
