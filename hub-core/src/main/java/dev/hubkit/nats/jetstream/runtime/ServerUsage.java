package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.work.MemoryBudget;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the streams of all accounts use of a server's memory and disk, and their limits.
 * Thread-safe.
 */
public final class ServerUsage {
  private static final int MOST_DIRECT_GETS = 10_000;

  private final OpenBatches batches = new OpenBatches();
  // How many API requests may wait is for others to say.
  private final WaitingRequests waiting =
      new WaitingRequests(MemoryBudget.BUFFERS, Integer.MAX_VALUE);
  private final WaitingRequests directGets =
      new WaitingRequests(MemoryBudget.BUFFERS, MOST_DIRECT_GETS);
  private final Set<AccountUsage> accounts = ConcurrentHashMap.newKeySet();
  private final AtomicLong memoryUsed = new AtomicLong();
  private final AtomicLong storageUsed = new AtomicLong();
  private final AtomicLong apiTotal = new AtomicLong();
  private final AtomicLong apiErrors = new AtomicLong();
  private final DetectedResources machine;
  private volatile JetStreamLimits limits;
  private volatile long maxMemory;
  private volatile long maxStorage;

  /**
   * Makes the use of a server.
   *
   * @param limits what no account can exceed
   * @param maxMemory bytes for streams in memory; negative for what the machine offers
   * @param maxStorage bytes for streams in files; negative for what the machine offers
   */
  public ServerUsage(
      JetStreamLimits limits, long maxMemory, long maxStorage, DetectedResources machine) {
    this.limits = limits;
    this.machine = machine;
    limit(maxMemory, maxStorage);
  }

  /** Returns what no account can exceed. */
  public JetStreamLimits limits() {
    return limits;
  }

  /** Changes what no account can exceed; existing streams and consumers stay. */
  public void limit(JetStreamLimits changed) {
    limits = changed;
  }

  /** Changes how much room there is; existing streams stay. */
  public void limit(long memory, long storage) {
    maxMemory = memory;
    maxStorage = storage;
  }

  /** Returns the count of open batches in all accounts. */
  public OpenBatches batches() {
    return batches;
  }

  /** Returns the count of waiting API requests in all accounts. */
  public WaitingRequests waiting() {
    return waiting;
  }

  /** Returns the count of waiting direct gets in all accounts. */
  public WaitingRequests directGets() {
    return directGets;
  }

  public void join(AccountUsage account) {
    accounts.add(account);
  }

  /** Removes an account that has ended, and the use of its streams. */
  public void leave(AccountUsage account) {
    accounts.remove(account);
    for (StorageType storage : StorageType.values()) {
      used(storage, -account.used(storage));
    }
  }

  /** Returns the bytes that streams of this kind may take. */
  public long max(StorageType storage) {
    long max = storage == StorageType.MEMORY ? maxMemory : maxStorage;
    return max >= 0 ? max : machine.available(storage);
  }

  public void used(StorageType storage, long bytes) {
    (storage == StorageType.MEMORY ? memoryUsed : storageUsed).addAndGet(bytes);
  }

  private long used(StorageType storage) {
    return (storage == StorageType.MEMORY ? memoryUsed : storageUsed).get();
  }

  /** Counts a response of the API, in any account. */
  public void answered(boolean error) {
    apiTotal.incrementAndGet();
    if (error) {
      apiErrors.incrementAndGet();
    }
  }

  /** Returns how many requests were answered since the server started. */
  public long apiTotal() {
    return apiTotal.get();
  }

  /** Returns how many requests were answered with an error since the server started. */
  public long apiErrors() {
    return apiErrors.get();
  }

  /** Returns whether streams of this kind take more than their limit. */
  boolean isExceeded(StorageType storage) {
    return used(storage) > max(storage);
  }

  /** Returns the bytes that the streams of this kind, except one, have reserved by their limits. */
  private long reserved(StorageType storage, @Nullable AccountUsage except, String stream) {
    long sum = 0;
    for (AccountUsage account : accounts) {
      sum += account.reserved(storage, account == except ? stream : "");
    }
    return sum;
  }

  /**
   * Checks that an account can be granted so much more. Grants and reservations of streams count
   * separately, as in {@code sufficientResources} of nats-server.
   *
   * @param more the limits by tier, or their growth
   * @throws ApiException if it cannot
   */
  public void checkGrant(Map<String, AccountLimits> more) {
    for (StorageType storage : StorageType.values()) {
      long max = max(storage);
      long wanted = sum(more, storage);
      long granted = 0;
      for (AccountUsage account : accounts) {
        granted += sum(account.limits(), storage);
      }
      if (Math.max(granted, reserved(storage, null, "")) + wanted > max) {
        throw exceeded(storage);
      }
    }
  }

  private static long sum(Map<String, AccountLimits> limits, StorageType storage) {
    long sum = 0;
    for (AccountLimits tier : limits.values()) {
      sum += Math.max(0, tier.maxBytes(storage));
    }
    return sum;
  }

  /** Returns the error that there is no room for another reservation. */
  public static ApiException exceeded(StorageType storage) {
    return (storage == StorageType.MEMORY
            ? ApiError.MEMORY_RESOURCES_EXCEEDED
            : ApiError.STORAGE_RESOURCES_EXCEEDED)
        .exception();
  }

  /**
   * Returns whether there is room for so many bytes of a stream besides what others have reserved.
   *
   * @param stream the name of a stream of the account that does not count; empty for none
   */
  boolean hasRoom(StorageType storage, AccountUsage account, String stream, long bytes) {
    return bytes <= max(storage) - reserved(storage, account, stream);
  }
}
