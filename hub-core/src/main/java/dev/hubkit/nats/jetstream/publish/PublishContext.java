package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.StreamContext;

/**
 * What those who take in a stream's messages may ask of the stream. Confined to the stream's
 * executor.
 */
public interface PublishContext extends StreamContext {
  /** Notes that so many bytes were stored; what a long round takes is told before its end. */
  void grew(long bytes);

  /** The bytes that came or went since the account was told last. */
  long unaccountedBytes();

  /** Notes that the store takes no more, and tells whoever looks after the server. */
  void writingHasFailed();

  /**
   * Removes messages at a client's or a rollup's wish.
   *
   * @param subject which; empty for all
   * @param before only those below this sequence; 0 for no such limit
   * @param keep how many of the newest stay; 0 for none
   * @return how many are gone
   */
  long purge(String subject, long before, long keep, WorkBatch batch);

  /** Returns whether a consumer would get a message of this subject. */
  boolean isInterested(String subject);

  /** Tells the consumers of a message that is stored and safe, in the order of sequences. */
  void appended(long sequence, String subject, WorkBatch batch);

  /** Has all consumers look at the stream again, since they may have missed something. */
  void rescan(WorkBatch batch);

  /** Has the mirror and the sources begin again behind what is stored. */
  void restartSources(WorkBatch batch);

  /** Tells whoever listens that an atomic batch was given up. */
  void batchAbandoned(String id, String reason, WorkBatch batch);
}
