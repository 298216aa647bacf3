package dev.hubkit.nats.security;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.config.UserConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user that a configuration lists, and who it is once it has logged in. */
record ListedUser(UserConfig config, AuthenticatedUser user) {
  /**
   * Returns the user for a client that shows nothing. As in nats-server it is nobody where a proxy
   * is required, whatever the client shows (processClientOrLeafAuthentication in {@code auth.go}):
   * no client comes through a trusted proxy here.
   */
  @Nullable AuthenticatedUser withoutCredentials() {
    return config.proxyRequired() ? null : user;
  }

  /** Returns whether the user may come that way. */
  boolean allows(ConnectionType type) {
    Set<ConnectionType> types = config.connectionTypes();
    return !config.proxyRequired() && (types.isEmpty() || types.contains(type));
  }
}
