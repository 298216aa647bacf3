package dev.hubkit.nats.jetstream.runtime;

import java.util.List;

/**
 * What a stream knows of published messages that its store does not tell, because the messages may
 * be gone.
 *
 * @param ids the message ids in the duplicate window, the oldest first
 * @param lastMessageId the id of the last message; empty for none
 */
public record PublishState(List<KnownId> ids, String lastMessageId) {
  /** What a stream knows that has never got a message. */
  public static final PublishState NONE = new PublishState(List.of(), "");

  /** A message id, with the sequence of its message and the time when it came. */
  public record KnownId(String id, long sequence, long timestamp) {}

  public PublishState {
    ids = List.copyOf(ids);
  }
}
