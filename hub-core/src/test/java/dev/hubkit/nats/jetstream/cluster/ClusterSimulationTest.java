package dev.hubkit.nats.jetstream.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/**
 * Lets random histories happen to whole servers with a stream and its consumers: kills, restarts,
 * lost disks, pauses, cut and slow links, steps down, scaling, while clients publish, pull and
 * acknowledge. {@code -Dhub.cluster.seeds=1-10000} runs others than the usual ones.
 */
class ClusterSimulationTest {
  @Test
  void nothingAcknowledgedIsLostWhateverHappens() throws IOException {
    String[] seeds = System.getProperty("hub.cluster.seeds", "1-16").split("-", -1);
    long runs = 0;
    long acknowledged = 0;
    long confirmed = 0;
    Path directory = Files.createTempDirectory(quick(), "clusters");
    try {
      for (long seed = Long.parseLong(seeds[0]); seed <= Long.parseLong(seeds[1]); seed++) {
        SimulatedHistory history = run(seed, directory);
        acknowledged += history.clients().acknowledged().size();
        confirmed += history.clients().confirmations();
        runs++;
      }
    } finally {
      removeAll(directory);
    }
    // The histories are not all of one kind: there is work.
    assertThat(acknowledged).isGreaterThan(10 * runs);
    assertThat(confirmed).isGreaterThan(5 * runs);
  }

  @Test
  void aSeedGivesTheSameHistoryAgain() throws IOException {
    Path directory = Files.createTempDirectory(quick(), "clusters");
    try {
      for (long seed = 101; seed <= 102; seed++) {
        assertThat(run(seed, directory).story()).isEqualTo(run(seed, directory).story());
      }
    } finally {
      removeAll(directory);
    }
  }

  private static SimulatedHistory run(long seed, Path directory) throws IOException {
    Path own = Files.createDirectory(directory.resolve("seed-" + seed));
    try (SimulatedHistory history = new SimulatedHistory(own, seed)) {
      try {
        history.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("Seed " + seed + ": " + e + "\n" + history.story(), e);
      }
      return history;
    } finally {
      removeAll(own);
    }
  }

  // Files in memory, where the system has a place for them: there are many.
  private static Path quick() {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static void removeAll(Path directory) throws IOException {
    try (java.util.stream.Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
