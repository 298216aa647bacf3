package dev.hubkit.junit.stub;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Handle;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What stubs subscribe to, over restarts of the server. Thread-safe. */
final class Interests {
  private static final Log log = Log.of(Interests.class);

  private final List<Entry> entries = new ArrayList<>();
  private Function<String, Optional<Account>> accounts = name -> Optional.empty();

  /** A subscription of an account, made again in each server. */
  private static final class Entry {
    private final StubMapping.Interest interest;
    private final Subscriber subscriber;
    private @Nullable Account account;
    private @Nullable Subscription subscription;

    Entry(StubMapping.Interest interest, Subscriber subscriber) {
      this.interest = interest;
      this.subscriber = subscriber;
    }

    void subscribe(Account in) {
      account = in;
      subscription = in.subscribe(interest.subject(), interest.queueGroup(), subscriber);
    }

    void unsubscribe() {
      if (account != null && subscription != null) {
        account.unsubscribe(subscription);
      }
    }
  }

  /** Subscribes in a server that has just been started. */
  synchronized void begin(Function<String, Optional<Account>> started) {
    accounts = started;
    for (Entry entry : entries) {
      Optional<Account> account = started.apply(entry.interest.account());
      account.ifPresent(entry::subscribe);
      if (account.isEmpty()) {
        log.warn(
            "The server no longer has the account {} of the stub on {}",
            entry.interest.account(),
            entry.interest);
      }
    }
  }

  /**
   * Subscribes until the result is closed.
   *
   * @throws IllegalStateException if the server does not know the account
   */
  synchronized Handle add(StubMapping.Interest interest, Subscriber subscriber) {
    Account account =
        account(interest.account())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "The server has no account \""
                            + interest.account()
                            + "\" for a stub on "
                            + interest.subject()
                            + ": declare the account in the server's configuration"));
    Entry entry = new Entry(interest, subscriber);
    entry.subscribe(account);
    entries.add(entry);
    return () -> remove(entry);
  }

  private synchronized void remove(Entry entry) {
    if (entries.remove(entry)) {
      entry.unsubscribe();
    }
  }

  /** Returns the account of that name, if the server knows it. */
  synchronized Optional<Account> account(String name) {
    return accounts.apply(name);
  }
}
