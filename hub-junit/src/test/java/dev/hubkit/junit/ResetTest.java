package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.TimelineFilter;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** {@code reset = BEFORE_EACH}. */
class ResetTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Queue<HubResource> HUBS = new ConcurrentLinkedQueue<>();
  private static final Queue<Connection> CONNECTIONS = new ConcurrentLinkedQueue<>();

  @WithHub(reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  @WithStream(name = "FILED", subjects = "filed.>", storage = Storage.FILE)
  @WithBucket(name = "colours")
  @WithSeed(files = "a.txt=one")
  static class Repeated {
    @FromHub static Connection ofTheClass;
    static Subscription heard;

    @BeforeAll
    static void whatIsMadeBeforeAllIsKept(JetStream jetStream) throws Exception {
      jetStream.publish("orders.first", "tea".getBytes(UTF_8));
      heard = ofTheClass.subscribe("shout");
      ofTheClass.flush(SOON);
    }

    @RepeatedTest(4)
    void findsWhatWasDeclared(
        HubResource hub,
        JetStream jetStream,
        JetStreamManagement management,
        @Bucket("colours") KeyValue colours,
        FossilRepository repository)
        throws Exception {
      HUBS.add(hub);
      CONNECTIONS.add(hub.connect());
      CONNECTIONS.add(hub.connection());
      assertThat(hub.hub().nats().clients().all()).hasSizeLessThanOrEqualTo(5);
      assertThat(management.getStreamNames())
          .containsExactlyInAnyOrder("ORDERS", "FILED", "KV_colours");
      assertThat(jetStream.publish("orders.second", null).getSeqno()).isEqualTo(2);
      assertThat(jetStream.publish("filed.first", null).getSeqno()).isEqualTo(1);
      assertThat(colours.get("sky")).isNull();
      colours.put("sky", "blue");
      management.addStream(
          StreamConfiguration.builder().name("EXTRA").storageType(StorageType.File).build());
      management.deleteStream("FILED");
      assertThat(comments(repository)).containsExactly("session base");
      repository.commit(new Commit("me", "mine").put("b.txt", FileContent.of("two")));
      // The subscriptions of the class stay active.
      hub.connection().publish("shout", null);
      Message message = heard.nextMessage(SOON);
      assertThat(message).isNotNull();
    }

    @Nested
    @WithStream(name = "INNER")
    class Inner {
      @RepeatedTest(2)
      void findsWhatWasDeclaredForBoth(JetStreamManagement management, JetStream jetStream)
          throws Exception {
        assertThat(management.getStreamNames())
            .containsExactlyInAnyOrder("ORDERS", "FILED", "KV_colours", "INNER");
        assertThat(jetStream.publish("INNER", null).getSeqno()).isEqualTo(1);
        assertThat(jetStream.publish("orders.second", null).getSeqno()).isEqualTo(2);
      }
    }
  }

  private static List<String> comments(FossilRepository repository) {
    return repository.read(
        snapshot ->
            snapshot.timeline(new TimelineFilter()).stream().map(e -> e.comment()).toList());
  }

  @Test
  void putsTheRunningHubBack() {
    TestRun.of(Repeated.class).succeeds();
    assertThat(HUBS).hasSize(4);
    assertThat(HUBS.stream().distinct()).hasSize(1);
    assertThat(CONNECTIONS).hasSize(8);
    assertThat(CONNECTIONS.stream().distinct()).hasSize(8);
    assertThat(CONNECTIONS).allMatch(c -> c.getStatus() == Connection.Status.CLOSED);
  }

  private static final AtomicInteger RUNNING = new AtomicInteger();

  @WithHub(name = "reset", lifecycle = HubLifecycle.PER_SUITE, reset = Reset.BEFORE_EACH)
  static class Together {
    @RepeatedTest(10)
    void haveItOneAfterAnother(JetStreamManagement management, JetStream jetStream)
        throws Exception {
      assertThat(RUNNING.incrementAndGet()).isEqualTo(1);
      management.addStream(
          StreamConfiguration.builder().name("A").storageType(StorageType.Memory).build());
      assertThat(jetStream.publish("A", null).getSeqno()).isEqualTo(1);
      RUNNING.decrementAndGet();
    }
  }

  static class TogetherAgain extends Together {}

  @Test
  void testsInParallelHaveItOneAfterAnother() {
    TestRun run = TestRun.of(Together.class, TogetherAgain.class).parallel(4).succeeds();
    assertThat(run.succeeded()).isEqualTo(20);
  }

  @WithHub
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class ByParameter {
    @Test
    @Order(1)
    void makes(JetStreamManagement management) throws Exception {
      management.addStream(StreamConfiguration.builder().name("A").build());
    }

    @Test
    @Order(2)
    void doesNotFind(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).isEmpty();
    }
  }

  @Test
  void canBeTheDefault() {
    TestRun.of(ByParameter.class).with("hub.junit.reset", "before_each").succeeds();
    assertThat(TestRun.of(ByParameter.class).execute().failures()).hasSize(1);
  }

  @Test
  void aDefaultThatIsNoneIsNamed() {
    assertThat(
            TestRun.of(ByParameter.class).with("hub.junit.reset", "sometimes").execute().failures())
        .singleElement()
        .asString()
        .contains("hub.junit.reset is \"sometimes\"", "[never, before_each]");
  }
}
