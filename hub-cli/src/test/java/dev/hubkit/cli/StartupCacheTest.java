package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.HubStatus;
import dev.hubkit.cli.Shell.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks what the first start leaves for later ones, with the command in one jar. */
class StartupCacheTest {
  @TempDir Path home;

  private WorkTree tree;

  @AfterEach
  void end() {
    if (tree != null) {
      tree.end();
    }
  }

  // As in the README, where the path of the jar is relative to the directory of the caller.
  private Result jar(Path jar, String... arguments) throws IOException, InterruptedException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                tree.root().relativize(jar.toRealPath()).toString()));
    line.addAll(List.of(arguments));
    return tree.shell().run(line);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void theFirstStartMakesItAndTheNextUsesIt() throws Exception {
    tree = WorkTree.in(home);
    Path program = Files.createDirectory(home.resolve("program"));
    Path jar = HubJar.in(program);
    // What a jar beside this one is making, and has made.
    Path otherWork = Files.createDirectory(program.resolve("hub-startup-hub-cli-next-17.jsa-1"));
    Path otherLibrary =
        Files.createFile(program.resolve("hub-cli-next-0a-" + System.mapLibraryName("sqlite")));
    Result first = jar(jar, WorkTree.startOn());
    assertThat(first.status()).as(first.all()).isZero();
    Awaitility.await()
        .atMost(180, TimeUnit.SECONDS)
        .until(
            () ->
                names(program).stream().anyMatch(name -> name.endsWith(".jsa"))
                    && names(program).stream()
                        .allMatch(
                            name ->
                                !name.startsWith("hub-startup")
                                    || name.equals(otherWork.getFileName().toString())));
    assertThat(otherWork).exists();
    assertThat(otherLibrary).exists();
    assertThat(tree.registered()).hasSize(1);
    Result stop = jar(jar, "stop");
    assertThat(stop.status()).as(stop.all()).isZero();

    Result second = jar(jar, WorkTree.startOn());
    assertThat(second.status()).as(second.all()).isZero();
    HubStatus status = tree.now();
    assertThat(status.running()).isTrue();
    Path maps = Path.of("/proc", Long.toString(status.pid()), "maps");
    if (Files.isReadable(maps)) {
      assertThat(Files.readString(maps, StandardCharsets.ISO_8859_1))
          .contains(
              program.resolve("hub-cli-" + System.getProperty("java.version") + ".jsa") + "\n")
          .containsPattern(program + "/hub-cli-[0-9a-f]+-libsqlite\\.so\n");
    }
    tree.assertIntact(false);
    // Neither output has a warning about an archive that does not fit.
    assertThat(tree.state("hub.log")).content().doesNotContain("[warning]").doesNotContain("cds");
    assertThat(second.err()).isEmpty();
  }
}
