package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.HubSnapshot;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fixtures: what {@code @WithFixture} restores, in each lifecycle, and what journals save. */
class FixtureTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  // Relative, so that the annotations below can name it.
  private static final String ORDERS = "target/fixture-test/orders.hub";
  private static final String OLD = "target/fixture-test/old.hub";
  private static final String TRAFFIC = "target/fixture-test/traffic.hub";
  private static final String DAMAGED = "target/fixture-test/damaged.hub";

  private static Instant stored;

  @WithHub
  static class Source {
    @Test
    void saves(HubResource hub, JetStreamManagement streams, JetStream jetStream, Connection nats)
        throws Exception {
      streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
      jetStream.publish("orders.1", "soup".getBytes(UTF_8));
      jetStream.publish("orders.2", new Headers().put("Table", "7"), "cake".getBytes(UTF_8));
      jetStream.publish("orders.3", "tea".getBytes(UTF_8));
      streams.deleteMessage("ORDERS", 1);
      streams.addOrUpdateConsumer(
          "ORDERS", ConsumerConfiguration.builder().durable("kitchen").build());
      JetStreamSubscription kitchen =
          jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      kitchen.fetch(1, SOON).get(0).ackSync(SOON);
      nats.keyValueManagement().create(KeyValueConfiguration.builder("prices").build());
      nats.keyValue("prices").put("tea", "2");
      hub.repository().commit(new Commit("me", "Menu").put("menu.txt", FileContent.of("tea")));
      stored = streams.getMessage("ORDERS", 3).getTime().toInstant();
      Files.createDirectories(Path.of(ORDERS).getParent());
      hub.snapshot().save(Path.of(ORDERS));

      streams.addStream(
          StreamConfiguration.builder()
              .name("OLD")
              .subjects("old")
              .maxAge(Duration.ofHours(1))
              .build());
      jetStream.publish("old", "news".getBytes(UTF_8));
      hub.time().advance(Duration.ofMinutes(1));
      HubSnapshot state = hub.snapshot();
      Instant lately = hub.time().now();
      new Fixture(
              new HubSnapshot(state.nats().shifted(Duration.ofDays(-3)), null),
              List.of(),
              RecordingInfo.of(lately.minus(Duration.ofDays(3)), ""))
          .save(Path.of(OLD));
    }
  }

  @BeforeAll
  static void record() throws Exception {
    TestRun.of(Source.class).succeeds();
    new Fixture(
            null,
            List.of(RecordedMessage.of(Duration.ZERO, "orders.1")),
            RecordingInfo.of(Instant.EPOCH, "nats://shop"))
        .save(Path.of(TRAFFIC));
    byte[] whole = Files.readAllBytes(Path.of(ORDERS));
    Files.write(Path.of(DAMAGED), java.util.Arrays.copyOf(whole, whole.length / 2));
  }

  /** Verifies that everything is as it was saved, and changes it. */
  private static void checkAndChange(HubResource hub) throws Exception {
    Connection nats = hub.connection();
    JetStreamManagement streams = nats.jetStreamManagement();
    MessageInfo cake = streams.getMessage("ORDERS", 2);
    assertThat(cake.getHeaders().getFirst("Table")).isEqualTo("7");
    MessageInfo tea = streams.getMessage("ORDERS", 3);
    assertThat(tea.getData()).asString(UTF_8).isEqualTo("tea");
    assertThat(tea.getTime().toInstant()).isEqualTo(stored);
    assertThat(streams.getStreamInfo("ORDERS").getStreamState().getFirstSequence()).isEqualTo(2);
    JetStreamSubscription kitchen =
        nats.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
    assertThat(kitchen.fetch(1, SOON).get(0).getSubject()).isEqualTo("orders.3");
    KeyValue prices = nats.keyValue("prices");
    assertThat(prices.get("tea").getValueAsString()).isEqualTo("2");
    prices.put("tea", "3");
    assertThat(nats.jetStream().publish("orders.4", null).getSeqno()).isEqualTo(4);
  }

  private static @Nullable String menu(FossilRepository repository) {
    byte[] content = repository.read(now -> now.readFile(now.resolve("trunk"), "menu.txt"));
    return content == null ? null : new String(content, UTF_8);
  }

  @WithHub
  @WithFixture(ORDERS)
  @WithStream(name = "OTHERS", subjects = "others")
  static class PerClass {
    @Test
    void hasIt(HubResource hub, FossilRepository repository) throws Exception {
      checkAndChange(hub);
      assertThat(menu(repository)).isEqualTo("tea");
      assertThat(hub.jetStreamManagement().getStreamNames())
          .containsExactlyInAnyOrder("ORDERS", "KV_prices", "OTHERS");
    }
  }

  @WithHub(fossil = false, reset = Reset.BEFORE_EACH)
  @WithFixture(ORDERS)
  static class WithReset {
    @RepeatedTest(2)
    void hasItAgain(HubResource hub) throws Exception {
      checkAndChange(hub);
    }
  }

  @WithHub(fossil = false, lifecycle = HubLifecycle.PER_METHOD)
  @WithFixture(ORDERS)
  static class PerMethod {
    @RepeatedTest(2)
    void hasItAgain(HubResource hub) throws Exception {
      checkAndChange(hub);
    }
  }

  @WithHub(isolation = Isolation.PER_TEST)
  @WithFixture(ORDERS)
  static class PerTest {
    @RepeatedTest(2)
    void hasItAgain(HubResource hub, FossilRepository repository) throws Exception {
      checkAndChange(hub);
      assertThat(menu(repository)).isEqualTo("tea");
    }
  }

  @WithHub(fossil = false, lifecycle = HubLifecycle.PER_SUITE, name = "fixtures")
  @WithFixture(ORDERS)
  static class PerSuite {
    @Test
    void hasIt(HubResource hub) throws Exception {
      checkAndChange(hub);
    }
  }

  @WithHub(fossil = false, lifecycle = HubLifecycle.PER_SUITE, name = "fixtures")
  static class PerSuiteAfterwards {
    @Test
    void hasNothing(JetStreamManagement streams) throws Exception {
      assertThat(streams.getStreamNames()).isEmpty();
    }
  }

  @WithHub
  static class OnMethod {
    @Test
    @WithFixture(ORDERS)
    void hasIt(HubResource hub) throws Exception {
      checkAndChange(hub);
      hub.repository().commit(new Commit("me", "More").put("more.txt", FileContent.of("more")));
    }

    @Test
    void hasNothing(HubResource hub, JetStreamManagement streams) throws Exception {
      assertThat(streams.getStreamNames()).isEmpty();
      assertThat(menu(hub.repository())).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        PerClass.class,
        WithReset.class,
        PerMethod.class,
        PerTest.class,
        OnMethod.class,
      })
  void isRestoredInEachLifecycle(Class<?> type) {
    TestRun.of(type).succeeds();
  }

  @Test
  void isRemovedFromAHubThatLivesOn() {
    TestRun.of(PerSuite.class, PerSuiteAfterwards.class).succeeds();
  }

  @WithHub(fossil = false)
  @WithFixture(value = OLD, shiftTimes = true)
  static class Shifted {
    @Test
    void isYoungAgain(HubResource hub, JetStreamManagement streams) throws Exception {
      assertThat(streams.getStreamInfo("OLD").getStreamState().getMsgCount()).isEqualTo(1);
      hub.time().advance(Duration.ofMinutes(58));
      assertThat(streams.getStreamInfo("OLD").getStreamState().getMsgCount()).isEqualTo(1);
      hub.time().advance(Duration.ofMinutes(2));
      assertThat(streams.getStreamInfo("OLD").getStreamState().getMsgCount()).isZero();
    }
  }

  @Test
  void timesMove() {
    TestRun.of(Shifted.class).succeeds();
  }

  @WithHub(fossil = false)
  @WithFixture(OLD)
  static class Expired {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithFixture("no-such.hub")
  static class Missing {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithFixture(DAMAGED)
  static class Damaged {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithFixture(TRAFFIC)
  static class WithoutState {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS")
  static class Twice {
    @Test
    @WithFixture(ORDERS)
    void test() {}
  }

  @WithHub(nats = false)
  @WithFixture(OLD)
  static class WithoutNats {
    @Test
    void test() {}
  }

  @WithFixture(ORDERS)
  static class WithoutHub {
    @Test
    void test() {}
  }

  static List<List<Object>> wrong() {
    return List.of(
        List.of(Expired.class, "1 of 1 messages of OLD are older", "shiftTimes = true"),
        List.of(Missing.class, "there is no file ", "no-such.hub", "hub record"),
        List.of(Damaged.class, "damaged.hub cannot be loaded: it ends too early"),
        List.of(WithoutState.class, "no state to restore", "hub.replay(…)"),
        List.of(Twice.class, "There is a stream ORDERS already in hub"),
        List.of(WithoutNats.class, "needs NATS", "remove \"nats = false\""),
        List.of(WithoutHub.class, "has no hub: add @WithHub"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongUseIsRejected(List<Object> expected) {
    List<String> failures = TestRun.of((Class<?>) expected.get(0)).execute().failures();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0))
        .contains("@WithFixture(\"")
        .contains(expected.subList(1, expected.size()).stream().map(String::valueOf).toList());
  }

  @Test
  @WithHub(fossil = false)
  void aJournalIsSaved(HubResource hub, Connection nats, @TempDir Path directory) {
    nats.publish("orders.1", new Headers().add("Table", "7", "8"), "soup".getBytes(UTF_8));
    nats.publish("orders.2", "replies", new byte[] {(byte) 0xff, 0});
    nats.publish("orders.3", new byte[5000]);
    hub.journal().await().published("orders.3").atMost(SOON);
    Path file = directory.resolve("journal.hub");
    hub.journal().save(file);

    Fixture saved = Fixture.load(file);
    assertThat(saved.messages()).isEqualTo(hub.journal().toFixture().messages());
    assertThat(saved.messages())
        .extracting(RecordedMessage::subject)
        .containsExactly("orders.1", "orders.2", "orders.3");
    RecordedMessage soup = saved.messages().get(0);
    assertThat(soup.connection()).contains("FixtureTest.aJournalIsSaved nats");
    assertThat(soup.headers()).containsEntry("Table", List.of("7", "8"));
    assertThat(soup.text()).isEqualTo("soup");
    assertThat(saved.messages().get(1).reply()).contains("replies");
    assertThat(saved.messages().get(1).payload()).containsExactly(0xff, 0);
    assertThat(saved.messages().get(2).isCut()).isTrue();
    assertThat(saved.messages().get(2).length()).isEqualTo(5000);
    assertThat(saved.state()).isEmpty();
    assertThatThrownBy(() -> HubSnapshot.load(file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("no snapshot");
  }
}
