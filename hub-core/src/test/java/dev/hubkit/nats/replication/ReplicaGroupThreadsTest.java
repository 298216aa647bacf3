package dev.hubkit.nats.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.replication.ReplicaHost.Standing;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.work.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A group that many threads call at once, in real time, while links are cut and servers killed. */
class ReplicaGroupThreadsTest {
  private static final long MILLISECOND = 1_000_000;
  private static final ElectionTimes TIMES =
      new ElectionTimes(MILLISECOND, 5 * MILLISECOND, 20 * MILLISECOND);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PUBLISHERS = 4;
  private static final int COMMANDS = 500;
  private static final int BLOWS = 60;

  private final TreeSet<String> servers = new TreeSet<>(List.of("n1", "n2", "n3"));
  private final ServerLinks links = new ServerLinks();
  private final Map<String, ListMember> members = new TreeMap<>();
  private final AtomicInteger lastCommand = new AtomicInteger();

  /** Keeps what it applies. The group calls it within its turns only. */
  private static final class ListMember implements ReplicaMember<Integer, List<Integer>> {
    private volatile List<Integer> applied = new CopyOnWriteArrayList<>();

    @Override
    public void apply(long index, long term, Integer command) {
      applied.add(command);
    }

    @Override
    public List<Integer> snapshot() {
      return List.copyOf(applied);
    }

    @Override
    public void restore(List<Integer> snapshot) {
      applied = new CopyOnWriteArrayList<>(snapshot);
    }

    @Override
    public void changed(Standing standing) {}

    @Override
    public void quorumLost() {}
  }

  @Test
  void replicasAreEqualWhenAllIsOver() throws InterruptedException {
    try (SystemTimeSource time = new SystemTimeSource("replicas");
        ReplicaGroup<Integer, List<Integer>> group =
            new ReplicaGroup<>(
                "threads", servers, TIMES, time, 1, links, new Supervisor("replicas"))) {
      for (String server : servers) {
        links.started(server);
        members.put(server, new ListMember());
        group.start(server, members.get(server));
      }
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < PUBLISHERS; i++) {
        threads.add(new Thread(() -> publish(group), "publisher-" + i));
      }
      Thread disturber = new Thread(() -> disturb(group), "disturber");
      threads.forEach(Thread::start);
      disturber.start();
      disturber.join(PATIENCE.toMillis());
      links.heal();
      threads.add(disturber);
      for (Thread thread : threads) {
        thread.join(PATIENCE.toMillis());
        assertThat(thread.isAlive()).isFalse();
      }
      // All that was proposed before is in the log of a leader, or cut off.
      await().atMost(PATIENCE).until(() -> group.leader() != null);
      int last = lastCommand.incrementAndGet();
      await().atMost(PATIENCE).until(() -> propose(group, last));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(members.values())
                      .allSatisfy(member -> assertThat(member.applied).contains(last)));
      List<Integer> first = members.get("n1").applied;
      assertThat(first).doesNotHaveDuplicates().hasSizeGreaterThan(BLOWS);
      assertThat(members.values())
          .allSatisfy(member -> assertThat(member.applied).isEqualTo(first));
    }
  }

  private boolean propose(ReplicaGroup<Integer, List<Integer>> group, int command) {
    boolean taken = false;
    for (String server : servers) {
      if (group.propose(server, command).isPresent()) {
        group.flush(server);
        taken = true;
        break;
      }
    }
    return taken;
  }

  // Goes on until enough is applied, since nothing is while there is no leader.
  private void publish(ReplicaGroup<Integer, List<Integer>> group) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 0; i < COMMANDS || members.get("n1").applied.size() <= BLOWS; i++) {
      propose(group, lastCommand.incrementAndGet());
      if (System.nanoTime() - end > 0) {
        break;
      }
    }
  }

  private void disturb(ReplicaGroup<Integer, List<Integer>> group) {
    Random random = new Random(1);
    List<String> names = List.copyOf(servers);
    for (int i = 0; i < BLOWS; i++) {
      String one = names.get(random.nextInt(names.size()));
      String other = names.get(random.nextInt(names.size()));
      switch (random.nextInt(5)) {
        case 0 -> links.cut(one, other);
        case 1 -> {
          links.pause(one);
          links.resume(one);
        }
        case 2 -> {
          group.end(one, false);
          links.ended(one);
          links.started(one);
          group.start(one, members.get(one));
        }
        case 3 -> links.delay(one, other, random.nextInt(2) * MILLISECOND);
        default -> links.heal();
      }
    }
    names.forEach(one -> names.forEach(other -> links.delay(one, other, 0)));
  }
}
