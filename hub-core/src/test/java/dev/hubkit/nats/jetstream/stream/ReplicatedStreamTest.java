package dev.hubkit.nats.jetstream.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamConfigBuilder;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.stream.ReplicatedStreamFixture.Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stream with replicas stores, answers and keeps, whoever of its servers is there. */
class ReplicatedStreamTest {
  @TempDir private Path directory;
  private ReplicatedStreamFixture cluster;

  private ReplicatedStreamFixture start(StreamConfigBuilder config) {
    cluster = new ReplicatedStreamFixture(directory, 3, 1, config.build());
    return cluster;
  }

  private static StreamConfigBuilder config(StorageType storage) {
    return StreamConfig.parse(Json.parseObject("{\"name\":\"S\",\"subjects\":[\"s.>\"]}"))
        .toBuilder()
        .storage(storage)
        .replicas(3);
  }

  @AfterEach
  void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private void assertSame() {
    List<String> first = cluster.leader().contents();
    for (Server each : cluster.servers()) {
      if (each.runs()) {
        assertThat(each.contents()).as("on server " + each).isEqualTo(first);
      }
    }
  }

  private static void assertStored(String answer, long sequence) {
    assertThat(answer).startsWith("{\"stream\":\"S\",\"seq\":" + sequence);
  }

