package dev.hubkit.fossil;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.content.ArtifactName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FossilRepositoryTest {
  @TempDir Path directory;

  @Test
  void aNewRepositoryHasTheTablesUsersAndSettingsOfFossilNew() {
    CFossil fossil = CFossil.orSkip(directory);
    Path theirs = directory.resolve("theirs.fossil");
    fossil.run(directory, "new", "--admin-user", "root", theirs.toString());
    Path ours = directory.resolve("ours.fossil");
    FossilRepository.create(ours, CreateOptions.withAdministrator("root")).close();
    assertThat(schema(ours)).isEqualTo(schema(theirs));
    String users = "SELECT login||' '||cap||' '||info||' '||(length(pw)>0) FROM user";
    assertThat(RawSql.list(ours, users)).isEqualTo(RawSql.list(theirs, users));
    String settings =
        "SELECT name||CASE WHEN name GLOB '*-code' THEN length(value) WHEN name='rebuilt' THEN ''"
            + " ELSE value END FROM config ORDER BY name";
    assertThat(RawSql.list(ours, settings)).isEqualTo(RawSql.list(theirs, settings));
    assertThat(RawSql.list(ours, "SELECT title||cols||sqlcode||mtime FROM reportfmt"))
        .isEqualTo(RawSql.list(theirs, "SELECT title||cols||sqlcode||mtime FROM reportfmt"));
    assertThat(RawSql.list(ours, "PRAGMA application_id"))
        .isEqualTo(RawSql.list(theirs, "PRAGMA application_id"));
  }

  private static Map<String, String> schema(Path file) {
    Map<String, String> schema = new java.util.TreeMap<>();
    for (String row :
        RawSql.list(
            file,
            "SELECT name||char(9)||sql FROM sqlite_schema"
                + " WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'")) {
      String[] parts = row.split("\t", 2);
      schema.put(parts[0], parts[1].replaceAll("\\s+", " "));
    }
    return schema;
  }

  @Test
  void aSeededRepositoryIsWholeForCFossil() throws IOException {
    CFossil fossil = CFossil.orSkip(directory);
    Path file = directory.resolve("hub.fossil");
    try (FossilRepository repository =
        FossilRepository.create(
            file, CreateOptions.withAdministrator("orchestrator").openedToNobody())) {
      Commit seed = new Commit("orchestrator", "session base: 0123abcd");
      for (int i = 0; i < 50; i++) {
        seed.put("src/dir " + i % 7 + "/Ünï " + i + ".txt", FileContent.of("line " + i + "\n"));
      }
      seed.put("run.sh", Permission.EXECUTABLE, FileContent.of("#!/bin/sh\n"));
      seed.put("link", Permission.SYMLINK, FileContent.of("run.sh"));
      seed.put("empty", FileContent.of(""));
      ArtifactName base = repository.commit(seed);
      ArtifactName second =
          repository.commit(
              new Commit("orchestrator", "Change some")
                  .onTopOf(base)
                  .put("run.sh", Permission.EXECUTABLE, FileContent.of("#!/bin/sh\nls\n"))
                  .rename("empty", "void")
                  .delete("src/dir 0/Ünï 0.txt"));
      repository.commit(
          new Commit("orchestrator", "Branch [" + second.abbreviated() + "]")
              .onTopOf(second)
              .branch("side")
              .tag("v1")
              .put("new", FileContent.of("new")));
    }
    assertThat(fossil.run(directory, "test-integrity", "-R", file.toString()))
        .contains("low-level database integrity-check: ok");
    assertThat(fossil.run(directory, "timeline", "-R", file.toString()))
        .contains("session base: 0123abcd (user: orchestrator tags: trunk)")
        .containsPattern("tags: (side, v1|v1, side)");
    assertAsRebuilt(fossil, file);
    Path checkout = Files.createDirectory(directory.resolve("checkout"));
    fossil.run(directory, "settings", "--global", "allow-symlinks", "on");
    fossil.run(checkout, "open", file.toString());
    assertThat(checkout.resolve("src/dir 1/Ünï 1.txt")).hasContent("line 1\n");
    assertThat(checkout.resolve("run.sh")).isExecutable();
    assertThat(checkout.resolve("void")).isEmptyFile();
    assertThat(fossil.run(checkout, "changes")).isBlank();
    Files.write(checkout.resolve("more"), "more".getBytes(StandardCharsets.UTF_8));
    fossil.run(checkout, "add", "more");
    assertThat(fossil.run(checkout, "commit", "--user", "orchestrator", "-m", "From C fossil"))
        .contains("New_Version");
    fossil.run(checkout, "close");
    assertAsRebuilt(fossil, file);
  }

  private void assertAsRebuilt(CFossil fossil, Path file) {
    assertThat(Tables.differences(Tables.of(file), Tables.rebuiltByFossil(fossil, file, directory)))
        .isEmpty();
  }
}
