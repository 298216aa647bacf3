package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.StreamContext;

/** What the parts that store messages know of their stream. Confined to the stream's executor. */
public interface PublishContext extends StreamContext {
  /** Notes that so many bytes were stored; a long round reports to the account before its end. */
  void grew(long bytes);

  /**
   * Returns how many bytes were stored, less those removed, since the last report to the account.
   */
  long unaccountedBytes();

  /** Notes that the store takes no more messages, and reports it to health checks. */
  void writingHasFailed();

  /**
   * Removes messages, as a client or a rollup asks for.
   *
   * @param subject the subject to purge; empty for all
   * @param before removes only messages below this sequence; 0 for no such limit
   * @param keep how many of the last messages to keep; 0 for none
   * @return how many messages were removed
   */
  long purge(String subject, long before, long keep, WorkBatch batch);

  /** Returns whether a consumer would get a message of this subject. */
  boolean isInterested(String subject);

  /** Tells the consumers of a committed message, in the order of sequences. */
  void appended(long sequence, String subject, WorkBatch batch);

  /** Lets all consumers look at the stream again, because they may have missed something. */
  void rescan(WorkBatch batch);

  /** Restarts the mirror and the sources after the last stored message. */
  void restartSources(WorkBatch batch);

  /** Publishes an advisory that a batch was given up. */
  void batchAbandoned(String id, String reason, WorkBatch batch);
}
