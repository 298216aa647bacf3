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
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A history that C fossil imported from git, with branches, merges and check-ins within a second.
 */
class ImportedHistoryTest {
  @TempDir Path directory;

  @Test
  void ourRebuildEqualsTheirsAndEveryArtifactIsReadAlike() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    Path stream = Files.writeString(directory.resolve("stream"), history(150));
    Path file = directory.resolve("imported.fossil");
    fossil.run(directory, "import", "--git", file.toString(), stream.toString());
    Path copy = Files.copy(file, directory.resolve("copy.fossil"));
    try (FossilRepository repository = FossilRepository.open(copy)) {
      repository.rebuild();
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
    assertThat(Tables.differences(Tables.of(copy), Tables.rebuiltByFossil(fossil, file, directory)))
        .isEmpty();
    fossil.run(directory, "test-integrity", "--parse", "-R", copy.toString());
  }

  @Test
  void clonesInBothDirectionsHoldTheSame() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    Path stream = Files.writeString(directory.resolve("stream"), history(150));
    Path file = directory.resolve("imported.fossil");
    fossil.run(directory, "import", "--git", file.toString(), stream.toString());
    Path theirs = directory.resolve("theirs.fossil");
    Path ours = directory.resolve("ours.fossil");
    try (FossilRepository repository = FossilRepository.open(file);
        FossilServer server =
            FossilServer.start(repository, FossilServerOptions.defaults().withPort(0))) {
      fossil.run(directory, "clone", server.url(), theirs.toString());
      try (FossilClient client = FossilClient.of(URI.create(server.url()))) {
        client.cloneTo(ours, "me").close();
      }
    }
    for (Path clone : List.of(theirs, ours)) {
      assertThat(names(clone)).isEqualTo(names(file));
      fossil.run(directory, "test-integrity", "--parse", "-R", clone.toString());
      assertThat(
              Tables.differences(
                  Tables.of(clone), Tables.rebuiltByFossil(fossil, clone, directory)))
          .isEmpty();
    }
  }

  private static List<String> names(Path file) {
    try (FossilRepository repository = FossilRepository.open(file)) {
      return repository.<List<String>, RuntimeException>read(
          snapshot ->
              snapshot.session().list("SELECT uuid FROM blob ORDER BY uuid", row -> row.text(1)));
    }
  }

  /** A stream of {@code git fast-export}: two branches that change and merge each other's files. */
  private static String history(int commits) {
    StringBuilder out = new StringBuilder();
    Random random = new Random(11);
    int[] last = {0, 0};
    for (int i = 1; i <= commits; i++) {
      int side = i > 10 && random.nextInt(3) == 0 ? 1 : 0;
      String branch = side == 0 ? "refs/heads/master" : "refs/heads/side";
      out.append("commit ").append(branch).append("\nmark :").append(i).append('\n');
      // Several check-ins share a second, some are older than what they stand on.
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
