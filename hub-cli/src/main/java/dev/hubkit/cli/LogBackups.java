package dev.hubkit.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Stream;

/**
 * The earlier files of a log, which carry the time of their rotation behind its name, as those of
 * nats-server (logPurge in its {@code logger/log.go}).
 */
final class LogBackups {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu.MM.dd.HH.mm.ss.SSSSSSSSS").withZone(ZoneId.systemDefault());

  private final Path log;

  /** Finds the earlier files of {@code log}. */
  LogBackups(Path log) {
    this.log = log;
  }

  /** Returns the name of the present file after its rotation. */
  Path at(Instant rotation) {
    return log.resolveSibling(log.getFileName() + "." + STAMP.format(rotation));
  }

  /**
   * Deletes the oldest files until {@code maxFiles} are left, including the present one.
   *
   * @return those that were deleted
   * @throws IOException if a file cannot be deleted; then the others also stay
   */
  List<Path> purge(long maxFiles) throws IOException {
    List<Path> backups = all();
    int count = (int) Math.max(0, backups.size() - (maxFiles - 1));
    for (int i = 0; i < count; i++) {
      Files.delete(backups.get(i));
    }
    return backups.subList(0, count);
  }

  // The oldest first.
  private List<Path> all() throws IOException {
    String prefix = log.getFileName() + ".";
    try (Stream<Path> files = Files.list(log.toAbsolutePath().getParent())) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file -> {
                String name = file.getFileName().toString();
                return name.startsWith(prefix) && isStamp(name.substring(prefix.length()));
              })
          .sorted()
          .toList();
    }
  }

  private static boolean isStamp(String text) {
    try {
      STAMP.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }
}
