package dev.hubkit.nats.jetstream.source;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Message;

/**
 * What a mirror or a source may ask of the stream that it fills. Confined to the stream's executor.
 */
public interface SourceContext extends StreamContext {
  /**
   * Takes a message from the stream this one mirrors, under the same sequence.
   *
   * @return false when it cannot be stored
   */
  boolean mirrored(Message message, long sequence, long timestamp, WorkBatch batch);

  /**
   * Notes that the stream that this one mirrors has nothing up to this sequence that is not here.
   *
   * @return false when that cannot be recorded
   */
  boolean mirroredUpTo(long sequence, WorkBatch batch);

  /**
   * Takes a message from a source.
   *
   * @return false when it cannot be stored
   */
  boolean sourced(Message message, WorkBatch batch);
}
