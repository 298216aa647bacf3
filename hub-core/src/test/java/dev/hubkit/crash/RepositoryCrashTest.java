package dev.hubkit.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.CFossil;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.fossil.sync.SyncRefusedException;
import dev.hubkit.fossil.sync.SyncResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a hub at random instants while it seeds its repository, commits to it and takes pushes, and
 * checks what is left: every check-in that it confirmed, and a sound repository. {@code
 * -Dhub.crash.rounds=n} says how often; the profile {@code crash} does it 200 times.
 */
class RepositoryCrashTest {
  private static final int ROUNDS = Integer.getInteger("hub.crash.rounds", 3);
  private static final long SEED = Long.getLong("hub.crash.seed", System.nanoTime());
  private static final int SEED_FILES = 400;
  private static final int MOST_CHECK_INS = 1500;

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private final Set<ArtifactName> confirmed = new TreeSet<>();
  private Path root;
  private FossilRepository clone;
  private ArtifactName pushedTip;
  private final Semaphore commitsSeen = new Semaphore(0);
  private final Semaphore pushesSeen = new Semaphore(0);
  private int committed;
  private int pushed;
  private int unseeded;

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void keepsWhatItHasConfirmed() throws Exception {
    Path seed = directory.resolve("seed");
    for (int i = 0; i < SEED_FILES; i++) {
      Path file = seed.resolve("dir" + i % 10).resolve("file" + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "line " + i + "\n" + "text\n".repeat(random.nextInt(2000)));
    }
    try {
      for (int round = 0; round < ROUNDS; round++) {
        if (root == null || random.nextInt(4) == 0 || confirmed.size() > MOST_CHECK_INS) {
          startAnew(round);
        }
        try {
          round(seed, round);
          check();
        } catch (AssertionError | Exception e) {
          throw new AssertionError("round " + round + ", seed " + SEED + ", in " + root, e);
        }
      }
    } finally {
      if (clone != null) {
        clone.close();
      }
    }
    System.getLogger(RepositoryCrashTest.class.getName())
        .log(
            System.Logger.Level.INFO,
            "{0} rounds: {1} check-ins committed, {2} pushed, {3} killed while seeding",
            ROUNDS,
            committed,
            pushed,
            unseeded);
  }

  private void startAnew(int round) throws IOException {
    root = Files.createDirectories(directory.resolve("root" + round));
    confirmed.clear();
    if (clone != null) {
      clone.close();
      clone = null;
    }
  }

  private Path repository() {
    return root.resolve(".orchestrator").resolve("hub.fossil");
  }

