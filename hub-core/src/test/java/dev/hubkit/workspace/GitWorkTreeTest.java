package dev.hubkit.workspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.workspace.WorkspaceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitWorkTreeTest {
  @TempDir Path root;

  private static List<String> names(List<TrackedFile> files) {
    return files.stream().map(TrackedFile::name).toList();
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void listsWhatGitTracksAsItIsInTheWorkTree() throws Exception {
    GitCommand git = GitCommand.init(root);
    write("plain.txt", "one");
    write("with space/größe €.txt", "two");
    write("run.sh", "#!/bin/sh\n");
    write("deleted.txt", "gone");
    write("becomes-link", "x");
    write("dir/inner.txt", "x");
    assertThat(root.resolve("run.sh").toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(root.resolve("link"), Path.of("plain.txt"));
    git.commitAll("first");
    Files.delete(root.resolve("deleted.txt"));
    Files.delete(root.resolve("becomes-link"));
    Files.createSymbolicLink(root.resolve("becomes-link"), Path.of("plain.txt"));
    Files.move(root.resolve("dir"), root.resolve("moved"));
    Files.createSymbolicLink(root.resolve("dir"), Path.of("moved"));
    write("untracked.txt", "no");
    write("plain.txt", "edited");

    List<TrackedFile> files = GitWorkTree.containing(root).trackedFiles();

    assertThat(names(files)).containsExactly("plain.txt", "run.sh", "with space/größe €.txt");
    assertThat(files).extracting(TrackedFile::executable).containsExactly(false, true, false);
    assertThat(Files.readString(files.get(0).path())).isEqualTo("edited");
    assertThat(Files.readString(files.get(2).path())).isEqualTo("two");
  }

  @Test
  void leavesOutSubmodulesAndTheHubsOwnDirectory() throws Exception {
    Path module = Files.createDirectory(root.resolve("other"));
    GitCommand other = GitCommand.init(module);
    Files.writeString(module.resolve("a"), "a");
    other.commitAll("a");
    Path top = Files.createDirectory(root.resolve("top"));
    GitCommand git = GitCommand.init(top);
    Files.writeString(top.resolve("b"), "b");
    git.run("-c", "protocol.file.allow=always", "submodule", "add", "-q", module.toString(), "sub");
    Files.createDirectory(top.resolve(Workspace.DIRECTORY));
    Files.writeString(top.resolve(Workspace.DIRECTORY).resolve("x"), "x");
    git.run("add", "-A", "-f");
    git.run("commit", "-q", "-m", "all");

    assertThat(names(GitWorkTree.containing(top).trackedFiles()))
        .containsExactly(".gitmodules", "b");
    assertThat(GitWorkTree.containing(top.resolve("sub")).top())
        .isEqualTo(top.toRealPath().resolve("sub"));
  }

  @Test
  void listsUnmergedFilesOnce() throws Exception {
    GitCommand git = GitCommand.init(root);
    write("a", "base");
    git.commitAll("base");
    git.run("checkout", "-q", "-b", "other");
    write("a", "theirs");
    git.commitAll("theirs");
    git.run("checkout", "-q", "main");
    write("a", "ours");
    git.commitAll("ours");
    Process merge = new ProcessBuilder("git", "merge", "other").directory(root.toFile()).start();
    assertThat(merge.waitFor()).isNotZero();

    assertThat(names(GitWorkTree.containing(root).trackedFiles())).containsExactly("a");
  }

  @Test
  void takesADirectoryBelowTheTopForARoot() throws Exception {
    GitCommand git = GitCommand.init(root);
    write("a/b/c.txt", "c");
    write("d.txt", "d");
    git.commitAll("all");

    assertThat(names(GitWorkTree.containing(root.resolve("a")).trackedFiles()))
        .containsExactly("b/c.txt");
  }

  @Test
  void readsLinkedWorkTreesAndPackedReferences() throws Exception {
    Path main = Files.createDirectory(root.resolve("main"));
    GitCommand git = GitCommand.init(main);
    Files.writeString(main.resolve("a"), "a");
    git.commitAll("a");
    Path linked = root.resolve("linked");
    git.run("worktree", "add", "-q", linked.toString());
    git.run("pack-refs", "--all");
    git.run("gc", "-q");

    GitWorkTree tree = GitWorkTree.containing(linked);
    assertThat(names(tree.trackedFiles())).containsExactly("a");
    assertThat(tree.shortHead()).isEqualTo(git.in(linked).run("rev-parse", "--short", "HEAD"));
    tree.excludeWorkspace();
    Files.createDirectory(linked.resolve(Workspace.DIRECTORY));
    Files.writeString(linked.resolve(Workspace.DIRECTORY).resolve("x"), "x");
    assertThat(git.in(linked).run("status", "--porcelain")).isEmpty();
  }

  @Test
  void abbreviatesTheHeadAsGitDoes() throws Exception {
    GitCommand git = GitCommand.init(root);
    // There are so many loose objects that some share their first digits with a head.
    for (int i = 0; i < 300; i++) {
      write("f" + i, "content " + i);
    }
    git.commitAll("many");
    assertThat(GitWorkTree.containing(root).shortHead())
        .isEqualTo(git.run("rev-parse", "--short", "HEAD"));
    git.run("gc", "-q");
    assertThat(GitWorkTree.containing(root).shortHead())
        .isEqualTo(git.run("rev-parse", "--short", "HEAD"));
    git.run("checkout", "-q", "--detach");
    assertThat(GitWorkTree.containing(root).shortHead())
        .isEqualTo(git.run("rev-parse", "--short", "HEAD"));
  }

  @Test
  void saysWhatToRunWhereThereIsNothingToSeed() throws Exception {
    assertThatThrownBy(() -> GitWorkTree.containing(root))
        .isInstanceOfSatisfying(
            WorkspaceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOTHING_TO_SEED))
        .hasMessageContaining("git init && git add . && git commit");

    GitCommand git = GitCommand.init(root);
    GitWorkTree tree = GitWorkTree.containing(root);
    assertThatThrownBy(tree::requireSomethingTracked)
        .hasMessageContaining("git add . && git commit");
    assertThatThrownBy(tree::trackedFiles).hasMessageContaining("git tracks no file");

    write("a", "a");
    git.run("add", "a");
    assertThatThrownBy(tree::requireSomethingTracked)
        .isInstanceOf(WorkspaceException.class)
        .hasMessageContaining("no commit yet");
    assertThat(names(tree.trackedFiles())).containsExactly("a");
  }

  @Test
  void excludesTheWorkspaceOnce() throws Exception {
    GitCommand git = GitCommand.init(root);
    Path exclude = root.resolve(".git/info/exclude");
    Files.writeString(exclude, "*.bak");
    GitWorkTree tree = GitWorkTree.containing(root);
    tree.excludeWorkspace();
    tree.excludeWorkspace();
    assertThat(exclude).hasContent("*.bak\n.orchestrator/\n");
    write(".orchestrator/x", "x");
    assertThat(git.run("status", "--porcelain")).isEmpty();
  }
}
