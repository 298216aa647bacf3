package dev.hubkit.nats.config;

import dev.hubkit.nats.account.ConnectionType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A user named in a configuration: by name and password, or by NKey.
 *
 * @param name empty for an NKey user
 * @param password plain or a bcrypt hash
 * @param nkey public key; empty for a user with a name
 * @param account the account it belongs to; empty for the global one
 * @param permissions null when nothing is restricted
 * @param connectionTypes how it may connect; empty for any way
 */
@SuppressWarnings("exports")
public record UserConfig(
    String name,
    String password,
    String nkey,
    String account,
    @Nullable PermissionsConfig permissions,
    Set<ConnectionType> connectionTypes,
    boolean proxyRequired) {

  UserConfig withAccount(String other) {
    return new UserConfig(name, password, nkey, other, permissions, connectionTypes, proxyRequired);
  }

  UserConfig withPermissions(PermissionsConfig other) {
    return new UserConfig(name, password, nkey, account, other, connectionTypes, proxyRequired);
  }

  /** What it is known by: its name or its NKey. */
  public String key() {
    return nkey.isEmpty() ? name : nkey;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "user " + key();
  }
}
