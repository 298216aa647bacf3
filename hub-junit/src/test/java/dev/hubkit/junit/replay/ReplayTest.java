package dev.hubkit.junit.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.HubException;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Reset;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.WithUser;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a replay publishes, and when. */
@WithHub(fossil = false, reset = Reset.BEFORE_EACH)
@WithStream(name = "ORDERS", subjects = "orders.>")
class ReplayTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static RecordedMessage message(long seconds, String subject, String payload) {
    return RecordedMessage.of(Duration.ofSeconds(seconds), subject)
        .withPayload(payload.getBytes(UTF_8));
  }

  private static Fixture recorded() {
    return new Fixture(
        null,
        List.of(
            message(100, "orders.1", "soup")
                .withConnection("shop")
                .withReply("_INBOX.gone")
                .withHeaders(Map.of("Table", List.of("7", "8"))),
            message(100, "$JS.API.INFO", "").withConnection("shop"),
            message(101, "_INBOX.x", "").withStatus("503"),
            message(160, "others", "not an order"),
            message(3700, "orders.2", "cake").withConnection("bar")),
        RecordingInfo.of(Instant.EPOCH, "nats://shop"));
  }

  private static long stored(JetStreamManagement streams) throws Exception {
    return streams.getStreamInfo("ORDERS").getStreamState().getMsgCount();
  }

  @Test
  void followsTheTimeOfTheHub(HubResource hub, JetStreamManagement streams, @TempDir Path dir)
      throws Exception {
    Path file = dir.resolve("orders.hub");
    recorded().save(file);
    hub.time().freeze();
    RunningReplay replay = hub.replay(file.toString()).atPace(Pace.asRecorded());
    assertThat(replay.published()).isEqualTo(1);
    assertThat(stored(streams)).isEqualTo(1);
    assertThat(replay.remaining()).isEqualTo(Duration.ofHours(1));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> replay.await(Duration.ofMillis(1)))
        .withMessageContaining("has published 1 of 3 messages within 1 ms")
        .withMessageContaining("the next is due in 1 min of the hub's time");

    Instant begin = hub.time().now();
    hub.time().advance(Duration.ofMinutes(59));
    assertThat(replay.published()).isEqualTo(2);
    assertThat(stored(streams)).isEqualTo(1);
    hub.time().advance(replay.remaining());
    assertThat(replay.isDone()).isTrue();
    assertThat(replay.await(SOON).published()).isEqualTo(3);
    assertThat(stored(streams)).isEqualTo(2);
    assertThat(streams.getMessage("ORDERS", 2).getTime().toInstant())
        .isEqualTo(begin.plus(Duration.ofHours(1)));
  }

  @Test
  void isTrafficOfTheRecordedClients(HubResource hub, Connection nats) throws Exception {
    Subscription orders = nats.subscribe("orders.>");
    nats.flush(SOON);
    hub.replay(recorded()).atPace(Pace.asFastAsPossible()).await(SOON);
    Message soup = orders.nextMessage(SOON);
    assertThat(soup.getHeaders().get("Table")).containsExactly("7", "8");
    assertThat(soup.getReplyTo()).isEqualTo("_INBOX.gone");
    assertThat(soup.getData()).asString(UTF_8).isEqualTo("soup");
    assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.2");
    assertThat(hub.journal().published("orders.1").by("shop")).hasSize(1);
    assertThat(hub.journal().published("orders.2").by("bar")).hasSize(1);
    assertThat(hub.journal().published("others").by("replay")).hasSize(1);
    assertThat(hub.journal().published("$JS.>").by("shop")).isEmpty();
  }

  @Test
  void publishesChosenMessagesOnOtherSubjects(HubResource hub) {
    RunningReplay replay =
        hub.replay(recorded())
            .subject("orders.2")
            .subject("others")
            .mapping("orders.*", "copy.$1")
            .atPace(Pace.asFastAsPossible())
            .await(SOON);
    assertThat(replay.total()).isEqualTo(2);
    assertThat(hub.journal().published("copy.2")).hasSize(1);
    assertThat(hub.journal().published("others")).hasSize(1);
    assertThat(hub.journal().published("orders.>")).isEmpty();
  }

  @Test
  void runsFaster(HubResource hub) {
    hub.time().freeze();
    try (RunningReplay replay = hub.replay(recorded()).atPace(Pace.times(3600))) {
      assertThat(replay.remaining()).isEqualTo(Duration.ofSeconds(1));
      hub.time().advance(Duration.ofMillis(20));
      assertThat(replay.published()).isEqualTo(2);
      replay.stop();
      hub.time().advance(Duration.ofHours(1));
      assertThat(replay.published()).isEqualTo(2);
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(() -> replay.await(SOON))
          .withMessage("The replay has published 2 of 3 messages and was stopped");
      assertThat(replay).hasToString("replay of 3 messages, times 3600.0: 2 published, ended");
    }
  }

  @Test
  @WithHub(fossil = false)
  @WithUser(name = "waiter", publish = "others")
  void logsIn(HubResource hub) {
    hub.replay(recorded()).atPace(Pace.asFastAsPossible()).await(SOON);
    assertThat(hub.journal().published("orders.1").by("shop")).hasSize(1);
  }

  @Test
  void aRefusedMessageEndsIt(HubResource hub) {
    Fixture wrong =
        new Fixture(
            null,
            List.of(message(0, "orders.*", "a"), message(0, "orders.1", "b")),
            RecordingInfo.of(Instant.EPOCH, ""));
    RunningReplay replay = hub.replay(wrong).atPace(Pace.asRecorded());
    Fixture large =
        new Fixture(
            null,
            List.of(message(0, "orders.1", "x".repeat(2 << 20))),
            RecordingInfo.of(Instant.EPOCH, ""));
    assertThat(replay.isDone()).isTrue();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> hub.replay(large).atPace(Pace.asRecorded()).await(SOON))
        .withMessageContaining("has published 0 of 1 messages; then: ")
        .withMessageContaining("Maximum Payload");
  }

  @Test
  void aCrashEndsIt(HubResource hub) {
    hub.time().freeze();
    RunningReplay replay = hub.replay(recorded()).atPace(Pace.asRecorded());
    hub.faults().crash();
    hub.time().advance(Duration.ofHours(2));
    assertThat(replay.isDone()).isTrue();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> replay.await(SOON))
        .withMessageContaining("has published 1 of 3 messages; then: ");
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> hub.replay(recorded()).atPace(Pace.asRecorded()))
        .withMessageContaining("has crashed");
    hub.faults().recover();
    hub.replay(recorded()).atPace(Pace.asFastAsPossible()).await(SOON);
  }

  @Test
  void wrongUseIsRejected(HubResource hub) {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> hub.replay("no-such.hub"))
        .withMessageContaining("No fixture \"no-such.hub\"")
        .withMessageContaining("hub record");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.replay(recorded()).subject("b>").atPace(Pace.asRecorded()))
        .withMessage("The fixture has no message on b>; it has 5 messages in all");
    assertThatIllegalArgumentException().isThrownBy(() -> hub.replay(recorded()).subject("a b"));
    assertThatIllegalArgumentException().isThrownBy(() -> Pace.times(0));
    Fixture cut =
        new Fixture(
            null,
            List.of(RecordedMessage.of(Duration.ZERO, "a").withPayload(new byte[1], 5000)),
            RecordingInfo.of(Instant.EPOCH, ""));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.replay(cut).atPace(Pace.asRecorded()))
        .withMessageContaining("only 1 of the 5000 bytes of a message on a");
  }
}
