package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.account.Batch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final ArrayDeque<Runnable> workers = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();

  @Test
  void runsOnWhoeverComesAlong() {
    Lane lane = new Lane("quiet", workers::add, false, batch -> done.add("commit"));
    Batch batch = new Batch();
    lane.submit(b -> done.add("1"), batch);
    lane.submit(b -> done.add("2"), batch);
    assertThat(done).isEmpty();
    batch.flush();
    assertThat(done).containsExactly("1", "2", "commit");
    assertThat(workers).isEmpty();
  }

  @Test
  void commitsInOneGoWhatCameWhileItWaitedForTheDisk() {
    Batch publishers = new Batch();
    List<Lane> self = new ArrayList<>();
    Lane lane =
        new Lane(
            "waiting",
            workers::add,
            true,
            batch -> {
              if (!done.contains("commit")) {
                // While the first commit waits, others publish.
                for (String later : List.of("2", "3", "4")) {
                  self.get(0).submit(b -> done.add(later), publishers);
                }
                publishers.flush();
              }
              done.add("commit");
            });
    self.add(lane);
    lane.submit(b -> done.add("1"), publishers);
    publishers.flush();
    assertThat(done).as("run by the publisher").isEmpty();
    assertThat(workers).hasSize(1);
    workers.remove().run();
    assertThat(done).containsExactly("1", "commit", "2", "3", "4", "commit");
    assertThat(workers).isEmpty();
  }

  @Test
  void beginsOnTheCallersThread() {
    Lane lane = Lane.held("new", workers::add, true, batch -> done.add("commit"));
    lane.begin(b -> done.add("begun"));
    assertThat(done).containsExactly("begun", "commit");
    lane.execute(b -> done.add("later"));
    assertThat(done).hasSize(2);
    workers.remove().run();
    assertThat(done).endsWith("later", "commit");
  }

  @Test
  void holdsWhatComesBeforeItBegins() {
    Lane lane = Lane.held("known early", workers::add, false, batch -> done.add("commit"));
    Batch early = new Batch();
    lane.submit(b -> done.add("early"), early);
    early.flush();
    lane.execute(b -> done.add("timer"));
    assertThat(done).isEmpty();
    assertThat(workers).isEmpty();
    assertThat(lane.isIdle()).isFalse();
    lane.begin(
        b -> {
          // Whoever comes while the first task runs must not run the lane beside it.
          Batch late = new Batch();
          lane.submit(later -> done.add("late"), late);
          late.flush();
          done.add("begun");
        });
    assertThat(done).containsExactly("begun", "early", "timer", "commit", "late", "commit");
    assertThat(lane.isIdle()).isTrue();
  }
}
