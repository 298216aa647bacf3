package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.time.TimeSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The accounts of a server, by name. Thread-safe. */
final class ServerAccounts {
  private final TimeSource time;
  private final Compatibility compatibility;
  private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
  private volatile @Nullable SystemAccount system;
  private volatile @Nullable InterestObserver observer;

  ServerAccounts(TimeSource time, Compatibility compatibility) {
    this.compatibility = compatibility;
    this.time = time;
  }

  /** Returns the account of that name, and creates it when there is none. */
  Account get(String name) {
    Account known = accounts.get(name);
    return known == null ? accounts.computeIfAbsent(name, this::create) : known;
  }

  /** Returns the account of that name if it is known; the global one always is. */
  Optional<Account> find(String name) {
    return name.equals(NatsServer.GLOBAL_ACCOUNT)
        ? Optional.of(get(name))
        : Optional.ofNullable(accounts.get(name));
  }

  private Account create(String name) {
    Account account = new Account(name, time, compatibility);
    SystemAccount reporting = system;
    if (reporting != null) {
      reporting.adopt(account);
    }
    observeInterest(account);
    return account;
  }

  private void observeInterest(Account account) {
    InterestObserver observing = observer;
    if (observing != null) {
      account.interest().observe(observing);
    }
  }

  /**
   * Adds an account whose events the system account does not report yet.
   *
   * @throws NatsException if there is one of that name
   */
  Account add(String name) {
    Account account = new Account(name, time, compatibility);
    observeInterest(account);
    if (accounts.putIfAbsent(name, account) != null) {
      throw new NatsException("There is an account " + name + " already");
    }
    return account;
  }

  void remove(Account account) {
    accounts.remove(account.name(), account);
  }

  /** All accounts there are now; a live view. */
  Collection<Account> all() {
    return accounts.values();
  }

  /** The name that a configuration has for the system account. */
  static String systemAccountName(ServerConfig config) {
    String name = config.get(Options.SYSTEM_ACCOUNT);
    return name.isEmpty() ? NatsServer.SYSTEM_ACCOUNT : name;
  }

  /** Returns the system account of a configuration. */
  Account systemAccount(ServerConfig config) {
    return get(systemAccountName(config));
  }

  /** Has the system account report the events of accounts that are created from now on. */
  void reportTo(SystemAccount reporting) {
    system = reporting;
  }

  /** Has the interest of all accounts, present and future, observed. */
  void observe(InterestObserver observing) {
    observer = observing;
    accounts.values().forEach(account -> account.interest().observe(observing));
  }
}
