package dev.hubkit.nats.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.time.VirtualTimeSource;
import dev.hubkit.work.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A group on servers whose links are cut, slow or paused, in virtual time. */
class ReplicaGroupTest {
  private static final long MILLISECOND = 1_000_000;
  private static final ElectionTimes TIMES =
      new ElectionTimes(10 * MILLISECOND, 50 * MILLISECOND, 100 * MILLISECOND);
  private static final Duration ELECTION = Duration.ofSeconds(1);

  private VirtualTimeSource time;
  private ServerLinks links;
  private ReplicaGroup<String, List<String>> group;
  private final TreeMap<String, RecordingMember> members = new TreeMap<>();
  private final List<String> story = new ArrayList<>();

  /** Keeps what it is told. */
  private final class RecordingMember implements ReplicaMember<String, List<String>> {
    private final String server;
    private List<String> applied = new ArrayList<>();
    private boolean broken;

    private RecordingMember(String server) {
      this.server = server;
    }

    @Override
    public void apply(long index, long term, String command) {
      if (broken) {
        throw new IllegalStateException("broken for this test");
      }
      applied.add(command);
    }

    @Override
    public List<String> snapshot() {
      return List.copyOf(applied);
    }

    @Override
    public void restore(List<String> snapshot) {
      applied = new ArrayList<>(snapshot);
    }

    @Override
    public void changed(Standing standing) {
      story.add(time.nanoTime() + " " + server + " " + standing);
    }

    @Override
    public void quorumLost() {
      story.add(server + " has lost the quorum");
    }
  }

  @BeforeEach
  void begin() {
    time = new VirtualTimeSource("replicas");
    time.freeze();
    begin(3, 1);
  }

  private void begin(int servers, long seed) {
    links = new ServerLinks();
    members.clear();
    story.clear();
    TreeSet<String> founders = new TreeSet<>();
    for (int i = 1; i <= servers; i++) {
      founders.add("n" + i);
    }
    group =
        new ReplicaGroup<>("test", founders, TIMES, time, seed, links, new Supervisor("replicas"));
    founders.forEach(this::start);
    group.elect("n1");
  }

  @AfterEach
  void end() {
    group.close();
    time.close();
  }

  private void start(String server) {
    links.started(server);
    RecordingMember member = members.computeIfAbsent(server, RecordingMember::new);
    group.start(server, member);
  }

  private void kill(String server, boolean losesLog) {
    group.end(server, losesLog);
    links.ended(server);
    if (losesLog) {
      members.remove(server);
    }
  }

  private void isolate(String server) {
    for (String other : members.keySet()) {
      if (!other.equals(server)) {
        links.cut(server, other);
        links.cut(other, server);
      }
    }
  }

  private void publish(String server, String command) {
    assertThat(group.propose(server, command)).isPresent();
    group.flush(server);
  }

  private String leader() {
    return Objects.requireNonNull(group.leader(), () -> "Nobody leads: " + story);
  }

  private String electOther(String than) {
    time.advance(ELECTION);
    assertThat(leader()).isNotEqualTo(than);
    return leader();
  }

  private void assertAllHave(String... commands) {
    assertThat(members.values())
        .allSatisfy(member -> assertThat(member.applied).containsExactly(commands));
  }

  @Test
  void aLeaderIsNotElectedAgain() {
    isolate("n1");
    group.elect("n1");
    links.heal();
    time.advance(ELECTION);
    OptionalLong index = group.propose("n1", List.of("goes on"));
    assertThat(index).isPresent();
    for (RecordingMember member : members.values()) {
      assertThat(member.applied).as(member.server).containsExactly("goes on");
    }
  }

  @Test
  void aNewGroupHasItsLeaderAtOnceAndWhatItTakesIsEverywhereAtOnce() {
    assertThat(leader()).isEqualTo("n1");
    publish("n1", "a");
    publish("n1", "b");
    assertAllHave("a", "b");
    assertThat(group.propose("n2", "c")).isEmpty();
    assertThat(group.lag("n3")).isZero();
    assertThat(time.pendingTimers()).isZero();
  }

  @Test
  void anotherReplicaLeadsWhenTheLeaderIsKilled() {
    publish("n1", "a");
    kill("n1", false);
    assertThat(group.leader()).isNull();
    String next = electOther("n1");
    publish(next, "b");
    assertThat(members.get("n1").applied).containsExactly("a");
    start("n1");
    assertAllHave("a", "b");
    assertThat(leader()).isEqualTo(next);
    assertThat(time.pendingTimers()).isZero();
  }

  @Test
  void aLeaderWithoutMajorityAppliesNothingAndItsTailIsCutOff() {
    publish("n1", "a");
    isolate("n1");
    publish("n1", "lost");
    assertThat(members.get("n1").applied).containsExactly("a");
    String next = electOther("n1");
    assertThat(story).contains("n1 has lost the quorum");
    publish(next, "b");
    links.heal();
    time.advance(ELECTION);
    publish(leader(), "c");
    assertAllHave("a", "b", "c");
  }

