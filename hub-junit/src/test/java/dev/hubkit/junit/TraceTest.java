package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace of a test: when it is written, where, and what it has of the hub. */
class TraceTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String DATA = "<script type=\"application/json\" id=\"data\">";

  @TempDir Path directory;

  private TestRun.Setup run(Class<?> type) {
    return TestRun.of(type).with("hub.junit.report-directory", directory.toString());
  }

  private List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".html")).toList();
    }
  }

  private JsonObject onlyTrace() throws IOException {
    List<Path> pages = pages();
    assertThat(pages).hasSize(1);
    return trace(Files.readString(pages.get(0)));
  }

  private static JsonObject trace(String page) {
    int from = page.indexOf(DATA) + DATA.length();
    return Json.parseObject(page.substring(from, page.indexOf("</script>", from)));
  }

  private static List<JsonObject> entries(JsonObject trace, String kind) {
    return trace.objects("entries").stream()
        .filter(entry -> entry.string("k", "").equals(kind))
        .toList();
  }

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>", retention = WithStream.Retention.WORK_QUEUE)
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  static class Kitchen {
    @Test
    void cooks(Connection nats, HubResource hub) throws Exception {
      nats.publish("orders.1", new Headers().put("Kind", "soup"), "{\"id\": 1}".getBytes(UTF_8));
      JetStreamSubscription kitchen =
          nats.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      for (Message order : kitchen.fetch(1, SOON)) {
        order.ackSync(SOON);
      }
      hub.time().advance(Duration.ofHours(2));
      hub.journal().await().published("orders.2").atMost(Duration.ofMillis(1));
    }
  }

  @Test
  void showsHowAMessageIsPublishedStoredDeliveredAndAcknowledged() throws Exception {
    Throwable failure = run(Kitchen.class).execute().thrown().get(0);
    String note =
        Arrays.stream(failure.getSuppressed())
            .filter(FailureNote.class::isInstance)
            .map(Object::toString)
            .findFirst()
            .orElseThrow();
    String address =
        note.lines()
            .filter(line -> line.startsWith("  trace: "))
            .map(line -> line.substring("  trace: ".length()))
            .findFirst()
            .orElseThrow();
    JsonObject trace = trace(Files.readString(Path.of(URI.create(address))));
    assertThat(trace.string("test")).isEqualTo("TraceTest.Kitchen.cooks");
    assertThat(trace.string("result")).isEqualTo("failed");
    assertThat(trace.objectOrEmpty("failure").string("at", "")).startsWith("TraceTest.java:");
    List<JsonObject> all = trace.objects("entries");
    JsonObject removed = entries(trace, "REMOVED").get(0);
    JsonObject acked = all.get((int) removed.integer("c", -1));
    assertThat(acked.string("s", "")).startsWith("$JS.ACK.ORDERS.kitchen.1.1.");
    JsonObject delivered = all.get((int) acked.integer("c", -1));
    assertThat(delivered.string("k")).isEqualTo("DELIVERED");
    JsonObject stored = all.get((int) delivered.integer("c", -1));
    assertThat(stored.string("stream")).isEqualTo("ORDERS");
    assertThat(stored.integer("seq", 0)).isEqualTo(1);
    JsonObject published = all.get((int) stored.integer("c", -1));
    assertThat(published.string("s")).isEqualTo("orders.1");
    assertThat(published.objectOrEmpty("h").strings("Kind")).containsExactly("soup");
    assertThat(published.string("p")).isEqualTo("{\"id\": 1}");
    JsonObject unmet = trace.objects("unmet").get(0);
    assertThat(unmet.string("text", "")).startsWith("published on orders.2");
    assertThat(unmet.integers("nearest")).containsExactly((long) all.indexOf(published));
    JsonObject stream = trace.objects("streams").get(0);
    assertThat(stream.integer("messages", -1)).isZero();
    assertThat(stream.integer("last", -1)).isEqualTo(1);
    assertThat(stream.objects("consumers").get(0).integer("floor", -1)).isEqualTo(1);
    JsonObject last = all.get(all.size() - 1);
    assertThat(last.integer("t", 0)).isGreaterThan(Duration.ofHours(1).toNanos() / 1000);
    assertThat(last.integer("r", 0)).isPositive().isLessThan(Duration.ofHours(1).toNanos() / 1000);
  }

  @WithHub(fossil = false)
  static class Passing {
    @Test
    void passes(Connection nats) throws Exception {
      nats.publish("greetings", "hello".getBytes(UTF_8));
      nats.flush(SOON);
    }
  }

  @Test
  void isNotWrittenOfATestThatPasses() throws Exception {
    run(Passing.class).succeeds();
    assertThat(pages()).isEmpty();
  }

  @Test
  void isWrittenOfEachTestOnDemand() throws Exception {
    run(Passing.class).with("hub.junit.trace", "always").succeeds();
    JsonObject trace = onlyTrace();
    assertThat(trace.string("result")).isEqualTo("passed");
    assertThat(entries(trace, "PUBLISHED"))
        .extracting(each -> each.string("s"))
        .contains("greetings");
  }

  @WithHub(fossil = false, trace = Trace.NEVER)
  static class Untraced {
    @Test
    void fails(HubResource hub) {
      assertThat(hub.started().controls().trace()).isNull();
      fail("on purpose");
    }
  }

  @Test
  void isNeverWrittenOnDemand() throws Exception {
    Throwable failure = run(Untraced.class).execute().thrown().get(0);
    assertThat(failure).hasMessage("on purpose");
    assertThat(failure.getSuppressed()[0].toString()).doesNotContain("trace:");
    assertThat(pages()).isEmpty();
  }

  @WithHub(fossil = false, name = "../../<script>")
  static class Hostile {
    @ParameterizedTest
    @ValueSource(strings = "</script><script>alert(1)</script><!--\u2028\u2029]]>${script}")
    void fails(String hostile, HubResource hub) throws Exception {
      Connection nats = hub.connection();
      nats.publish("a", new Headers().put("X", "</script>"), hostile.getBytes(UTF_8));
      nats.publish("<script>", new byte[] {(byte) 0xff, 0});
      nats.flush(SOON);
      fail(hostile);
    }
  }

  @Test
  void hostileDataStaysData() throws Exception {
    run(Hostile.class).execute();
    List<Path> pages = pages();
    assertThat(pages).hasSize(1);
    assertThat(String.valueOf(pages.get(0).getFileName())).matches("[A-Za-z0-9._$-]+");
    String page = Files.readString(pages.get(0));
    assertThat(page.split("<script", -1)).hasSize(3);
    assertThat(page.split("</script>", -1)).hasSize(3);
    assertThat(page).doesNotContain("<!--", "\u2028", "\u2029");
    JsonObject trace = trace(page);
    assertThat(trace.objectOrEmpty("failure").string("message", "")).contains("</script><script>");
    assertThat(entries(trace, "PUBLISHED"))
        .extracting(each -> each.string("p"))
        .contains("</script><script>alert(1)</script><!--\u2028\u2029]]>${script}");
    assertThat(entries(trace, "PUBLISHED")).extracting(each -> each.string("b")).contains("/wA=");
  }
}
