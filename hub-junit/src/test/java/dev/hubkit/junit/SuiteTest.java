package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Hubs of the whole run, system properties and kept state: all that several classes share. */
class SuiteTest {
  private static final Queue<HubResource> SEEN = new ConcurrentLinkedQueue<>();
  private static final CyclicBarrier ALL = new CyclicBarrier(4);

  @WithHub(name = "one", lifecycle = HubLifecycle.PER_SUITE)
  abstract static class Sharing {
    @Test
    void test(HubResource hub) throws Exception {
      ALL.await(20, TimeUnit.SECONDS);
      SEEN.add(hub);
    }
  }

  static class A extends Sharing {}

  static class B extends Sharing {}

  static class C extends Sharing {}

  static class D extends Sharing {}

  @Test
  void isStartedOnceForClassesInParallel() throws IOException {
    TestRun.of(A.class, B.class, C.class, D.class).parallel(4).succeeds();
    assertThat(SEEN).hasSize(4);
    assertThat(SEEN.stream().distinct()).hasSize(1);
    HubResource hub = SEEN.element();
    assertThat(hub.root()).doesNotExist();
    try (ServerSocket socket =
        new ServerSocket(hub.natsPort(), 1, InetAddress.getLoopbackAddress())) {
      assertThat(socket.isBound()).isTrue();
    }
  }

  @WithHub(name = "kind", lifecycle = HubLifecycle.PER_SUITE)
  static class WithBoth {
    @Test
    void test(HubResource hub) {
      assertThat(hub.name()).isEqualTo("kind");
    }
  }

  @WithHub(name = "kind", lifecycle = HubLifecycle.PER_SUITE, fossil = false)
  static class WithNatsOnly {
    @Test
    void test(HubResource hub) {
      throw new AssertionError("not to be reached: " + hub);
    }
  }

  @Test
  void whoWantsAnotherKindIsTold() {
    assertThat(TestRun.of(WithBoth.class, WithNatsOnly.class).execute().failures())
        .singleElement()
        .asString()
        .contains(
            "was started with Fossil, with NATS",
            "without Fossil, with NATS",
            "give one of them another name");
  }

  @WithHub
  static class ByDefault {
    @Test
    void test(HubResource hub) {
      SEEN_BY_DEFAULT.add(hub);
    }
  }

  static class ByDefaultToo extends ByDefault {}

  private static final Queue<HubResource> SEEN_BY_DEFAULT = new ConcurrentLinkedQueue<>();

  @Test
  void canBeTheDefault() {
    TestRun.of(ByDefault.class, ByDefaultToo.class)
        .with("hub.junit.lifecycle", "per_suite")
        .succeeds();
    assertThat(SEEN_BY_DEFAULT.stream().distinct()).hasSize(1);
  }

  @WithHub
  @HubProperty(name = "suite.test.nats", service = Service.NATS)
  @HubProperty(name = "suite.test.port", service = Service.FOSSIL, part = HubProperty.Part.PORT)
  @HubProperty(name = "suite.test.host", service = Service.NATS, part = HubProperty.Part.HOST)
  static class Properties {
    @Test
    void areSet(HubResource hub) {
      assertThat(System.getProperty("suite.test.nats")).isEqualTo(hub.natsUrl());
      assertThat(System.getProperty("suite.test.port")).isEqualTo("" + hub.fossilPort());
      assertThat(System.getProperty("suite.test.host")).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void propertiesLastAsLongAsTheClass() {
    System.setProperty("suite.test.port", "before");
    try {
      TestRun.of(Properties.class).succeeds();
      assertThat(System.getProperty("suite.test.nats")).isNull();
      assertThat(System.getProperty("suite.test.port")).isEqualTo("before");
    } finally {
      System.clearProperty("suite.test.port");
    }
  }

  static class Built {
    @RegisterExtension
    static final HubExtension HUB =
        HubExtension.builder()
            .name("built")
            .withoutFossil()
            .reset(Reset.BEFORE_EACH)
            .prepare(hub -> hub.connection().keyValueManagement().create(prices()))
            .build();

    private static io.nats.client.api.KeyValueConfiguration prices() {
      return io.nats.client.api.KeyValueConfiguration.builder("prices").build();
    }

    @org.junit.jupiter.api.RepeatedTest(2)
    void isPrepared(HubResource hub, Connection nats) throws Exception {
      assertThat(HUB.hub()).isSameAs(hub);
      assertThat(nats.keyValue("prices").keys()).isEmpty();
      nats.keyValue("prices").put("a", "b");
    }

    @AfterAll
    static void isStillThere() {
      assertThat(HUB.hub().natsPort()).isPositive();
    }
  }

  @Test
  void canBePreparedInCode() {
    TestRun.of(Built.class).succeeds();
  }
}
