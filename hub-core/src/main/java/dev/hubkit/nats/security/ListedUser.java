package dev.hubkit.nats.security;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.config.UserConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user that a configuration lists, and who it is once it has logged in. */
record ListedUser(UserConfig config, AuthenticatedUser user) {
  /**
   * Returns the user for a client that has not sent CONNECT yet; null for nobody, where the user
   * must come through a trusted proxy: only CONNECT has the signature of one.
   */
  @Nullable AuthenticatedUser beforeConnect() {
    return config.proxyRequired() ? null : user;
  }

  /** Returns whether the user may come that way. */
  boolean allows(ConnectionType type) {
    Set<ConnectionType> types = config.connectionTypes();
    return types.isEmpty() || types.contains(type);
  }
}
