package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.Seed;
import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Test classes as users write them, run by JUnit itself. */
class HubExtensionTest {
  /** What the classes under test have observed. */
  private static final Queue<Seen> SEEN = new ConcurrentLinkedQueue<>();

  record Seen(Class<?> by, HubResource hub, Connection connection) {}

  private static EngineExecutionResults run(DiscoverySelector... selectors) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
        .selectors(selectors)
        .execute();
  }

  private static void runWell(Class<?>... types) {
    DiscoverySelector[] selectors =
        Arrays.stream(types).map(type -> selectClass(type)).toArray(DiscoverySelector[]::new);
    EngineExecutionResults results = run(selectors);
    assertThat(failures(results)).isEmpty();
    assertThat(containerFailures(results)).isEmpty();
    assertThat(results.testEvents().succeeded().count()).isPositive();
  }

  private static List<Seen> seenBy(Class<?> type) {
    return SEEN.stream().filter(seen -> seen.by() == type).toList();
  }

  private static void assertGone(HubResource hub) throws IOException {
    assertThat(hub.root()).doesNotExist();
    for (int port : new int[] {hub.natsPort(), hub.fossilPort()}) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(socket.isBound()).isTrue();
      }
      String mark = String.valueOf(port);
      Predicate<Thread> ofHub = thread -> thread.getName().contains(mark);
      assertThat(Thread.getAllStackTraces().keySet()).noneMatch(ofHub);
    }
  }

  @WithHub
  static class EverythingInjected {
    static HubResource inStaticField;
    @FromHub static Connection staticConnection;

    HubResource inField;

    @HubPort(Service.NATS)
    int natsPort;

    @HubUrl(Service.FOSSIL)
    String fossilUrl;

    @FromHub Path root;

    private final HubResource inConstructor;

    EverythingInjected(HubResource inConstructor, TestInfo left) {
      this.inConstructor = inConstructor;
      assertThat(left).isNotNull();
    }

    @BeforeAll
    static void beforeAll(HubResource hub, Connection connection) {
      assertThat(hub).isSameAs(inStaticField);
      assertThat(connection).isSameAs(staticConnection);
    }

    @BeforeEach
    void beforeEach(HubResource hub) {
      assertThat(hub).isSameAs(inField).isSameAs(inConstructor).isSameAs(inStaticField);
    }

    @Test
    void injects(
        HubResource hub,
        Hub plain,
        Connection connection,
        JetStream jetStream,
        JetStreamManagement management,
        FossilRepository repository,
        @HubUrl(Service.NATS) URI natsUrl,
        @HubPort(Service.FOSSIL) Integer fossilPort,
        @TempDir Path notTheHubs)
        throws Exception {
      assertThat(plain).isSameAs(hub.hub());
      assertThat(natsPort).isEqualTo(hub.natsPort()).isEqualTo(natsUrl.getPort());
      assertThat(fossilUrl).isEqualTo(hub.fossilUrl());
      assertThat(fossilPort).isEqualTo(hub.fossilPort());
      assertThat(root).isEqualTo(hub.root()).isNotEqualTo(notTheHubs);
      assertThat(repository.file()).startsWith(root.toRealPath());
      assertThat(jetStream).isNotNull();
      assertThat(management.getAccountStatistics().getStreams()).isZero();
      Subscription subscription = connection.subscribe("a.>");
      connection.publish("a.b", "hello".getBytes(StandardCharsets.UTF_8));
      Message message = subscription.nextMessage(Duration.ofSeconds(5));
      assertThat(message.getData()).asString(StandardCharsets.UTF_8).isEqualTo("hello");
      SEEN.add(new Seen(EverythingInjected.class, hub, connection));
    }

    @Test
    void sharesTheHubOfTheClass(HubResource hub, Connection connection) {
      SEEN.add(new Seen(EverythingInjected.class, hub, connection));
    }
  }

  @Test
  void injectsAndCleansUp() throws Exception {
    runWell(EverythingInjected.class);
    List<Seen> seen = seenBy(EverythingInjected.class);
    assertThat(seen).hasSize(2);
    assertThat(seen.get(0).hub()).isSameAs(seen.get(1).hub());
    assertThat(seen.get(0).connection()).isNotSameAs(seen.get(1).connection());
    assertThat(seen).allMatch(s -> s.connection().getStatus() == Connection.Status.CLOSED);
    assertGone(seen.get(0).hub());
  }

  @WithHub(lifecycle = HubLifecycle.PER_METHOD)
  static class OnePerMethod {
    private final HubResource inConstructor;

    OnePerMethod(HubResource inConstructor) {
      this.inConstructor = inConstructor;
    }

    @Test
    void first(HubResource hub, Connection connection) {
      assertThat(hub).isSameAs(inConstructor);
      SEEN.add(new Seen(OnePerMethod.class, hub, connection));
    }

    @Test
    void second(HubResource hub, Connection connection) {
      assertThat(hub).isSameAs(inConstructor);
      SEEN.add(new Seen(OnePerMethod.class, hub, connection));
    }
  }

  @Test
  void startsOnePerMethod() throws Exception {
    runWell(OnePerMethod.class);
    List<Seen> seen = seenBy(OnePerMethod.class);
    assertThat(seen.get(0).hub()).isNotSameAs(seen.get(1).hub());
    assertGone(seen.get(0).hub());
    assertGone(seen.get(1).hub());
  }

  @WithHub(name = "run", lifecycle = HubLifecycle.PER_SUITE)
  @Retention(RetentionPolicy.RUNTIME)
  @interface SharedHub {}

  @SharedHub
  static class FirstOfSuite {
    @Test
    void test(HubResource hub, Connection connection) {
      SEEN.add(new Seen(FirstOfSuite.class, hub, connection));
    }
  }

  @SharedHub
  static class SecondOfSuite {
    @Test
    void test(@FromHub("run") HubResource hub, Connection connection) {
      SEEN.add(new Seen(SecondOfSuite.class, hub, connection));
    }
  }

  @Test
  void sharesOneForTheWholeRun() throws Exception {
    runWell(FirstOfSuite.class, SecondOfSuite.class);
    HubResource hub = seenBy(FirstOfSuite.class).get(0).hub();
    assertThat(seenBy(SecondOfSuite.class).get(0).hub()).isSameAs(hub);
    assertThat(hub.name()).isEqualTo("run");
    assertGone(hub);
  }

  @WithHub
  static class Outer {
    @Test
    void outer(HubResource hub, Connection connection) {
      SEEN.add(new Seen(Outer.class, hub, connection));
    }

    @Nested
    class Inner {
      @Test
      void inner(HubResource hub, Connection connection) {
        SEEN.add(new Seen(Inner.class, hub, connection));
      }

      @Nested
      class Innermost {
        @Test
        void innermost(HubResource hub, Connection connection) {
          SEEN.add(new Seen(Innermost.class, hub, connection));
        }
      }
    }
  }

  static class Inheriting extends Outer {
    @Test
    void inheriting(HubResource hub, Connection connection) {
      SEEN.add(new Seen(Inheriting.class, hub, connection));
    }
  }

  @Test
  void nestedClassesShareAndInheritingOnesHaveTheirs() throws Exception {
    runWell(Outer.class);
    HubResource hub = seenBy(Outer.class).get(0).hub();
    assertThat(seenBy(Outer.Inner.class).get(0).hub()).isSameAs(hub);
    assertThat(seenBy(Outer.Inner.Innermost.class).get(0).hub()).isSameAs(hub);
    assertGone(hub);
    run(selectMethod(Inheriting.class, "inheriting", HubResource.class, Connection.class))
        .testEvents()
        .assertStatistics(s -> s.succeeded(1).failed(0));
    assertThat(seenBy(Inheriting.class).get(0).hub()).isNotSameAs(hub);
  }

  static class Registered {
    @RegisterExtension
    static final HubExtension HUB =
        HubExtension.builder().options(o -> o.seed(Seed.file("a.txt", "a"))).build();

    @Test
    void has(HubResource hub, Connection connection, FossilRepository repository) {
      String name = repository.read(s -> s.session().text("SELECT name FROM filename"));
      assertThat(name).isEqualTo("a.txt");
      SEEN.add(new Seen(Registered.class, hub, connection));
    }

    @Nested
    class Inside {
      @Test
      void shares(HubResource hub, Connection connection) {
        SEEN.add(new Seen(Inside.class, hub, connection));
      }
    }
  }

  @Test
  void canBeRegisteredByHand() throws Exception {
    runWell(Registered.class);
    HubResource hub = seenBy(Registered.class).get(0).hub();
    assertThat(seenBy(Registered.Inside.class).get(0).hub()).isSameAs(hub);
    assertGone(hub);
  }

  @WithHub(name = "one")
  @WithHub(name = "two", fossil = false)
  static class TwoHubs {
    @Test
    void tellsThemApart(@FromHub("one") HubResource one, @FromHub("two") HubResource two)
        throws IOException {
      assertThat(one).isNotSameAs(two);
      assertThat(one.natsUrl()).isNotEqualTo(two.natsUrl());
      assertThat(two.root().resolve(".orchestrator/hub.fossil")).doesNotExist();
      assertThat(Files.exists(one.root().resolve(".orchestrator/hub.fossil"))).isTrue();
    }

    @Test
    void asksWhich(Connection connection) {
      throw new AssertionError("not to be reached: " + connection);
    }

    @Test
    void knowsTheNames(@FromHub("three") HubResource hub) {
      throw new AssertionError("not to be reached: " + hub);
    }
  }

  @Test
  void severalHubsAreToldApartByName() {
    EngineExecutionResults results = run(selectClass(TwoHubs.class));
    results.testEvents().assertStatistics(s -> s.succeeded(1).failed(2));
    assertThat(failures(results))
        .anyMatch(m -> m.contains("several hubs (\"one\", \"two\")") && m.contains("@FromHub"))
        .anyMatch(m -> m.contains("no hub \"three\"") && m.contains("\"one\", \"two\""));
  }

  @WithHub
  static class Misused {
    @Test
    void portIsNoText(@HubPort(Service.NATS) String port) {
      throw new AssertionError(port);
    }

    @Test
    void urlIsNoNumber(@HubUrl(Service.NATS) int url) {
      throw new AssertionError(url);
    }

    @Test
    void aHubHasNoThreads(@FromHub Thread thread) {
      throw new AssertionError(thread);
    }
  }

  @Test
  void wrongUseSaysHowToFixIt() {
    EngineExecutionResults results = run(selectClass(Misused.class));
    results.testEvents().assertStatistics(s -> s.succeeded(0).failed(3));
    assertThat(failures(results))
        .anyMatch(m -> m.contains("@HubPort is for an int, not for a java.lang.String"))
        .anyMatch(m -> m.contains("@HubUrl is for a String or a URI, not for a int"))
        .anyMatch(m -> m.contains("no java.lang.Thread") && m.contains("it has HubResource"));
  }

  @WithHub(lifecycle = HubLifecycle.PER_METHOD)
  static class TooEarly {
    @BeforeAll
    static void beforeAll(HubResource hub) {
      assertThat(hub).as("not to be reached").isNull();
    }

    @Test
    void test() {}
  }

  @Test
  void aHubPerMethodIsNotThereBeforeAll() {
    EngineExecutionResults results = run(selectClass(TooEarly.class));
    results.containerEvents().assertStatistics(s -> s.failed(1));
    assertThat(containerFailures(results)).anyMatch(m -> m.contains("make it PER_CLASS"));
  }

  @WithHub(nats = false)
  static class WithoutNats {
    @Test
    void refusesAConnection(HubResource hub) {
      assertThat(hub.fossilUrl()).startsWith("http://");
      try {
        hub.connection();
        throw new AssertionError("connected to nothing");
      } catch (HubException e) {
        assertThat(e).hasMessageContaining("without NATS");
      }
    }
  }

  @Test
  void eitherServiceCanBeLeftOut() {
    runWell(WithoutNats.class);
  }

  private static List<String> failures(EngineExecutionResults results) {
    return messages(results.testEvents().failed().stream().toList());
  }

  private static List<String> containerFailures(EngineExecutionResults results) {
    return messages(results.containerEvents().failed().stream().toList());
  }

  private static List<String> messages(List<Event> events) {
    return events.stream()
        .map(
            event ->
                event
                    .getRequiredPayload(TestExecutionResult.class)
                    .getThrowable()
                    .map(HubExtensionTest::allMessages)
                    .orElse(""))
        .toList();
  }

  private static String allMessages(Throwable thrown) {
    StringBuilder all = new StringBuilder();
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      all.append(t.getMessage()).append('\n');
    }
    return all.toString();
  }
}
