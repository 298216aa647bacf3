package dev.hubkit.fossil;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads a history that C fossil imported from git: one made up here, with branches, merges and
 * check-ins within a second, or that of the git repository that the property {@code
 * hub.history.git} names.
 */
class ImportedHistoryTest {
  private static final String GIT = System.getProperty("hub.history.git", "");
  private static final String REVISIONS = System.getProperty("hub.history.revisions", "--branches");

  @TempDir Path directory;
  private CFossil fossil;
  private Path file;

  @BeforeEach
  void importHistory() throws Exception {
    fossil = CFossil.orSkip(directory);
    Path stream = directory.resolve("stream");
    if (GIT.isEmpty()) {
      Files.writeString(stream, history(150));
    } else {
      fossil = fossil.withPatience(Duration.ofHours(1));
      export(stream);
    }
    file = directory.resolve("imported.fossil");
    fossil.run(directory, "import", "--git", file.toString(), stream.toString());
    Files.delete(stream);
  }

  @Test
  void ourRebuildEqualsTheirsAndEveryArtifactIsReadAlike() throws IOException {
    Path copy = Files.copy(file, directory.resolve("copy.fossil"));
    try (FossilRepository repository = FossilRepository.open(copy)) {
      timed("rebuild by Hub", repository::rebuild);
      timed("rebuild by Hub again", repository::rebuild);
      repository.read(
          snapshot -> {
            List<String> names =
                snapshot.session().list("SELECT uuid FROM blob", row -> row.text(1));
            assertThat(names).hasSizeGreaterThan(300);
            for (String name : names) {
              ArtifactName artifact = new ArtifactName(name);
              byte[] content = snapshot.content().read(artifact);
              assertThat(content != null && artifact.names(content)).as(name).isTrue();
            }
            return true;
          });
    }
    Path theirs = Files.copy(file, directory.resolve("theirs.fossil"));
    timed("rebuild by fossil", () -> fossil.run(directory, "rebuild", theirs.toString()));
    assertThat(Tables.differences(Tables.of(copy), Tables.of(theirs))).isEmpty();
    fossil.run(directory, "test-integrity", "--parse", "-R", copy.toString());
  }

  @Test
  void clonesInBothDirectionsHoldTheSame() throws IOException {
    List<Path> clones = new ArrayList<>();
    try (FossilRepository repository = FossilRepository.open(file);
        FossilServer server =
            FossilServer.start(repository, FossilServerOptions.defaults().withPort(0))) {
      clones.add(cloneByFossil("Hub", server.url()));
      clones.add(cloneByHub("Hub", server.url()));
    }
    try (CFossil.Server server = fossil.serve(file)) {
      clones.add(0, cloneByFossil("fossil server", server.url()));
      clones.add(cloneByHub("fossil server", server.url()));
    }
    Map<String, List<String>> original = rebuiltByName(file);
    for (Path clone : clones) {
      String name = clone.getFileName().toString();
      assertThat(names(clone)).as(name).isEqualTo(names(file));
      fossil.run(directory, "test-integrity", "--parse", "-R", clone.toString());
      Map<String, List<String>> rebuilt = Tables.rebuiltByFossil(fossil, clone, directory);
      assertThat(Tables.differences(Tables.of(clone), rebuilt)).as(name).isEmpty();
      assertThat(Tables.differences(rebuiltByName(clone), original)).as(name).isEmpty();
    }
  }

  private Path cloneByFossil(String server, String url) throws IOException {
    Path clone = directory.resolve("fossil from " + server + ".fossil");
    timed(
        "clone by fossil from " + server,
        () -> fossil.run(directory, "clone", url, clone.toString()));
    return clone;
  }

  private Path cloneByHub(String server, String url) throws IOException {
    Path clone = directory.resolve("Hub from " + server + ".fossil");
    try (FossilClient client = FossilClient.of(URI.create(url))) {
      timed("clone by Hub from " + server, () -> client.cloneTo(clone, "me").close());
    }
    return clone;
  }

  /**
   * Returns the tables that C fossil's rebuild makes, in a form that is the same for all clones.
   */
  private Map<String, List<String>> rebuiltByName(Path repository) {
    Map<String, List<String>> tables =
        Tables.byName(Tables.rebuiltFileByFossil(fossil, repository, directory));
    tables.remove("unclustered"); // artifacts in no cluster yet, which servers tell clones
    return tables;
  }

  /** Some work to time. */
  @FunctionalInterface
  private interface Timed {
    void run() throws IOException;
  }

  private static void timed(String what, Timed work) throws IOException {
    long start = System.nanoTime();
    work.run();
    if (!GIT.isEmpty()) {
      System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - start) / 1e9);
    }
  }

  private void export(Path stream) throws IOException, InterruptedException {
    List<String> command =
        List.of("git", "-C", GIT, "fast-export", "--signed-tags=strip", REVISIONS);
    Process git =
        new ProcessBuilder(command)
            .redirectOutput(stream.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(git.waitFor()).as("%s", command).isZero();
  }

  private static List<String> names(Path file) {
    try (FossilRepository repository = FossilRepository.open(file)) {
      return repository.<List<String>, RuntimeException>read(
          snapshot ->
              snapshot.session().list("SELECT uuid FROM blob ORDER BY uuid", row -> row.text(1)));
    }
  }

  /**
   * Returns a stream of {@code git fast-export}: two branches that change and merge each other's
   * files.
   */
  private static String history(int commits) {
    StringBuilder out = new StringBuilder();
    Random random = new Random(11);
    int[] last = {0, 0};
    for (int i = 1; i <= commits; i++) {
      int side = i > 10 && random.nextInt(3) == 0 ? 1 : 0;
      String branch = side == 0 ? "refs/heads/master" : "refs/heads/side";
      out.append("commit ").append(branch).append("\nmark :").append(i).append('\n');
      // Several check-ins share a second, and some are older than their parents.
      long when = 1_700_000_000L + i / 3 - (i % 17 == 0 ? 1 : 0);
      out.append("committer A B <a@b.c> ").append(when).append(" +0000\n");
      data(out, "Change " + i);
      int from = last[side] != 0 ? last[side] : last[0];
      if (from != 0) {
        out.append("from :").append(from).append('\n');
      }
      int other = last[1 - side];
      if (other != 0 && other != from && random.nextInt(6) == 0) {
        out.append("merge :").append(other).append('\n');
      }
      for (int change = 0; change < 3; change++) {
        String path = "dir" + random.nextInt(4) + "/file" + random.nextInt(8);
        if (i > 20 && random.nextInt(8) == 0) {
          out.append("D ").append(path).append('\n');
        } else {
          out.append("M ").append(random.nextInt(5) == 0 ? "100755" : "100644");
          out.append(" inline ").append(path).append('\n');
          data(out, ("line of " + path + "\n").repeat(20) + random.nextInt(1000) + "\n");
        }
      }
      out.append('\n');
      last[side] = i;
    }
    return out.toString();
  }

  private static void data(StringBuilder out, String text) {
    out.append("data ").append(text.getBytes(StandardCharsets.UTF_8).length).append('\n');
    out.append(text).append('\n');
  }
}
