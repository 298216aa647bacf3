package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs C fossil against a hub that was seeded from git. */
class FossilCommandsTest {
  @TempDir Path temporary;

  private Path root;
  private Shell shell;

  @BeforeEach
  void makeWorkTree() throws Exception {
    assumeTrue(Shell.has("git"), "git is not on the PATH");
    assumeTrue(Shell.has("fossil"), "fossil is not on the PATH");
    root = Files.createDirectories(temporary.resolve("work"));
    shell = new Shell(root);
    write("plain.txt", "hello\n");
    write("with space/größe €.txt", "umlauts\n");
    write("empty", "");
    Files.write(root.resolve("bytes.bin"), new byte[] {0, 1, 2, (byte) 0xff, '\r', '\n', 0});
    write("run.sh", "#!/bin/sh\n");
    assertThat(root.resolve("run.sh").toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(root.resolve("link"), Path.of("plain.txt"));
    write("deleted.txt", "gone\n");
    shell.initGit();
    Files.delete(root.resolve("deleted.txt"));
    write("untracked.txt", "not git's\n");
    write("plain.txt", "hello, edited\n");
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static Map<String, String> filesIn(Path top) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(top)) {
      for (Path file : (Iterable<Path>) walk::iterator) {
        String name = top.relativize(file).toString();
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && !name.startsWith(".fslckout")
            && !name.startsWith("_FOSSIL_")) {
          files.put(
              name + (Files.isExecutable(file) ? "*" : ""),
              Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
    return files;
  }

  @Test
  void clonesPushesAndClonesAgain() throws Exception {
    HubOptions options = HubOptions.builder().fossilPort(0).natsPort(0).build();
    Path repository;
    try (Hub hub = Hub.start(root, options)) {
      repository = hub.workspace().repository();
      Shell first = cloneAndOpen(hub.fossilUrl(), "first");
      Map<String, String> files = filesIn(first.directory());
      assertThat(files.keySet())
          .containsExactlyInAnyOrder(
              "plain.txt", "with space/größe €.txt", "empty", "bytes.bin", "run.sh*");
      files.forEach(
          (name, content) ->
              assertThat(content(root.resolve(name.replace("*", "")))).isEqualTo(content));

      Files.writeString(first.directory().resolve("plain.txt"), "pushed\n");
      Files.writeString(first.directory().resolve("new ö.txt"), "new\n");
      first.must("fossil", "add", "new ö.txt");
      first.must("fossil", "commit", "--no-warnings", "-m", "from the clone");

      Shell second = cloneAndOpen(hub.fossilUrl(), "second");
      assertThat(second.directory().resolve("plain.txt")).hasContent("pushed\n");
      assertThat(second.directory().resolve("new ö.txt")).hasContent("new\n");
    }
    String sha = shell.must("git", "rev-parse", "--short", "HEAD");
    String file = repository.toString();
    assertThat(shell.must("fossil", "timeline", "-R", file, "-n", "0"))
        .contains("session base: " + sha)
        .contains("user: orchestrator")
        .contains("from the clone");
    assertThat(shell.must("fossil", "test-integrity", file))
        .contains(" 0 errors")
        .contains("integrity-check: ok");
    shell.must("fossil", "rebuild", file);
    assertThat(shell.must("fossil", "timeline", "-R", file, "-n", "0"))
        .contains("session base: " + sha);
  }

  private static String content(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Shell cloneAndOpen(String url, String name) throws IOException, InterruptedException {
    Path clone = temporary.resolve(name + ".fossil");
    shell.must("fossil", "clone", url, clone.toString());
    Shell checkout = shell.in(Files.createDirectories(temporary.resolve(name)));
    checkout.must("fossil", "open", clone.toString());
    checkout.must("fossil", "settings", "autosync", "on");
    return checkout;
  }
}
