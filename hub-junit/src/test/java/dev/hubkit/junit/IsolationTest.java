package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** {@code isolation = PER_TEST}. */
class IsolationTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Queue<HubResource> HUBS = new ConcurrentLinkedQueue<>();
  private static final CyclicBarrier BOTH = new CyclicBarrier(2);

  @WithHub(name = "isolated", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class Isolated {
    HubResource inField;
    @FromHub Connection connectionInField;

    @BeforeEach
    void alsoBeforeEach(HubResource hub) {
      assertThat(hub).isSameAs(inField);
    }

    @RepeatedTest(2)
    @WithSeed(files = "a.txt=one")
    void meetsNobody(
        HubResource hub,
        Connection nats,
        JetStream jetStream,
        FossilRepository repository,
        @HubPort(Service.NATS) int port,
        @HubUrl(Service.FOSSIL) String fossil)
        throws Exception {
      HUBS.add(hub);
      assertThat(nats).isSameAs(connectionInField);
      assertThat(port).isEqualTo(nats.getServerInfo().getPort()).isEqualTo(hub.hub().natsPort());
      assertThat(fossil).isEqualTo(hub.hub().fossilUrl());
      Subscription heard = nats.subscribe("shout");
      nats.flush(SOON);
      BOTH.await(20, TimeUnit.SECONDS);
      // Both tests run now, with the same subjects, streams and files.
      try (Connection plain = hub.connect(new Options.Builder().connectionTimeout(SOON))) {
        plain.publish("shout", null);
        plain.flush(SOON);
      }
      assertThat(jetStream.publish("orders.1", null).getSeqno()).isEqualTo(1);
      assertThat(comments(repository)).containsExactly("seed", "initial empty check-in");
      repository.commit(new Commit("me", "mine").put("b.txt", FileContent.of("two")));
      BOTH.await(20, TimeUnit.SECONDS);
      assertThat(heard.nextMessage(SOON)).isNotNull();
      nats.flush(SOON);
      assertThat(heard.getPendingMessageCount()).isZero();
      assertThat(comments(repository)).hasSize(3);
      assertThat(get(fossil + "/timeline")).contains("mine");
    }
  }

  private static List<String> comments(FossilRepository repository) {
    return repository.read(
        snapshot ->
            snapshot.timeline(new TimelineFilter()).stream().map(e -> e.comment()).toList());
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void testsInParallelDoNotMeet() throws Exception {
    TestRun.of(Isolated.class).parallel(2).succeeds();
    assertThat(HUBS).hasSize(2);
    assertThat(HUBS.stream().map(HubResource::root).distinct()).hasSize(2).noneMatch(Files::exists);
  }

  @WithHub(isolation = Isolation.PER_TEST)
  static class TooEarly {
    @BeforeAll
    static void beforeAll(Connection nats) {
      assertThat(nats).as("not to be reached").isNull();
    }

    @Test
    void test() {}
  }

  @Test
  void thereIsNoHubBeforeAll() {
    assertThat(TestRun.of(TooEarly.class).execute().failures())
        .singleElement()
        .asString()
        .contains("isolation = PER_TEST", "ask for it in @BeforeEach");
  }

  @WithHub(isolation = Isolation.PER_TEST)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class OneInstance {
    HubResource hub;

    @Test
    void first(HubResource mine) {
      assertThat(hub).isSameAs(mine);
    }

    @Test
    void second(HubResource mine) {
      assertThat(hub).isSameAs(mine);
    }
  }

  @Test
  void anInstanceForAllTestsIsFilledForEach() {
    TestRun.of(OneInstance.class).succeeds();
  }

  @WithHub(isolation = Isolation.PER_TEST)
  @WithUser(name = "alice")
  static class Users {
    @RepeatedTest(2)
    void ofATest(HubResource hub, @AsUser("alice") Connection alice, JetStreamManagement own)
        throws Exception {
      alice.flush(SOON);
      assertThat(own.getStreamNames()).isEmpty();
    }
  }

  @Test
  void serversHaveUsers() {
    TestRun.of(Users.class).succeeds();
  }

  private static final Queue<Instant> CLOCKS = new ConcurrentLinkedQueue<>();
  private static final CyclicBarrier THREE = new CyclicBarrier(3);

  @WithHub(name = "powers", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE, maxAge = "1h")
  static class Powers {
    // Each asks for its power late: with connections, messages and another test beside it.
    private static void begin(HubResource hub, JetStream jetStream) throws Exception {
      assertThat(jetStream.publish("orders.1", null).getSeqno()).isEqualTo(1);
      THREE.await(20, TimeUnit.SECONDS);
      assertThat(hub.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
          .isEqualTo(1);
    }

    @Test
    void time(HubResource hub, JetStream jetStream) throws Exception {
      begin(hub, jetStream);
      hub.time().freeze();
      hub.time().advance(Duration.ofHours(2));
      CLOCKS.add(hub.time().now());
      THREE.await(20, TimeUnit.SECONDS);
      assertThat(hub.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
          .isZero();
    }

    @Test
    void faults(HubResource hub, Connection nats, JetStream jetStream) throws Exception {
      begin(hub, jetStream);
      hub.faults().refuse();
      THREE.await(20, TimeUnit.SECONDS);
      CLOCKS.add(hub.time().now());
      assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(hub::connect);
      nats.flush(SOON);
    }

    @Test
    void crash(HubResource hub, JetStream jetStream) throws Exception {
      begin(hub, jetStream);
      hub.faults().crash();
      THREE.await(20, TimeUnit.SECONDS);
      hub.faults().recover();
      try (Connection after = hub.connect()) {
        assertThat(
                after.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount())
            .isEqualTo(1);
      }
    }
  }

  @Test
  void parallelTestsHaveAllPowers() throws Exception {
    TestRun.of(Powers.class).parallel(3).succeeds();
    assertThat(CLOCKS).hasSize(2);
    assertThat(Duration.between(CLOCKS.remove(), CLOCKS.remove()).abs())
        .isGreaterThan(Duration.ofHours(1));
  }

  private static final Queue<String> CODES = new ConcurrentLinkedQueue<>();

  @WithHub(isolation = Isolation.PER_TEST)
  @WithSeed(files = "a.txt=one")
  static class Seeded {
    @RepeatedTest(2)
    void beginsWithTheSeedOfTheClass(FossilRepository repository) throws Exception {
      assertThat(comments(repository)).containsExactly("session base");
      CODES.add(repository.read(tip -> tip.projectCode()));
      repository.commit(new Commit("me", "mine").put("b.txt", FileContent.of("two")));
    }

    @Test
    @WithSeed(files = "b.txt=two")
    void andOneMoreOfTheTest(FossilRepository repository) {
      assertThat(comments(repository)).containsExactly("seed", "session base");
    }
  }

  @WithHub(lifecycle = HubLifecycle.PER_METHOD)
  @WithSeed(files = "a.txt=one")
  static class SeededTwice {
    @Test
    @WithSeed(files = "b.txt=two")
    void hasBoth(FossilRepository repository) {
      assertThat(comments(repository)).containsExactly("seed", "session base");
    }
  }

  @Test
  void repositoriesBeginWithTheSeeds() {
    TestRun.of(Seeded.class).succeeds();
    assertThat(CODES.stream().distinct()).hasSize(1);
    TestRun.of(SeededTwice.class).succeeds();
  }

  @WithHub(fossil = false, isolation = Isolation.PER_TEST)
  @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
  static class Configured {
    @RepeatedTest(2)
    void hasItsUsers(@AsUser("carol") Connection nats) throws Exception {
      nats.flush(SOON);
    }
  }

  @Test
  void serversHaveTheConfiguration() {
    TestRun.of(Configured.class).succeeds();
  }

  @WithHub(name = "both", lifecycle = HubLifecycle.PER_SUITE)
  static class AShared {
    @Test
    void hasTheHubOfTheRun(HubResource hub) {
      HUBS.add(hub);
    }
  }

  @WithHub(name = "both", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class BIsolated {
    @Test
    void hasOneOfItsOwn(HubResource hub, JetStream jetStream) throws Exception {
      HUBS.add(hub);
      assertThat(jetStream.publish("orders.1", null).getSeqno()).isEqualTo(1);
    }
  }

  @Test
  void aHubOfTheRunWithTheSameNameIsAnother() {
    HUBS.clear();
    TestRun.of(AShared.class, BIsolated.class).succeeds();
    assertThat(HUBS).doesNotHaveDuplicates().hasSize(2);
  }
}
