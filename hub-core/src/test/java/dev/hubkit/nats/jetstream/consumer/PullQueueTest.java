package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PullQueueTest {
  @Test
  void servesRoundRobin() {
    PullQueue queue = new PullQueue(10, false, null);
    queue.add(entry("a", 3, 0));
    queue.add(entry("b", 1, 0));
    queue.add(entry("c", 2, 0));
    assertThat(serveAll(queue)).containsExactly("a", "b", "c", "a", "c", "a");
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void servesTheLowestPriorityFirstAndEqualsRoundRobin() {
    PullQueue queue = new PullQueue(10, true, null);
    queue.add(entry("late", 1, 5));
    queue.add(entry("a", 2, 1));
    queue.add(entry("b", 2, 1));
    queue.add(entry("first", 1, 0));
    assertThat(serveAll(queue)).containsExactly("first", "a", "b", "a", "b", "late");
  }

  @Test
  void refusesMoreThanItsCapacity() {
    PullQueue queue = new PullQueue(2, false, null);
    assertThat(queue.add(entry("a", 1, 0))).isTrue();
    assertThat(queue.add(entry("b", 1, 0))).isTrue();
    assertThat(queue.add(entry("c", 1, 0))).isFalse();
    queue.removeFirst();
    assertThat(queue.add(entry("d", 1, 0))).isTrue();
    assertThat(serveAll(queue)).containsExactly("b", "d");
  }

  @Test
  void cyclesUnserved() {
    PullQueue queue = new PullQueue(10, false, null);
    queue.add(entry("a", 1, 0));
    queue.cycle();
    queue.add(entry("b", 1, 0));
    queue.cycle();
    assertThat(serveAll(queue)).containsExactly("b", "a");
  }

  @Test
  void removesFromTheMiddleAndTheEnd() {
    PullQueue queue = new PullQueue(10, false, null);
    PullQueue.Entry a = entry("a", 1, 0);
    PullQueue.Entry b = entry("b", 1, 0);
    PullQueue.Entry c = entry("c", 1, 0);
    queue.add(a);
    queue.add(b);
    queue.add(c);
    queue.remove(a, b);
    queue.remove(a, c);
    queue.add(entry("d", 1, 0));
    assertThat(serveAll(queue)).containsExactly("a", "d");
  }

  private static List<String> serveAll(PullQueue queue) {
    List<String> served = new ArrayList<>();
    for (PullQueue.Entry next = queue.peek(); next != null; next = queue.peek()) {
      served.add(next.reply);
      queue.serve();
    }
    return served;
  }

  private static PullQueue.Entry entry(String reply, long batch, long level) {
    PullRequest request =
        new PullRequest(batch, 0, 0, false, 0, new PullRequest.Priority("", 0, 0, "", level));
    return new PullQueue.Entry(request, reply, 0);
  }
}
