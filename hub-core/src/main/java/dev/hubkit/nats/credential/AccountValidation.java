package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;
import dev.hubkit.text.GoQuote;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Checks an account's claims as {@code AccountClaims.Validate} of the JWT library of NATS does, in
 * its order ({@code account_claims.go}).
 */
final class AccountValidation {
  private static final long NO_LIMIT = -1;
  private static final int WHOLE = 100;
  private static final String ANY = "*";

  private final Jwt jwt;
  private final JsonObject claims;
  private final ClaimIssues issues = new ClaimIssues();

  AccountValidation(Jwt jwt) {
    this.jwt = jwt;
    this.claims = jwt.claims();
  }

  ClaimIssues run(long now) {
    issues.times(jwt, now);
    ShareClaims.checkImports(claims, jwt.subject(), issues);
    ShareClaims.checkExports(claims, issues);
    JsonObject limits = claims.objectOrEmpty("limits");
    if (limits.objectOrEmpty("tiered_limits").names().contains("")) {
      issues.error("Tiered JetStream Limits can not contain a blank \"\" tier name");
    }
    PermissionClaims.check(claims.objectOrEmpty("default_permissions"), issues);
    checkMappings(claims.objectOrEmpty("mappings"));
    checkAuthorization(claims.objectOrEmpty("authorization"));
    JsonObject trace = claims.object("trace");
    if (trace != null) {
      checkTrace(trace);
    }
    checkNumbers(limits);
    checkSigningKeys();
    InfoClaims.check(claims, issues);
    String traffic = claims.string("cluster_traffic", "");
    if (!List.of("", "system", "owner").contains(traffic)) {
      issues.error("unknown cluster traffic option: " + GoQuote.quote(traffic));
    }
    if (NKey.isValid(jwt.issuer(), NKey.Role.ACCOUNT) && !isUnset(limits)) {
      issues.warning("self-signed account JWTs shouldn't contain operator limits");
    }
    return issues;
  }

  private void checkMappings(JsonObject mappings) {
    for (String source : mappings.names()) {
      ClaimedSubjects.check(source, issues);
      String shown = "Mapping " + GoQuote.quote(source);
      Map<String, Long> clusters = new HashMap<>();
      long total = 0;
      for (JsonObject each : mappings.objects(source)) {
        ClaimedSubjects.check(each.string("subject", ""), issues);
        long weight = weight(each);
        String cluster = each.string("cluster", "");
        if (weight > WHOLE) {
          issues.error(shown + " has a weight " + weight + " that exceeds 100");
        }
        if (cluster.isEmpty()) {
          total += weight;
        } else if (clusters.merge(cluster, weight, Long::sum) > WHOLE) {
          issues.error(
              shown
                  + " in cluster "
                  + GoQuote.quote(cluster)
                  + " exceeds 100% among all of it's weighted to mappings");
        }
      }
      if (total > WHOLE) {
        issues.error(shown + " exceeds 100% among all of it's weighted to mappings");
      }
    }
  }

  /** Returns the weight of a destination, which is whole when none is said. */
  static int weight(JsonObject destination) {
    long weight = destination.integer("weight", 0);
    return weight == 0 ? WHOLE : (int) weight;
  }

  private void checkAuthorization(JsonObject authorization) {
    List<String> users = authorization.strings("auth_users");
    List<String> accounts = authorization.strings("allowed_accounts");
    if (!accounts.isEmpty() && users.isEmpty()) {
      issues.error("External authorization cannot have accounts without users specified");
    }
    for (String user : users) {
      if (!NKey.isValid(user, NKey.Role.USER)) {
        issues.error("AuthUser " + GoQuote.quote(user) + " is not a valid user public key");
      }
    }
    for (String account : accounts) {
      if (account.equals(ANY)) {
        if (accounts.size() > 1) {
          issues.error("AllowedAccounts can only be a list of accounts or \"*\"");
        }
      } else if (!NKey.isValid(account, NKey.Role.ACCOUNT)) {
        issues.error("Account " + GoQuote.quote(account) + " is not a valid account public key");
      }
    }
    String xkey = authorization.string("xkey", "");
    if (!xkey.isEmpty() && !NKey.isValid(xkey, NKey.Role.CURVE)) {
      issues.error("XKey " + GoQuote.quote(xkey) + " is not a valid public xkey");
    }
  }

  private void checkTrace(JsonObject trace) {
    String destination = trace.string("dest", "");
    ClaimIssues found = new ClaimIssues();
    ClaimedSubjects.check(destination, found);
    if (!found.all().isEmpty()) {
      issues.error("the account Trace.Destination " + found.all().get(0).description());
    }
    if (ClaimedSubjects.hasWildcards(destination)) {
      issues.error(
          "the account Trace.Destination subject "
              + GoQuote.quote(destination)
              + " is not a valid publish subject");
    }
    long sampling = trace.integer("sampling", 0);
    if (sampling < 0 || sampling > WHOLE) {
      issues.error(
          "the account Trace.Sampling value '"
              + sampling
              + "' is not valid, should be in the range [1..100]");
    }
  }

  private void checkNumbers(JsonObject limits) {
    List<JsonObject> exports =
        ShareClaims.elements(claims, "exports").stream().filter(Objects::nonNull).toList();
    int imported = ShareClaims.elements(claims, "imports").size();
    int exported = ShareClaims.elements(claims, "exports").size();
    long imports = limits.integer("imports", 0);
    long most = limits.integer("exports", 0);
    String tooMany = " than allowed by the operator";
    // nats-server looks at this twice.
    if (!isUnset(limits) && imports >= 0 && imported > imports) {
      issues.error("the account contains more imports" + tooMany);
    }
    if (imports != NO_LIMIT && imported > imports) {
      issues.error("the account contains more imports" + tooMany);
    }
    if (most != NO_LIMIT) {
      if (exported > most) {
        issues.error("the account contains more exports" + tooMany);
      }
      if (!limits.bool("wildcards", false)) {
        exports.stream()
            .filter(export -> ClaimedSubjects.hasWildcards(export.string("subject", "")))
            .forEach(
                export ->
                    issues.error(
                        "the account contains wildcard exports that are not allowed by the"
                            + " operator"));
      }
    }
  }

  private static boolean isUnset(JsonObject limits) {
    return limits.names().stream()
        .map(limits::get)
        .allMatch(
            value ->
                value == null
                    || Boolean.FALSE.equals(value)
                    || Long.valueOf(0).equals(value)
                    || (value instanceof JsonObject tiers && tiers.names().isEmpty()));
  }

  private void checkSigningKeys() {
    if (!(claims.get("signing_keys") instanceof List<?> keys)) {
      return;
    }
    for (Object element : keys) {
      if (element instanceof JsonObject scope) {
        String key = scope.string("key", "");
        if (!NKey.isValid(key, NKey.Role.ACCOUNT)) {
          issues.error(key + " is not an account public key");
        }
      } else if (element instanceof String key && !NKey.isValid(key, NKey.Role.ACCOUNT)) {
        issues.error(GoQuote.quote(key) + " is not a valid account signing key");
      }
    }
  }
}
