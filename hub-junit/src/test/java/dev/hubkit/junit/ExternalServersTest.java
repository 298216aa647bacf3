package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.fossil.FossilRepository;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same tests against servers that already run; here these belong to another hub. */
class ExternalServersTest {
  @TempDir Path root;
  private Hub servers;

  @BeforeEach
  void start() {
    servers = Hub.start(root, HubOptions.forTests());
  }

  @AfterEach
  void stop() {
    servers.close();
  }

  private Options options() {
    return new Options.Builder()
        .server(servers.natsUrl())
        .connectionTimeout(Duration.ofSeconds(20))
        .build();
  }

  private TestRun.Setup against(Class<?> type) {
    return TestRun.of(type)
        .with("hub.nats.url", servers.natsUrl())
        .with("hub.fossil.url", servers.fossilUrl());
  }

  @WithHub
  @WithStream(name = "ORDERS", subjects = "orders.>")
  @WithBucket(name = "prices")
  static class Portable {
    @Test
    void runsAnywhere(
        HubResource hub,
        Connection nats,
        JetStreamManagement management,
        @Bucket("prices") KeyValue prices,
        @HubUrl(Service.FOSSIL) URI fossil)
        throws Exception {
      assertThat(nats.getServerInfo().getPort()).isEqualTo(hub.natsPort());
      assertThat(management.getStreamNames()).contains("ORDERS", "KV_prices");
      prices.put("tea", "2.50");
      assertThat(fossil.getPort()).isEqualTo(hub.fossilPort());
      System.setProperty("external.test.port", "" + hub.natsPort());
    }
  }

  @Test
  void areUsedAndLeftAsTheyWere() throws Exception {
    against(Portable.class).succeeds();
    assertThat(Integer.getInteger("external.test.port")).isEqualTo(servers.natsPort());
    System.clearProperty("external.test.port");
    try (Connection nats = Nats.connect(options())) {
      assertThat(nats.jetStreamManagement().getStreamNames()).isEmpty();
    }
  }

  @Test
  void whatIsThereAlreadyIsNotTouched() throws Exception {
    try (Connection nats = Nats.connect(options())) {
      nats.jetStreamManagement()
          .addStream(
              StreamConfiguration.builder()
                  .name("ORDERS")
                  .subjects("orders.>")
                  .storageType(StorageType.Memory)
                  .build());
      assertThat(against(Portable.class).execute().failures())
          .singleElement()
          .asString()
          .contains("has a stream ORDERS that would be deleted");
      assertThat(nats.jetStreamManagement().getStreamNames()).containsExactly("ORDERS");
    }
  }

  @WithHub
  static class Mixed {
    @Test
    void runs(HubResource hub) {
      assertThat(hub.isExternal(Service.NATS)).isTrue();
    }

    @Test
    void repository(FossilRepository repository) {
      throw new AssertionError("not to be reached: " + repository.file());
    }

    @Test
    @WithSeed(files = "a=b")
    void seed() {
      throw new AssertionError("not to be reached");
    }

    @Test
    @WithUser(name = "alice")
    void user() {
      throw new AssertionError("not to be reached");
    }

    @Test
    void snapshot(HubResource hub) {
      throw new AssertionError("not to be reached: " + hub.snapshot());
    }
  }

  @WithHub(reset = Reset.BEFORE_EACH)
  static class Resetting {
    @Test
    void test() {
      throw new AssertionError("not to be reached");
    }
  }

  @WithHub(isolation = Isolation.PER_TEST)
  static class Isolating {
    @Test
    void test() {
      throw new AssertionError("not to be reached");
    }
  }

  @WithHub
  @WithNatsConfig("classpath:dev/hubkit/junit/accounts.conf")
  static class Configuring {
    @Test
    void test() {
      throw new AssertionError("not to be reached");
    }
  }

  @Test
  void whatTheyCannotDoIsSkippedWithAReason() {
    TestRun run = against(Mixed.class).execute();
    assertThat(run.failures()).isEmpty();
    assertThat(run.succeeded()).isEqualTo(1);
    assertThat(run.skipReasons())
        .hasSize(4)
        .allMatch(reason -> reason.contains("Skipped against"))
        .anyMatch(reason -> reason.contains("the repository as an object"))
        .anyMatch(reason -> reason.contains("a seeded repository"))
        .anyMatch(reason -> reason.contains("users of its own"))
        .anyMatch(reason -> reason.contains("a snapshot"));
    assertThat(against(Resetting.class).execute().skipReasons())
        .singleElement()
        .asString()
        .contains("a reset between tests");
    assertThat(against(Isolating.class).execute().skipReasons())
        .singleElement()
        .asString()
        .contains("a server of its own");
    assertThat(against(Configuring.class).execute().skipReasons())
        .singleElement()
        .asString()
        .contains("a configuration of its own");
  }

  @Test
  void oneAloneCanBeNamed() {
    TestRun run = TestRun.of(Mixed.class).with("hub.nats.url", servers.natsUrl()).execute();
    assertThat(run.skipReasons()).hasSize(2);
  }
}
