package dev.hubkit.nats.jetstream.source;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Message;

/**
 * What a mirror or a source knows of the stream that it fills. Confined to the stream's executor.
 */
public interface SourceContext extends StreamContext {
  /**
   * Stores a message of the mirrored stream under the same sequence.
   *
   * @return false when it cannot be stored
   */
  boolean mirrored(Message message, long sequence, long timestamp, WorkBatch batch);

  /**
   * Notes that the mirrored stream has no more messages up to this sequence.
   *
   * @return false when that cannot be recorded
   */
  boolean mirroredUpTo(long sequence, WorkBatch batch);

  /**
   * Stores a message from a source.
   *
   * @param source the index name of the source
   * @param position where the message was there
   * @return false when it cannot be stored
   */
  boolean sourced(
      Message message, String source, SourcePositions.Position position, WorkBatch batch);

  /** Runs a task once everything that was stored so far is safe. */
  void whenSafe(SerialExecutor.Task task, WorkBatch batch);
}
