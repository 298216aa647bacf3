package dev.hubkit.junit.assertj;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingGap;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Reset;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journals that are compared with recordings. */
@WithHub(fossil = false, reset = Reset.BEFORE_EACH)
class JournalAssertTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static Connection connect(HubResource hub, String name) {
    return hub.connect(new Options.Builder().connectionName(name));
  }

  private static void order(Connection shop, int id, int quantity, String time) throws Exception {
    shop.publish(
        "orders." + id,
        "_INBOX." + time,
        new Headers().put("Table", "7").put("Nats-Msg-Id", time),
        ("{\"id\":" + id + ",\"quantity\":" + quantity + ",\"time\":\"" + time + "\"}")
            .getBytes(UTF_8));
    shop.flush(SOON);
  }

  private static String failureOf(JournalAssert assertion, Fixture recorded) {
    return assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> assertion.isLike(recorded))
        .actual()
        .getMessage();
  }

  private static JournalAssert tolerant(HubResource hub) {
    return assertThat(hub.journal()).ignoringJson("$.time").ignoringHeader("nats-msg-id");
  }

  @Test
  void isLikeWhatWasSaved(HubResource hub, @TempDir Path directory) throws Exception {
    Connection shop = connect(hub, "shop");
    order(shop, 1, 2, "12:00");
    order(shop, 2, 1, "12:01");
    connect(hub, "bar").publish("drinks", "tea".getBytes(UTF_8));
    hub.journal().await().published("drinks").atMost(SOON);
    Path file = directory.resolve("orders.hub");
    hub.journal().save(file);
    assertThat(hub.journal()).isLike(file).isLike(hub.journal());

    hub.journal().clear();
    connect(hub, "bar").publish("drinks", "tea".getBytes(UTF_8));
    hub.journal().await().published("drinks").atMost(SOON);
    order(shop, 1, 2, "13:00");
    order(shop, 2, 1, "13:01");
    // @start region="isLike"
    assertThat(hub.journal())
        .onlySubjects("orders.>", "drinks")
        .ignoringJson("$.time")
        .ignoringHeader("Nats-Msg-Id")
        .isLike(file);
    // @end
    assertThat(failureOf(assertThat(hub.journal()), Fixture.load(file)))
        .contains("header Nats-Msg-Id: [12:00] -> [13:00]", "$.time: \"12:00\" -> \"13:00\"");
  }

  @Test
  void showsWhatIsChangedMissingAndExtra(HubResource hub) throws Exception {
    Connection shop = connect(hub, "shop");
    for (int i = 1; i <= 6; i++) {
      order(shop, i, 1, "12:00");
    }
    Fixture recorded = hub.journal().toFixture();
    hub.journal().clear();
    order(shop, 1, 1, "13:00");
    order(shop, 2, 9, "13:00");
    order(shop, 3, 1, "13:00");
    order(shop, 5, 1, "13:00");
    order(shop, 6, 1, "13:00");
    shop.publish("refunds", "all".getBytes(UTF_8));
    shop.flush(SOON);
    assertThat(failureOf(tolerant(hub), recorded))
        .isEqualTo(
            """
            Expected the journal to be like the recording, but:
            connection "shop": 6 recorded, 6 in the journal
                1 orders.1 (reply _INBOX.…) Table=[7] {"id":1,"quantity":1}
              - 2 orders.2 (reply _INBOX.…) Table=[7] {"id":2,"quantity":1}
              + 2 orders.2 (reply _INBOX.…) Table=[7] {"id":2,"quantity":9}
                    $.quantity: 1 -> 9
                3 orders.3 (reply _INBOX.…) Table=[7] {"id":3,"quantity":1}
              - 4 orders.4 (reply _INBOX.…) Table=[7] {"id":4,"quantity":1}   (missing)
                5 orders.5 (reply _INBOX.…) Table=[7] {"id":5,"quantity":1}
                6 orders.6 (reply _INBOX.…) Table=[7] {"id":6,"quantity":1}
              + 7 refunds all   (extra)
            (-: recorded, +: journal. Compared for each connection; the order across connections does not count.)""");
  }

  @Test
  void comparesPerSubjectWhereNamesAreUnknown(HubResource hub) throws Exception {
    Connection shop = connect(hub, "shop");
    order(shop, 1, 1, "12:00");
    order(shop, 2, 1, "12:00");
    Fixture named = hub.journal().toFixture();
    List<RecordedMessage> reversed = new ArrayList<>();
    for (RecordedMessage each : named.messages()) {
      reversed.add(0, each.withConnection(null));
    }
    Fixture unnamed = new Fixture(null, reversed, RecordingInfo.of(Instant.EPOCH, ""));
    assertThat(hub.journal()).isLike(unnamed);

    List<RecordedMessage> renamed = new ArrayList<>();
    named.messages().forEach(each -> renamed.add(each.withConnection("store")));
    Fixture other =
        new Fixture(
            null,
            renamed,
            RecordingInfo.of(Instant.EPOCH, "")
                .withGaps(List.of(new RecordingGap(Duration.ZERO, Duration.ZERO, "a cut"))));
    assertThat(failureOf(assertThat(hub.journal()), other))
        .contains("connection \"store\": 2 recorded, 0 in the journal")
        .contains("connection \"shop\": 0 recorded, 2 in the journal")
        .contains("add comparingPerSubject()")
        .endsWith("Messages may be missing in the recording: a cut");
    assertThat(hub.journal()).comparingPerSubject().isLike(other);
  }

  @Test
  void orderCountsWithinAConnection(HubResource hub) throws Exception {
    Connection shop = connect(hub, "shop");
    order(shop, 1, 1, "12:00");
    order(shop, 2, 1, "12:00");
    Fixture recorded = hub.journal().toFixture();
    hub.journal().clear();
    order(shop, 2, 1, "12:00");
    order(shop, 1, 1, "12:00");
    assertThat(failureOf(assertThat(hub.journal()), recorded)).contains("(missing)", "(extra)");
    assertThat(hub.journal()).comparingPerSubject().isLike(recorded);
  }

  @Test
  void bytesAndCutPayloadsAreCompared(HubResource hub) throws Exception {
    Connection shop = connect(hub, "shop");
    byte[] large = new byte[6000];
    shop.publish("large", large);
    shop.publish("bytes", new byte[] {-1});
    shop.flush(SOON);
    Fixture recorded = hub.journal().toFixture();
    assertThat(hub.journal()).isLike(recorded);
    hub.journal().clear();
    shop.publish("large", new byte[6001]);
    shop.publish("bytes", new byte[] {-2});
    shop.flush(SOON);
    assertThat(failureOf(assertThat(hub.journal()), recorded))
        .contains("- 1 large", "+ 1 large", "- 2 bytes");
  }

  @Test
  void wrongArgumentsAreRefused(HubResource hub) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(hub.journal()).ignoringJson("id"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(hub.journal()).onlySubjects("a b"));
  }
}