  private void round(Path seed, int round) throws Exception {
    boolean duringStart = !Files.exists(repository()) && round != 0 && random.nextBoolean();
    Process child = start(seed);
    Queue<ArtifactName> commits = new ConcurrentLinkedQueue<>();
    commitsSeen.drainPermits();
    pushesSeen.drainPermits();
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
      assertThat(output.readLine()).isEqualTo("starting");
      if (duringStart) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(2000)); // the random instant
      } else {
        String serving = output.readLine();
        assertThat(serving).as(log()).startsWith("serving ");
        URI url = URI.create(serving.substring("serving ".length()));
        Thread reader = new Thread(() -> readCommits(output, commits));
        reader.start();
        FutureTask<Boolean> pushing = new FutureTask<>(() -> push(url));
        Thread pusher = new Thread(pushing);
        pusher.start();
        // The random instant: a while after so many commits or pushes.
        Semaphore awaited = random.nextBoolean() ? commitsSeen : pushesSeen;
        assertThat(awaited.tryAcquire(random.nextInt(6), 2, TimeUnit.MINUTES)).as(log()).isTrue();
        TimeUnit.MICROSECONDS.sleep(random.nextInt(50_000));
        child.destroyForcibly();
        pushing.get(5, TimeUnit.MINUTES);
        reader.join();
      }
    } finally {
      child.destroyForcibly();
      child.waitFor();
    }
    committed += commits.size();
    confirmed.addAll(commits);
  }

  private String log() throws IOException {
    Path log = directory.resolve("log");
    return Files.exists(log) ? Files.readString(log) : "no log";
  }

  private Process start(Path seed) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(RepositoryCrashChild.class.getName());
    command.addAll(List.of(root.toString(), seed.toString(), Long.toString(random.nextLong())));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
        .start();
  }

  private void readCommits(BufferedReader output, Queue<ArtifactName> commits) {
    try {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        // The kill may cut off a line.
        String name = line.substring(line.indexOf(' ') + 1);
        if (line.startsWith("committed ") && ArtifactName.isName(name)) {
          commits.add(new ArtifactName(name));
          commitsSeen.release();
        }
      }
    } catch (IOException e) {
      // The process has ended.
    }
  }

  /** Commits to a clone and pushes until the server is gone. */
  private boolean push(URI url) throws SyncRefusedException {
    try (FossilClient client = FossilClient.of(url)) {
      if (clone == null) {
        Path file = directory.resolve("clone" + root.getFileName() + ".fossil");
        Files.deleteIfExists(file);
        clone = client.cloneTo(file, "orchestrator");
        pushedTip = clone.<ArtifactName, RuntimeException>read(s -> s.resolve("tip"));
      }
      while (true) {
        List<ArtifactName> made = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          Commit commit = new Commit("orchestrator", "pushed").onTopOf(pushedTip).allowFork();
          commit.put("pushed/" + i, FileContent.of("line\n".repeat(50) + random.nextInt()));
          pushedTip = clone.commit(commit);
          made.add(pushedTip);
        }
        SyncResult result = client.push(clone);
        if (result.pushRefused()) {
          throw new SyncRefusedException("the push was refused: " + result.messages());
        }
        confirmed.addAll(made);
        pushed += made.size();
        pushesSeen.release();
      }
    } catch (SyncRefusedException e) {
      throw e;
    } catch (IOException e) {
      return true; // the server is gone; it may or may not have what it has not confirmed
    }
  }

  private void check() throws IOException {
    if (!Files.exists(repository())) {
      assertThat(confirmed).isEmpty();
      unseeded++;
      return;
    }
    try (FossilRepository repository = FossilRepository.open(repository())) {
      repository.read(
          snapshot -> {
            checkAll(snapshot);
            return true;
          });
    }
    Optional<CFossil> fossil = CFossil.ifPresent(directory);
    if (fossil.isPresent()) {
      assertThat(fossil.get().run(directory, "test-integrity", repository().toString()))
          .contains(" 0 errors")
          .contains("integrity-check: ok");
    }
  }

  private void checkAll(Snapshot snapshot) {
    assertThat(snapshot.session().text("PRAGMA integrity_check")).isEqualTo("ok");
    for (String hex :
        snapshot.session().list("SELECT uuid FROM blob WHERE size>=0", row -> row.text(1))) {
      ArtifactName name = new ArtifactName(hex);
      byte[] content = snapshot.content().read(name);
      // After an interrupted push, a delta may be here without its source.
      boolean isAvailable = snapshot.content().isAvailable(snapshot.content().rid(name));
      assertThat(content != null).as(hex).isEqualTo(isAvailable);
      assertThat(content == null || name.names(content)).as(hex).isTrue();
    }
    assertThat(snapshot.checkInFiles(snapshot.resolve("root:tip")).all()).hasSize(SEED_FILES);
    for (ArtifactName checkIn : confirmed) {
      for (ManifestFile file : snapshot.checkInFiles(checkIn).all()) {
        assertThat(snapshot.content().read(file.content())).as(file.name()).isNotNull();
      }
      long rid = snapshot.content().rid(checkIn);
      assertThat(snapshot.session().exists("SELECT 1 FROM event WHERE objid=?", rid)).isTrue();
    }
  }
}
