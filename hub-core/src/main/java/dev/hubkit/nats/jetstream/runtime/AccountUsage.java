package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.MemoryBudget;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What the streams of one account use of memory and disk, and their limits. The checks are those of
 * nats-server without a cluster. Thread-safe.
 */
public final class AccountUsage {
  private static final Log log = Log.of(AccountUsage.class);
  // An account that holds less of the memory for streams makes no share smaller.
  private static final int SMALL_PART = 64;
  private static final AccountLimits NOTHING = new AccountLimits(0, 0, 0, 0, 0, 0, 0, false);

  private final Account account;
  private final ServerUsage server;
  private final Supplier<Collection<StreamConfig>> streams;
  private final AtomicLong memoryUsed = new AtomicLong();
  private final AtomicLong storageUsed = new AtomicLong();
  private final AtomicLong heapUsed = new AtomicLong();
  private final AtomicBoolean sharer = new AtomicBoolean();
  private final LogThrottle warnings;
  private volatile Map<String, AccountLimits> limits;

  /**
   * Counts the use of an account.
   *
   * @param streams returns the configurations of the account's streams, in a cluster on whichever
   *     server; called at each check, by any thread
   * @param limits the limits by tier; under the empty name if there are no tiers
   */
  public AccountUsage(
      Account account,
      ServerUsage server,
      Supplier<Collection<StreamConfig>> streams,
      Map<String, AccountLimits> limits,
      TimeSource time) {
    this.account = account;
    this.warnings = new LogThrottle(time, Duration.ofMinutes(1));
    this.server = server;
    this.streams = streams;
    this.limits = limits;
    server.join(this);
  }

  /** Returns the limits by tier; under the empty name if there are no tiers. */
  public Map<String, AccountLimits> limits() {
    return limits;
  }

  /**
   * Changes the limits. Streams that exceed them stay, but get no more messages.
   *
   * @throws ApiException if the server cannot grant that much
   */
  public void limit(Map<String, AccountLimits> other) {
    Map<String, AccountLimits> growth = new HashMap<>();
    other.forEach(
        (tier, wanted) -> {
          AccountLimits before = limits.getOrDefault(tier, NOTHING);
          growth.put(
              tier,
              new AccountLimits(
                  wanted.maxMemory() - before.maxMemory(),
                  wanted.maxStorage() - before.maxStorage(),
                  0,
                  0,
                  0,
                  0,
                  0,
                  false));
        });
    server.checkGrant(growth);
    limits = Map.copyOf(other);
  }

  /**
   * Returns the limits for streams of so many replicas.
   *
   * @throws ApiException {@link ApiError#NO_LIMITS} if the account has tiers and this is none of
   *     them
   */
  public AccountLimits limits(long replicas) {
    Map<String, AccountLimits> present = limits;
    AccountLimits flat = present.get("");
    if (flat != null) {
      return flat;
    }
    AccountLimits tier = present.get("R" + Math.max(1, replicas));
    if (tier == null) {
      throw ApiError.NO_LIMITS.exception();
    }
    return tier;
  }

  /**
   * Checks that the account may have one more stream.
   *
   * @throws ApiException if it may not
   */
  public void checkNumber(StreamConfig wanted) {
    AccountLimits selected = limits(wanted.replicas());
    if (selected.maxStreams() > 0 && others(wanted.name()) >= selected.maxStreams()) {
      throw ApiError.MAXIMUM_STREAMS_LIMIT.exception();
    }
  }

  private long others(String name) {
    return streams.get().stream().filter(stream -> !stream.name().equals(name)).count();
  }

  /**
   * Checks that the bytes that a new stream reserves are available besides those that others have
   * reserved.
   *
   * @throws ApiException if they are not
   */
  public void checkReservation(StreamConfig config) {
    // As in nats-server, a stream without a limit needs room for at least one byte.
    // The server counts it as one more stream, even if the account has it already.
    checkReservation(config, config.maxBytes() < 0 ? 1 : config.maxBytes(), "");
  }

  /** Checks like {@link #checkReservation(StreamConfig)}, for a change of an existing stream. */
  public void checkChange(StreamConfig config) {
    checkReservation(config, Math.max(0, config.maxBytes()), config.name());
  }

  /**
   * Checks that the account may reserve the bytes of a new stream, on whichever server of a
   * cluster.
   *
   * @throws ApiException if it may not
   */
  public void checkAccount(StreamConfig config) {
    checkAccount(config, config.maxBytes() < 0 ? 1 : config.maxBytes());
  }

