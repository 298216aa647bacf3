package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.work.MemoryBudget;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server offers streams where its configuration sets no limit: three quarters of the
 * machine's memory, and of the disk space that was free at the start, as nats-server computes it
 * ({@code dynJetStreamConfig}); but no more memory than the heap can hold. Thread-safe.
 */
public final class DetectedResources {
  private static final Log log = Log.of(DetectedResources.class);
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
  private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
  // The values of nats-server if the machine does not tell.
  private static final long UNKNOWN_MEMORY = 256L << 20;
  private static final long UNKNOWN_STORAGE = 1L << 40;

  private final long storage;
  private volatile long memory = -1; // until the first request

  /**
   * Measures the disk.
   *
   * @param directory the directory of the streams; created if it is missing
   */
  public DetectedResources(Path directory) {
    try {
      PrivateFiles.createDirectories(directory);
    } catch (IOException e) {
      // The first write there fails and reports the cause.
      log.debug("Directory {} cannot be created", directory, e);
    }
    long available = directory.toFile().getUsableSpace();
    storage = available > 0 ? threeQuarters(available) : UNKNOWN_STORAGE;
  }

  /** Returns the bytes available to streams of this kind. */
  public long available(StorageType kind) {
    if (kind == StorageType.FILE) {
      return storage;
    }
    long known = memory;
    if (known < 0) {
      long total = machineMemory();
      known =
          Math.min(
              total > 0 ? threeQuarters(total) : UNKNOWN_MEMORY, MemoryBudget.CONTENTS.limit());
      memory = known;
    }
    return known;
  }

  private static long threeQuarters(long bytes) {
    return bytes / 4 * 3;
  }

  // Like nats-server, takes the memory of the machine, not of the JVM or its container.
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
