package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.Hub;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import dev.hubkit.nats.config.AccountConfig;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueStatus;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The declared state exists for the tests it was declared for, and is deleted afterwards. */
class DeclaredStateTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @WithHub
  @WithStream(
      name = "ORDERS",
      subjects = {"orders.>", "returns.*"},
      storage = Storage.FILE,
      retention = WithStream.Retention.WORK_QUEUE,
      maxMessages = 10,
      maxMessagesPerSubject = 5,
      maxBytes = 100_000,
      maxAge = "1h30m",
      duplicateWindow = "10s")
  @WithStream(name = "plain")
  @WithConsumer(
      stream = "ORDERS",
      name = "kitchen",
      filters = "orders.>",
      ackWait = "5s",
      maxDeliver = 3,
      maxAckPending = 7)
  @WithBucket(name = "prices", history = 4, ttl = "1h")
  @WithObjectStore(name = "pictures")
  @WithSeed(files = {"a.txt=one", "b/c.txt=two=2"})
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class OnClass {
    @BeforeAll
    static void isThereBeforeAll(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).contains("ORDERS", "plain");
    }

    @Test
    @Order(1)
    void isAsDeclared(
        JetStreamManagement management,
        JetStream jetStream,
        Connection nats,
        @Bucket("prices") KeyValue prices,
        @Bucket("pictures") ObjectStore pictures,
        FossilRepository repository)
        throws Exception {
      StreamConfiguration orders = management.getStreamInfo("ORDERS").getConfiguration();
      assertThat(orders.getSubjects()).containsExactly("orders.>", "returns.*");
      assertThat(orders.getStorageType()).isEqualTo(StorageType.File);
      assertThat(orders.getRetentionPolicy()).isEqualTo(RetentionPolicy.WorkQueue);
      assertThat(orders.getMaxMsgs()).isEqualTo(10);
      assertThat(orders.getMaxMsgsPerSubject()).isEqualTo(5);
      assertThat(orders.getMaxBytes()).isEqualTo(100_000);
      assertThat(orders.getMaxAge()).isEqualTo(Duration.ofMinutes(90));
      assertThat(orders.getDuplicateWindow()).isEqualTo(Duration.ofSeconds(10));
      assertThat(management.getStreamInfo("plain").getConfiguration().getSubjects())
          .containsExactly("plain");
      ConsumerConfiguration kitchen =
          management.getConsumerInfo("ORDERS", "kitchen").getConsumerConfiguration();
      assertThat(kitchen.getFilterSubjects()).containsExactly("orders.>");
      assertThat(kitchen.getAckWait()).isEqualTo(Duration.ofSeconds(5));
      assertThat(kitchen.getMaxDeliver()).isEqualTo(3);
      assertThat(kitchen.getMaxAckPending()).isEqualTo(7);
      jetStream.publish("orders.1", "tea".getBytes(UTF_8));
      assertThat(
              jetStream
                  .subscribe("orders.>", PullSubscribeOptions.bind("ORDERS", "kitchen"))
                  .fetch(1, SOON))
          .hasSize(1);
      KeyValueStatus status = nats.keyValueManagement().getStatus("prices");
      assertThat(status.getMaxHistoryPerKey()).isEqualTo(4);
      assertThat(status.getTtl()).isEqualTo(Duration.ofHours(1));
      prices.put("tea", "2.50");
      assertThat(prices.get("tea").getValueAsString()).isEqualTo("2.50");
      pictures.put("cup", "(_)".getBytes(UTF_8));
      assertThat(pictures.getInfo("cup").getSize()).isEqualTo(3);
      assertThat(comments(repository)).containsExactly("session base");
      assertThat(file(repository, "a.txt")).isEqualTo("one");
      assertThat(file(repository, "b/c.txt")).isEqualTo("two=2");
    }

    @Test
    @Order(2)
    @WithStream(name = "MORE", subjects = "more")
    @WithConsumer(stream = "plain", name = "extra")
    @WithBucket(name = "extra")
    @WithSeed(files = "d.txt=three")
    void aMethodAddsToIt(JetStreamManagement management, FossilRepository repository, Connection c)
        throws Exception {
      assertThat(management.getStreamNames()).contains("MORE", "KV_extra");
      assertThat(management.getConsumerNames("plain")).containsExactly("extra");
      assertThat(comments(repository)).containsExactly("seed", "session base");
      assertThat(file(repository, "d.txt")).isEqualTo("three");
      // A test may delete the declared state itself.
      management.deleteStream("MORE");
    }

    @Test
    @Order(3)
    void andNothingOfThatIsLeft(JetStreamManagement management, FossilRepository repository)
        throws Exception {
      assertThat(management.getStreamNames()).doesNotContain("MORE", "KV_extra");
      assertThat(management.getConsumerNames("plain")).isEmpty();
      assertThat(comments(repository)).containsExactly("session base");
    }

    @Nested
    @WithStream(name = "INNER")
    @Order(4)
    class Inner {
      @Test
      void hasBoth(JetStreamManagement management) throws Exception {
        assertThat(management.getStreamNames()).contains("ORDERS", "INNER");
      }
    }
  }

  private static List<String> comments(FossilRepository repository) {
    return repository.read(
        snapshot ->
            snapshot.timeline(new TimelineFilter()).stream().map(e -> e.comment()).toList());
  }

  private static String file(FossilRepository repository, String name) {
    return repository.read(
        snapshot -> new String(snapshot.readFile(snapshot.resolve("tip"), name), UTF_8));
  }

  @Test
  void onAClassAndItsMethods() {
    TestRun.of(OnClass.class).succeeds();
  }

  @WithHub(lifecycle = HubLifecycle.PER_METHOD)
  @WithStream(name = "ORDERS")
  static class PerMethod {
    @Test
    @WithStream(name = "MORE")
    void both(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).containsExactlyInAnyOrder("ORDERS", "MORE");
    }

    @Test
    void one(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
    }

    @Test
    @WithHub
    @WithSeed(files = "x=y")
    void ownHub(JetStreamManagement management, FossilRepository repository) throws Exception {
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
      assertThat(file(repository, "x")).isEqualTo("y");
    }
  }

  @Test
  void inEachHubOfAMethod() {
    TestRun.of(PerMethod.class).succeeds();
  }

  @WithHub(name = "declared", lifecycle = HubLifecycle.PER_SUITE)
  @WithStream(name = "SHARED")
  static class FirstOfSuite {
    @Test
    void test(JetStreamManagement management, JetStream jetStream) throws Exception {
      assertThat(management.getStreamInfo("SHARED").getStreamState().getMsgCount()).isZero();
      jetStream.publish("SHARED", null);
    }
  }

  @WithHub(name = "declared", lifecycle = HubLifecycle.PER_SUITE)
  static class SecondOfSuite {
    @Test
    void test(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).isEmpty();
    }
  }

  static class ThirdOfSuite extends FirstOfSuite {}

  @Test
  void inASharedHubForAsLongAsAClass() {
    TestRun.of(FirstOfSuite.class, SecondOfSuite.class, ThirdOfSuite.class).succeeds();
  }

  @WithHub(name = "conflict", lifecycle = HubLifecycle.PER_SUITE)
  static class Conflicting {
    @BeforeAll
    static void inTheWay(JetStreamManagement management) throws Exception {
      management.addStream(
          StreamConfiguration.builder().name("OTHER").subjects("orders.>").build());
    }

    @Test
    @WithStream(name = "ORDERS", subjects = "orders.*")
    void test() {}
  }

  @Test
  void aStreamInTheWayIsNamed() {
    assertThat(TestRun.of(Conflicting.class).execute().failures())
        .singleElement()
        .asString()
        .contains("@WithStream(name = \"ORDERS\") cannot be created", "isolation = PER_TEST");
  }

  @WithHub
  @WithUser(name = "alice", password = "secret", publish = "a.>", denySubscribe = "secret.>")
  static class WithUsers {
    @Test
    void onlyTheyAreLetIn(HubResource hub, Connection mayAll, @AsUser("alice") Connection alice)
        throws Exception {
      assertStrangersAreRefused(hub);
      io.nats.client.Subscription all = mayAll.subscribe(">");
      mayAll.flush(SOON);
      alice.publish("b", null);
      alice.publish("a.b", null);
      assertThat(all.nextMessage(SOON).getSubject()).isEqualTo("a.b");
      mayAll.publish("b", null);
      assertThat(all.nextMessage(SOON).getSubject()).isEqualTo("b");
    }

    @Test
    @WithUser(name = "bob")
    void oneMoreForAMethod(HubResource hub) throws Exception {
      hub.connectAs("bob").flush(SOON);
      hub.connectAs("alice").flush(SOON);
    }

    @Test
    void aStrangerIsNamed(HubResource hub) {
      assertThatThrownBy(() -> hub.connectAs("mallory"))
          .hasMessageContaining("There is no user \"mallory\"")
          .hasMessageContaining("@WithUser(name = \"mallory\")");
    }
  }

  private static void assertStrangersAreRefused(HubResource hub) {
    // The client waits this long after the server has rejected it.
    Options.Builder options =
        new Options.Builder().noReconnect().connectionTimeout(Duration.ofMillis(300));
    assertThatThrownBy(() -> hub.connect(options))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("rejected the connection");
  }

  @Test
  void users() {
    TestRun.of(WithUsers.class).succeeds();
  }

  @WithHub
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class UsersOfAMethod {
    private static final Queue<Connection> SEEN = new ConcurrentLinkedQueue<>();

    // Asks at once, before a client can know that the server has ended its connection.
    private static void answersTheToolkit(HubResource hub) throws Exception {
      Connection toolkit = hub.toolkitConnection();
      assertThat(SEEN).doesNotContain(toolkit);
      toolkit.flush(SOON);
      assertThat(hub.toolkitConnection()).isSameAs(toolkit);
      SEEN.add(toolkit);
    }

    @Test
    @Order(1)
    void beforeThere(HubResource hub) throws Exception {
      answersTheToolkit(hub);
    }

    @Test
    @Order(2)
    @WithUser(name = "alice")
    void whileThere(HubResource hub) throws Exception {
      answersTheToolkit(hub);
    }

    @Test
    @Order(3)
    void afterThem(HubResource hub) throws Exception {
      answersTheToolkit(hub);
    }
  }

  @Test
  void theToolkitLogsInAnewWhenUsersComeAndGo() {
    TestRun.of(UsersOfAMethod.class).succeeds();
  }

  private static final Queue<String> URLS = new ConcurrentLinkedQueue<>();

  @WithHub(name = "open", lifecycle = HubLifecycle.PER_SUITE)
  static class UsersInASharedHub {
    @Test
    @WithUser(name = "alice")
    void closed(HubResource hub) {
      assertStrangersAreRefused(hub);
      URLS.add(hub.natsUrl());
    }
  }

  @WithHub(name = "open", lifecycle = HubLifecycle.PER_SUITE)
  static class AfterUsers {
    @Test
    void open(HubResource hub) throws Exception {
      assertThat(URLS).contains(hub.natsUrl());
      hub.connect(new Options.Builder().connectionTimeout(SOON)).close();
    }
  }

  @Test
  void usersAreGoneAfterwards() {
    TestRun.of(UsersInASharedHub.class, AfterUsers.class).succeeds();
  }

  @WithHub
  @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
  static class WithConfig {
    @Test
    void isAsTheFileSays(
        HubResource hub, Hub plain, @AsUser("bob") Connection bob, JetStreamManagement management)
        throws Exception {
      assertStrangersAreRefused(hub);
      assertThat(bob.getServerInfo().getMaxPayload()).isEqualTo(5000);
      assertThat(bob.getServerInfo().getPort()).isEqualTo(hub.natsPort()).isNotEqualTo(4299);
      // The first user in the file who has all permissions.
      assertThat(management.getAccountStatistics().getStreams()).isZero();
      assertThat(plain.nats().options().config().get(dev.hubkit.nats.config.Options.ACCOUNTS))
          .extracting(AccountConfig::name)
          .contains("A");
    }
  }

  @Test
  void aConfigurationFile() {
    TestRun.of(WithConfig.class).succeeds();
  }

  @WithHub
  static class TooLate {
    @Test
    @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
    void test() {}
  }

  @Test
  void aConfigurationFileForARunningHubIsRefused() {
    assertThat(TestRun.of(TooLate.class).execute().failures())
        .singleElement()
        .asString()
        .contains("comes too late", "put @WithHub beside it");
  }

  @WithSeed(dir = "src/test/resources")
  static class FromDirectory {}

  @WithSeed(gitWorkTree = "src/test/resources")
  static class FromGit {}

  @WithSeed(dir = "src/none")
  static class FromNowhere {}

  @WithSeed
  static class SaysNothing {}

  @WithSeed(dir = "a", gitWorkTree = "b")
  static class SaysTwo {}

  @WithSeed(files = "nameless")
  static class Nameless {}

  private static WithSeed seed(Class<?> type) {
    return type.getAnnotation(WithSeed.class);
  }

  @Test
  void directoriesAreTaken() throws Exception {
    String file = "dev/hubkit/junit/accounts.conf";
    assertThat(Seeds.files(seed(FromDirectory.class))).containsKey(file);
    assertThat(Seeds.files(seed(FromGit.class)))
        .anySatisfy((name, content) -> assertThat(name).endsWith(file));
    assertThatThrownBy(() -> Seeds.files(seed(FromNowhere.class)))
        .hasMessageContaining("is not a directory");
    assertThatThrownBy(() -> Seeds.files(seed(SaysNothing.class))).hasMessageContaining("it has 0");
    assertThatThrownBy(() -> Seeds.files(seed(SaysTwo.class))).hasMessageContaining("it has 2");
    assertThatThrownBy(() -> Seeds.files(seed(Nameless.class)))
        .hasMessageContaining("path/name=text");
  }

  @WithHub
  static class BadTime {
    @Test
    @WithStream(name = "A", maxAge = "an hour")
    void test() {}
  }

  @Test
  void aTimeThatIsNoneIsNamed() {
    assertThat(TestRun.of(BadTime.class).execute().failures())
        .singleElement()
        .asString()
        .contains("maxAge = \"an hour\"", "1h30m");
  }
}
