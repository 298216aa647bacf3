package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.wire.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done by every replica of a stream. Says what was asked for, and not what becomes of
 * it: all replicas come to the same result, since each does the same with the same. What one server
 * alone can know, such as its clock and its consumers, the leader writes into the command. Times
 * are nanoseconds since the Unix epoch.
 */
public sealed interface StreamCommand {
  /** Where a message comes from, and so which checks it has to pass. */
  enum Origin {
    /** A publisher. */
    CLIENT,
    /** A publisher, as part of a fast batch. */
    FAST_BATCH,
    /** The server itself. */
    SERVER
  }

  /**
   * A message to be stored.
   *
   * @param unwanted whether no consumer is interested, so that it only gets a sequence
   */
  record Publish(Message message, Origin origin, boolean unwanted, long time)
      implements StreamCommand {}

  /**
   * A complete atomic batch.
   *
   * @param unwanted for each message, whether no consumer is interested
   */
  record PublishBatch(
      String id, List<Message> messages, List<Boolean> unwanted, @Nullable String reply, long time)
      implements StreamCommand {
    public PublishBatch {
      messages = List.copyOf(messages);
      unwanted = List.copyOf(unwanted);
    }
  }

  /**
   * A message from a source.
   *
   * @param source the index name of the source
   * @param position where it was there
   */
  record Sourced(
      Message message,
      String source,
      SourcePositions.Position position,
      boolean unwanted,
      long time)
      implements StreamCommand {}

  /** A message of the mirrored stream, with its sequence and time there. */
  record Mirrored(Message message, long sequence, long timestamp) implements StreamCommand {}

  /** The mirrored stream has no more messages up to a sequence. */
  record MirrorSkip(long sequence) implements StreamCommand {}

  /** A purge, with the words of the request; see {@code STREAM.PURGE}. */
  record Purge(String subject, long before, long keep) implements StreamCommand {}

  /** The removal of a message, as a client asks for it. */
  record Delete(long sequence, boolean erase) implements StreamCommand {}

  /** The removal of messages that no consumer needs any more. */
  record Discard(List<Long> sequences) implements StreamCommand {
    public Discard {
      sequences = List.copyOf(sequences);
    }
  }

  /** Another configuration, which was checked. */
  record Update(StreamConfig config) implements StreamCommand {}

  /** The removal of what has expired at a time. */
  record Expire(long time) implements StreamCommand {}

  /** A schedule that is due: the message that holds it, and when it was to fire. */
  record DueSchedule(String subject, long sequence, long at) {}

  /** The making of messages by schedules that are due. */
  record FireSchedules(List<DueSchedule> due, long time) implements StreamCommand {
    public FireSchedules {
      due = List.copyOf(due);
    }
  }

  /** Nothing, for one who waits until everything before it is done. */
  record Barrier() implements StreamCommand {}
}
