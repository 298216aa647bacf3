package dev.hubkit.junit.history;

import org.jspecify.annotations.Nullable;

/**
 * What of a history is checked, and what its messages are known by.
 *
 * @param stream the only stream; null for all
 * @param consumer the only consumer; null for all
 * @param bucket the only bucket; null for all
 * @param identity what the same message has in common with itself; null for {@code Nats-Msg-Id}
 * @param key what messages have in common whose order matters
 * @param handledAs what the application records when it handles a message; null where its
 *     acknowledgements tell
 */
record Selection(
    @Nullable String stream,
    @Nullable String consumer,
    @Nullable String bucket,
    @Nullable MessageKey identity,
    MessageKey key,
    @Nullable String handledAs) {
  static final Selection EVERYTHING =
      new Selection(null, null, null, null, MessageKey.bySubject(), null);

  private static final MessageKey MESSAGE_ID = MessageKey.byHeader("Nats-Msg-Id");

  /** Returns what the same message has in common with itself; null if it has nothing. */
  @Nullable String identityOf(Publication publication) {
    return (identity == null ? MESSAGE_ID : identity).of(publication.published().view());
  }

  /** Returns the key with which the application records the message; null if it has none. */
  @Nullable String markOf(AcknowledgedMessage message) {
    String known = identityOf(message.first());
    return known == null && identity == null ? message.subject() : known;
  }

  Selection ofStream(String name) {
    return new Selection(name, consumer, bucket, identity, key, handledAs);
  }

  Selection ofConsumer(String name) {
    return new Selection(stream, name, bucket, identity, key, handledAs);
  }

  Selection ofBucket(String name) {
    return new Selection(stream, consumer, name, identity, key, handledAs);
  }

  Selection identifiedBy(MessageKey by) {
    return new Selection(stream, consumer, bucket, by, key, handledAs);
  }

  Selection keyedBy(MessageKey by) {
    return new Selection(stream, consumer, bucket, identity, by, handledAs);
  }

  Selection handledAs(String what) {
    return new Selection(stream, consumer, bucket, identity, key, what);
  }

  /** Describes what is selected, as in {@code stream ORDERS, consumer kitchen}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (stream != null) {
      text.append("stream ").append(stream);
    }
    if (consumer != null) {
      text.append(text.isEmpty() ? "" : ", ").append("consumer ").append(consumer);
    }
    if (bucket != null) {
      text.append(text.isEmpty() ? "" : ", ").append("bucket ").append(bucket);
    }
    return text.isEmpty() ? "everything" : text.toString();
  }
}
