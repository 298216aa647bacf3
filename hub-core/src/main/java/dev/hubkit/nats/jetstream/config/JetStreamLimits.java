package dev.hubkit.nats.jetstream.config;

import java.time.Duration;

/**
 * The limits of a server that hold for all its accounts: the {@code limits} block of nats-server's
 * configuration. 0 leaves a limit at its default, which for the first three is that there is none.
 *
 * @param maxAckPending how many messages a consumer may have unacknowledged
 * @param maxRequestBatch how many messages one pull request may ask for
 * @param duplicateWindow the longest duplicate window of a stream
 * @param maxOpenBatches how many batches a stream may have open; by default 50 atomic and 1,000
 *     fast ones
 * @param maxOpenBatchesTotal how many batches the server may have open; by default 1,000 atomic and
 *     50,000 fast ones
 * @param maxBatchMessages how many messages an atomic batch may have; by default 1,000
 * @param batchTimeout how long a batch waits for its next message; by default ten seconds
 * @param maxBufferedMessages how many messages may wait for a stream; by default 100,000
 * @param maxBufferedSize how many bytes of messages may; by default 128 MB
 * @param defaultMaxConsumers how many consumers a stream may have where neither the stream nor its
 *     account has a limit; 0 or less for any number
 * @param requestQueue how many API requests that change something are too many to wait
 * @param infoQueue how many API requests that only ask are too many to wait
 * @param maxPayload most bytes of a message with its headers; 0 or less for no limit
 */
public record JetStreamLimits(
    int maxAckPending,
    int maxRequestBatch,
    Duration duplicateWindow,
    int maxOpenBatches,
    int maxOpenBatchesTotal,
    int maxBatchMessages,
    Duration batchTimeout,
    int maxBufferedMessages,
    long maxBufferedSize,
    int defaultMaxConsumers,
    long requestQueue,
    long infoQueue,
    int maxPayload) {
  /** The defaults. */
  public static final JetStreamLimits DEFAULT =
      new JetStreamLimits(
          0, 0, Duration.ZERO, 0, 0, 0, Duration.ZERO, 0, 0, 0, 10_000, 10_000, 1024 * 1024);

  private static final Duration BATCH_TIMEOUT = Duration.ofSeconds(10);

  public int openAtomicBatches() {
    return maxOpenBatches > 0 ? maxOpenBatches : 50;
  }

  public int openFastBatches() {
    return maxOpenBatches > 0 ? maxOpenBatches : 1000;
  }

  public int openAtomicBatchesTotal() {
    return maxOpenBatchesTotal > 0 ? maxOpenBatchesTotal : 1000;
  }

  public int openFastBatchesTotal() {
    return maxOpenBatchesTotal > 0 ? maxOpenBatchesTotal : 50_000;
  }

  public int atomicBatchMessages() {
    return maxBatchMessages > 0 ? maxBatchMessages : 1000;
  }

  public long batchTimeoutNanos() {
    return (batchTimeout.isZero() ? BATCH_TIMEOUT : batchTimeout).toNanos();
  }
}
