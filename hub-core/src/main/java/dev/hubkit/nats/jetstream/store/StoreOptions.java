package dev.hubkit.nats.jetstream.store;

import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How the stores of a server treat their files. Immutable. */
public final class StoreOptions {
  /** The time after which nats-server syncs by default. */
  public static final Duration DEFAULT_SYNC_INTERVAL = Duration.ofMinutes(2);

  private final TimeSource time;
  private final Executor executor;
  private final Duration syncInterval;
  private final FileSystem disk;
  private final @Nullable StoreKeys keys;

  private StoreOptions(
      TimeSource time,
      Executor executor,
      Duration syncInterval,
      FileSystem disk,
      @Nullable StoreKeys keys) {
    this.time = time;
    this.executor = executor;
    this.syncInterval = syncInterval;
    this.disk = disk;
    this.keys = keys;
  }

  /**
   * Options that sync files two minutes after they were changed.
   *
   * @param executor makes delayed syncs, which may block
   */
  public static StoreOptions of(TimeSource time, Executor executor) {
    return new StoreOptions(time, executor, DEFAULT_SYNC_INTERVAL, LocalFileSystem.INSTANCE, null);
  }

  /** A copy that syncs this long after a change; zero syncs with every flush. */
  public StoreOptions withSyncInterval(Duration interval) {
    if (interval.isNegative()) {
      throw new IllegalArgumentException("A sync interval can't be negative: " + interval);
    }
    return new StoreOptions(time, executor, interval, disk, keys);
  }

  /** A copy whose disk can be made to fail; null for one that can't. */
  public StoreOptions withFaults(@Nullable FaultyFileSystem faults) {
    return withDisk(FaultyFileSystem.diskOf(faults));
  }

  /** A copy that works on another disk. */
  StoreOptions withDisk(FileSystem other) {
    return new StoreOptions(time, executor, syncInterval, other, keys);
  }

  /** A copy that encrypts files with the keys of an account; null for one that does not. */
  public StoreOptions withKeys(@Nullable StoreKeys other) {
    return new StoreOptions(time, executor, syncInterval, disk, other);
  }

  /** The keys of the account; null when files are not encrypted. */
  @Nullable StoreKeys keys() {
    return keys;
  }

  boolean syncAlways() {
    return syncInterval.isZero();
  }

  Duration syncInterval() {
    return syncInterval;
  }

  TimeSource time() {
    return time;
  }

  Executor executor() {
    return executor;
  }

  FileSystem disk() {
    return disk;
  }
}
