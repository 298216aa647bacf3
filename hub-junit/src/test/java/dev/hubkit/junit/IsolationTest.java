package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final Queue<HubResource> PARTS = new ConcurrentLinkedQueue<>();
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
      PARTS.add(hub);
      assertThat(nats).isSameAs(connectionInField);
      assertThat(port).isEqualTo(nats.getServerInfo().getPort()).isNotEqualTo(hub.hub().natsPort());
      assertThat(fossil).startsWith(hub.hub().fossilUrl()).isNotEqualTo(hub.hub().fossilUrl());
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
    assertThat(PARTS).hasSize(2);
    assertThat(PARTS.stream().map(HubResource::hub).distinct()).hasSize(1);
    assertThat(PARTS.stream().map(HubResource::root).distinct()).hasSize(1);
  }

  private static final Queue<Path> ROOTS = new ConcurrentLinkedQueue<>();

  @WithHub(isolation = Isolation.PER_TEST)
  static class Leaves {
    static int files;
    static Path root;

    @Test
    void first(HubResource hub, FossilRepository repository, JetStreamManagement management) {
      root = hub.root();
    }

    @Test
    @WithStream(name = "A", storage = Storage.FILE)
    void second(HubResource hub, FossilRepository repository, JetStream jetStream)
        throws Exception {
      jetStream.publish("A", null);
      ROOTS.add(hub.root());
    }

    @org.junit.jupiter.api.AfterAll
    static void nothingIsLeft() {
      try (java.util.stream.Stream<Path> all = Files.walk(root)) {
        assertThat(all.map(Path::toString))
            .noneMatch(name -> name.contains("test-1") || name.contains("test-2"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void partsLeaveNothing() {
    TestRun.of(Leaves.class).succeeds();
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
  void thereIsNoPartBeforeAll() {
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
    void ofAPart(HubResource hub, @AsUser("alice") Connection alice, JetStreamManagement own)
        throws Exception {
      alice.flush(SOON);
      assertThat(own.getStreamNames()).isEmpty();
    }
  }

  @Test
  void partsHaveUsers() {
    TestRun.of(Users.class).succeeds();
  }

  @WithHub(name = "whole", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  static class WantsTheWhole {
    @Test
    void hasNoTime(HubResource hub) {
      assertThatIllegalStateException()
          .isThrownBy(hub::time)
          .withMessageContaining("only a part of its hub")
          .withMessageContaining("with @WithHub on the method");
      assertThatIllegalStateException()
          .isThrownBy(hub::faults)
          .withMessageContaining("give the test a hub of its own");
    }

    @Test
    @WithHub(name = "whole")
    void unlessTheHubIsItsOwn(HubResource hub) {
      assertThat(hub.faults().open()).isEmpty();
      assertThat(hub.time().isFrozen()).isFalse();
    }
  }

  @Test
  void aPartHasNoPowersOverTheWhole() {
    TestRun.of(WantsTheWhole.class).succeeds();
  }
}
