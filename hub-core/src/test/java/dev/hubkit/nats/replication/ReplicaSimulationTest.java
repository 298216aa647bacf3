package dev.hubkit.nats.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Lets random histories happen to simulated groups: kills, lost logs, pauses, cut and slow links,
 * new members. {@code -Dhub.replication.seeds=1-1000000} runs others than the usual ones.
 */
class ReplicaSimulationTest {
  private static final long MILLISECOND = 1_000_000;
  private static final int ACTIONS = 60;

  @Test
  void nothingAcknowledgedIsLostWhateverHappens() {
    String[] seeds = System.getProperty("hub.replication.seeds", "1-300").split("-", -1);
    long acknowledged = 0;
    long elections = 0;
    for (long seed = Long.parseLong(seeds[0]); seed <= Long.parseLong(seeds[1]); seed++) {
      SimulatedGroup group = history(seed, false);
      acknowledged += group.acknowledgedCount();
      elections += group.elections();
    }
    // The histories are not all of one kind: there is work, and leaders change.
    long runs = Long.parseLong(seeds[1]) - Long.parseLong(seeds[0]) + 1;
    assertThat(acknowledged).isGreaterThan(10 * runs);
    assertThat(elections).isGreaterThan(2 * runs);
  }

  @Test
  void aSeedGivesTheSameHistoryAgain() {
    for (long seed = 1; seed <= 20; seed++) {
      assertThat(history(seed, true).story()).isEqualTo(history(seed, true).story());
    }
  }

  private static SimulatedGroup history(long seed, boolean tells) {
    Random choice = new Random(~seed);
    int servers = choice.nextBoolean() ? 3 : 5;
    int members = choice.nextInt(4) == 0 ? 1 + choice.nextInt(servers) : servers;
    SimulatedGroup group = new SimulatedGroup(seed, servers, members, tells);
    try {
      for (int i = 0; i < ACTIONS; i++) {
        group.run(choice.nextLong(30 * MILLISECOND));
        act(group, choice);
      }
      group.checkAfterHealing();
    } catch (RuntimeException | AssertionError e) {
      if (tells) {
        throw new AssertionError("Seed " + seed + ": " + e + "\n" + group.story(), e);
      }
      history(seed, true);
      throw new AssertionError("Seed " + seed + " fails, but not when it tells of it", e);
    }
    return group;
  }

  private static void act(SimulatedGroup group, Random choice) {
    List<SimulatedReplica> all = new ArrayList<>(group.replicas());
    SimulatedReplica one = all.get(choice.nextInt(all.size()));
    SimulatedReplica other = all.get(choice.nextInt(all.size()));
    switch (choice.nextInt(24)) {
      case 0 -> one.kill(false);
      case 1 -> killLeader(group);
      case 2 -> loseLog(group, one);
      case 3 -> one.pause();
      case 4 -> all.forEach(SimulatedReplica::resume);
      case 5 -> group.cut(one.name(), other.name());
      case 6 -> isolate(group, one);
      case 7, 8 -> group.heal();
      case 9 -> group.slow(choice.nextLong(20 * MILLISECOND));
      case 10 -> group.slow(0);
      case 11 -> changeMembers(group, one);
      case 12 -> one.stepDown();
      case 13 -> all.forEach(each -> each.compact(choice.nextInt(10)));
      case 14, 15, 16 -> one.bringBack();
      default -> all.forEach(each -> group.publish(each, 1 + choice.nextInt(3)));
    }
  }

  private static void killLeader(SimulatedGroup group) {
    SimulatedReplica leader = group.leader();
    if (leader != null) {
      leader.kill(false);
    }
  }

  // What only one whole replica has can't be had when this one loses it, too.
  private static void loseLog(SimulatedGroup group, SimulatedReplica one) {
    SimulatedReplica leader = group.leader();
    if (leader != null && group.areAllWhole(leader.members()) && leader.members().size() > 2) {
      one.kill(true);
    }
  }

  private static void isolate(SimulatedGroup group, SimulatedReplica one) {
    for (SimulatedReplica each : group.replicas()) {
      if (each != one) {
        group.cut(one.name(), each.name());
        group.cut(each.name(), one.name());
      }
    }
  }

  private static void changeMembers(SimulatedGroup group, SimulatedReplica one) {
    SimulatedReplica leader = group.leader();
    if (leader != null && one.isRunning() && !one.isPaused()) {
      leader.change(one.name());
    }
  }
}
