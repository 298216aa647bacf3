package dev.hubkit.nats.jetstream.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Lets random histories happen to streams with replicas that are published to: kills, lost disks,
 * pauses, cut and slow links, purges, deletions. {@code -Dhub.cluster.seeds=1-10000} runs others
 * than the usual ones.
 */
class StreamSimulationTest {
  private static final int ACTIONS = 60;

  @Test
  void nothingAcknowledgedIsLostWhateverHappens() throws IOException {
    String[] seeds = System.getProperty("hub.cluster.seeds", "1-24").split("-", -1);
    long acknowledged = 0;
    Path directory = Files.createTempDirectory(quick(), "streams");
    for (long seed = Long.parseLong(seeds[0]); seed <= Long.parseLong(seeds[1]); seed++) {
      acknowledged += history(seed, directory);
    }
    removeAll(directory);
    // The histories are not all of one kind: there is work.
    long runs = Long.parseLong(seeds[1]) - Long.parseLong(seeds[0]) + 1;
    assertThat(acknowledged).isGreaterThan(10 * runs);
  }

  private static long history(long seed, Path directory) throws IOException {
    Path own = Files.createDirectory(directory.resolve("seed-" + seed));
    Random choice = new Random(~seed);
    try (SimulatedStream stream = new SimulatedStream(own, seed, choice)) {
      try {
        for (int i = 0; i < ACTIONS; i++) {
          stream.act();
        }
        stream.checkAfterHealing();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("Seed " + seed + ": " + e + "\n" + stream.story(), e);
      }
      return stream.acknowledgedCount();
    } finally {
      removeAll(own);
    }
  }

  // Files in memory, where the system has a place for them: there are many syncs.
  private static Path quick() {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static void removeAll(Path directory) throws IOException {
    try (java.util.stream.Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
