package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * How the messages of a consumer get to its clients: those that ask for them, or whoever listens to
 * a subject. Confined to the stream's executor.
 */
sealed interface DeliveryMode permits PullDelivery, PushDelivery {
  /** Of {@link #inUse}: for as long as the consumer isn't told otherwise. */
  long UNTIL_TOLD = Long.MAX_VALUE;

  void open();

  /** Is there anybody to deliver to? */
  boolean isWanted();

  /** {@link #isWanted}, and can take a message now. */
  boolean isReady();

  /**
   * Chooses who gets a message.
   *
   * @param reply where its acknowledgement will go
   * @param pending how many messages there are to deliver, this one included
   * @return the subject to send it to; null when nobody can take it
   */
  @Nullable String choose(StoredMessage message, String reply, long pending, WorkBatch batch);

  /** The message as it is to be sent. */
  Message form(StoredMessage message, String reply);

  /**
   * The message that was chosen for was sent.
   *
   * @param bytes its length with the subjects
   * @param taken whether it has reached anybody
   */
  void sent(String to, long bytes, boolean taken, WorkBatch batch);

  /**
   * Nothing more is delivered for now.
   *
   * @param exhausted whether that is because there is nothing
   */
  void onIdle(boolean exhausted, WorkBatch batch);

  /** A client asks for messages, to be sent to {@code reply}. */
  void request(String reply, byte[] payload, WorkBatch batch);

  /** A client has answered. */
  void onActivity();

  /**
   * For how many nanoseconds the consumer is in use yet, when its clients may be silent for {@code
   * threshold}; 0 when nobody uses it.
   */
  long inUse(long threshold, WorkBatch batch);

  /** Tells all who wait that the consumer is gone. */
  void consumerDeleted(WorkBatch batch);

  /** Tells all who wait that the server goes down. */
  void serverShutdown(WorkBatch batch);

  void close();
}
