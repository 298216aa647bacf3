package dev.hubkit.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real git, in one directory. Tests that need it are skipped where it is missing. */
final class GitCommand {
  private final Path directory;

  private GitCommand(Path directory) {
    this.directory = directory;
  }

  static GitCommand init(Path directory) throws IOException, InterruptedException {
    boolean present;
    try {
      present = new ProcessBuilder("git", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      present = false;
    }
    assumeTrue(present, "git is not on the PATH");
    GitCommand git = new GitCommand(directory);
    git.run("init", "-q", "-b", "main", ".");
    git.run("config", "user.name", "Tester");
    git.run("config", "user.email", "tester@example.com");
    return git;
  }

  GitCommand in(Path other) {
    return new GitCommand(other);
  }

  String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output.strip();
  }

  void commitAll(String message) throws IOException, InterruptedException {
    run("add", "-A");
    run("commit", "-q", "-m", message);
  }
}
