package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubkit.junit.stub.Stub;
import dev.hubkit.junit.stub.StubReply;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** How long stubs live, and what a failure says of their requests. */
class StubbedTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  private static String ask(Connection nats, String subject) throws Exception {
    return new String(nats.request(subject, new byte[0], SOON).getData(), UTF_8);
  }

  @WithHub(fossil = false)
  static class Failing {
    @Test
    void asks(HubResource hub, Connection nats) throws Exception {
      hub.stub("inventory.check.*").withHeader("Tenant", "acme").reply("yes");
      hub.stub("broken")
          .reply(
              request -> {
                throw new IllegalStateException("out of stock");
              });
      ask(nats, "inventory.check.42");
      ask(nats, "broken");
      nats.request("inventory.chek.42", null).handle((reply, thrown) -> "").get();
      fail("as intended");
    }

    @Test
    void asksNothing() {
      fail("as intended");
    }
  }

  private static String note(Throwable failure) {
    return Arrays.stream(failure.getSuppressed())
        .filter(FailureNote.class::isInstance)
        .map(Object::toString)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFailureShowsTheRequestsThatNoStubAnswered() {
    List<Throwable> failures =
        TestRun.of(Failing.class)
            .with("hub.junit.report-directory", directory.toString())
            .execute()
            .thrown();
    assertThat(failures.stream().map(StubbedTest::note))
        .anySatisfy(
            note ->
                assertThat(note.lines())
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .startsWith("  requests: no stub matched inventory.check.42")
                                .contains("header \"Tenant\" was absent"))
                    .anySatisfy(
                        line ->
                            assertThat(line)
                                .startsWith("  requests: stub broken failed on broken")
                                .contains("out of stock"))
                    .contains(
                        "  requests: nobody subscribed to inventory.chek.42; nearest: stub"
                            + " inventory.check.* with header Tenant: acme"))
        .anySatisfy(note -> assertThat(note).doesNotContain("requests:"));
  }

  @WithHub(fossil = false)
  @WithStubs("classpath:stubs/others.json")
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Living {
    private Stub ofClass;

    @BeforeAll
    void declare(HubResource hub) {
      ofClass = hub.stub("class").reply("1").thenReply(StubReply.reply("2"));
    }

    @BeforeEach
    void declareEach(HubResource hub) {
      hub.stub("each").reply("each");
    }

    private void check(HubResource hub, Connection nats) throws Exception {
      assertThat(ask(nats, "class")).isEqualTo("1");
      assertThat(ask(nats, "class")).isEqualTo("2");
      assertThat(ofClass.count()).isEqualTo(2);
      assertThat(ask(nats, "each")).isEqualTo("each");
      assertThat(ask(nats, "jobs.next")).isEqualTo("first");
      assertThat(hub.stubs().all()).filteredOn(stub -> stub.toString().contains("each")).hasSize(1);
    }

    @Test
    @Order(1)
    @WithStubs("classpath:stubs/inventory.json")
    void first(HubResource hub, Connection nats) throws Exception {
      check(hub, nats);
      hub.stub("test").reply("test");
      assertThat(ask(nats, "test")).isEqualTo("test");
      assertThat(ask(nats, "inventory.check.42")).contains("42");
    }

    @Test
    @Order(2)
    void second(HubResource hub, Connection nats) throws Exception {
      check(hub, nats);
      assertThat(nats.request("test", null)).failsWithin(SOON);
      assertThat(nats.request("inventory.check.42", null)).failsWithin(SOON);
    }
  }

  @WithHub(fossil = false, isolation = Isolation.PER_TEST)
  static class Isolated {
    @Test
    void one(HubResource hub, Connection nats) throws Exception {
      hub.stub("who").reply("one");
      assertThat(ask(nats, "who")).isEqualTo("one");
    }

    @Test
    void other(HubResource hub, Connection nats) throws Exception {
      hub.stub("who").reply("other");
      assertThat(ask(nats, "who")).isEqualTo("other");
    }
  }

  @WithHub(
      name = "stubbed",
      fossil = false,
      lifecycle = HubLifecycle.PER_SUITE,
      reset = Reset.BEFORE_EACH)
  @WithStubs("classpath:stubs")
  static class Reused {
    @RepeatedTest(2)
    void hasThoseOfTheClass(HubResource hub, Connection nats) throws Exception {
      assertThat(ask(nats, "jobs.next")).isEqualTo("first");
      hub.stub("jobs.next").reply("of the test");
      assertThat(ask(nats, "jobs.next")).isEqualTo("of the test");
    }
  }

  @Test
  void stubsLiveAsLongAsWhatDeclaresThem() {
    TestRun.of(Living.class, Isolated.class, Reused.class).succeeds();
  }

  @WithHub(fossil = false)
  @WithStubs("classpath:no/such/stubs")
  static class Missing {
    @Test
    void fails() {
      fail("not reached");
    }
  }

  @WithStubs("classpath:stubs")
  static class Homeless {
    @Test
    void fails() {
      fail("not reached");
    }
  }

  @WithHub(nats = false)
  static class WithoutNats {
    @Test
    void fails(HubResource hub) {
      hub.stub("a");
    }
  }

  @Test
  void wrongUseIsNamed() {
    assertThat(TestRun.of(Missing.class).execute().failures())
        .anySatisfy(
            text ->
                assertThat(text)
                    .contains("@WithStubs(\"classpath:no/such/stubs\")", "there is no resource"));
    assertThat(TestRun.of(Homeless.class).execute().failures())
        .anySatisfy(text -> assertThat(text).contains("@WithStubs", "has no hub"));
    assertThat(TestRun.of(WithoutNats.class).execute().failures())
        .anySatisfy(text -> assertThat(text).contains("NATS"));
  }
}
