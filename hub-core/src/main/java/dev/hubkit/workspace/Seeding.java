package dev.hubkit.workspace;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.log.Log;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Creates a hub's repository. It does so under another name, so that a crash leaves no half-made
 * repository where a later start would look for one.
 */
public final class Seeding {
  /** The user who administers the repository and makes its first check-in. */
  public static final String USER = "orchestrator";

  private static final Log log = Log.of(Seeding.class);
  private static final String HALF = "hub.fossil.seeding-";
  private static final List<String> SIDECARS = List.of("-journal", "-wal", "-shm");

  private static final long TELL_NANOS = 200_000_000;

  private Seeding() {}

  /**
   * Creates the repository of a workspace that has none, with one check-in of {@code files}, which
   * may be empty.
   *
   * @param time stamps the check-in; null for the machine's time
   * @param progress receives the progress a few times a second, after a moment
   */
  public static void create(
      Workspace workspace,
      String comment,
      List<SeedFile> files,
      @Nullable TimeSource time,
      Consumer<SeedProgress> progress)
      throws IOException {
    List<SeedFile> counted = counted(files, throttled(workspace, progress));
    make(workspace, time, repository -> checkIn(repository, comment, counted));
  }

  /**
   * Creates the repository of a workspace that has none, without a check-in.
   *
   * @param time as for {@link #create}
   * @param begin changes it before it is there
   */
  public static void createEmpty(
      Workspace workspace, @Nullable TimeSource time, Consumer<Transaction> begin)
      throws IOException {
    make(workspace, time, repository -> repository.update(begin));
  }

  /** What a repository begins with. */
  private interface Filling {
    void fill(FossilRepository repository) throws IOException;
  }

  private static void make(Workspace workspace, @Nullable TimeSource time, Filling filling)
      throws IOException {
    removeLeftovers(workspace);
    Path half = workspace.repository().resolveSibling(HALF + ProcessHandle.current().pid());
    try {
      fill(half, time, filling);
      FailPoint.START_SEEDING.reach();
      // They may be left from a repository whose deletion was interrupted, and SQLite would take
      // them for those of the new one.
      deleteSidecars(workspace.repository());
      AtomicFile.move(half, workspace.repository());
      FailPoint.START_SEEDED.reach();
    } finally {
      Files.deleteIfExists(half);
      deleteSidecars(half);
      Files.deleteIfExists(workspace.progressFile());
    }
  }

  /** Passes progress on to the caller and, by a file, to other processes, a few times a second. */
  private static Consumer<SeedProgress> throttled(
      Workspace workspace, Consumer<SeedProgress> progress) {
    AtomicLong next = new AtomicLong(System.nanoTime() + TELL_NANOS);
    return now -> {
      long due = next.get();
      long time = System.nanoTime();
      if (time - due < 0 || !next.compareAndSet(due, time + TELL_NANOS)) {
        return;
      }
      progress.accept(now);
      try {
        now.write(workspace.progressFile());
      } catch (IOException e) {
        log.debug("Cannot tell how far the seeding is", e);
      }
    };
  }

  private static List<SeedFile> counted(List<SeedFile> files, Consumer<SeedProgress> progress) {
    AtomicInteger done = new AtomicInteger();
    return files.stream()
        .map(
            file ->
                new SeedFile(
                    file.name(),
                    file.executable(),
                    () -> {
                      byte[] content = file.content().read();
                      progress.accept(new SeedProgress(done.incrementAndGet(), files.size()));
                      return content;
                    }))
        .toList();
  }

  /** Deletes what SQLite keeps next to a database while it is open. */
  static void deleteSidecars(Path database) throws IOException {
    for (String suffix : SIDECARS) {
      Files.deleteIfExists(database.resolveSibling(database.getFileName() + suffix));
    }
  }

  /** Removes what a process that was killed while seeding left. The caller owns the workspace. */
  private static void removeLeftovers(Workspace workspace) throws IOException {
    Path directory = workspace.repository().toAbsolutePath().getParent();
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, HALF + "*")) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private static void fill(Path file, @Nullable TimeSource time, Filling filling)
      throws IOException {
    CreateOptions options = CreateOptions.withAdministrator(USER).openedToNobody();
    try (FossilRepository repository =
        time == null
            ? FossilRepository.create(file, options)
            : FossilRepository.create(file, options, time)) {
      filling.fill(repository);
    }
  }

  private static void checkIn(FossilRepository repository, String comment, List<SeedFile> files)
      throws IOException {
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