  @ParameterizedTest
  @EnumSource
  void aMajorityStoresAndTheLeaderAnswers(StorageType storage) {
    start(config(storage));
    Server leader = cluster.leader();
    for (int i = 1; i <= 5; i++) {
      assertStored(leader.publish("s.a", "m" + i), i);
    }
    assertThat(leader.answers).hasSize(5);
    assertSame();
    for (Server follower : cluster.followers()) {
      assertThat(follower.answers).isEmpty();
      assertThat(follower.send("s.a", null, "nobody listens")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anotherReplicaGoesOnWhenTheLeaderDies(StorageType storage) {
    start(config(storage).duplicateWindow(Duration.ofMinutes(1).toNanos()));
    Server first = cluster.leader();
    assertStored(first.publish("s.a", "one", "Nats-Msg-Id: 1"), 1);
    first.kill();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    Server second = cluster.leader();
    assertThat(second).isNotSameAs(first);
    assertThat(second.publish("s.a", "one", "Nats-Msg-Id: 1")).contains("\"duplicate\": true");
    assertStored(second.publish("s.a", "two", "Nats-Msg-Id: 2"), 2);
    first.restart();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertSame();
    assertThat(first.contents()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void whatNoMajorityHasIsNotAnsweredAndCutOff(StorageType storage) {
    start(config(storage));
    Server first = cluster.leader();
    assertStored(first.publish("s.a", "one"), 1);
    for (Server each : cluster.followers()) {
      cluster.links.cut(first.name, each.name);
      cluster.links.cut(each.name, first.name);
    }
    assertThat(first.publish("s.a", "lost")).isEmpty();
    assertThat(first.contents()).hasSize(2);
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertThat(first.send("s.a", null, "nobody listens")).isZero();
    Server second = cluster.leader();
    assertStored(second.publish("s.a", "two"), 2);
    cluster.links.heal();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertThat(first.answers).hasSize(1);
    assertSame();
    assertThat(first.contents().toString()).doesNotContain("lost");
  }

  @ParameterizedTest
  @EnumSource
  void aReplicaThatLacksMuchGetsTheWholeState(StorageType storage) {
    start(config(storage).maxMessages(50).duplicateWindow(Duration.ofMinutes(1).toNanos()));
    Server away = cluster.followers().get(0);
    cluster.leader().publish("s.a", "first");
    away.loseDisk();
    for (int i = 0; i < 1_000; i++) {
      cluster.leader().publish("s.a", "m" + i, "Nats-Msg-Id: " + i);
    }
    away.restart();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertSame();
    assertThat(away.contents()).hasSize(51);
    // It knows the ids of messages that are gone, too.
    cluster.group.stepDown(away.name);
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertThat(cluster.leader()).isSameAs(away);
    assertThat(away.publish("s.a", "again", "Nats-Msg-Id: 3")).contains("\"duplicate\": true");
  }

  @ParameterizedTest
  @EnumSource
  void changesAreMadeByAll(StorageType storage) {
    start(config(storage));
    Server leader = cluster.leader();
    for (int i = 1; i <= 9; i++) {
      leader.publish("s." + i % 3, "m" + i);
    }
    List<Long> results = new ArrayList<>();
    change(leader, new StreamCommand.Purge("s.1", 0, 1), results);
    change(leader, new StreamCommand.Delete(2, true), results);
    change(leader, new StreamCommand.Delete(2, true), results);
    StreamConfig narrow = leader.stream().config().toBuilder().maxMessages(4).build();
    change(leader, new StreamCommand.Update(narrow), results);
    assertThat(results).containsExactly(2L, 1L, 0L, 0L);
    assertSame();
    assertThat(leader.contents()).hasSize(5);
    for (Server each : cluster.servers()) {
      assertThat(each.stream().config().maxMessages()).isEqualTo(4);
    }
    cluster.followers().forEach(Server::kill);
    change(leader, new StreamCommand.Purge("", 0, 0), results);
    assertThat(results).hasSize(4);
    assertThat(leader.contents()).hasSize(5);
  }

  private static void change(Server server, StreamCommand command, List<Long> results) {
    WorkBatch batch = new WorkBatch();
    server.stream()
        .submit(
            taskBatch ->
                server.stream().change(command, (result, last) -> results.add(result), taskBatch),
            batch);
    batch.flush();
  }

  @ParameterizedTest
  @EnumSource
  void expectationsCountersAndBatchesSurviveAChangeOfLeader(StorageType storage) {
    start(config(storage).allowAtomicPublish(true));
    Server leader = cluster.leader();
    assertStored(leader.publish("s.a", "1", "Nats-Expected-Last-Sequence: 0"), 1);
    leader.publish("s.b", "2", "Nats-Batch-Id: b", "Nats-Batch-Sequence: 1");
    assertThat(
            leader.publish(
                "s.b", "3", "Nats-Batch-Id: b", "Nats-Batch-Sequence: 2", "Nats-Batch-Commit: 1"))
        .contains("\"seq\":3", "\"count\":2");
    assertSame();
    assertThat(leader.publish("s.a", "x", "Nats-Expected-Last-Subject-Sequence: 2"))
        .contains("wrong last sequence: 1");
    leader.kill();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertThat(cluster.leader().publish("s.a", "x", "Nats-Expected-Last-Sequence: 2"))
        .contains("wrong last sequence: 3");
    assertStored(cluster.leader().publish("s.a", "4", "Nats-Expected-Last-Sequence: 3"), 4);
    assertSame();
  }

  @ParameterizedTest
  @EnumSource
  void messagesExpireOnAllReplicasAndLeaveMarkers(StorageType storage) {
    start(
        config(storage)
            .maxAge(Duration.ofSeconds(10).toNanos())
            .allowMessageTtl(true)
            .allowRollup(true)
            .subjectDeleteMarkerTtl(Duration.ofSeconds(60).toNanos()));
    cluster.leader().publish("s.a", "1");
    cluster.leader().publish("s.b", "2", "Nats-TTL: 100s");
    cluster.leader().kill();
    cluster.advance(Duration.ofSeconds(12));
    assertSame();
    assertThat(cluster.leader().contents().toString())
        .contains("3 s.a NATS/1.0|Nats-Marker-Reason: MaxAge");
    cluster.advance(Duration.ofSeconds(200));
    assertSame();
    assertThat(cluster.leader().store().state().messages()).isLessThanOrEqualTo(1);
  }

  @Test
  void aKilledReplicaIsWhereItWas() {
    start(config(StorageType.FILE));
    for (int i = 1; i <= 20; i++) {
      cluster.leader().publish("s.a", "m" + i);
    }
    cluster.servers().forEach(Server::kill);
    cluster.servers().forEach(Server::restart);
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    assertSame();
    assertStored(cluster.leader().publish("s.a", "next"), 21);
    assertSame();
  }

  @Test
  void whatAReplicaHasNotTakenOverYetCountsForNoMajority(@TempDir Path own) {
    startQueued(own);
    Server leader = cluster.leader();
    Server renewed = cluster.followers().get(0);
    Server cutOff = cluster.followers().get(1);
    leader.send("s.a", "_INBOX.1", "one");
    workAll();
    assertThat(leader.answers).hasSize(1);
    renewed.loseDisk();
    renewed.restart();
    cluster.links.cut(leader.name, cutOff.name);
    cluster.links.cut(cutOff.name, leader.name);
    leader.send("s.a", "_INBOX.2", "two");
    leader.work();
    leader.work();
    // Without the leader, nobody would have anything.
    assertThat(leader.answers).hasSize(1);
    workAll();
    assertThat(leader.answers).hasSize(2);
    assertThat(renewed.contents()).isEqualTo(leader.contents());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReplicaKilledBeforeItHasTakenOverAStateGetsItAgain(boolean crashes, @TempDir Path own)
      throws IOException {
    startQueued(own);
    Server leader = cluster.leader();
    Server away = cluster.followers().get(0);
    leader.send("s.a", "_INBOX.1", "one");
    workAll();
    away.kill();
    // More than the log keeps.
    for (int i = 0; i < 300; i++) {
      leader.send("s.a", null, "m" + i);
      workAll();
    }
    away.restart();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    // The state is on its way; the store is the old one.
    if (crashes) {
      leader.work();
      away.crash();
    } else {
      away.kill();
    }
    away.restart();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    workAll();
    assertSame();
  }

  @Test
  void replicasKilledInTheMiddleOfTheirWorkAreWhereTheyWere(@TempDir Path own) {
    startQueued(own);
    Server leader = cluster.leader();
    Server lacking = cluster.followers().get(0);
    Server other = cluster.followers().get(1);
    lacking.kill();
    long delay = Duration.ofMillis(1).toNanos();
    cluster.links.delay(leader.name, other.name, delay);
    cluster.links.delay(other.name, leader.name, delay);
    leader.send("s.a", "_INBOX.1", "one");
    leader.work();
    // A majority has it, and the workers are about to store it.
    cluster.advance(Duration.ofMillis(5));
    assertThat(leader.answers).isEmpty();
    cluster.servers().stream().filter(Server::runs).forEach(Server::kill);
    assertThat(leader.answers).hasSize(1);
    cluster.servers().forEach(Server::restart);
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    workAll();
    assertSame();
    assertThat(cluster.leader().contents().toString()).contains("one");
  }

  private void startQueued(Path own) {
    cluster = new ReplicatedStreamFixture(own, 3, 1, config(StorageType.FILE).build(), true);
    workAll();
  }

  private void workAll() {
    boolean any = true;
    while (any) {
      any = false;
      for (Server each : cluster.servers()) {
        any |= each.work();
      }
    }
  }

  @Test
  void aReplicaWhoseDiskFailsLeavesTheOthersAlone() {
    start(config(StorageType.FILE));
    Server leader = cluster.leader();
    assertStored(leader.publish("s.a", "one"), 1);
    leader.faults.fail(true);
    assertThat(leader.publish("s.a", "two")).isEmpty();
    cluster.advance(ReplicatedStreamFixture.ELECTION);
    Server next = cluster.leader();
    assertThat(next).isNotSameAs(leader);
    assertThat(leader.send("s.a", null, "nobody listens")).isZero();
    assertStored(next.publish("s.a", "three"), 3);
  }
}
