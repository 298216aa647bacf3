package dev.hubkit.nats.config;

/**
 * The {@code jetstream} block but for its store directory. Sizes are in bytes, -1 for what the
 * server finds sensible; durations in nanoseconds; counts 0 for the default.
 */
public record JetStreamConfig(
    boolean strict,
    long syncIntervalNanos,
    boolean syncAlways,
    long maxMemory,
    long maxStore,
    String domain,
    int maxAckPending,
    int maxRequestBatch,
    long duplicateWindowNanos,
    int maxBatchInflightPerStream,
    int maxBatchInflightTotal,
    int maxBatchMessages,
    long batchTimeoutNanos,
    long maxBufferedSize,
    int maxBufferedMessages,
    long requestQueueLimit,
    long infoQueueLimit,
    int defaultMaxConsumers,
    String uniqueTag,
    long maxHaAssets) {
  private static final long TWO_MINUTES = 120_000_000_000L;

  /** What nats-server does when told no more than to enable JetStream. */
  public static final JetStreamConfig DEFAULT =
      new JetStreamConfig(
          true,
          TWO_MINUTES,
          false,
          -1,
          -1,
          "",
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          10_000,
          10_000,
          0,
          "",
          0);

  /** Puts another domain into the block of a configuration. */
  public static void setDomain(ServerConfig config, String domain) {
    config.set(
        Options.JETSTREAM_SETTINGS, config.get(Options.JETSTREAM_SETTINGS).withDomain(domain));
  }

  private JetStreamConfig withDomain(String other) {
    return new JetStreamConfig(
        strict,
        syncIntervalNanos,
        syncAlways,
        maxMemory,
        maxStore,
        other,
        maxAckPending,
        maxRequestBatch,
        duplicateWindowNanos,
        maxBatchInflightPerStream,
        maxBatchInflightTotal,
        maxBatchMessages,
        batchTimeoutNanos,
        maxBufferedSize,
        maxBufferedMessages,
        requestQueueLimit,
        infoQueueLimit,
        defaultMaxConsumers,
        uniqueTag,
        maxHaAssets);
  }
}
