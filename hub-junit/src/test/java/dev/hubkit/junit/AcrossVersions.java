package dev.hubkit.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.explore.Adversity;
import dev.hubkit.junit.explore.HubExplore;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Test classes that {@link JUnitVersionsTest} runs with releases of JUnit other than the one they
 * are compiled with. They use only JUnit and the toolkit.
 */
class AcrossVersions {
  /** The number of tests in all of these classes. */
  static final int TESTS = 16;

  private AcrossVersions() {}

  @WithHub
  @WithStream(name = "ORDERS")
  static class PerClass {
    static HubResource inStaticField;
    HubResource inField;
    @FromHub Path root;

    private final HubResource inConstructor;

    PerClass(HubResource hub) {
      inConstructor = hub;
    }

    @BeforeAll
    static void beforeAll(HubResource hub, Connection nats) {
      assertSame(inStaticField, hub);
      assertNotNull(nats);
    }

    @BeforeEach
    void beforeEach(HubResource hub) {
      assertSame(inField, hub);
      assertSame(inConstructor, hub);
    }

    @Test
    void injects(
        HubResource hub,
        Connection nats,
        JetStreamManagement management,
        FossilRepository repository,
        @Bucket("b") KeyValue bucket,
        @HubPort(Service.NATS) int port,
        @TempDir Path other)
        throws Exception {
      assertSame(inStaticField, hub);
      assertEquals(port, nats.getServerInfo().getPort());
      assertTrue(management.getStreamNames().contains("ORDERS"));
      assertTrue(repository.file().startsWith(root.toRealPath()));
      assertEquals(1, bucket.put("a", "b"));
      assertNotNull(other);
    }

    @Nested
    class Inner {
      @Test
      void shares(HubResource hub) {
        assertSame(inStaticField, hub);
      }
    }
  }

  @WithHub(lifecycle = HubLifecycle.PER_METHOD, fossil = false)
  static class PerMethod {
    private static final AtomicReference<HubResource> LAST = new AtomicReference<>();
    HubResource inField;

    @RepeatedTest(2)
    void hasItsOwn(HubResource hub) {
      assertSame(inField, hub);
      assertNotSame(LAST.getAndSet(hub), hub);
    }
  }

  @WithHub(name = "suite", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS")
  static class PerSuite {
    HubResource inField;
    @FromHub Connection nats;

    @RepeatedTest(2)
    void hasItsOwn(HubResource hub, JetStream jetStream) throws Exception {
      assertSame(inField, hub);
      assertEquals(hub.natsPort(), nats.getServerInfo().getPort());
      assertEquals(1, jetStream.publish("ORDERS", null).getSeqno());
    }
  }

  static class PerSuiteToo extends PerSuite {}

  @WithHub(reset = Reset.BEFORE_EACH)
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @WithStream(name = "ORDERS")
  static class PutBack {
    @RepeatedTest(2)
    void beginsAnew(JetStream jetStream) throws Exception {
      assertEquals(1, jetStream.publish("ORDERS", null).getSeqno());
    }
  }

  static class Built {
    @RegisterExtension
    static final HubExtension HUB =
        HubExtension.builder()
            .withoutFossil()
            .prepare(hub -> hub.connection().publish("a", null))
            .build();

    @Test
    void isTheSame(HubResource hub) {
      assertSame(HUB.hub(), hub);
    }

    @AfterAll
    static void stillThere(Connection nats) {
      assertEquals(Connection.Status.CONNECTED, nats.getStatus());
    }
  }

  static class OnMethods {
    @Test
    @WithHub(name = "one", fossil = false)
    @WithHub(name = "two", fossil = false)
    void two(@FromHub("one") HubResource one, @FromHub("two") HubResource two) {
      assertNotSame(one.natsUrl(), two.natsUrl());
    }

    @Test
    @WithHub(nats = false)
    @WithSeed(files = "a=b")
    void seeded(FossilRepository repository) {
      assertEquals(1, repository.<Integer, RuntimeException>read(snapshot -> files(snapshot)));
    }

    private static int files(dev.hubkit.fossil.Snapshot snapshot) {
      return snapshot.checkInFiles(snapshot.resolve("tip")).all().size();
    }

    @Test
    @WithHub(fossil = false)
    @WithUser(name = "alice")
    void users(@AsUser("alice") Connection alice) {
      assertEquals(Connection.Status.CONNECTED, alice.getStatus());
    }
  }

  @WithHub(fossil = false)
  static class Explored {
    @HubExplore(seeds = 2, adversities = Adversity.REORDER)
    void runs(HubResource hub, Connection nats) throws Exception {
      nats.publish("orders", new byte[0]);
      nats.flush(HubResource.SLOW_MACHINE);
      assertTrue(hub.clients().total() > 0);
    }
  }
}
