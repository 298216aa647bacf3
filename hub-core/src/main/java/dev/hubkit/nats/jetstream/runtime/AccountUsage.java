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
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the streams of one account take of memory and disk, and what they may. The checks are those
 * of nats-server for a server by itself. Thread-safe.
 */
public final class AccountUsage {
  private static final Log log = Log.of(AccountUsage.class);
  private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);
  // An account that holds less of the memory for streams makes no share smaller.
  private static final int SMALL_PART = 64;
  private static final AccountLimits NOTHING = new AccountLimits(0, 0, 0, 0, 0, 0, 0, false);

  private final Account account;
  private final ServerUsage server;
  private final Collection<? extends StreamContext> streams;
  private final AtomicLong memoryUsed = new AtomicLong();
  private final AtomicLong storageUsed = new AtomicLong();
  private final AtomicLong heapUsed = new AtomicLong();
  private final AtomicBoolean sharer = new AtomicBoolean();
  private final AtomicLong warned = new AtomicLong();
  private final TimeSource time;
  private volatile Map<String, AccountLimits> limits;

  /**
   * Of an account.
   *
   * @param streams those it has at each moment; may be looked at by any thread
   * @param limits by tier; under the empty name where there are no tiers
   */
  public AccountUsage(
      Account account,
      ServerUsage server,
      Collection<? extends StreamContext> streams,
      Map<String, AccountLimits> limits,
      TimeSource time) {
    this.account = account;
    this.time = time;
    this.server = server;
    this.streams = streams;
    this.limits = limits;
    server.join(this);
  }

  /** The limits by tier; under the empty name where there are no tiers. */
  public Map<String, AccountLimits> limits() {
    return limits;
  }

  /**
   * Sets other limits. Streams that are beyond them stay, but get no more messages.
   *
   * @throws ApiException if the server has not so much
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
   * The limits for streams of so many replicas.
   *
   * @throws ApiException {@link ApiError#NO_LIMITS} if the account has tiers, but not this one
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
   * May there be one stream more?
   *
   * @throws ApiException if not
   */
  public void checkNumber(StreamConfig wanted) {
    AccountLimits selected = limits(wanted.replicas());
    if (selected.maxStreams() > 0 && others(wanted.name()) >= selected.maxStreams()) {
      throw ApiError.MAXIMUM_STREAMS_LIMIT.exception();
    }
  }

  private long others(String name) {
    return streams.stream().filter(stream -> !stream.name().equals(name)).count();
  }

  /**
   * Is there room for the bytes that a new stream reserves, besides those that others do?
   *
   * @throws ApiException if not
   */
  public void checkReservation(StreamConfig config) {
    // As in nats-server, a stream without a limit needs room for at least something.
    // For the server it is one more even if the account has it already.
    checkReservation(config, config.maxBytes() < 0 ? 1 : config.maxBytes(), "");
  }

  /** {@link #checkReservation(StreamConfig)} for a change of a stream that is there. */
  public void checkChange(StreamConfig config) {
    checkReservation(config, Math.max(0, config.maxBytes()), config.name());
  }

  private void checkReservation(StreamConfig config, long wanted, String replaced) {
    AccountLimits selected = limits(config.replicas());
    if (config.maxConsumers() > 0
        && selected.maxConsumers() > 0
        && config.maxConsumers() > selected.maxConsumers()) {
      throw ApiError.MAXIMUM_CONSUMERS_LIMIT.exception();
    }
    StorageType storage = config.storage();
    long max = selected.maxBytes(storage);
    boolean beyond = max >= 0 && wanted > max - reserved(storage, config.name());
    if (beyond || !server.hasRoom(storage, this, replaced, wanted)) {
      throw ServerUsage.exceeded(storage);
    }
  }

  /** Has the account a limit on what streams of this kind take? */
  public boolean isLimited(StorageType storage) {
    return limits(1).maxBytes(storage) >= 0;
  }

  /**
   * Has the server any room, and the account some for so many bytes more?
   *
   * @throws ApiException if not
   */
  public void checkRoom(StreamConfig config, long bytes) {
    StorageType storage = config.storage();
    // What is in files is found by indexes in memory.
    if (server.isExceeded(storage) || !hasHeap()) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    long max = limits(config.replicas()).maxBytes(storage);
    if (max >= 0 && used(storage) + bytes > max) {
      throw ApiError.ACCOUNT_RESOURCES_EXCEEDED.exception();
    }
  }

  /**
   * The bytes that the streams of this kind have reserved by their limits.
   *
   * @param except the name of a stream that does not count; empty for none
   */
  public long reserved(StorageType storage, String except) {
    long sum = 0;
    for (StreamContext stream : streams) {
      StreamConfig config = stream.config();
      if (config.storage() == storage && config.maxBytes() > 0 && !config.name().equals(except)) {
        sum += config.maxBytes();
      }
    }
    return sum;
  }

  /** A stream has grown or shrunk by this many bytes. */
  public void used(StorageType storage, long bytes) {
    (storage == StorageType.MEMORY ? memoryUsed : storageUsed).addAndGet(bytes);
    server.used(storage, bytes);
  }

  /** The bytes all streams of this kind take. */
  public long used(StorageType storage) {
    return (storage == StorageType.MEMORY ? memoryUsed : storageUsed).get();
  }

  /** The streams take so many bytes more or less of the heap, wherever their messages are. */
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
   * Whether the account may take more of the heap: what is left when little is taken, and its share
   * beside what others take. What its clients subscribe to counts as well, or an account that holds
   * much of both would leave nothing for the others.
   */
  public boolean hasHeap() {
    MemoryBudget contents = MemoryBudget.CONTENTS;
    long held = heapUsed.get() + account.subscriptionBytes();
    if (contents.hasRoomFor(held, contents.share())) {
      return true;
    }
    warn(held);
    return false;
  }

  private void warn(long held) {
    long now = time.nanoTime();
    long before = warned.get();
    if ((before == 0 || now - before > WARN_NANOS) && warned.compareAndSet(before, now)) {
      log.warn(
          "Account '{}' is refused more memory: it holds {} bytes of the {} in use, and there are {}"
              + " for the streams and subscriptions of all: delete streams, or give the JVM more"
              + " memory (-Xmx)",
          account.name(),
          held,
          MemoryBudget.CONTENTS.used(),
          MemoryBudget.CONTENTS.limit());
    }
  }

  /** The account has ended. */
  public void close() {
    server.leave(this);
    countAsSharer(false);
  }
}
