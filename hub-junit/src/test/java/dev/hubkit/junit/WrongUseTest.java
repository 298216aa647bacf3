package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import io.nats.client.KeyValue;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is used wrongly gets an error that names the annotation and the remedy. */
class WrongUseTest {
  @WithHub(fossil = false)
  @WithSeed(files = "a=b")
  static class SeedWithoutFossil {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  static class RepositoryWithoutFossil {
    @Test
    void test(FossilRepository repository) {}
  }

  @WithHub(fossil = false)
  static class UrlWithoutFossil {
    @Test
    void test(@HubUrl(Service.FOSSIL) String url) {}
  }

  @WithHub(fossil = false)
  @HubProperty(name = "wrong.use", service = Service.FOSSIL)
  static class PropertyWithoutFossil {
    @Test
    void test() {}
  }

  @WithStream(name = "ORDERS")
  static class StreamWithoutHub {
    @Test
    void test() {}
  }

  static class StreamsWithoutHub {
    @Test
    @WithStream(name = "ORDERS")
    @WithStream(name = "RETURNS")
    void test() {}
  }

  @HubProperty(name = "wrong.use", service = Service.NATS)
  static class PropertyWithoutHub {
    @Test
    void test() {}
  }

  @WithHub(nats = false)
  @WithStream(name = "ORDERS")
  static class StreamWithoutNats {
    @Test
    void test() {}
  }

  @WithHub(nats = false)
  static class UserWithoutNats {
    @Test
    @WithUser(name = "waiter")
    void test() {}
  }

  @WithHub(nats = false)
  static class ConnectionWithoutNats {
    @Test
    void test(Connection nats) {}
  }

  @WithHub(fossil = false, nats = false)
  static class BothOff {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithStream(name = "a.b")
  static class BadStream {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithBucket(name = "prices", history = 100)
  static class TooMuchHistory {
    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  @WithBucket(name = "a b")
  static class BadBucket {
    @Test
    void test() {}
  }

  @WithHub(name = "shop", fossil = false)
  @WithStream(name = "ORDERS", hub = "shap")
  static class UnknownHub {
    @Test
    void test() {}
  }

  @WithHub(name = "shop", fossil = false)
  static class UnknownHubOfParameter {
    @Test
    void test(@FromHub("shap") Connection nats) {}
  }

  @WithHub(fossil = false)
  static class BucketWithoutName {
    @Test
    void test(KeyValue prices) {}
  }

  @WithHub(fossil = false)
  static class UserOfPort {
    @Test
    void test(@AsUser("waiter") HubResource hub) {}
  }

  static class LifecycleOnMethod {
    @Test
    @WithHub(fossil = false, lifecycle = HubLifecycle.PER_SUITE)
    void test() {}
  }

  @WithHub(fossil = false, lifecycle = HubLifecycle.PER_METHOD, reset = Reset.BEFORE_EACH)
  static class ResetWithoutEffect {
    @Test
    void test() {}
  }

  @WithStream(name = "ORDERS", hub = "shap")
  static class UnknownHubBesideBuilt {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("shop").withoutFossil().build();

    @Test
    void test() {}
  }

  static class UnknownHubOfMethodBesideBuilt {
    @RegisterExtension
    final HubExtension hub = HubExtension.builder().name("shop").withoutFossil().build();

    @Test
    @WithUser(name = "waiter", hub = "shap")
    void test() {}
  }

  static class UnknownHubOfFieldBesideBuilt {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("shop").withoutFossil().build();

    @FromHub("shap")
    Connection nats;

    @Test
    void test() {}
  }

  static class UnknownHubOfParameterBesideBuilt {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("shop").withoutFossil().build();

    @Test
    void test(@FromHub("shap") Connection nats) {}
  }

  @HubProperty(name = "wrong.use", service = Service.NATS, hub = "shap")
  static class PropertyOfUnknownHubBesideBuilt {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("shop").withoutFossil().build();

    @Test
    void test() {}
  }

  @WithHub(name = "shop", fossil = false)
  @WithStream(name = "ORDERS")
  static class OneOfSeveral {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("bar").withoutFossil().build();

    @Test
    void test() {}
  }

  @WithHub(fossil = false)
  static class TwoOfOneName {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().withoutFossil().build();

    @Test
    void test() {}
  }

  @WithStream(name = "ORDERS")
  static class StreamOfInstanceField {
    @RegisterExtension final HubExtension hub = HubExtension.builder().withoutFossil().build();

    @Test
    void test() {}
  }

