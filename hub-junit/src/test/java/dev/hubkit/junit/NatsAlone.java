package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubkit.HubSnapshot;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Test classes that {@link NatsAloneTest} runs without the libraries that only a repository needs:
 * the SQLite driver and JGit. They use only JUnit, the NATS client and the toolkit.
 */
class NatsAlone {
  /** The number of these tests that succeed. */
  static final int SUCCESSFUL = 8;

  private static final Duration SOON = Duration.ofSeconds(20);

  private NatsAlone() {}

  /** None of these libraries is on the class path. */
  static class Lacking {
    @Test
    void areNotThere() {
      assertThrows(ClassNotFoundException.class, () -> Class.forName("org.sqlite.JDBC"));
      assertThrows(
          ClassNotFoundException.class, () -> Class.forName("org.eclipse.jgit.lib.Repository"));
    }
  }

  /** A hub without a repository. */
  @WithHub(fossil = false, reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  @WithBucket(name = "prices")
  static class Nats {
    @Test
    void carriesMessages(Connection nats) throws Exception {
      Subscription subscription = nats.subscribe("greetings");
      nats.publish("greetings", "hello".getBytes(UTF_8));
      assertEquals("hello", new String(subscription.nextMessage(SOON).getData(), UTF_8));
    }

    @RepeatedTest(2)
    void storesThem(JetStream jetStream, JetStreamManagement management) throws Exception {
      jetStream.publish("orders.1", "soup".getBytes(UTF_8));
      List<Message> orders =
          jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen")).fetch(1, SOON);
      assertEquals("soup", new String(orders.get(0).getData(), UTF_8));
      assertEquals(1, management.getStreamInfo("ORDERS").getStreamState().getMsgCount());
    }

    @Test
    void keepsValues(@Bucket("prices") KeyValue prices) throws Exception {
      prices.put("soup", "3.50");
      assertEquals("3.50", prices.get("soup").getValueAsString());
    }

    @Test
    void canBeObservedHeldAndPutBack(HubResource hub, Connection nats) throws Exception {
      HubSnapshot before = hub.snapshot();
      nats.publish("orders.2", "bread".getBytes(UTF_8));
      hub.journal().await().published("orders.2").atMost(SOON);
      hub.time().freeze();
      hub.rewind(before);
    }
  }

  /** Such a hub for each test. */
  @WithHub(fossil = false, isolation = Isolation.PER_TEST)
  static class IsolatedAlone {
    @Test
    void isApart(Connection nats) throws Exception {
      nats.flush(SOON);
    }
  }

  /** A configuration of nats-server. */
  @WithHub(fossil = false)
  @WithNatsConfig("classpath:dev/hubkit/junit/limits.conf")
  static class Configured {
    @Test
    void isHeeded(Connection nats) {
      assertEquals(1000, nats.getMaxPayload());
    }
  }

  /** Asks for a repository. */
  @WithHub
  static class Repository {
    @Test
    void isMissed(HubResource hub) {
      fail("not to be reached: " + hub.fossilUrl());
    }
  }

  /** Asks for a repository that begins with the files of a git work tree. */
  @WithHub
  @WithSeed(gitWorkTree = ".")
  static class Seeded {
    @Test
    void isMissed(HubResource hub) {
      fail("not to be reached: " + hub.fossilUrl());
    }
  }
}
