package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.history.History;
import io.nats.client.JetStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where histories begin, and how they are injected. */
class RecordHistoryTest {
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class Recorded {
    static History ofClass;
    History ofTest;

    @BeforeAll
    static void classBegins(JetStream jetStream) throws Exception {
      jetStream.publish("orders.class", "coffee".getBytes(UTF_8));
    }

    @BeforeEach
    void testBegins(JetStream jetStream) throws Exception {
      jetStream.publish("orders.before", "tea".getBytes(UTF_8));
    }

    @Test
    @RecordHistory
    void recordsFromBeforeBeforeEach(History history) {
      assertThat(history).isSameAs(ofTest).isNotSameAs(ofClass);
      assertThat(history.check().ofStream("ORDERS").unhandled())
          .hasSize(1)
          .allSatisfy(text -> assertThat(text).contains("orders.before has no consumer"));
      assertThat(ofClass.check().unhandled().get(0)).contains("orders.class has no consumer");
    }

    @Test
    void aParameterIsEnough(History history) {
      assertThat(history.check().unhandled()).hasSize(1);
    }

    @Test
    void eachOneThatIsBegunInCodeIsItsOwn(HubResource hub, JetStream jetStream) throws Exception {
      History first = hub.recordHistory();
      jetStream.publish("orders.1", "coffee".getBytes(UTF_8));
      History second = hub.recordHistory();
      jetStream.publish("orders.2", "tea".getBytes(UTF_8));
      assertThat(first.check().unhandled()).hasSize(2);
      assertThat(second.check().unhandled()).hasSize(1);
    }
  }

  static class NoHub {
    @Test
    @RecordHistory
    void test() {}
  }

  @WithHub(nats = false)
  static class NoNats {
    @Test
    void test(History history) {}
  }

  @WithHub(fossil = false)
  static class NoRoom {
    @Test
    @RecordHistory(limit = 0)
    void test() {}
  }

  @Test
  void eachTestHasItsOwn() {
    TestRun.of(Recorded.class).succeeds();
  }

  @Test
  void wrongUseIsAnError() {
    assertThat(TestRun.of(NoHub.class).execute().failures().get(0))
        .contains("@RecordHistory on ", "has no hub: add @WithHub");
    assertThat(TestRun.of(NoNats.class).execute().failures().get(0))
        .contains("a history needs NATS", "nats = false");
    assertThat(TestRun.of(NoRoom.class).execute().failures().get(0))
        .contains("@RecordHistory(limit = 0) leaves no room");
  }
}
