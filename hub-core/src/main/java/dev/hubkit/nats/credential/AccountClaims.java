package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The claims of an operator about an account. A limit of -1 means none.
 *
 * @param signingKeys keys that may sign users; with a scope where they may sign only certain ones
 * @param revocations seconds since the epoch before which tokens are void, by user or {@code *}
 * @param defaults what users without permissions of their own may do
 * @param callout the service that decides on logins; without users when there is none
 * @param jetStream null when JetStream is not enabled for it
 */
public record AccountClaims(
    Jwt jwt,
    Map<String, Optional<UserLimits>> signingKeys,
    Map<String, Long> revocations,
    UserLimits defaults,
    int maxConnections,
    int maxSubscriptions,
    int maxPayload,
    int maxLeafNodes,
    boolean disallowBearer,
    Callout callout,
    @Nullable JsonObject jetStream,
    List<String> tags) {

  /**
   * The service that decides who may log in (ADR-26).
   *
   * @param users public keys of those it connects as itself
   * @param allowedAccounts where it may place users
   * @param xkey its curve key; empty where nothing is encrypted
   */
  public record Callout(List<String> users, List<String> allowedAccounts, String xkey) {
    /** Returns whether there is such a service. */
    public boolean isPresent() {
      return !users.isEmpty();
    }

    private static Callout of(@Nullable JsonObject said) {
      return said == null
          ? new Callout(List.of(), List.of(), "")
          : new Callout(
              said.strings("auth_users"),
              said.strings("allowed_accounts"),
              said.string("xkey", ""));
    }
  }

  /**
   * Reads an account's token.
   *
   * @throws CredentialException if the text is no such token
   */
  public static AccountClaims parse(String token) throws CredentialException {
    Jwt jwt = Jwt.parse(token);
    if (!jwt.type().equals("account")) {
      throw new CredentialException("not account claim");
    }
    try {
      JsonObject claims = jwt.claims();
      JsonObject limits = claims.objectOrEmpty("limits");
      JsonObject defaults = claims.objectOrEmpty("default_permissions");
      return new AccountClaims(
          jwt,
          signingKeys(claims),
          revocations(claims.object("revocations")),
          UserLimits.of(defaults, -1),
          UserLimits.clamp(limits.integer("conn", 0)),
          UserLimits.clamp(limits.integer("subs", 0)),
          UserLimits.clamp(limits.integer("payload", 0)),
          UserLimits.clamp(limits.integer("leaf", 0)),
          limits.bool("disallow_bearer", false),
          Callout.of(claims.object("authorization")),
          hasJetStream(limits) ? limits : null,
          jwt.tags());
    } catch (JsonException e) {
      throw new CredentialException("malformed account claims: " + e.getMessage(), e);
    }
  }

  /**
   * Checks it as {@code AccountClaims.Validate} of the JWT library of NATS does.
   *
   * @param now seconds since the epoch
   */
  public ClaimIssues issues(long now) {
    return new AccountValidation(jwt).run(now);
  }

  /** Writes all that the token says of the account as the field {@code name} of an object. */
  public void write(JsonWriter json, String name) {
    DecodedClaims.write(json, name, jwt);
  }

  // IsJSEnabled: tiers replace the limits beside them.
  private static boolean hasJetStream(JsonObject limits) {
    JsonObject tiers = limits.objectOrEmpty("tiered_limits");
    return tiers.names().isEmpty()
        ? hasStorage(limits)
        : tiers.names().stream().anyMatch(name -> hasStorage(tiers.objectOrEmpty(name)));
  }

  private static boolean hasStorage(JsonObject limits) {
    return limits.integer("mem_storage", 0) != 0 || limits.integer("disk_storage", 0) != 0;
  }

  private static Map<String, Optional<UserLimits>> signingKeys(JsonObject claims) {
    Map<String, Optional<UserLimits>> keys = new HashMap<>();
    if (!(claims.get("signing_keys") instanceof List<?> list)) {
      return keys;
    }
    for (Object element : list) {
      if (element instanceof String key) {
        keys.put(key, Optional.empty());
      } else if (element instanceof JsonObject scope) {
        keys.put(
            scope.string("key", ""),
            Optional.of(UserLimits.of(scope.objectOrEmpty("template"), -1)));
      } else {
        throw new JsonException("a signing key is neither a key nor a scope");
      }
    }
    return keys;
  }

  private static Map<String, Long> revocations(@Nullable JsonObject object) {
    Map<String, Long> revocations = new HashMap<>();
    if (object != null) {
      for (String key : object.names()) {
        revocations.put(key, object.integer(key, 0));
      }
    }
    return revocations;
  }

  /**
   * Returns whether the account has revoked a user's tokens that were issued at that time, in
   * seconds since the epoch.
   */
  public boolean revokes(String user, long issuedAt) {
    return issuedAt
        <= Math.max(revocations.getOrDefault(user, -1L), revocations.getOrDefault("*", -1L));
  }

  /** Returns whether a key may sign users of this account. */
  public boolean isSigner(String key) {
    return key.equals(jwt.subject()) || signingKeys.containsKey(key);
  }

  /** Returns the limits of users that a key has signed; null when the key has no scope. */
  public @Nullable UserLimits scope(String key) {
    return signingKeys.getOrDefault(key, Optional.empty()).orElse(null);
  }
}
