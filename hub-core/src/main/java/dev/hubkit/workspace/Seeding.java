package dev.hubkit.workspace;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The making of a hub's repository. It is made under another name, so that no crash leaves half of
 * one where a later start would look for it.
 */
public final class Seeding {
  /** Who the repository belongs to and who makes its first check-in. */
  public static final String USER = "orchestrator";

  private static final Logger log = LoggerFactory.getLogger(Seeding.class);
  private static final String HALF = "hub.fossil.seeding-";
  private static final List<String> SIDECARS = List.of("", "-journal", "-wal", "-shm");

  private Seeding() {}

  /**
   * Makes the repository of a workspace that has none, with one check-in of {@code files}, which
   * may be none.
   *
   * @param time stamps the check-in; null for the machine's time
   */
  public static void create(
      Workspace workspace, String comment, List<SeedFile> files, @Nullable TimeSource time)
      throws IOException {
    removeLeftovers(workspace);
    Path half = workspace.repository().resolveSibling(HALF + ProcessHandle.current().pid());
    try {
      fill(half, comment, files, time);
      AtomicFile.move(half, workspace.repository());
    } finally {
      for (String sidecar : SIDECARS) {
        Files.deleteIfExists(half.resolveSibling(half.getFileName() + sidecar));
      }
    }
  }

  /** Removes what a process left that was killed here. The caller owns the workspace. */
  private static void removeLeftovers(Workspace workspace) throws IOException {
    Path directory = workspace.repository().toAbsolutePath().getParent();
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, HALF + "*")) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private static void fill(
      Path file, String comment, List<SeedFile> files, @Nullable TimeSource time)
      throws IOException {
    CreateOptions options = CreateOptions.withAdministrator(USER).openedToNobody();
    try (FossilRepository repository =
        time == null
            ? FossilRepository.create(file, options)
            : FossilRepository.create(file, options, time)) {
      Commit commit = new Commit(USER, comment).allowEmpty();
      for (SeedFile seed : files) {
        if (!Names.isSimplePath(seed.name()) || Names.isReserved(seed.name())) {
          log.warn("Left out of the repository, since Fossil allows no such name: {}", seed.name());
          continue;
        }
        commit.put(
            seed.name(),
            seed.executable() ? Permission.EXECUTABLE : Permission.REGULAR,
            seed.content());
      }
      repository.commit(commit);
    }
  }
}
