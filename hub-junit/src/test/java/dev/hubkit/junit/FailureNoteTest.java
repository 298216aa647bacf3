package dev.hubkit.junit;

import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubkit.HubSnapshot;
import dev.hubkit.junit.assertj.HubAssertions;
import dev.hubkit.junit.fault.ClientSelector;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A failure carries a note about its hub, and the state of the hub is kept on demand. */
class FailureNoteTest {
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  @TempDir Path directory;

  private TestRun.Setup run(Class<?> type) {
    return TestRun.of(type).with("hub.junit.report-directory", directory.toString());
  }

  private static String note(Throwable failure) {
    List<Throwable> notes =
        Arrays.stream(failure.getSuppressed()).filter(FailureNote.class::isInstance).toList();
    assertThat(notes).hasSize(1);
    assertThat(notes.get(0).getStackTrace()).isEmpty();
    return notes.get(0).toString();
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  static class Waiting {
    @Test
    void waits(Connection nats, HubResource hub) throws Exception {
      nats.subscribe("order.*");
      nats.jetStream().publish("orders.42", ORDER);
      HubAssertions.assertThat(hub).stream("ORDERS").hasMessages(1);
      hub.journal().await().published("orders.43").atMost(Duration.ofMillis(200));
    }
  }

  @Test
  void tellsWhatHappenedAndWhatCameNearest() throws Exception {
    Throwable failure = run(Waiting.class).execute().thrown().get(0);
    assertThat(failure).hasMessageContaining("published on orders.43 within 200 ms");
    String note = note(failure);
    Path report = directory.resolve(Waiting.class.getName() + ".waits.txt");
    assertThat(note.lines())
        .startsWith("What the hub saw in FailureNoteTest.Waiting.waits:", "  last operations:")
        .anySatisfy(line -> assertThat(line).endsWith(" SUB order.*"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("  waited for: published on orders.43 within 200 ms; nearest: ")
                    .contains("PUB orders.42"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("  waited for: a message on order.*, for the subscription of ")
                    .contains("; nearest: ", "PUB orders.42"))
        .contains("    ORDERS [orders.>]: 1 messages, 1 to 1")
        .anySatisfy(line -> assertThat(line).contains("kitchen: delivered up to 0", "1 pending"))
        .anySatisfy(line -> assertThat(line).startsWith("  servers: NATS nats://127.0.0.1:"))
        .contains("  full report: " + report)
        .noneMatch(line -> line.contains("CONNECT") && line.contains("toolkit"))
        .noneMatch(line -> line.contains("$JS.API"))
        .noneMatch(line -> line.contains("PING"))
        .noneMatch(line -> line.contains("\tat "));
    assertThat(note.lines().filter(line -> line.startsWith("    ") && line.contains(" PUB ")))
        .hasSize(1);
    assertThat(report).content().contains("== hub journal", "PUB orders.42", "== hub log");
  }

  @WithHub(fossil = false)
  static class WaitingForContent {
    @Test
    void waits(Connection nats, HubResource hub) {
      nats.publish("orders.1", new Headers().put("Kind", "b"), "{\"id\": 41}".getBytes(UTF_8));
      hub.journal()
          .await()
          .published("orders.*")
          .withHeader("Kind", "a")
          .matching(json("$.id", 42))
          .atMost(Duration.ofMillis(200));
    }
  }

  @Test
  void listsWhatDifferedInTheNearestMessages() {
    assertThat(note(run(WaitingForContent.class).execute().thrown().get(0)).lines())
        .containsSubsequence(
            "  waited for:",
            "      header \"Kind\" was \"b\", not \"a\"",
            "      $.id was 41, not 42")
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith(
                        "    published on orders.* with header Kind: a with JSON $.id = 42 within"
                            + " 200 ms; nearest: ")
                    .endsWith(" PUB orders.1 Kind=[b], 10 bytes: {\"id\": 41}"));
  }

  @Test
  void isLeftOutOnDemand() {
    Throwable failure =
        run(Waiting.class).with("hub.junit.failure-note", "false").execute().thrown().get(0);
    assertThat(failure.getSuppressed()).isEmpty();
    assertThat(directory).isEmptyDirectory();
  }

  @WithHub(fossil = false)
  static class BrokenBefore {
    @BeforeEach
    void breaks(Connection nats) {
      nats.publish("orders.1", ORDER);
      fail("before");
    }

    @Test
    void doesNotRun() {}
  }

  @WithHub(fossil = false)
  static class BrokenBeforeAll {
    @BeforeAll
    static void breaks(Connection nats) throws Exception {
      nats.publish("orders.1", ORDER);
      nats.flush(Duration.ofSeconds(20));
      fail("before all");
    }

    @Test
    void doesNotRun() {}
  }

  @ParameterizedTest
  @ValueSource(classes = {BrokenBefore.class, BrokenBeforeAll.class})
  void isThereWhenALifecycleMethodFails(Class<?> type) {
    assertThat(note(run(type).execute().thrown().get(0)))
        .contains("What the hub saw in FailureNoteTest." + type.getSimpleName());
  }

  @WithHub(fossil = false)
  static class Crashed {
    @Test
    void crashes(HubResource hub, Connection nats) throws Exception {
      nats.publish("orders.1", ORDER);
      nats.flush(Duration.ofSeconds(20));
      hub.faults().crash();
      fail("on purpose");
    }
  }

  @Test
  void isThereAfterACrash() {
    assertThat(note(run(Crashed.class).execute().thrown().get(0))).contains("PUB orders.1");
  }

  private static final CyclicBarrier BOTH = new CyclicBarrier(2);

  /** Two tests that use a hub at the same time. */
  @WithHub(name = "beside", fossil = false, lifecycle = HubLifecycle.PER_SUITE)
  static class Beside {
    @BeforeAll
    static void opensForAll(HubResource hub) throws Exception {
      publish(hub.connect(), "of.class");
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "two"})
    void fails(String name, HubResource hub, Connection nats) throws Exception {
      BOTH.await(20, TimeUnit.SECONDS);
      publish(nats, "injected." + name);
      publish(hub.connect(), "opened." + name);
      if (name.equals("one")) {
        try (Connection ofApplication = Nats.connect(hub.natsUrl())) {
          publish(ofApplication, "application");
        }
      }
      try {
        hub.journal().await().published("missing." + name).atMost(Duration.ofMillis(1));
      } finally {
        BOTH.await(20, TimeUnit.SECONDS);
      }
    }

    private static void publish(Connection connection, String subject) throws Exception {
      connection.publish(subject, null);
      connection.flush(Duration.ofSeconds(20));
    }
  }

  @Test
  void testsThatRunBesideEachOtherAreToldApart() {
    List<String> notes =
        run(Beside.class).parallel(2).execute().thrown().stream()
            .map(FailureNoteTest::note)
            .toList();
    assertThat(notes)
        .hasSize(2)
        .allSatisfy(
            note ->
                assertThat(note)
                    .contains("PUB application", "other tests: 1 used the hub meanwhile"))
        .anySatisfy(
            note ->
                assertThat(note)
                    .contains("PUB injected.one", "PUB opened.one", "published on missing.one")
                    .doesNotContain(".two"))
        .anySatisfy(
            note ->
                assertThat(note)
                    .contains("PUB injected.two", "PUB opened.two", "published on missing.two")
                    .doesNotContain(".one"));
  }

  // ---- The kept state

  /** Fails after it has published, and cleans up after itself. */
  abstract static class Failing {
    @Test
    void fails(JetStream jetStream) throws Exception {
      jetStream.publish("orders.1", ORDER);
      fail("on purpose");
    }

    @AfterEach
    void cleanUp(Connection nats) throws Exception {
      nats.jetStreamManagement().deleteStream("ORDERS");
    }
  }

  @WithHub(keepOnFailure = true)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class PerClass extends Failing {}

  @WithHub(keepOnFailure = true, lifecycle = HubLifecycle.PER_METHOD)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class PerMethod extends Failing {}

  @WithHub(keepOnFailure = true, lifecycle = HubLifecycle.PER_SUITE)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class PerSuite extends Failing {}

  @WithHub(keepOnFailure = true, reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class WithReset extends Failing {}

  @WithHub(keepOnFailure = true, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class Isolated extends Failing {}

  @WithHub(keepOnFailure = true, fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class NatsOnly extends Failing {}

  @ParameterizedTest
  @ValueSource(
      classes = {
        PerClass.class,
        PerMethod.class,
        PerSuite.class,
        WithReset.class,
        Isolated.class,
        NatsOnly.class
      })
  void theStateAtTheFailureIsKept(Class<?> type) {
    Throwable failure = run(type).execute().thrown().get(0);
    Path state = directory.resolve(type.getName() + ".fails.hub");
    assertThat(note(failure))
        .contains("  to look at it: hub open " + state)
        .contains("ORDERS [orders.>]: 1 messages, 1 to 1");
    HubSnapshot kept = HubSnapshot.load(state);
    assertThat(kept.nats().isEmpty()).isFalse();
    assertThat(kept.repository() == null).isEqualTo(type == NatsOnly.class);
  }

  // ---- The kept state of a hub with faults

  /** Fails with a fault that is active, and cleans up once it is not. */
  @WithHub(keepOnFailure = true)
  @WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE)
  abstract static class FailingWithFault {
    abstract void injectFault(HubResource hub);

    @Test
    void fails(HubResource hub, JetStream jetStream) throws Exception {
      jetStream.publish("orders.1", ORDER);
      injectFault(hub);
      fail("on purpose");
    }

    @AfterEach
    void cleanUp(HubResource hub) throws Exception {
      assertThat(hub.faults().isCrashed()).isEqualTo(this instanceof OfCrash);
      hub.faults().undo();
      hub.connect().jetStreamManagement().deleteStream("ORDERS");
    }
  }

  static class OfCut extends FailingWithFault {
    @Override
    void injectFault(HubResource hub) {
      hub.faults().cut(ClientSelector.everybody());
    }
  }

  static class OfDroppedRequests extends FailingWithFault {
    @Override
    void injectFault(HubResource hub) {
      hub.faults().published("$JS.API.>").lose();
    }
  }

  static class OfFailingDisk extends FailingWithFault {
    @Override
    void injectFault(HubResource hub) {
      hub.faults().diskFails();
    }
  }

  static class OfCrash extends FailingWithFault {
    @Override
    void injectFault(HubResource hub) {
      hub.faults().crash();
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {OfCut.class, OfDroppedRequests.class, OfFailingDisk.class, OfCrash.class})
  void theStateIsThatAtTheFailureInSpiteOfFaults(Class<?> type) {
    List<Throwable> failures = run(type).execute().thrown();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0).getSuppressed()).hasSize(1);
    assertThat(note(failures.get(0))).contains("ORDERS [orders.>]: 1 messages, 1 to 1");
    HubSnapshot kept = HubSnapshot.load(directory.resolve(type.getName() + ".fails.hub"));
    assertThat(kept.nats().isEmpty()).isFalse();
    assertThat(kept.repository()).isNotNull();
  }

  @WithHub(keepOnFailure = true, fossil = false, reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class Repeated {
    @RepeatedTest(3)
    void fails(JetStream jetStream) throws Exception {
      jetStream.publish("orders.1", ORDER);
      fail("on purpose");
    }
  }

  @Test
  void eachInvocationKeepsItsOwn() throws Exception {
    assertThat(run(Repeated.class).execute().thrown()).hasSize(3);
    try (java.util.stream.Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()).filter(n -> n.endsWith(".hub")))
          .hasSize(3);
    }
  }

  @WithHub(fossil = false)
  static class Named {
    @Test
    void hasNames(HubResource hub, Connection nats) {
      assertThat(hub.journal().connected().stream().map(entry -> entry.clientName().orElse("")))
          .anyMatch(name -> name.startsWith("FailureNoteTest.Named.hasNames "))
          .noneMatch(name -> name.contains("toolkit"));
      assertThat(nats.getOptions().getConnectionName())
          .startsWith("FailureNoteTest.Named.hasNames ");
    }

    @Test
    void soHasWhatTheTestOpens(HubResource hub) throws Exception {
      String mine = "FailureNoteTest.Named.soHasWhatTheTestOpens";
      assertThat(name(hub.connect())).isEqualTo(mine);
      Connection withOptions = hub.connect(new Options.Builder());
      assertThat(name(withOptions)).isEqualTo(mine);
      assertThat(withOptions.getOptions().getServers()).hasSize(1);
      assertThat(CompletableFuture.supplyAsync(() -> name(hub.connect())).get()).isEqualTo(mine);
      assertThat(name(hub.connect(new Options.Builder().connectionName("shop")))).isEqualTo("shop");
      assertThat(name(hub.connection())).isEqualTo("hub-junit");
    }

    @RepeatedTest(2)
    void eachInvocationHasItsName(HubResource hub, RepetitionInfo info) {
      assertThat(name(hub.connect()))
          .isEqualTo(
              "FailureNoteTest.Named.eachInvocationHasItsName["
                  + info.getCurrentRepetition()
                  + "]");
    }

    private static String name(Connection connection) {
      return connection.getOptions().getConnectionName();
    }

    @Test
    @WithStream(name = "ORDERS", subjects = "orders.>")
    void onePublishIsOneEntry(HubResource hub, JetStream jetStream) throws Exception {
      var mark = hub.journal().mark();
      jetStream.publish("orders.1", ORDER);
      HubAssertions.assertThat(hub).stream("ORDERS").hasMessages(1);
      assertThat(hub.journal().since(mark).everything()).hasSize(1);
      assertThat(hub.journal().withToolkit().since(mark).everything().count()).isGreaterThan(3);
      assertThat(hub.journal().apiRequests("STREAM.CREATE.*")).isEmpty();
      assertThat(hub.journal().withToolkit().apiRequests("STREAM.CREATE.*")).hasSize(1);
    }
  }

  @Test
  void theJournalHasTheTrafficOfTheTest() {
    TestRun.of(Named.class).succeeds();
  }
}
