package dev.hubkit.cli;

import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that chooses a hub. */
final class RootOption {
  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "The directory the hub belongs to. Default: the nearest one from here upwards that has"
              + " an .orchestrator directory, or else the top of the git work tree.")
  private @Nullable Path root;

  boolean isGiven() {
    return root != null;
  }

  Path root() {
    return root == null ? nearest(Path.of("").toAbsolutePath()) : root;
  }

  private static Path nearest(Path here) {
    for (Path directory = here; directory != null; directory = directory.getParent()) {
      if (Files.isDirectory(directory.resolve(Workspace.DIRECTORY))) {
        return directory;
      }
      if (Files.exists(directory.resolve(".git"))) {
        break;
      }
    }
    return GitWorkTree.find(here).map(GitWorkTree::top).orElse(here);
  }
}
