package dev.hubkit.nats.jetstream;

import static dev.hubkit.nats.jetstream.ReplicatedConsumerFixture.ELECTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.JetStreamFixture.Received;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A consumer with replicas on three servers, as its clients see it. */
class ReplicatedConsumerTest {
  private static final String EXPLICIT = "\"ack_policy\":\"explicit\"";

  @TempDir private Path directory;
  private ReplicatedConsumerFixture cluster;

  @BeforeEach
  void open() {
    begin("");
  }

  private void begin(String streamFields) {
    cluster =
        new ReplicatedConsumerFixture(
            directory.resolve("" + streamFields.length()), 3, streamFields);
    cluster.listen("in");
    cluster.listen("confirmed");
  }

  private void beginAgain(String streamFields) {
    cluster.close();
    begin(streamFields);
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private static String position(JsonObject info, String name) {
    JsonObject position = info.object(name);
    return position == null
        ? ""
        : position.integer("consumer_seq", -1) + "/" + position.integer("stream_seq", -1);
  }

  private void publish(int count) {
    for (int i = 1; i <= count; i++) {
      cluster.publish("m" + i);
    }
  }

  @Test
  void aNewLeaderGoesOnWhereTheOldOneWas() {
    cluster.consumer(EXPLICIT);
    publish(5);
    cluster.pull("3");
    List<Received> delivered = cluster.take("in");
    assertThat(delivered).extracting(Received::payload).containsExactly("m1", "m2", "m3");
    cluster.ack(delivered.get(0), "confirmed", "+ACK");
    cluster.ack(delivered.get(1), null, "");
    assertThat(cluster.take("confirmed")).hasSize(1);
    cluster.requireEqualReplicas();

    cluster.changeLeader();
    JsonObject info = cluster.info();
    assertThat(position(info, "delivered")).isEqualTo("3/3");
    assertThat(position(info, "ack_floor")).isEqualTo("2/2");
    assertThat(info.integer("num_ack_pending", -1)).isEqualTo(1);
    assertThat(info.integer("num_pending", -1)).isEqualTo(2);
    cluster.pull("1");
    Received next = cluster.take("in").get(0);
    assertThat(next.payload()).isEqualTo("m4");
    assertThat(next.reply()).startsWith("$JS.ACK.S.C.1.4.4.");
    // What the earlier leader has delivered is acknowledged to this one.
    cluster.ack(delivered.get(2), "confirmed", "+ACK");
    assertThat(cluster.take("confirmed")).hasSize(1);
    assertThat(position(cluster.info(), "ack_floor")).isEqualTo("3/3");
    cluster.requireEqualReplicas();
  }

  @Test
  void whatIsNotAcknowledgedComesAgainFromTheNextLeader() {
    cluster.consumer(EXPLICIT + ",\"ack_wait\":30000000000");
    publish(2);
    cluster.pull("2");
    cluster.time.advance(Duration.ofSeconds(40));
    cluster.pull("1");
    assertThat(cluster.take("in"))
        .extracting(each -> each.reply().substring(0, 20))
        .containsExactly("$JS.ACK.S.C.1.1.1.17", "$JS.ACK.S.C.1.2.2.17", "$JS.ACK.S.C.2.1.3.17");

    cluster.changeLeader();
    assertThat(cluster.info().integer("num_redelivered", -1)).isEqualTo(1);
    cluster.time.advance(Duration.ofSeconds(40));
    cluster.pull("2");
    assertThat(cluster.take("in"))
        .extracting(each -> each.reply().substring(0, 18))
        .containsExactly("$JS.ACK.S.C.2.2.4.", "$JS.ACK.S.C.3.1.5.");
    cluster.requireEqualReplicas();
  }

  @Test
  void deliveriesAndConfirmationsWaitForTheMajority() {
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.pull("1");
    Received first = cluster.take("in").get(0);
    cluster.isolate("n1");
    cluster.pull("1");
    cluster.ack(first, "confirmed", "+ACK");
    assertThat(cluster.take("in")).isEmpty();
    assertThat(cluster.take("confirmed")).isEmpty();
    // Neither is lost when the links are back before another one leads.
    cluster.links.heal();
    assertThat(cluster.texts("in")).containsExactly("m2");
    assertThat(cluster.take("confirmed")).hasSize(1);
    cluster.requireEqualReplicas();
  }

  @Test
  void whatNoMajorityHasIsForgotten() {
    cluster.consumer(EXPLICIT + ",\"ack_wait\":2000000000");
    publish(3);
    cluster.pull("1");
    Received first = cluster.take("in").get(0);
    cluster.isolate("n1");
    cluster.server("n1").publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", "1");
    cluster.server("n1").publish(String.valueOf(first.reply()), "confirmed", "+ACK");
    cluster.time.advance(Duration.ofSeconds(8));
    cluster.links.heal();
    cluster.time.advance(ELECTION);
    assertThat(cluster.leader()).isNotEqualTo("n1");
    assertThat(cluster.take("confirmed")).isEmpty();
    assertThat(cluster.take("in")).isEmpty();
    assertThat(cluster.story).contains("n1 reaches no majority");
    cluster.pull("2");
    assertThat(cluster.texts("in")).containsExactly("m1", "m2");
    cluster.requireEqualReplicas();
  }

  @Test
  void theNextLeaderEndsTheRequestsThatWait() {
    cluster.consumer(EXPLICIT);
    publish(1);
    cluster.pull("{\"batch\":2,\"expires\":60000000000}");
    cluster.send("$JS.API.CONSUMER.MSG.NEXT.S.C", "confirmed", "1");
    assertThat(cluster.texts("in")).containsExactly("m1");
    cluster.changeLeader();
    assertThat(cluster.texts("in")).containsExactly("409 Leadership Change");
    assertThat(cluster.texts("confirmed")).containsExactly("409 Leadership Change");
    // Requests that are fulfilled are not told.
    cluster.pull("1");
    cluster.publish("m2");
    assertThat(cluster.texts("in")).containsExactly("m2");
    cluster.changeLeader();
    assertThat(cluster.texts("in")).isEmpty();
    cluster.requireEqualReplicas();
  }

  @Test
  void onlyTheLeaderTakesAcknowledgements() {
    cluster.consumer(EXPLICIT);
    publish(1);
    for (String follower : List.of("n2", "n3")) {
      assertThat(cluster.server(follower).account.hasInterest("$JS.ACK.S.C.1.1.1.1.0")).isFalse();
    }
    cluster.changeLeader();
    assertThat(cluster.server("n1").account.hasInterest("$JS.ACK.S.C.1.1.1.1.0")).isFalse();
  }

  @Test
  void aRequestThatWaitsForNothingEndsAfterItsDeliveries() {
    cluster.consumer(EXPLICIT);
    publish(2);
    cluster.pull("{\"batch\":5,\"no_wait\":true}");
    // As in nats-server: a lone one would say 404.
    List<Received> got = cluster.take("in");
    assertThat(got).hasSize(3);
    assertThat(got.get(2).header())
        .contains("408 Request Timeout")
        .contains("Nats-Pending-Messages: 3");
    cluster.pull("{\"batch\":5,\"no_wait\":true}");
    assertThat(cluster.texts("in")).containsExactly("404 No Messages");
  }

  @Test
  void messagesAreGivenUpOnce() {
    cluster.listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
    cluster.consumer(EXPLICIT + ",\"max_deliver\":2,\"ack_wait\":1000000000");
    publish(1);
    cluster.pull("1");
    cluster.time.advance(Duration.ofSeconds(2));
    cluster.changeLeader();
    cluster.time.advance(Duration.ofSeconds(2));
    cluster.pull("1");
    assertThat(cluster.take("in")).hasSize(2);
    cluster.time.advance(Duration.ofSeconds(3));
    cluster.pull("{\"batch\":1,\"no_wait\":true}");
    assertThat(cluster.texts("in")).containsExactly("404 No Messages");
    assertThat(cluster.take("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C")).hasSize(1);
    cluster.changeLeader();
    cluster.pull("1");
    cluster.time.advance(Duration.ofSeconds(5));
    assertThat(cluster.take("in")).isEmpty();
    assertThat(cluster.take("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C")).isEmpty();
    assertThat(cluster.info().integer("num_ack_pending", -1)).isZero();
    cluster.requireEqualReplicas();
  }

  @Test
  void naksTermsAndProgressCountEverywhere() {
    cluster.consumer(EXPLICIT + ",\"ack_wait\":10000000000");
    publish(3);
    cluster.pull("3");
    List<Received> delivered = cluster.take("in");
    cluster.ack(delivered.get(0), "confirmed", "-NAK 5s");
    cluster.ack(delivered.get(1), "confirmed", "+TERM");
    cluster.time.advance(Duration.ofSeconds(2));
    cluster.ack(delivered.get(2), "confirmed", "+WPI");
    assertThat(cluster.take("confirmed")).hasSize(3);
    cluster.changeLeader();
    cluster.pull("3");
    cluster.time.advance(Duration.ofSeconds(4));
    assertThat(cluster.texts("in")).containsExactly("m1");
    cluster.time.advance(Duration.ofSeconds(5));
    assertThat(cluster.texts("in")).isEmpty();
    cluster.time.advance(Duration.ofSeconds(1));
    assertThat(cluster.texts("in")).containsExactly("m3");
  }

  @Test
  void aConsumerOfNewMessagesKeepsItsPlaceBeforeTheFirst() {
    publish(3);
    cluster.consumer(EXPLICIT + ",\"deliver_policy\":\"new\"");
    cluster.publish("new");
    cluster.changeLeader();
    cluster.pull("2");
    assertThat(cluster.texts("in")).containsExactly("new");
  }

  @Test
  void aConsumerOfAnEmptyStreamKeepsItsPlace() {
    cluster.consumer(EXPLICIT + ",\"deliver_policy\":\"new\"");
    cluster.publish("new");
    cluster.changeLeader();
    cluster.pull("2");
    assertThat(cluster.texts("in")).containsExactly("new");
  }

  @Test
  void acknowledgedMessagesLeaveAWorkQueueEverywhere() {
    beginAgain(",\"retention\":\"workqueue\"");
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.pull("3");
    List<Received> delivered = cluster.take("in");
    cluster.ack(delivered.get(1), "confirmed", "+ACK");
    for (String server : cluster.running()) {
      assertThat(cluster.server(server).stream("S").store().contains(2)).as(server).isFalse();
      assertThat(cluster.server(server).stream("S").store().state().messages()).isEqualTo(2);
    }
    cluster.isolate("n1");
    cluster.ack(delivered.get(0), "confirmed", "+ACK");
    assertThat(cluster.server("n1").stream("S").store().contains(1)).isTrue();
    cluster.links.heal();
    for (String server : cluster.running()) {
      assertThat(cluster.server(server).stream("S").store().contains(1)).as(server).isFalse();
    }
  }

  @Test
  void acknowledgedMessagesLeaveAStreamOfInterestEverywhere() {
    beginAgain(",\"retention\":\"interest\"");
    cluster.consumer("\"ack_policy\":\"all\"");
    publish(3);
    cluster.pull("3");
    List<Received> delivered = cluster.take("in");
    cluster.ack(delivered.get(1), "confirmed", "+ACK");
    for (String server : cluster.running()) {
      assertThat(cluster.server(server).stream("S").store().state().firstSequence()).isEqualTo(3);
    }
    cluster.changeLeader();
    assertThat(position(cluster.info(), "ack_floor")).isEqualTo("2/2");
    cluster.requireEqualReplicas();
  }

  @Test
  void aPushConsumerGoesOn() {
    cluster.listen("push");
    cluster.consumer(EXPLICIT + ",\"deliver_subject\":\"push\",\"idle_heartbeat\":1000000000");
    publish(2);
    List<Received> delivered = cluster.take("push");
    assertThat(delivered).extracting(Received::payload).containsExactly("m1", "m2");
    cluster.ack(delivered.get(0), null, "");
    cluster.changeLeader();
    cluster.publish("m3");
    assertThat(cluster.texts("push")).containsExactly("m3");
    cluster.time.advance(Duration.ofMillis(1500));
    assertThat(cluster.texts("push")).containsExactly("100 Idle Heartbeat");
    assertThat(cluster.info().bool("push_bound", false)).isTrue();
    cluster.requireEqualReplicas();
  }

  @Test
  void aConsumerWithFlowControlDeliversAtOnce() {
    cluster.listen("push");
    cluster.consumer(
        "\"ack_policy\":\"none\",\"deliver_subject\":\"push\",\"flow_control\":true,"
            + "\"idle_heartbeat\":1000000000");
    publish(1);
    cluster.isolate("n1");
    cluster.publish("m2");
    assertThat(cluster.texts("push")).containsExactly("m1", "m2");
    cluster.links.heal();
    cluster.changeLeader();
    cluster.publish("m3");
    assertThat(cluster.texts("push")).containsExactly("m3");
    cluster.requireEqualReplicas();
  }

  @Test
  void onlyTheLeaderSaysThatNobodyUsesTheConsumer() {
    cluster.consumer(EXPLICIT + ",\"inactive_threshold\":10000000000");
    cluster.changeLeader();
    cluster.time.advance(Duration.ofSeconds(11));
    String says = cluster.leader() + " says that nobody uses it";
    assertThat(cluster.story.subList(2, cluster.story.size())).containsExactly(says);
    // Nobody has deleted it, so it is said again.
    cluster.time.advance(Duration.ofSeconds(31));
    assertThat(cluster.story.subList(2, cluster.story.size())).containsExactly(says, says);
  }

  @Test
  void aPinEndsWithTheLeader() {
    cluster.consumer(
        EXPLICIT
            + ",\"priority_groups\":[\"A\"],\"priority_policy\":\"pinned_client\","
            + "\"priority_timeout\":60000000000");
    publish(2);
    cluster.pull("{\"batch\":1,\"group\":\"A\"}");
    Received first = cluster.take("in").get(0);
    String pin = first.header().replaceAll("(?s).*Nats-Pin-Id: (\\S+).*", "$1");
    cluster.changeLeader();
    cluster.pull("{\"batch\":1,\"group\":\"A\",\"id\":\"" + pin + "\"}");
    assertThat(cluster.texts("in")).containsExactly("423 Nats-Wrong-Pin-Id");
    cluster.pull("{\"batch\":1,\"group\":\"A\"}");
    assertThat(cluster.texts("in")).containsExactly("m2");
  }

  @Test
  void aPauseHoldsUnderTheNextLeader() {
    cluster.consumer(EXPLICIT + ",\"pause_until\":\"2025-01-01T00:01:00Z\"");
    publish(1);
    cluster.changeLeader();
    cluster.pull("{\"batch\":1,\"expires\":120000000000}");
    assertThat(cluster.texts("in")).isEmpty();
    cluster.time.advance(Duration.ofSeconds(61));
    assertThat(cluster.texts("in")).containsExactly("m1");
  }

  @Test
  void aResetHoldsUnderTheNextLeader() {
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.pull("3");
    assertThat(cluster.take("in")).hasSize(3);
    cluster.send("$JS.API.CONSUMER.RESET.S.C", "confirmed", "{\"seq\":2}");
    assertThat(cluster.take("confirmed").get(0).payload()).contains("\"reset_seq\":2");
    cluster.changeLeader();
    cluster.pull("3");
    assertThat(cluster.take("in"))
        .extracting(each -> each.reply().substring(0, 18))
        .containsExactly("$JS.ACK.S.C.1.2.1.", "$JS.ACK.S.C.1.3.2.");
    cluster.requireEqualReplicas();
  }

  @Test
  void aServerThatHasLostAllGetsTheState() {
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.pull("2");
    List<Received> delivered = cluster.take("in");
    cluster.kill("n3");
    cluster.ack(delivered.get(0), "confirmed", "+ACK");
    assertThat(cluster.take("confirmed")).hasSize(1);
    cluster.restart("n3");
    cluster.time.advance(ELECTION);
    cluster.requireEqualReplicas();
    cluster.group().stepDown("n3");
    cluster.time.advance(ELECTION);
    assertThat(cluster.leader()).isEqualTo("n3");
    assertThat(position(cluster.info(), "ack_floor")).isEqualTo("1/1");
    cluster.pull("1");
    assertThat(cluster.texts("in")).containsExactly("m3");
  }

  @Test
  void twoOfThreeGoOnWithoutTheLeader() {
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.pull("{\"batch\":1,\"expires\":60000000000}");
    cluster.pull("{\"batch\":5,\"expires\":60000000000}");
    assertThat(cluster.take("in")).hasSize(3);
    cluster.kill("n1");
    cluster.time.advance(ELECTION);
    assertThat(cluster.texts("in")).containsExactly("409 Server Shutdown", "409 Leadership Change");
    cluster.pull("1");
    cluster.publish("m4");
    assertThat(cluster.texts("in")).containsExactly("m4");
    cluster.requireEqualReplicas();
  }

  @Test
  void aReplicaThatCannotTakeOverWhatWasAgreedOnEndsAlone() {
    cluster.consumer(EXPLICIT);
    publish(3);
    cluster.replica("n3").state().close();
    cluster.pull("2");
    List<Received> delivered = cluster.take("in");
    assertThat(delivered).extracting(Received::payload).containsExactly("m1", "m2");
    cluster.ack(delivered.get(0), "confirmed", "+ACK");
    assertThat(cluster.take("confirmed")).hasSize(1);
    assertThat(cluster.group().standing("n3")).isNull();
    // Two of three are a majority still.
    assertThat(cluster.changeLeader()).isEqualTo("n2");
    cluster.pull("1");
    assertThat(cluster.texts("in")).containsExactly("m3");
  }

  @Test
  void whatIsLeftOfARequestIsToldBeforeItsDelivery() {
    cluster.consumer(EXPLICIT);
    publish(1);
    cluster.pull("{\"batch\":1,\"max_bytes\":1000}");
    // The order of nats-server: only the delivery waits for the majority.
    assertThat(cluster.texts("in")).containsExactly("409 Batch Completed", "m1");
  }

  @Test
  void aReportTellsWhenTheEarlierLeaderWasActive() {
    cluster.consumer(EXPLICIT);
    publish(1);
    cluster.pull("1");
    cluster.ack(cluster.take("in").get(0), null, "");
    cluster.changeLeader();
    for (String position : List.of("delivered", "ack_floor")) {
      assertThat(cluster.info().object(position).string("last_active", ""))
          .isEqualTo("2025-01-01T00:00:00Z");
    }
  }
}
