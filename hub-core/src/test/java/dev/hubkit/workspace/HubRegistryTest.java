package dev.hubkit.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks that a damaged entry hides no other hub, and that the registry reports it, but neither
 * believes nor deletes it.
 */
class HubRegistryTest {
  private static final Logger LOGGER = Logger.getLogger(HubRegistry.class.getName());

  @TempDir Path directory;
  private HubRegistry registry;
  private Owner damaged;
  private Owner other;
  private Path file;
  private final StringBuilder reported = new StringBuilder();
  private final Handler handler = new Recorder();

  private final class Recorder extends Handler {
    @Override
    public void publish(LogRecord record) {
      reported.append(record.getMessage()).append(Arrays.toString(record.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void begin() throws IOException {
    registry = new HubRegistry(directory);
    damaged = owner("damaged", "2026-01-01T00:00:00Z");
    other = owner("other", "2026-01-02T00:00:00Z");
    registry.put(damaged);
    registry.put(other);
    file = directory.resolve("damaged.json");
    LOGGER.setUseParentHandlers(false);
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void end() {
    LOGGER.removeHandler(handler);
    LOGGER.setUseParentHandlers(true);
  }

  private static Owner owner(String instance, String since) {
    return Owner.starting(instance, Path.of("/some/rööt"), "lock", Instant.parse(since), "1.0");
  }

  @Test
  void allAreListed() throws IOException {
    assertThat(registry.all()).containsExactly(damaged, other);
    assertThat(reported).isEmpty();
  }

  @Test
  void aMissingEntryIsNotListed() throws IOException {
    Files.delete(file);
    assertThat(registry.all()).containsExactly(other);
  }

  @Test
  void aDamagedEntryIsReportedAndKept() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    byte[] zeros = whole.clone();
    Arrays.fill(zeros, whole.length / 3, whole.length / 2, (byte) 0);
    List<byte[]> kinds =
        List.of(
            new byte[0],
            Arrays.copyOf(whole, whole.length / 2),
            zeros,
            new byte[whole.length],
            Files.readAllBytes(directory.resolve("other.json")),
            "fossil-port = 0\n".getBytes(StandardCharsets.UTF_8));
    for (byte[] content : kinds) {
      reported.setLength(0);
      Files.write(file, content);
      assertThat(registry.all()).containsExactly(other);
      assertThat(reported).contains(file.toString());
      assertThat(file).hasBinaryContent(content);
    }
  }

  @Test
  void noBitMakesAnotherHubOfOne() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] content = whole.clone();
      content[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, content);
      reported.setLength(0);
      List<Owner> all = registry.all();
      if (all.size() == 1) {
        assertThat(all).containsExactly(other);
        assertThat(reported).contains(file.toString());
      } else {
        assertThat(all).as("bit %d", bit).containsExactly(damaged, other);
      }
      assertThat(file).hasBinaryContent(content);
    }
  }
}
