package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.security.ClaimedAccounts;
import dev.hubkit.nats.security.ConfigAuthenticator;
import dev.hubkit.nats.security.ServerKey;
import dev.hubkit.time.TimeSource;
import org.jspecify.annotations.Nullable;

/** Who may log in to a server, which a reload replaces as a whole. Thread-safe. */
final class ServerLogins implements AutoCloseable {
  private final ServerAccounts accounts;
  private final JwtAccounts jwtAccounts;
  private final TimeSource time;
  private final @Nullable ServerKey key;
  private final String threadName;
  private volatile ConfigAuthenticator current;

  /**
   * Starts with the logins of a configuration.
   *
   * @param key null where the server neither signs nor encrypts
   */
  ServerLogins(
      ServerConfig config,
      ServerAccounts accounts,
      JwtAccounts jwtAccounts,
      TimeSource time,
      @Nullable ServerKey key,
      String threadName) {
    this.accounts = accounts;
    this.jwtAccounts = jwtAccounts;
    this.time = time;
    this.key = key;
    this.threadName = threadName;
    this.current = new ConfigAuthenticator(config, accounts::get, claimed(), time, key, threadName);
  }

  /**
   * Creates the logins of a changed configuration, which {@link #replace} puts in place.
   *
   * @throws NatsException if a running server can't take them over
   */
  ConfigAuthenticator create(ServerConfig config) {
    if (config.isSet(Options.AUTH_CALLOUT) && key == null) {
      throw new NatsException("config reload not supported for auth_callout");
    }
    return new ConfigAuthenticator(config, accounts::get, claimed(), time, key, threadName);
  }

  private ClaimedAccounts claimed() {
    return new ClaimedAccounts() {
      @Override
      public @Nullable AccountClaims current(String key) {
        return jwtAccounts.current(key);
      }

      // The server knows an account of operator mode once the first of its users comes.
      @Override
      public Account enter(AccountClaims claims) {
        return jwtAccounts.enter(claims, account -> current.account(account));
      }
    };
  }

  /** The logins that hold now. */
  ConfigAuthenticator current() {
    return current;
  }

  /** Puts others in place and returns those that held before, which the caller closes. */
  ConfigAuthenticator replace(ConfigAuthenticator changed) {
    ConfigAuthenticator before = current;
    current = changed;
    return before;
  }

  @Override
  public void close() {
    current.close();
  }
}
