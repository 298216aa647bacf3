package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.fossil.CFossil;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.sync.FossilClient;
import dev.hubkit.workspace.UpstreamState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hubs whose repository is kept in sync with another one. */
class FossilUpstreamTest {
  // Property with how often the origin is killed in the middle; once unless it is set.
  private static final int KILLS = Integer.getInteger("hub.upstream.kills", 1);
  // After each failure the hub waits longer, up to a minute.
  private static final Duration PATIENCE = Duration.ofSeconds(KILLS > 1 ? 150 : 30);
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path directory;

  private Path root(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  private static HubOptions.Builder options() {
    return HubOptions.forTests().toBuilder().nats(Backend.off());
  }

  private static UpstreamState upstream(Hub hub) {
    List<UpstreamState> all = Hub.status(hub.root()).upstreams();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static void awaitInSync(Hub hub, boolean inSync) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(upstream(hub).connected()).isEqualTo(inSync));
  }

  private static List<String> artifacts(FossilRepository repository) {
    return repository.read(
        snapshot ->
            snapshot
                .session()
                .list("SELECT uuid FROM blob WHERE size>=0 ORDER BY 1", row -> row.text(1)));
  }

  private static void awaitSame(FossilRepository one, FossilRepository other) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(artifacts(one)).isEqualTo(artifacts(other)));
  }

  private static ArtifactName tip(FossilRepository repository) {
    return repository.<ArtifactName, RuntimeException>read(
        snapshot ->
            new ArtifactName(
                String.valueOf(
                    snapshot
                        .session()
                        .text(
                            "SELECT uuid FROM event JOIN blob ON rid=objid WHERE type='ci'"
                                + " ORDER BY event.mtime DESC, rid DESC LIMIT 1"))));
  }

  private static void commit(FossilRepository repository, String comment) throws IOException {
    repository.commit(
        new Commit("orchestrator", comment)
            .onTopOf(tip(repository))
            .put("file.txt", FileContent.of(comment + "\n")));
  }

  @Test
  void aHubBeginsAsACloneOfAnotherAndGoesOnInBothDirections() throws Exception {
    int port = FixedPort.free();
    String url = "http://127.0.0.1:" + port + "/";
    HubOptions ofTeam =
        options().fossilPort(port).seed(Seed.file("file.txt", "of the team\n")).build();
    try (Hub hub = Hub.start(root("laptop"), options().fossilUpstream(url).build())) {
      // Nobody is there yet, and the hub works all the same.
      awaitInSync(hub, false);
      await().atMost(PATIENCE).until(() -> upstream(hub).problem() != null);
      assertThat(upstream(hub).kind()).isEqualTo(UpstreamState.Kind.FOSSIL);
      try (Hub team = Hub.start(root("team"), ofTeam)) {
        awaitInSync(hub, true);
        awaitSame(hub.repository(), team.repository());
        assertThat(project(hub.repository())).isEqualTo(project(team.repository()));
        commit(hub.repository(), "made at the hub");
        awaitSame(hub.repository(), team.repository());
        pushFromAClone(hub);
        awaitSame(hub.repository(), team.repository());
        assertThat(upstream(hub).synced()).isNotNull();
      }
      commit(hub.repository(), "while the team is away");
      awaitInSync(hub, false);
      try (Hub team = Hub.start(root("team"), ofTeam)) {
        commit(team.repository(), "by the team");
        awaitInSync(hub, true);
        awaitSame(hub.repository(), team.repository());
      }
    }
  }

  private static String project(FossilRepository repository) {
    return repository.read(snapshot -> snapshot.projectCode());
  }

  private void pushFromAClone(Hub hub) throws IOException {
    Path file = directory.resolve("clone.fossil");
    try (FossilClient client = FossilClient.of(URI.create(hub.fossilUrl()));
        FossilRepository clone = client.cloneTo(file, "orchestrator")) {
      commit(clone, "pushed by a client");
      assertThat(client.push(clone).progress().artifactsSent()).isPositive();
    }
  }

  @Test
  void bringsWhatTheOriginalHasAtAnIntervalAndTellsWhatIsWrong() throws Exception {
    CFossil fossil = CFossil.orSkip(directory);
    Path original = directory.resolve("original.fossil");
    fossil.run(directory, "new", "-A", "tester", original.toString());
    fossil.run(directory, "user", "new", "jane", "Jane", "s3cret", "-R", original.toString());
    fossil.run(directory, "user", "capabilities", "jane", "gio", "-R", original.toString());
    try (CFossil.Server server = fossil.serve(original)) {
      String authority = "127.0.0.1:" + server.port();
      try (Hub hub =
              Hub.start(
                  root("laptop"),
                  options()
                      .fossilUpstream("http://jane:s3cret@" + authority, Duration.ofMillis(200))
                      .build());
          FossilRepository there = FossilRepository.open(original)) {
        awaitInSync(hub, true);
        assertThat(upstream(hub).url()).isEqualTo("http://jane:...@" + authority);
        commit(there, "by the original");
        awaitSame(hub.repository(), there);
        commit(hub.repository(), "by the hub");
        awaitSame(hub.repository(), there);
      }
      try (Hub wrong =
          Hub.start(
              root("wrong"),
              options().fossilUpstream("http://jane:guess@" + authority, NEVER).build())) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(upstream(wrong).problem()).contains("login failed"));
      }
      try (Hub other = Hub.start(root("other"), options().build())) {
        assertThat(Hub.status(other.root()).upstreams()).isEmpty();
      }
      try (Hub other =
          Hub.start(
              root("other"),
              options().fossilUpstream("http://jane:s3cret@" + authority, NEVER).build())) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(upstream(other).problem()).contains("another project"));
      }
      assertThat(fossil.run(directory, "test-integrity", "-R", original.toString()))
          .contains(" 0 errors");
    }
    assertThat(Files.readString(directory.resolve("wrong/.orchestrator/hub.log")))
        .contains("Fossil upstream http://jane:...@")
        .doesNotContain("guess");
  }

  /**
   * Both sides have much for each other, in many small messages, and the other server is killed.
   */
  @Test
  void losesNothingWhenTheOriginalIsKilledInTheMiddle() throws Exception {
    CFossil fossil = CFossil.orSkip(directory);
    Path original = directory.resolve("original.fossil");
    fossil.run(directory, "new", "-A", "tester", original.toString());
    fossil.run(directory, "user", "capabilities", "nobody", "gio", "-R", original.toString());
    int port = FixedPort.free();
    CFossil.Server server = fossil.serve(original, port);
    HubOptions options = options().fossilUpstream(server.url(), Duration.ofMillis(500)).build();
    // Opened before the hub syncs: no repository can be opened while C fossil writes to it.
    try (FossilRepository there = FossilRepository.open(original);
        Hub hub = Hub.start(root("laptop"), options)) {
      awaitSame(hub.repository(), there);
      server.kill();
      awaitInSync(hub, false);
      fill(there, "max-download", "there");
      fill(hub.repository(), "max-upload", "here");
      Set<String> all = new TreeSet<>(artifacts(there));
      all.addAll(artifacts(hub.repository()));
      int whole = 2 * all.size();
      int kills = 0;
      // A slow machine may see that something has come only when all has.
      while (kills < KILLS && both(hub, there) < whole) {
        int had = both(hub, there);
        server = serveAgain(fossil, original, port);
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(2))
            .until(() -> both(hub, there) > had);
        kills += both(hub, there) < whole ? 1 : 0;
        server.kill();
      }
      assertThat(kills).as("killed in the middle").isPositive();
      server = serveAgain(fossil, original, port);
      awaitSame(hub.repository(), there);
      assertThat(artifacts(there)).containsAll(all);
      awaitInSync(hub, true);
    } finally {
      server.close();
    }
    assertThat(fossil.run(directory, "test-integrity", "-R", original.toString()))
        .contains(" 0 errors");
  }

  // A child that was forked while the server was killed has its port for a moment.
  private static CFossil.Server serveAgain(CFossil fossil, Path repository, int port) {
    return await()
        .atMost(PATIENCE)
        .ignoreException(AssertionError.class)
        .until(() -> fossil.serve(repository, port), server -> true);
  }

  private static int both(Hub hub, FossilRepository there) {
    return artifacts(hub.repository()).size() + artifacts(there).size();
  }

  private static void fill(FossilRepository repository, String limit, String where)
      throws IOException {
    byte[] random = new byte[3000];
    new Random(1).nextBytes(random);
    repository.update(transaction -> transaction.set(limit, "5000"));
    for (int i = 0; i < 40; i++) {
      random[i]++;
      repository.commit(
          new Commit("orchestrator", where + " " + i)
              .onTopOf(tip(repository))
              .put(where + i, FileContent.of(random.clone())));
    }
  }

  @Test
  void refusesWhatCannotWork() throws Exception {
    assertThatThrownBy(() -> options().fossilUpstream("file:///tmp/x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Not a URL of a Fossil server");
    assertThatThrownBy(() -> options().fossilUpstream("http://a", Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    Path root = root("off");
    assertThatThrownBy(
            () ->
                Hub.start(
                    root,
                    options().fossil(Backend.off()).fossilUpstream("http://127.0.0.1").build()))
        .isInstanceOf(HubException.class);
    assertThat(root).isEmptyDirectory();
  }
}
