package dev.hubkit.nats.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares what clients see of a cluster in this JVM with what they see of three nats-servers,
 * scene by scene. What the nats-servers answered is on record; {@code -Dcluster.script=real} asks
 * them again, {@code -Dcluster.script=write} records anew what they answer, and {@code
 * -Dcluster.script=hub} also plays the scenes that are known to differ. {@code
 * -Dcluster.scenes=REGEX} selects scenes, {@code -Dcluster.rounds=N} plays each of them so often.
 */
class ClusterDifferenceTest {
  private static final Path RECORDS = Path.of("src", "test", "resources", "cluster");
  private static final Pattern SCENES = Pattern.compile(System.getProperty("cluster.scenes", ".*"));

  private static final int ROUNDS = Integer.getInteger("cluster.rounds", 1);

  @TempDir Path directory;

  private static Stream<ClusterScene> scenes() {
    return Stream.of(ClusterScene.values()).filter(scene -> SCENES.matcher(scene.name()).matches());
  }

  private static Path record(ClusterScene scene) {
    return RECORDS.resolve(scene.name().toLowerCase(Locale.ROOT) + ".txt");
  }

  private static List<String> play(ClusterScene scene, ScriptedCluster cluster) throws Exception {
    try (ClusterTranscript transcript = new ClusterTranscript(cluster)) {
      new ClusterScript(transcript).awaitReady();
      try {
        scene.run(transcript);
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            scene + " ended after\n" + String.join("\n", transcript.lines()), e);
      }
      return transcript.lines();
    }
  }

  private static void requireSame(ClusterScene scene, List<String> lines) throws IOException {
    List<String> recorded = Files.readAllLines(record(scene), StandardCharsets.UTF_8);
    for (int i = 0; i < Math.max(lines.size(), recorded.size()); i++) {
      assertThat(i < lines.size() ? lines.get(i) : "(end)")
          .as("%s, line %d, after %s", scene, i + 1, i == 0 ? "nothing" : lines.get(i - 1))
          .isEqualTo(i < recorded.size() ? recorded.get(i) : "(end)");
    }
  }

  @Test
  @ComparedWithNatsServer
  @EnabledIfSystemProperty(
      named = "cluster.script",
      matches = "real|write",
      disabledReason = "takes three minutes; set -Dcluster.script=real")
  void natsServersAnswerAsRecorded() throws Exception {
    boolean write = "write".equals(System.getProperty("cluster.script"));
    SoftAssertions softly = new SoftAssertions();
    try (RealCluster cluster = RealCluster.start(directory)) {
      for (ClusterScene scene : scenes().toList()) {
        List<String> lines = play(scene, cluster);
        if (write) {
          Files.createDirectories(RECORDS);
          Files.write(record(scene), lines, StandardCharsets.UTF_8);
        } else {
          softly.check(() -> requireSame(scene, lines));
        }
      }
    }
    softly.assertAll();
  }

  // Those that are the same throughout; -Dcluster.script=hub also looks at the others.
  private static Stream<ClusterScene> comparedScenes() {
    boolean all = "hub".equals(System.getProperty("cluster.script"));
    List<ClusterScene> compared = scenes().filter(scene -> all || scene.isSame()).toList();
    return Stream.generate(() -> compared).limit(ROUNDS).flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("comparedScenes")
  void hubAnswersAsRecorded(ClusterScene scene) throws Exception {
    try (ClusterInThisJvm cluster = ClusterInThisJvm.start(directory)) {
      requireSame(scene, play(scene, cluster));
    }
  }

  @Test
  void scriptHasMoreThanTwoHundredSteps() throws Exception {
    long steps = 0;
    for (ClusterScene scene : ClusterScene.values()) {
      steps +=
          Files.readAllLines(record(scene), StandardCharsets.UTF_8).stream()
              .filter(line -> !line.startsWith(" "))
              .count();
    }
    assertThat(steps).isGreaterThan(200);
  }
}
