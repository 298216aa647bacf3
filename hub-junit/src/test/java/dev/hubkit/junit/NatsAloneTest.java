package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@link NatsAlone} without the libraries that only a repository needs. */
class NatsAloneTest {
  private static final Path TOOLKIT = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final String JGIT = "org\\.eclipse\\.jgit|JavaEWAH|commons-codec";

  @TempDir Path directory;

  private ConsoleRun run(String without, Class<?>... types) throws Exception {
    return ConsoleRun.of(
        ConsoleRun.launchers().get(0),
        directory,
        without,
        Stream.of(types).map(type -> "--select-class=" + type.getName()).toList());
  }

  @Test
  void needsNoLibraryOfARepository() throws Exception {
    ConsoleRun run =
        run(
            "sqlite-jdbc|" + JGIT,
            NatsAlone.Lacking.class,
            NatsAlone.Nats.class,
            NatsAlone.IsolatedAlone.class,
            NatsAlone.Configured.class);
    assertThat(run.tests("successful")).as(run.output()).isEqualTo(NatsAlone.SUCCESSFUL);
    assertThat(run.status()).as(run.output()).isZero();
  }

  /** From JDK 24 on, a JVM warns of libraries that load native code, as SQLite's driver does. */
  @Test
  void isQuietOnANewJdk() throws Exception {
    List<Path> jdks = ConsoleRun.jdks(24);
    assumeFalse(jdks.isEmpty(), "no JDK from 24 on beside this one");
    List<String> selectors = List.of("--select-class=" + NatsAlone.Nats.class.getName());
    ConsoleRun run =
        ConsoleRun.of(jdks.get(0), ConsoleRun.launchers().get(0), directory, "", selectors);
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).doesNotContain("WARNING");
  }

  @Test
  void isQuietInAProjectWithoutABackendForLogs() throws Exception {
    ConsoleRun run =
        run("slf4j-jdk14|logback", NatsAlone.Nats.class, NatsAlone.IsolatedAlone.class);
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).doesNotContain("SLF4J", "WARNING", "SEVERE");
  }

  @Test
  void aRepositoryIsQuietAboutLogs() throws Exception {
    ConsoleRun run = run("slf4j-jdk14|logback", WithoutLibraries.Repository.class);
    assertThat(run.status()).as(run.output()).isZero();
    assertThat(run.output()).doesNotContain("SLF4J");
  }

  @Test
  void aRepositorySaysWhatItMisses() throws Exception {
    ConsoleRun run = run("sqlite-jdbc|" + JGIT, NatsAlone.Repository.class);
    assertThat(run.status()).as(run.output()).isNotZero();
    assertThat(run.output()).contains("whose driver is missing: add org.xerial:sqlite-jdbc");
  }

  @Test
  void aGitWorkTreeSaysWhatItMisses() throws Exception {
    ConsoleRun run = run(JGIT, NatsAlone.Seeded.class);
    assertThat(run.status()).as(run.output()).isNotZero();
    assertThat(run.output()).contains("which is missing: add org.eclipse.jgit:org.eclipse.jgit");
  }

  /** The page shows how to leave out the same libraries with Maven and with Gradle. */
  @Test
  void thePageLeavesOutTheSame() throws Exception {
    String page = Files.readString(TOOLKIT.resolve("docs/dependencies.md"));
    List<String> maven =
        found(page, "<groupId>([^<]+)</groupId>\\s*<artifactId>([^<]+)</artifactId>");
    List<String> gradle = found(page, "group = \"([^\"]+)\", module = \"([^\"]+)\"");
    assertThat(gradle)
        .containsExactly("org.xerial:sqlite-jdbc", "org.eclipse.jgit:org.eclipse.jgit");
    assertThat(maven).containsSubsequence(gradle).hasSize(1 + gradle.size());
    assertThat(page).contains("<exclusion>", "exclude(");
  }

  private static List<String> found(String page, String pattern) {
    return Pattern.compile(pattern)
        .matcher(page)
        .results()
        .map(result -> result.group(1) + ":" + result.group(2))
        .toList();
  }
}
