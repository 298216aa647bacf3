package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * How a consumer delivers messages: to clients that ask for them (pull), or to a subject (push).
 * Confined to the stream's executor.
 */
sealed interface DeliveryMode permits PullDelivery, PushDelivery {
  /** The answer of {@link #inUse} for a use that lasts until further notice. */
  long UNTIL_TOLD = Long.MAX_VALUE;

  void open();

  /** Returns whether there is a client to deliver to. */
  boolean isWanted();

  /** Returns whether there is a client that can take a message now. */
  boolean isReady();

  /**
   * Chooses the recipient of a message.
   *
   * @param reply the subject for its acknowledgement
   * @param pending how many messages are to be delivered, including this one
   * @return the subject to send the message to; null if no client can take it
   */
  @Nullable String choose(StoredMessage message, String reply, long pending, WorkBatch batch);

  /** Returns the message in the form in which it is sent. */
  Message form(StoredMessage message, String reply);

  /**
   * Notes that the message was sent to the chosen recipient.
   *
   * @param bytes its length, including the subjects
   * @param taken whether it has reached a client
   */
  void sent(String to, long bytes, boolean taken, WorkBatch batch);

  /** Notes that a message that was sent has reached no client after all. */
  void undelivered(WorkBatch batch);

  /**
   * Notes that nothing more will be delivered for now.
   *
   * @param exhausted whether there are no more messages
   */
  void onIdle(boolean exhausted, WorkBatch batch);

  /** Handles a client's request for messages, to be sent to {@code reply}. */
  void request(String reply, byte[] payload, WorkBatch batch);

  /** Notes that a client has answered. */
  void onActivity();

  /**
   * Returns for how many more nanoseconds the consumer counts as used, if its clients may be silent
   * for {@code threshold}; 0 if it is not used.
   */
  long inUse(long threshold, WorkBatch batch);

  /** Tells all waiting clients that the consumer is gone. */
  void consumerDeleted(WorkBatch batch);

  /** Tells all waiting clients that the server shuts down. */
  void serverShutdown(WorkBatch batch);

  void close();
}
