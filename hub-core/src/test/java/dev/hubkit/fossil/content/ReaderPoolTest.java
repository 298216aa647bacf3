package dev.hubkit.fossil.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.time.VirtualTimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks which descriptors of a repository file stay open after many readers at once. */
class ReaderPoolTest {
  @TempDir Path directory;
  private final VirtualTimeSource time = new VirtualTimeSource("reader-pool-test");
  private final ExecutorService visitors = Executors.newFixedThreadPool(ReaderPool.MOST);

  @BeforeEach
  void freeze() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "no /proc to look into");
    time.freeze();
  }

  @AfterEach
  void end() {
    visitors.shutdownNow();
    time.close();
  }

  @Test
  void idleReadersAreClosedButForOne() throws Exception {
    try (Database database = Database.create(directory.resolve("r.fossil"), time)) {
      readAtOnce(database, 1);
      assertThat(open()).containsExactly("r.fossil", "r.fossil", "r.fossil-shm", "r.fossil-wal");
      readAtOnce(database, ReaderPool.MOST);
      List<String> busy = open();
      for (int round = 0; round < 3; round++) {
        time.advance(ReaderPool.IDLE);
        assertThat(open()).containsOnlyOnce("r.fossil-shm", "r.fossil-wal");
        // A process loses its POSIX locks on a file when it closes any descriptor of that file, so
        // while SQLite holds a lock, it keeps the descriptors of closed connections for the next
        // ones.
        assertThat(open()).hasSizeLessThanOrEqualTo(ReaderPool.MOST + 3);
        readAtOnce(database, ReaderPool.MOST);
        assertThat(open()).isEqualTo(busy);
      }
    }
    assertThat(open()).isEmpty();
    assertThat(time.pendingTimers()).isZero();
  }

  private void readAtOnce(Database database, int readers) throws Exception {
    CyclicBarrier together = new CyclicBarrier(readers);
    List<Future<Integer>> reads = new ArrayList<>();
    for (int i = 0; i < readers; i++) {
      reads.add(
          visitors.submit(
              () ->
                  database.<Integer, Exception>read(
                      session -> {
                        session.exists("SELECT 1 FROM blob");
                        return together.await(60, TimeUnit.SECONDS);
                      })));
    }
    for (Future<Integer> read : reads) {
      read.get(60, TimeUnit.SECONDS);
    }
  }

  /** Returns the targets of this process's descriptors for files in the directory. */
  private List<String> open() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        try {
          Path target = Files.readSymbolicLink(descriptor);
          if (target.startsWith(directory.toRealPath())) {
            open.add(target.getFileName().toString());
          }
        } catch (NoSuchFileException e) {
          // The descriptor has been closed meanwhile, such as the one that lists the directory.
        }
      }
    }
    return open.stream().sorted().toList();
  }
}
