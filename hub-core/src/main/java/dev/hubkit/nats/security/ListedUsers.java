package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.config.PermissionsConfig;
import dev.hubkit.nats.config.UserConfig;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The users that a configuration lists, by name, NKey or certificate. Immutable. */
final class ListedUsers {
  /** The account of users that name none. */
  static final String GLOBAL_ACCOUNT = "$G";

  private final Map<String, ListedUser> byName = new HashMap<>();
  private final Map<String, ListedUser> byNKey = new HashMap<>();

  /**
   * Lists the users of a configuration.
   *
   * @param accounts finds an account by name, or makes it
   */
  ListedUsers(List<UserConfig> configured, Function<String, Account> accounts) {
    // Of equal permissions, all users have the same object.
    Map<PermissionsConfig, Permissions> shared = new HashMap<>();
    for (UserConfig each : configured) {
      Account account = accounts.apply(each.account().isEmpty() ? GLOBAL_ACCOUNT : each.account());
      PermissionsConfig granted = each.permissions();
      Permissions permissions =
          granted == null
              ? Permissions.ALL
              : shared.computeIfAbsent(granted, PermissionsConfig::permissions);
      boolean named = each.nkey().isEmpty();
      AuthenticatedUser.Origin origin =
          named
              ? AuthenticatedUser.Origin.NONE
              : new AuthenticatedUser.Origin(account.name(), "", List.of(), false);
      AuthenticatedUser user =
          new AuthenticatedUser(each.key(), account, permissions, 0, -1, -1, origin);
      (named ? byName : byNKey).put(each.key(), new ListedUser(each, user));
    }
  }

  boolean isEmpty() {
    return byName.isEmpty() && byNKey.isEmpty();
  }

  boolean hasNames() {
    return !byName.isEmpty();
  }

  boolean hasNKeys() {
    return !byNKey.isEmpty();
  }

  @Nullable ListedUser named(String name) {
    return byName.get(name);
  }

  @Nullable ListedUser withNKey(String nkey) {
    return byNKey.get(nkey);
  }

  /** Returns the user of that name, or else with that NKey. */
  @Nullable ListedUser find(String key) {
    ListedUser named = byName.get(key);
    return named == null ? byNKey.get(key) : named;
  }

  /**
   * Returns the user that a certificate belongs to: the first that is called as an alternative name
   * of it, or that has its subject as the name, in whatever order of the parts, or spelled as Go
   * spells it. Those that may not come in the given way are left out.
   */
  @Nullable ListedUser owner(X509Certificate certificate, ConnectionType type) {
    ListedUser user = first(CertificateNames.alternatives(certificate), type);
    if (user != null) {
      return user;
    }
    DistinguishedName subject = DistinguishedName.of(certificate);
    user = subject.isComparable() ? ofSubject(subject, type) : null;
    return user == null ? first(subject.spellings(), type) : user;
  }

  private @Nullable ListedUser first(List<String> names, ConnectionType type) {
    return names.stream()
        .map(byName::get)
        .filter(user -> user != null && user.allows(type))
        .findFirst()
        .orElse(null);
  }

  private @Nullable ListedUser ofSubject(DistinguishedName subject, ConnectionType type) {
    ListedUser reordered = null;
    for (ListedUser user : byName.values()) {
      DistinguishedName name =
          user.allows(type) ? DistinguishedName.parse(user.config().name()) : null;
      if (subject.equals(name)) {
        return user;
      }
      if (name != null && subject.matches(name)) {
        reordered = user;
      }
    }
    return reordered;
  }
}
