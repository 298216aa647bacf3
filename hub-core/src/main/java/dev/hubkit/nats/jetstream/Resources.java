package dev.hubkit.nats.jetstream;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server has of memory and disk for the streams of all its accounts, and what these take and
 * reserve of it. What the configuration does not say is three quarters of what the machine has, as
 * nats-server finds it (dynJetStreamConfig). Thread-safe.
 */
final class Resources {
  private static final Logger log = LoggerFactory.getLogger(Resources.class);
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
  private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
  // nats-server's guesses where the machine does not tell.
  private static final long UNKNOWN_MEMORY = 256L << 20;
  private static final long UNKNOWN_STORAGE = 1L << 40;

  private final Collection<JetStream> accounts;
  private final long maxStorage;
  private final AtomicLong memoryUsed = new AtomicLong();
  private final AtomicLong storageUsed = new AtomicLong();
  private volatile long maxMemory; // negative until somebody asks

  /**
   * Looks at what there is.
   *
   * @param accounts those that share it, as they come and go
   */
  Resources(JetStreamOptions options, Collection<JetStream> accounts) {
    this.accounts = accounts;
    maxMemory = options.maxMemory();
    maxStorage =
        options.maxStorage() >= 0 ? options.maxStorage() : ofDisk(options.storeDirectory());
  }

  /** The bytes that streams of this kind may take. */
  long max(StorageType storage) {
    if (storage == StorageType.FILE) {
      return maxStorage;
    }
    long known = maxMemory;
    if (known < 0) {
      known = ofMemory();
      maxMemory = known;
    }
    return known;
  }

  /** The bytes that streams of this kind have reserved by their limits. */
  long reserved(StorageType storage) {
    long sum = 0;
    for (JetStream account : accounts) {
      sum += account.reserved(storage, "");
    }
    return sum;
  }

  /**
   * Is there what an account of these limits may take, besides what others may and have reserved?
   *
   * @throws ApiException if not
   */
  void check(JetStreamOptions account) {
    for (StorageType storage : StorageType.values()) {
      long wanted = granted(account, storage);
      long others = 0;
      for (JetStream each : accounts) {
        others += granted(each.options(), storage);
      }
      if (Math.max(reserved(storage), others) + wanted > max(storage)) {
        throw exceeded(storage);
      }
    }
  }

  private static long granted(JetStreamOptions account, StorageType storage) {
    return account.limits().values().stream()
        .mapToLong(tier -> Math.max(0, tier.maxBytes(storage)))
        .sum();
  }

  /** Says that there is not enough. */
  static ApiException exceeded(StorageType storage) {
    return (storage == StorageType.MEMORY
            ? ApiError.MEMORY_RESOURCES_EXCEEDED
            : ApiError.STORAGE_RESOURCES_EXCEEDED)
        .exception();
  }

  /** Streams have grown or shrunk by this many bytes. */
  void used(StorageType storage, long bytes) {
    (storage == StorageType.MEMORY ? memoryUsed : storageUsed).addAndGet(bytes);
  }

  /** Do streams of this kind take more than they may? */
  boolean isExceeded(StorageType storage) {
    return (storage == StorageType.MEMORY ? memoryUsed : storageUsed).get() > max(storage);
  }

  private static long ofDisk(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      // Whoever first writes there fails, and says why.
      log.debug("{} can't be made", directory, e);
    }
    long available = directory.toFile().getUsableSpace();
    return available > 0 ? threeQuarters(available) : UNKNOWN_STORAGE;
  }

  private static long ofMemory() {
    long total = machineMemory();
    return total > 0 ? threeQuarters(total) : UNKNOWN_MEMORY;
  }

  private static long threeQuarters(long bytes) {
    return bytes / 4 * 3;
  }

  // The memory of the machine, not that of the JVM or its container: so does nats-server.
  private static long machineMemory() {
    try {
      Matcher total = TOTAL.matcher(Files.readString(MEMORY_INFO, StandardCharsets.US_ASCII));
      if (total.find()) {
        return Long.parseLong(total.group(1)) * 1024;
      }
    } catch (IOException e) {
      log.debug("Not on Linux", e);
    }
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : 0;
  }
}
