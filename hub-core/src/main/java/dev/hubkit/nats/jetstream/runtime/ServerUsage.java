package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.AccountLimits;
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
 * What the streams of all accounts take of a server's memory and disk, and what they may.
 * Thread-safe.
 */
public final class ServerUsage {
  private final OpenBatches batches = new OpenBatches();
  private final WaitingRequests waiting = new WaitingRequests(MemoryBudget.BUFFERS);
  private final Set<AccountUsage> accounts = ConcurrentHashMap.newKeySet();
  private final AtomicLong memoryUsed = new AtomicLong();
  private final AtomicLong storageUsed = new AtomicLong();
  private final AtomicLong apiTotal = new AtomicLong();
  private final AtomicLong apiErrors = new AtomicLong();
  private final DetectedResources machine;
  private volatile long maxMemory;
  private volatile long maxStorage;

  /**
   * With limits in bytes.
   *
   * @param maxMemory of streams in memory; negative for what the machine has
   * @param maxStorage of streams in files; negative for what the machine has
   */
  public ServerUsage(long maxMemory, long maxStorage, DetectedResources machine) {
    this.machine = machine;
    limit(maxMemory, maxStorage);
  }

  /** Sets other limits; what is there already stays. */
  public void limit(long memory, long storage) {
    maxMemory = memory;
    maxStorage = storage;
  }

  /** Counts the batches that are open in all accounts. */
  public OpenBatches batches() {
    return batches;
  }

  /** Counts the requests that wait in all accounts. */
  public WaitingRequests waiting() {
    return waiting;
  }

  public void join(AccountUsage account) {
    accounts.add(account);
  }

  /** An account has ended: what its streams take is no longer of this server's. */
  public void leave(AccountUsage account) {
    accounts.remove(account);
    for (StorageType storage : StorageType.values()) {
      used(storage, -account.used(storage));
    }
  }

  /** The bytes that streams of this kind may take. */
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

  /** The API has answered a request of some account. */
  public void answered(boolean error) {
    apiTotal.incrementAndGet();
    if (error) {
      apiErrors.incrementAndGet();
    }
  }

  /** How many requests were answered since the server began. */
  public long apiTotal() {
    return apiTotal.get();
  }

  /** How many of them with an error. */
  public long apiErrors() {
    return apiErrors.get();
  }

  /** Do streams of this kind take more than they may? */
  boolean isExceeded(StorageType storage) {
    return used(storage) > max(storage);
  }

  /** The bytes that the streams of this kind but one have reserved by their limits. */
  private long reserved(StorageType storage, @Nullable AccountUsage except, String stream) {
    long sum = 0;
    for (AccountUsage account : accounts) {
      sum += account.reserved(storage, account == except ? stream : "");
    }
    return sum;
  }

  /**
   * Can an account be granted so much more? What was granted and what streams have reserved counts,
   * each by itself, as in nats-server ({@code sufficientResources}).
   *
   * @param more the limits by tier, or by how much they grow
   * @throws ApiException if not
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

  /** There is no room for more that is reserved. */
  public static ApiException exceeded(StorageType storage) {
    return (storage == StorageType.MEMORY
            ? ApiError.MEMORY_RESOURCES_EXCEEDED
            : ApiError.STORAGE_RESOURCES_EXCEEDED)
        .exception();
  }

  /**
   * Is there room for so many bytes of a stream, besides what others have reserved?
   *
   * @param stream the name of a stream of the account that does not count; empty for none
   */
  boolean hasRoom(StorageType storage, AccountUsage account, String stream, long bytes) {
    return bytes <= max(storage) - reserved(storage, account, stream);
  }
}
