package dev.hubkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.cli.Shell.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight processes start and stop one hub, all at once: two hubs never run together, and no process
 * leaves anything behind. {@code -Dhub.stress.seconds=n} says for how long; the profile {@code
 * stress} does it for two minutes.
 */
class StartStopStressTest {
  private static final int SECONDS = Integer.getInteger("hub.stress.seconds", 4);
  private static final long SEED = Long.getLong("hub.stress.seed", System.nanoTime());
  private static final int PROCESSES = 8;
  private static final Pattern EVENT =
      Pattern.compile(
          " hub: (starting|start failed|ready|stopping|stopped)(?: \\(process (\\d+))?");

  @TempDir Path home;

  private WorkTree tree;
  private final AtomicInteger starts = new AtomicInteger();
  private final AtomicInteger stops = new AtomicInteger();

  @AfterEach
  void end() {
    if (tree != null) {
      tree.end();
    }
  }

  @Test
  void neverTwoHubsAndNothingLeft() throws Exception {
    tree = WorkTree.in(home);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    ExecutorService users = Executors.newFixedThreadPool(PROCESSES);
    try {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < PROCESSES; i++) {
        Random random = new Random(SEED + i);
        Callable<Void> user =
            () -> {
              do {
                act(random);
              } while (System.nanoTime() - deadline < 0);
              return null;
            };
        all.add(users.submit(user));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    } finally {
      users.shutdownNow();
    }
    tree.stopped();
    tree.assertCleared();
    int hubs = hubsOneAfterTheOther(Files.readAllLines(tree.state("hub.log")));
    System.out.println(
        "stress: "
            + starts
            + " starts, "
            + stops
            + " stops, "
            + hubs
            + " hubs (seed "
            + SEED
            + ")");
    assertThat(hubs).isPositive();
    tree.started();
    tree.assertIntact(false);
  }

  private void act(Random random) throws Exception {
    if (random.nextInt(3) > 0) {
      Result start = tree.start("-q");
      starts.incrementAndGet();
      // A start that another process stops must say so; nothing else may go wrong.
      if (start.status() != 0) {
        assertThat(start.err()).as(start.all()).contains("was stopped while it started");
      }
    } else {
      Result stop = tree.shell().hub("stop", "-q");
      stops.incrementAndGet();
      assertThat(stop.status()).as(stop.all()).isZero();
    }
  }

  /**
   * Returns how many hubs there were. Only the owner writes the log, so it shows any that overlap.
   */
  private static int hubsOneAfterTheOther(List<String> log) {
    int hubs = 0;
    String owner = "";
    for (String line : log) {
      Matcher event = EVENT.matcher(line);
      if (!event.find()) {
        continue;
      }
      switch (event.group(1)) {
        case "starting" -> {
          assertThat(owner).as("another hub still runs at: %s\n%s", line, log).isEmpty();
          owner = event.group(2);
        }
        case "ready" -> hubs++;
        case "stopping" -> assertThat(event.group(2)).as(line).isEqualTo(owner);
        default -> owner = "";
      }
    }
    assertThat(owner).as("%s", log).isEmpty();
    return hubs;
  }
}
