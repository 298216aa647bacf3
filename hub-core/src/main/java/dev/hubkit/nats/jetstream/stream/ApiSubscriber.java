package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.SelectiveSubscriber;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.wire.Message;

/**
 * Takes the requests to the JetStream API of an account, also those that nobody answers; it leaves
 * to streams and consumers what only they can answer. Thread-safe.
 */
public final class ApiSubscriber extends SelectiveSubscriber {
  private final ApiAccount account;
  private final ApiDispatcher api;
  private final boolean reported;

  /**
   * Makes the subscriber of an account.
   *
   * @param reported whether reports tell of it
   */
  public ApiSubscriber(ApiAccount account, ApiDispatcher api, boolean reported) {
    this.account = account;
    this.api = api;
    this.reported = reported;
  }

  @Override
  public boolean isReported() {
    return reported;
  }

  @Override
  public int take(String route, Message message, WorkBatch batch) {
    if (ApiSubjects.isForStream(message.subject())) {
      return 0;
    }
    api.route(account, message, batch);
    return 1;
  }
}