  @Test
  void aLinkThatIsCutOneWayEndsNoTerm() {
    Standing before = group.standing("n1");
    links.cut("n1", "n3");
    time.advance(ELECTION);
    publish("n1", "a");
    assertThat(group.standing("n1")).isEqualTo(before);
    assertThat(members.get("n3").applied).isEmpty();
    links.heal();
    assertAllHave("a");
    assertThat(group.standing("n1")).isEqualTo(before);
  }

  @Test
  void aMajorityBehindSlowLinksIsWaitedFor() {
    links.delay("n1", "n2", 30 * MILLISECOND);
    links.delay("n1", "n3", 70 * MILLISECOND);
    publish("n1", "a");
    time.advance(Duration.ofMillis(29));
    assertThat(members.get("n1").applied).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(members.get("n1").applied).containsExactly("a");
    assertThat(group.lag("n3")).isEqualTo(1);
    time.advance(ELECTION);
    assertAllHave("a");
    assertThat(leader()).isEqualTo("n1");
  }

  @Test
  void aPausedLeaderFollowsWhenItGoesOn() {
    links.pause("n1");
    assertThat(group.propose("n1", "lost")).isEmpty();
    time.advance(ELECTION);
    TreeSet<String> awake = new TreeSet<>(List.of("n2", "n3"));
    assertThat(awake).contains(leader());
    publish(leader(), "a");
    assertThat(members.get("n1").applied).isEmpty();
    links.resume("n1");
    time.advance(ELECTION);
    assertAllHave("a");
  }

  @Test
  void aReplicaThatHasLostItsLogIsBroughtUpToDate() {
    publish("n1", "a");
    kill("n3", true);
    publish("n1", "b");
    start("n3");
    assertAllHave("a", "b");
  }

  @Test
  void aStaleReplicaDoesNotWinWithOneThatHasLostItsLog() {
    isolate("n3");
    publish("n1", "a");
    kill("n1", false);
    kill("n2", true);
    links.heal();
    start("n2");
    time.advance(ELECTION);
    assertThat(group.leader()).isNull();
    start("n1");
    time.advance(ELECTION);
    publish(leader(), "b");
    assertAllHave("a", "b");
  }

  @Test
  void aGroupWhoseLogsAreAllLostBeginsAnew() {
    publish("n1", "a");
    List.of("n1", "n2", "n3").forEach(server -> kill(server, true));
    List.of("n1", "n2", "n3").forEach(this::start);
    time.advance(ELECTION);
    publish(leader(), "b");
    assertAllHave("b");
  }

  @Test
  void serversJoinAndLeaveOneAtATime() {
    publish("n1", "a");
    SortedSet<String> more = new TreeSet<>(group.members());
    more.add("n4");
    assertThat(group.change(more)).as("n4 does not run").isFalse();
    start("n4");
    assertThat(group.dismiss("n1")).as("n1 is counted on").isFalse();
    assertThat(group.change(more)).isTrue();
    publish("n1", "b");
    assertAllHave("a", "b");
    SortedSet<String> fewer = new TreeSet<>(more);
    fewer.remove("n1");
    assertThat(group.change(fewer)).isTrue();
    assertThat(electOther("n1")).isNotNull();
    assertThat(group.members()).isEqualTo(fewer);
    publish(leader(), "c");
    assertThat(members.get("n4").applied).containsExactly("a", "b", "c");
    assertThat(group.change(new TreeSet<>(List.of("n2")))).isFalse();
  }

  @Test
  void theLeaderHandsOver() {
    assertThat(group.stepDown("n3")).isTrue();
    assertThat(leader()).isEqualTo("n3");
    publish("n3", "a");
    assertAllHave("a");
  }

  @Test
  void aMemberThatThrowsIsEndedAndTheOthersGoOn() {
    members.get("n2").broken = true;
    publish("n1", "a");
    assertThat(group.standing("n2")).isNull();
    publish("n1", "b");
    assertThat(members.get("n3").applied).containsExactly("a", "b");
    members.remove("n2");
    start("n2");
    assertAllHave("a", "b");
  }

  @Test
  void theSameSeedElectsTheSameAtTheSameTime() {
    List<List<String>> stories = new ArrayList<>();
    for (long seed : new long[] {7, 7, 8}) {
      group.close();
      time.close();
      time = new VirtualTimeSource("replicas");
      time.freeze();
      begin(5, seed);
      long begin = time.nanoTime();
      for (int i = 0; i < 4; i++) {
        String leader = leader();
        kill(leader, false);
        time.advance(ELECTION);
        start(leader);
      }
      List<String> told = new ArrayList<>();
      story.forEach(
          line -> {
            String[] parts = line.split(" ", 2);
            told.add(Long.parseLong(parts[0]) - begin + " " + parts[1]);
          });
      stories.add(told);
    }
    assertThat(stories.get(1)).isEqualTo(stories.get(0));
    assertThat(stories.get(2)).isNotEqualTo(stories.get(0));
  }

  @Test
  void whatIsToCallTheGroupWaitsUntilItIsDone() {
    List<OptionalLong> indexes = new ArrayList<>();
    group.afterwards(() -> indexes.add(group.propose("n1", "a")));
    assertThat(indexes).hasSize(1);
    assertThat(indexes.get(0)).isPresent();
    assertThatThrownBy(() -> group.propose("n9", "b")).isInstanceOf(IllegalStateException.class);
  }
}
