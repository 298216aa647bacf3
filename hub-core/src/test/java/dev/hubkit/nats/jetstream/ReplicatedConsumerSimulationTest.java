package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.jetstream.JetStreamFixture.Received;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lets random histories happen to a consumer with replicas: servers are cut off, stand still, are
 * killed and lose all, while a client pulls and acknowledges. Its floor never goes back, what was
 * confirmed is never delivered again, and in the end all replicas are the same and everything was
 * delivered. {@code -Dhub.cluster.seeds=1-10000} runs other seeds.
 */
class ReplicatedConsumerSimulationTest {
  private static final int ACTIONS = 60;
  private static final Duration REST = Duration.ofSeconds(10);

  private static final class History {
    private final Random choice;
    private final ReplicatedConsumerFixture cluster;
    private final boolean all;
    private final List<Received> unanswered = new ArrayList<>();
    private final Map<String, Long> awaited = new HashMap<>();
    private final Set<Long> confirmed = new TreeSet<>();
    private final Set<Long> delivered = new HashSet<>();
    private final Map<Consumer, Long> floors = new HashMap<>();
    private final List<String> story = new ArrayList<>();
    private long highestFloor;
    private int asked;

    History(long seed, Path directory) {
      choice = new Random(seed);
      boolean queue = choice.nextBoolean();
      cluster =
          new ReplicatedConsumerFixture(directory, 3, queue ? ",\"retention\":\"workqueue\"" : "");
      cluster.listen("in");
      cluster.listen("confirmed.*");
      all = choice.nextInt(3) == 0 && !queue;
      cluster.consumer(
          "\"ack_policy\":\""
              + (all ? "all" : "explicit")
              + "\",\"ack_wait\":2000000000,\"max_waiting\":20",
          seed);
    }

    private void act() {
      List<String> running = cluster.running();
      String one = running.get(choice.nextInt(running.size()));
      String other = running.get(choice.nextInt(running.size()));
      switch (choice.nextInt(24)) {
        case 0 -> tell("isolate " + one, () -> cluster.isolate(one));
        case 1 -> tell("cut " + one + " to " + other, () -> cluster.links.cut(one, other));
        case 2, 3 -> tell("heal", cluster.links::heal);
        case 4 -> tell("pause " + one, () -> cluster.pause(one));
        case 5, 6 -> tell("resume", cluster::resume);
        case 7 -> tell("step down", () -> cluster.group().stepDown(null));
        case 8 -> kill(one);
        case 9 -> restart();
        case 10 -> slow(one, other, choice.nextLong(20_000_000));
        case 11 -> slow(one, other, 0);
        case 12, 13, 14 -> publish();
        case 15, 16, 17 -> pull(1 + choice.nextInt(3));
        default -> answer();
      }
    }

    private void tell(String what, Runnable action) {
      story.add(cluster.time.nanoTime() / 1_000_000 + " " + what);
      action.run();
    }

    private void slow(String from, String to, long nanos) {
      if (!from.equals(to)) {
        tell(from + " to " + to + " takes " + nanos, () -> cluster.links.delay(from, to, nanos));
      }
    }

    // What is in memory alone survives as long as a majority has it.
    private void kill(String one) {
      boolean isWhole =
          cluster.running().size() == 3
              && cluster.running().stream()
                  .allMatch(
                      each -> cluster.group().leader() != null && cluster.group().lag(each) == 0);
      if (isWhole && !cluster.isPaused(one)) {
        tell("kill " + one, () -> cluster.kill(one));
      }
    }

    private void restart() {
      for (String name : List.of("n1", "n2", "n3")) {
        if (!cluster.running().contains(name)) {
          tell("restart " + name, () -> cluster.restart(name));
        }
      }
    }

    private void publish() {
      tell("publish", () -> cluster.publish("m" + (cluster.published().size() + 1)));
    }

    private void pull(int count) {
      tell("pull " + count, () -> cluster.pull("{\"batch\":" + count + ",\"expires\":1000000000}"));
    }