  static List<Arguments> wrong() {
    return List.of(
        Arguments.of(
            SeedWithoutFossil.class,
            List.of("@WithSeed on ", "needs Fossil", "remove \"fossil = false\" from @WithHub")),
        Arguments.of(
            RepositoryWithoutFossil.class,
            List.of("FossilRepository", "needs Fossil", "remove \"fossil = false\"")),
        Arguments.of(UrlWithoutFossil.class, List.of("@HubUrl", "remove \"fossil = false\"")),
        Arguments.of(
            PropertyWithoutFossil.class,
            List.of("@HubProperty(name = \"wrong.use\")", "remove \"fossil = false\"")),
        Arguments.of(
            StreamWithoutHub.class,
            List.of("@WithStream(name = \"ORDERS\") on ", "has no hub: add @WithHub")),
        Arguments.of(
            StreamsWithoutHub.class,
            List.of("@WithStream(name = \"ORDERS\") on ", "has no hub: add @WithHub")),
        Arguments.of(
            PropertyWithoutHub.class,
            List.of("@HubProperty(name = \"wrong.use\") on ", "has no hub: add @WithHub")),
        Arguments.of(
            StreamWithoutNats.class,
            List.of("@WithStream(name = \"ORDERS\")", "needs NATS", "remove \"nats = false\"")),
        Arguments.of(
            UserWithoutNats.class,
            List.of("@WithUser(name = \"waiter\")", "remove \"nats = false\"")),
        Arguments.of(ConnectionWithoutNats.class, List.of("Connection", "remove \"nats = false\"")),
        Arguments.of(
            BothOff.class,
            List.of("@WithHub(fossil = false, nats = false)", "nothing to start: remove one")),
        Arguments.of(BadStream.class, List.of("@WithStream(name = \"a.b\") cannot be created")),
        Arguments.of(
            TooMuchHistory.class,
            List.of("@WithBucket(name = \"prices\") cannot be created", "64")),
        Arguments.of(BadBucket.class, List.of("@WithBucket(name = \"a b\") cannot be created")),
        Arguments.of(
            UnknownHub.class,
            List.of(
                "There is no hub \"shap\" for @WithStream(name = \"ORDERS\") on ",
                "there are \"shop\": name one of them")),
        Arguments.of(
            UnknownHubBesideBuilt.class,
            List.of(
                "There is no hub \"shap\" for @WithStream(name = \"ORDERS\") on ",
                "there are \"shop\": name one of them")),
        Arguments.of(
            UnknownHubOfMethodBesideBuilt.class,
            List.of(
                "There is no hub \"shap\" for @WithUser(name = \"waiter\") on ",
                "there are \"shop\": name one of them")),
        Arguments.of(
            UnknownHubOfFieldBesideBuilt.class,
            List.of("There is no hub \"shap\" for ", "Connection", "\"shop\": name one")),
        Arguments.of(
            UnknownHubOfParameterBesideBuilt.class,
            List.of("There is no hub \"shap\" for ", "Connection", "\"shop\": name one")),
        Arguments.of(
            PropertyOfUnknownHubBesideBuilt.class,
            List.of("There is no hub \"shap\" for @HubProperty(name = \"wrong.use\")")),
        Arguments.of(
            OneOfSeveral.class,
            List.of(
                "There are several hubs (\"bar\", \"shop\")", "@WithStream(name = \"ORDERS\") on")),
        Arguments.of(
            TwoOfOneName.class,
            List.of("HUB has the hub without a name", "HubExtension.builder().name(\"…\")")),
        Arguments.of(
            StreamOfInstanceField.class,
            List.of("@WithStream(name = \"ORDERS\") on ", "has no effect", "make it static")),
        Arguments.of(UnknownHubOfParameter.class, List.of("There is no hub \"shap\"", "\"shop\"")),
        Arguments.of(BucketWithoutName.class, List.of("Name it with @Bucket(\"name\")")),
        Arguments.of(UserOfPort.class, List.of("@AsUser is for what has a connection")),
        Arguments.of(
            LifecycleOnMethod.class,
            List.of("@WithHub(lifecycle = PER_SUITE)", "put the annotation on the class")),
        Arguments.of(
            ResetWithoutEffect.class,
            List.of("@WithHub(reset = BEFORE_EACH)", "remove the reset")));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void isRejectedWithTheRemedy(Class<?> type, List<String> parts) {
    TestRun.of(type).failsOnceWith(parts);
  }

  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class StreamOfBuiltHub {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().withoutFossil().build();

    @Test
    void hasIt(Connection nats) throws Exception {
      assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
    }
  }

  @WithHub(name = "bar", fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>", hub = "shop")
  @WithStream(name = "DRINKS", subjects = "drinks.>", hub = "bar")
  static class StreamsOfSeveralHubs {
    @RegisterExtension
    static final HubExtension HUB = HubExtension.builder().name("shop").withoutFossil().build();

    @Test
    void haveTheirs(@FromHub("shop") Connection shop, @FromHub("bar") Connection bar)
        throws Exception {
      assertThat(shop.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
      assertThat(bar.jetStreamManagement().getStreamNames()).containsExactly("DRINKS");
    }
  }

  abstract static class HubOfSubclass {
    @Nested
    class Inner {
      @Test
      @WithStream(name = "ORDERS", subjects = "orders.>")
      void hasIt(Connection nats) throws Exception {
        assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
      }
    }
  }

  static class InheritsNested extends HubOfSubclass {
    @RegisterExtension static final Extension HUB = HubExtension.builder().withoutFossil().build();
  }

  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class StreamOfMethodHub {
    @Test
    @WithHub(fossil = false)
    void hasIt(Connection nats) throws Exception {
      assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
    }
  }

  @Test
  void rightUseIsNotRejected() {
    TestRun.of(
            StreamOfBuiltHub.class,
            StreamOfMethodHub.class,
            StreamsOfSeveralHubs.class,
            InheritsNested.class)
        .succeeds();
  }

  @Test
  void builderWithResetWithoutEffect() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                HubExtension.builder()
                    .isolation(Isolation.PER_TEST)
                    .reset(Reset.BEFORE_EACH)
                    .build())
        .withMessageContaining("remove it, or isolation(PER_TEST)");
  }

  @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
  static class TunedAndConfigured {
    @RegisterExtension
    static final HubExtension HUB =
        HubExtension.builder()
            .withoutFossil()
            .options(hub -> hub.tuneNats(nats -> nats.maxSubscriptions(7)))
            .build();

    @Test
    void hasBoth(HubResource hub) {
      assertThat(hub.hub().nats().options().maxPayload()).isEqualTo(5000);
      assertThat(hub.hub().nats().options().maxSubscriptions()).isEqualTo(7);
      assertThat(hub.hub().nats().options().authTimeout()).isEqualTo(HubResource.SLOW_MACHINE);
    }
  }

  @Test
  void aConfigurationLeavesWhatCodeHasSet() {
    TestRun.of(TunedAndConfigured.class).succeeds();
  }

  @Test
  void builderWithBothOff() {
    assertThatIllegalStateException()
        .isThrownBy(() -> HubExtension.builder().withoutFossil().withoutNats().build())
        .withMessageContaining("withoutFossil() and withoutNats() leave nothing to start");
  }

  @Test
  @WithHub(fossil = false)
  void aClosedConnectionCannotBeCut(HubResource hub) throws Exception {
    Connection closed = hub.connect();
    closed.close();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.faults().cut(closed))
        .withMessageContaining("is closed")
        .withMessageContaining("open another with hub.connect()");
    assertThat(hub.faults().open()).isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  void crashAndRecoverComeInPairs(HubResource hub) {
    assertThatIllegalStateException()
        .isThrownBy(() -> hub.faults().recover())
        .withMessageContaining("has not crashed");
    hub.faults().crash();
    assertThatIllegalStateException()
        .isThrownBy(() -> hub.faults().crash())
        .withMessageContaining("call hub.faults().recover()");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(hub::connect)
        .withMessageContaining("is down: the test has crashed the hub")
        .withMessageContaining("hub.faults().recover()");
    hub.faults().recover();
    assertThat(hub.connect().getStatus()).isEqualTo(Connection.Status.CONNECTED);
  }

  @Test
  @WithHub(fossil = false)
  void refusedConnectionsNameTheFault(HubResource hub) {
    hub.faults().refuse();
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(hub::connect)
        .withMessageContaining("active faults: connections are refused");
  }

  @Test
  @WithHub(fossil = false)
  void everythingReadsWell(HubResource hub, Connection nats) {
    assertThat(hub.faults()).hasToString("no active faults");
    assertThat(hub.faults().delay(nats, java.time.Duration.ofMillis(200)).toString())
        .startsWith("\"WrongUseTest.everythingReadsWell ")
        .endsWith(" is delayed by 200 ms");
    assertThat(hub.faults().published("orders.>")).hasToString("messages published on orders.>");
    assertThat(hub.faults().published("orders.>").delay(java.time.Duration.ofMillis(1500)))
        .hasToString("messages published on orders.> are delayed by 1.5 s");
    assertThat(hub.faults().requests()).hasToString("HTTP requests");
    assertThat(hub.journal().await().published("orders.>").times(2))
        .hasToString("published on orders.>, 2 times");
    assertThat(hub.journal().mark().toString()).startsWith("after entry ");
    assertThat(new dev.hubkit.junit.journal.Acknowledgement("ORDERS", "kitchen", 1, 3, 4, "+ACK"))
        .hasToString("+ACK of ORDERS 3 by kitchen, delivery 1");
  }
}
