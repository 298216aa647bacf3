package dev.hubkit.nats.monitor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What JetStream says it may take of the machine where no configuration says it: three quarters, as
 * nats-server ({@code dynJetStreamConfig}). Nothing keeps streams to it. Thread-safe.
 */
final class MachineRoom {
  private static final Logger log = LoggerFactory.getLogger(MachineRoom.class);
  private static final long UNKNOWN_MEMORY = 256L << 20;
  private static final long UNKNOWN_STORAGE = 1L << 40;

  private final Path directory;
  private @Nullable Long storage;

  /** With streams in files below a directory. */
  MachineRoom(Path directory) {
    this.directory = directory;
  }

  /** Bytes of memory. */
  long memory() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize() / 4 * 3
        : UNKNOWN_MEMORY;
  }

  /** Bytes of the disk that were free when this was first asked. */
  synchronized long storage() {
    if (storage == null) {
      storage = free();
    }
    return storage;
  }

  private long free() {
    try {
      Path present = directory.toAbsolutePath();
      while (!Files.exists(present)) {
        Path parent = present.getParent();
        if (parent == null) {
          return UNKNOWN_STORAGE;
        }
        present = parent;
      }
      return Files.getFileStore(present).getUsableSpace() / 4 * 3;
    } catch (IOException e) {
      log.debug("The room below {} is not known", directory, e);
      return UNKNOWN_STORAGE;
    }
  }
}