    private void answer() {
      if (unanswered.isEmpty()) {
        return;
      }
      Received message = unanswered.remove(choice.nextInt(unanswered.size()));
      int kind = choice.nextInt(10);
      String text = kind == 0 ? "-NAK" : kind == 1 ? "+TERM" : kind == 2 ? "+WPI" : "+ACK";
      String reply = "confirmed." + ++asked;
      if (kind == 1 || kind > 2) {
        awaited.put(reply, sequence(message));
      }
      tell(text + " " + message.reply(), () -> cluster.ack(message, reply, text));
    }

    private static long sequence(Received message) {
      return Long.parseLong(String.valueOf(message.reply()).split("\\.", -1)[5]);
    }

    private void look() {
      for (Received each : cluster.take("in")) {
        if (each.reply() != null) {
          long sequence = sequence(each);
          story.add(cluster.time.nanoTime() / 1_000_000 + " got " + each.reply());
          assertThat(confirmed).as("confirmed, and delivered again").doesNotContain(sequence);
          delivered.add(sequence);
          unanswered.add(each);
        }
      }
      for (Received each : cluster.take("confirmed.*")) {
        Long sequence = awaited.remove(each.subject());
        if (sequence != null) {
          story.add(cluster.time.nanoTime() / 1_000_000 + " confirmed " + sequence);
          confirmed.add(sequence);
        }
      }
      for (String name : cluster.running()) {
        Consumer consumer = cluster.replica(name);
        long floor = consumer.state().floorStream();
        assertThat(floor)
            .as("floor on " + name)
            .isGreaterThanOrEqualTo(floors.getOrDefault(consumer, 0L));
        floors.put(consumer, floor);
        highestFloor = Math.max(highestFloor, floor);
      }
    }

    void run() {
      for (int i = 0; i < ACTIONS; i++) {
        act();
        look();
        cluster.time.advance(Duration.ofMillis(choice.nextInt(choice.nextInt(5) == 0 ? 1500 : 60)));
        look();
      }
      heal();
      checkAll();
    }

    private void heal() {
      cluster.resume();
      cluster.links.heal();
      for (String from : cluster.running()) {
        for (String to : cluster.running()) {
          if (!from.equals(to)) {
            cluster.links.delay(from, to, 0);
          }
        }
      }
      restart();
      cluster.time.advance(REST);
      look();
    }

    private void checkAll() {
      cluster.requireEqualReplicas();
      assertThat(cluster.replica(cluster.leader()).state().floorStream())
          .as("floor")
          .isGreaterThanOrEqualTo(highestFloor);
      long last = cluster.published().size();
      for (int i = 0; i < 50 && cluster.replica("n1").state().floorStream() < last; i++) {
        pull(10);
        look();
        while (!unanswered.isEmpty()) {
          cluster.ack(unanswered.remove(0), null, "");
        }
        cluster.time.advance(Duration.ofSeconds(3));
        look();
      }
      cluster.requireEqualReplicas();
      assertThat(cluster.replica("n1").state().floorStream()).as("floor").isEqualTo(last);
      if (all) {
        // One whose delivery was lost with its leader is settled by the answer to a later one.
        assertThat(delivered).as("delivered").contains(last);
      } else {
        assertThat(delivered).as("delivered").hasSize((int) last);
      }
    }
  }

  @Test
  void nothingThatWasConfirmedComesAgainAndNothingIsLost(@TempDir Path directory) {
    String[] seeds = System.getProperty("hub.cluster.seeds", "1-12").split("-", -1);
    long confirmations = 0;
    long elections = 0;
    long runs = 0;
    for (long seed = Long.parseLong(seeds[0]); seed <= Long.parseLong(seeds[1]); seed++) {
      History history = new History(seed, directory.resolve("" + seed));
      try {
        history.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "Seed "
                + seed
                + ": "
                + e
                + "\n"
                + String.join("\n", history.story)
                + "\n"
                + history.cluster.story,
            e);
      } finally {
        history.cluster.end();
      }
      confirmations += history.confirmed.size();
      elections += history.cluster.story.stream().filter(each -> each.endsWith("leads")).count();
      runs++;
    }
    // The histories are not all of one kind: there is work, and leaders change.
    assertThat(confirmations).isGreaterThan(runs);
    assertThat(elections).isGreaterThan(2 * runs);
  }
}