  private void checkReservation(StreamConfig config, long wanted, String replaced) {
    checkAccount(config, wanted);
    if (!server.hasRoom(config.storage(), this, replaced, wanted)) {
      throw ServerUsage.exceeded(config.storage());
    }
  }

  private void checkAccount(StreamConfig config, long wanted) {
    AccountLimits selected = limits(config.replicas());
    if (config.maxConsumers() > 0
        && selected.maxConsumers() > 0
        && config.maxConsumers() > selected.maxConsumers()) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
    StorageType storage = config.storage();
    long max = selected.maxBytes(storage);
    if (max >= 0 && wanted > max - reserved(storage, config.name())) {
      throw ServerUsage.exceeded(storage);
    }
  }

  /** Returns whether the account has a limit on the bytes of streams of this kind. */
  public boolean isLimited(StorageType storage) {
    return limits(1).maxBytes(storage) >= 0;
  }

  /**
   * Checks that the server has any room, and the account has room for so many more bytes.
   *
   * @throws ApiException if there is no room
   */
  public void checkRoom(StreamConfig config, long bytes) {
    StorageType storage = config.storage();
    // Messages in files also need memory, for their indexes.
    if (server.isExceeded(storage) || !hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    long max = limits(config.replicas()).maxBytes(storage);
    if (max >= 0 && used(storage) + bytes > max) {
      throw ApiError.ACCOUNT_RESOURCES_EXCEEDED.exception();
    }
  }

  /**
   * Checks that a stream that is being restored, which counts as used, has room.
   *
   * @throws ApiException if it has none
   */
  public void checkRestored(StreamConfig config) {
    if (!hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    StorageType storage = config.storage();
    long max = limits(config.replicas()).maxBytes(storage);
    if (server.isExceeded(storage) || (max >= 0 && used(storage) > max)) {
      throw ServerUsage.exceeded(storage);
    }
  }

  /**
   * Returns the bytes that the streams of this kind have reserved by their limits.
   *
   * @param except the name of a stream that does not count; empty for none
   */
  public long reserved(StorageType storage, String except) {
    long sum = 0;
    for (StreamConfig config : streams.get()) {
      if (config.storage() == storage && config.maxBytes() > 0 && !config.name().equals(except)) {
        sum += config.maxBytes();
      }
    }
    return sum;
  }

  /** Notes that a stream has grown or shrunk by this many bytes. */
  public void used(StorageType storage, long bytes) {
    (storage == StorageType.MEMORY ? memoryUsed : storageUsed).addAndGet(bytes);
    server.used(storage, bytes);
  }

  /** Returns the bytes that all streams of this kind take. */
  public long used(StorageType storage) {
    return (storage == StorageType.MEMORY ? memoryUsed : storageUsed).get();
  }

  /**
   * Notes that the streams take so many bytes more or less of the heap, wherever their messages
   * are.
   */
  public void heapUsed(long bytes) {
    MemoryBudget contents = MemoryBudget.CONTENTS;
    countAsSharer(heapUsed.addAndGet(bytes) > contents.limit() / SMALL_PART);
    contents.take(bytes);
  }

  private void countAsSharer(boolean holdsMuch) {
    if (sharer.get() != holdsMuch && sharer.compareAndSet(!holdsMuch, holdsMuch)) {
      if (holdsMuch) {
        MemoryBudget.CONTENTS.countSharer();
      } else {
        MemoryBudget.CONTENTS.countOutSharer();
      }
    }
  }

  /**
   * Returns whether the account may take more of the heap: what is left when little is taken, and
   * its share beside what others take. What its clients subscribe to counts as well, or an account
   * that holds much of both would leave nothing for the others.
   */
  public boolean hasHeap() {
    long held = heapUsed.get() + account.subscriptionBytes();
    if (MemoryBudget.CONTENTS.hasRoomInShare(held)) {
      return true;
    }
    if (warnings.tryPermit()) {
      log.warn(
          "Account '{}' is refused more memory: it holds {} bytes of the {} in use, and there are {}"
              + " for the streams and subscriptions of all: delete streams, or give the JVM more"
              + " memory (-Xmx)",
          account.name(),
          held,
          MemoryBudget.CONTENTS.used(),
          MemoryBudget.CONTENTS.limit());
    }
    return false;
  }

  /** Notes that the account has ended. */
  public void close() {
    server.leave(this);
    countAsSharer(false);
  }
}
