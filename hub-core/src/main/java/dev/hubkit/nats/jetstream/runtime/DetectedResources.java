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
 * What a server has for streams where its configuration does not say: three quarters of the memory
 * of the machine, and of what was free on the disk at the start, as nats-server finds it ({@code
 * dynJetStreamConfig}); of the memory no more than the heap has for them. Thread-safe.
 */
public final class DetectedResources {
  private static final Log log = Log.of(DetectedResources.class);
  private static final Path MEMORY_INFO = Path.of("/proc/meminfo");
  private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");
  // nats-server's guesses where the machine does not tell.
  private static final long UNKNOWN_MEMORY = 256L << 20;
  private static final long UNKNOWN_STORAGE = 1L << 40;

  private final long storage;
  private volatile long memory = -1; // until somebody asks

  /**
   * Looks at the disk.
   *
   * @param directory where streams are stored; made if it is missing
   */
  public DetectedResources(Path directory) {
    try {
      PrivateFiles.createDirectories(directory);
    } catch (IOException e) {
      // Whoever first writes there fails, and says why.
      log.debug("{} can't be made", directory, e);
    }
    long available = directory.toFile().getUsableSpace();
    storage = available > 0 ? threeQuarters(available) : UNKNOWN_STORAGE;
  }

  /** The bytes that there are for streams of this kind. */
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
