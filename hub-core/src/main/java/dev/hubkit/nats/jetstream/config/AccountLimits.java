package dev.hubkit.nats.jetstream.config;

/**
 * The limits of an account. -1 means no limit; for the bytes of one stream 0 does too.
 *
 * @param maxMemory bytes of all streams in memory
 * @param maxStorage bytes of all streams in files
 * @param maxStreams how many streams
 * @param maxConsumers how many consumers a stream may have
 * @param maxAckPending how many messages a consumer may have unacknowledged
 * @param memoryMaxStreamBytes bytes one stream in memory may ask for
 * @param storageMaxStreamBytes bytes one stream in files may ask for
 * @param maxBytesRequired whether every stream must set {@code max_bytes}
 */
public record AccountLimits(
    long maxMemory,
    long maxStorage,
    long maxStreams,
    long maxConsumers,
    long maxAckPending,
    long memoryMaxStreamBytes,
    long storageMaxStreamBytes,
    boolean maxBytesRequired) {
  /** No limit at all. */
  public static final AccountLimits NONE = new AccountLimits(-1, -1, -1, -1, -1, -1, -1, false);

  /** Returns the bytes that one stream of this kind may ask for; zero or less for no limit. */
  public long maxStreamBytes(StorageType storage) {
    return storage == StorageType.MEMORY ? memoryMaxStreamBytes : storageMaxStreamBytes;
  }

  /** Returns the bytes that all streams of this kind may take; negative for no limit. */
  public long maxBytes(StorageType storage) {
    return storage == StorageType.MEMORY ? maxMemory : maxStorage;
  }
}
