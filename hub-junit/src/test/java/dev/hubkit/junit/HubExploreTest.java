package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.explore.Adversity;
import dev.hubkit.junit.explore.HubExplore;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.PublishOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code @HubExplore} makes of a test. */
class HubExploreTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static void publish(Connection nats) throws Exception {
    nats.publish("orders.1", "soup".getBytes(UTF_8));
    nats.flush(SOON);
  }

  private static List<String> notes(Throwable failure) {
    List<String> notes = new ArrayList<>();
    for (Throwable each : failure.getSuppressed()) {
      notes.add(each.toString());
    }
    return notes;
  }

  // ---- Runs

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.*")
  static class WholeRuns {
    static final List<String> NAMES = new ArrayList<>();
    static final Set<Object> INSTANCES = new HashSet<>();
    static final Set<Path> HUBS = new HashSet<>();
    static final AtomicInteger BEFORE = new AtomicInteger();

    @BeforeEach
    void before(HubResource hub) {
      BEFORE.incrementAndGet();
      HUBS.add(hub.root());
    }

    @HubExplore(seeds = 3, adversities = Adversity.REORDER)
    void run(Connection nats, JetStreamManagement streams, TestInfo info) throws Exception {
      NAMES.add(info.getDisplayName());
      INSTANCES.add(this);
      publish(nats);
      assertThat(streams.getStreamInfo("ORDERS").getStreamState().getMsgCount()).isOne();
    }
  }

  @Test
  void eachRunHasTheWholeLifecycleAndAHubOfItsOwn() {
    TestRun.of(WholeRuns.class).parallel(4).succeeds();
    assertThat(WholeRuns.NAMES).containsExactly("seed 1", "seed 2", "seed 3");
    assertThat(WholeRuns.BEFORE).hasValue(3);
    assertThat(WholeRuns.INSTANCES).hasSize(3);
    assertThat(WholeRuns.HUBS).hasSize(3);
  }

  @WithHub(fossil = false, reset = Reset.BEFORE_EACH)
  static class ResetRuns {
    static final Set<Path> HUBS = new HashSet<>();

    @HubExplore(seeds = 2, adversities = Adversity.REORDER)
    @WithStream(name = "ORDERS", subjects = "orders.*")
    void run(HubResource hub, Connection nats, JetStreamManagement streams) throws Exception {
      HUBS.add(hub.root());
      publish(nats);
      assertThat(streams.getStreamInfo("ORDERS").getStreamState().getMsgCount()).isOne();
    }
  }

  @Test
  void runsMayShareAHubThatIsReset() {
    TestRun.of(ResetRuns.class).succeeds();
    assertThat(ResetRuns.HUBS).hasSize(1);
  }

  static class BuiltRuns {
    static final Set<Path> HUBS = new HashSet<>();

    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().withoutFossil().build();

    @HubExplore(seeds = 2, adversities = Adversity.REORDER)
    void run(HubResource hub, Connection nats) throws Exception {
      HUBS.add(hub.root());
      publish(nats);
    }
  }

  @Test
  void aHubThatIsBuiltInCodeIsNewForEachRun() {
    TestRun.of(BuiltRuns.class).succeeds();
    assertThat(BuiltRuns.HUBS).hasSize(2);
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.*")
  static class InMemory {
    static final Set<String> NAMES = new HashSet<>();

    @HubExplore(seeds = 4, intensity = 10, clients = "shop*")
    void run(HubResource hub, TestInfo info) throws Exception {
      NAMES.add(info.getDisplayName());
      Connection shop = hub.connect(new io.nats.client.Options.Builder().connectionName("shop 1"));
      shop.publish("orders.1", new byte[0]);
      hub.journal().await().published("orders.1").atMost(SOON);
      assertThat(hub.toolkitConnection().jetStreamManagement().getStreamNames()).hasSize(1);
    }
  }

  @Test
  void theServerDoesNotCrashWhileAStreamIsInMemory() {
    TestRun.of(InMemory.class).with("hub.junit.explore.seeds", "11-13").succeeds();
    assertThat(InMemory.NAMES).containsExactlyInAnyOrder("seed 11", "seed 12", "seed 13");
  }

  @Test
  void theSearchEndsInTime() {
    TestRun run = TestRun.of(WholeRuns.class).with("hub.junit.explore.at-most", "1ms").succeeds();
    assertThat(run.succeeded()).isOne();
  }

  // ---- Failures

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.*")
  static class GivesUp {
    @HubExplore(adversities = Adversity.LOST_PUB_ACK)
    void run(HubResource hub) throws Exception {
      Connection shop = hub.connect(new io.nats.client.Options.Builder().connectionName("shop"));
      PublishOptions soon = PublishOptions.builder().streamTimeout(Duration.ofMillis(500)).build();
      for (int i = 1; i <= 4; i++) {
        shop.jetStream().publish("orders." + i, new byte[0], soon);
      }
    }
  }

  @Test
  void oneRunIsRedAndSaysWhatItTakes() {
    TestRun run = TestRun.of(GivesUp.class).with("hub.junit.explore.at-most", "3m").execute();
    assertThat(run.thrown()).hasSize(1);
    List<String> notes = notes(run.thrown().get(0));
    assertThat(notes).hasSize(2);
    assertThat(notes.get(0))
        .contains("GivesUp.run fails under 1 adversity:\n  1. PubAck of orders.")
        .contains("  to replay: @HubExplore(seed = ");
    assertThat(notes.get(1)).startsWith("What the hub saw in ");
    assertThat(run.skipReasons()).first().asString().startsWith("This run fails after ");
  }

  @WithHub(fossil = false)
  static class AlwaysFails {
    @HubExplore(adversities = Adversity.TIME_JUMP, intensity = 0.0001)
    void run(Connection nats) throws Exception {
      publish(nats);
      throw new AssertionError("red anyway");
    }
  }

  @Test
  void aTestThatFailsWithoutAdversityIsNotShrunk() {
    TestRun run = TestRun.of(AlwaysFails.class).execute();
    assertThat(run.failures()).containsExactly("red anyway\n");
    assertThat(notes(run.thrown().get(0)).get(0))
        .startsWith("Seed 1 has failed without any adversity");
    assertThat(run.skipReasons()).isEmpty();
  }

  @WithHub(fossil = false)
  static class FailsOnce {
    static final AtomicInteger RUNS = new AtomicInteger();

    @HubExplore(adversities = Adversity.TIME_JUMP, intensity = 10)
    void run(Connection nats) throws Exception {
      for (int i = 0; i < 10; i++) {
        publish(nats);
      }
      if (RUNS.incrementAndGet() == 1) {
        throw new AssertionError("only once");
      }
    }
  }

  @Test
  void aFailureThatDoesNotComeAgainIsReportedAsSuch() {
    TestRun run = TestRun.of(FailsOnce.class).execute();
    assertThat(run.failures()).containsExactly("only once\n");
    assertThat(notes(run.thrown().get(0)).get(0))
        .contains("  of 5 runs with this set, none has failed: ");
  }

  @WithHub(fossil = false)
  static class Hangs {
    @HubExplore(adversities = Adversity.TIME_JUMP, intensity = 0.0001, runAtMost = "300ms")
    void hangs(Connection nats) throws Exception {
      publish(nats);
      new CountDownLatch(1).await();
    }
  }

  @Test
  void aRunThatHangsShowsItsThreads() {
    Throwable failure = TestRun.of(Hangs.class).execute().thrown().get(0);
    assertThat(failure)
        .hasMessage("The run took longer than 300 ms")
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(notes(failure).get(0))
        .startsWith("The threads at that time:\n")
        .contains("HubExploreTest$Hangs.hangs");
    assertThat(Thread.interrupted()).isFalse();
  }

  @WithHub(fossil = false)
  static class FailsAfterwards {
    @HubExplore(adversities = Adversity.TIME_JUMP, intensity = 10)
    void run(Connection nats) throws Exception {
      publish(nats);
    }

    @AfterEach
    void verify() {
      throw new AssertionError("afterwards");
    }
  }

  @Test
  void aFailureAfterTheTestEndsTheSearch() {
    TestRun run = TestRun.of(FailsAfterwards.class).execute();
    assertThat(run.failures()).hasSize(1);
    assertThat(notes(run.thrown().get(0)).get(0)).contains("not shrunk");
  }

  @WithHub(fossil = false)
  static class FailsBefore {
    @BeforeEach
    void before() {
      throw new AssertionError("before");
    }

    @HubExplore
    void run() {}
  }

  @Test
  void aFailureBeforeTheTestEndsTheSearch() {
    assertThat(TestRun.of(FailsBefore.class).execute().failures()).containsExactly("before\n");
  }

  // ---- Wrong use

  static class WithoutHub {
    @HubExplore
    void run() {}
  }

  @WithHub(nats = false)
  static class WithoutNats {
    @HubExplore
    void run() {}
  }

  @WithHub(fossil = false)
  static class WithTest {
    @Test
    @HubExplore
    void run() {}
  }

  @WithHub(fossil = false)
  static class TooIntense {
    @HubExplore(intensity = 11)
    void run() {}
  }

  @WithHub(fossil = false)
  static class BadDuration {
    @HubExplore(runAtMost = "soon")
    void run() {}
  }

  @WithHub(fossil = false)
  static class NothingToStrike {
    @HubExplore(clients = "shap")
    void run(Connection nats) throws Exception {
      publish(nats);
    }
  }

  static List<Arguments> wrong() {
    return List.of(
        Arguments.of(WithoutHub.class, List.of("@HubExplore on ", "has no hub: add @WithHub")),
        Arguments.of(WithoutNats.class, List.of("needs NATS", "remove \"nats = false\"")),
        Arguments.of(WithTest.class, List.of("takes the place of @Test: remove @Test")),
        Arguments.of(TooIntense.class, List.of("@HubExplore(intensity = 11.0)", "at most 10")),
        Arguments.of(BadDuration.class, List.of("@HubExplore(runAtMost = \"soon\")", "\"30s\"")),
        Arguments.of(NothingToStrike.class, List.of("has no effect", "is [shap] in \"clients\"")));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void isRejectedWithTheRemedy(Class<?> type, List<String> parts) {
    TestRun.of(type).failsOnceWith(parts);
  }

  @Test
  void aParameterThatMakesNoSenseIsRejected() {
    assertThat(
            TestRun.of(WholeRuns.class).with("hub.junit.explore.seeds", "9-3").execute().failures())
        .first()
        .asString()
        .contains("hub.junit.explore.seeds is \"9-3\"; use a number such as 500, or 1001-2000");
  }

  private static HubOptions natsAlone() {
    return HubOptions.forTests().toBuilder().fossil(Backend.off()).build();
  }

  @Test
  void againstServersOutsideTheTestIsSkippedOnce(@TempDir Path root) {
    try (Hub servers = Hub.start(root, natsAlone())) {
      TestRun run = TestRun.of(AlwaysFails.class).with("hub.nats.url", servers.natsUrl()).execute();
      assertThat(run.failures()).isEmpty();
      assertThat(run.skipReasons()).hasSize(1).first().asString().contains("can be broken");
    }
  }
}
