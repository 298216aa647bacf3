package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;

/**
 * A part of the server that does not take every message of its subscription: whoever asks gets "no
 * responders" when nobody has taken the request. Thread-safe.
 *
 * <p>A class rather than an interface, because that makes it cheap to recognize for each message.
 */
public abstract class SelectiveSubscriber implements Subscriber {
  /**
   * Takes a message, or leaves it.
   *
   * @param route the subject that the subscription has matched; not always that of the message
   * @return how many have taken it; 0 for none
   */
  public abstract int take(String route, Message message, WorkBatch batch);

  @Override
  public final void deliver(Subscription subscription, Message message, WorkBatch batch) {
    take(message.subject(), message, batch);
  }
}
