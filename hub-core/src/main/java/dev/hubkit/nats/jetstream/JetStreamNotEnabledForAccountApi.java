package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.stream.ApiDispatcher;
import dev.hubkit.nats.jetstream.stream.ApiSubscriber;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;

/**
 * Answers the API requests of an account without JetStream, on a server that has it, with an error.
 * Thread-safe.
 */
final class JetStreamNotEnabledForAccountApi implements ApiAccount, AutoCloseable {
  private final Account account;
  private final JetStreamOptions options;
  private final TimeSource time;
  private final Supervisor supervisor;
  private final Subscription subscription;

  /** Begins to answer. */
  JetStreamNotEnabledForAccountApi(
      Account account,
      ApiDispatcher api,
      JetStreamOptions options,
      TimeSource time,
      Supervisor supervisor) {
    this.account = account;
    this.options = options;
    this.time = time;
    this.supervisor = supervisor;
    // Reports tell of the import of the API, which the account has, too.
    this.subscription =
        account.subscribe(ApiSubjects.ALL, null, new ApiSubscriber(this, api, false));
  }

  @Override
  public Account account() {
    return account;
  }

  @Override
  public JetStreamOptions options() {
    return options;
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public Supervisor supervisor() {
    return supervisor;
  }

  @Override
  public void countAnswer(boolean error) {
    // As in nats-server, only accounts with JetStream count.
  }

  @Override
  public void close() {
    account.unsubscribe(subscription);
  }
}
