package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogBackupsTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05.000000001Z");

  @TempDir private Path directory;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 5, 6, 9})
  void keepsTheNewestFilesOfTheLog(long maxFiles) throws IOException {
    Path log = Files.createFile(directory.resolve("nats.log"));
    LogBackups backups = new LogBackups(log);
    for (int i = 0; i < 5; i++) {
      Files.createFile(backups.at(START.plusSeconds(i)));
    }

    backups.purge(maxFiles);

    int kept = (int) Math.min(5, maxFiles - 1);
    assertThat(names()).hasSize(kept + 1).contains("nats.log");
    for (int i = 5 - kept; i < 5; i++) {
      assertThat(backups.at(START.plusSeconds(i))).exists();
    }
  }

  @Test
  void leavesFilesThatAreNotOfTheLog() throws IOException {
    Path log = Files.createFile(directory.resolve("nats.log"));
    Files.createFile(directory.resolve("nats.log.old"));
    Files.createFile(directory.resolve("nats.log.2026.01.02"));
    Files.createFile(directory.resolve("other.log.2026.01.02.03.04.05.000000001"));
    Files.createDirectory(directory.resolve("nats.log.2026.01.02.03.04.05.000000001"));
    List<String> before = names();

    new LogBackups(log).purge(1);

    assertThat(names()).isEqualTo(before);
  }
}
