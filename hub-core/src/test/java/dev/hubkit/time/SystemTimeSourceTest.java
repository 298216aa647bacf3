package dev.hubkit.time;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class SystemTimeSourceTest {
  @Test
  void runsTasksOnItsOwnThreadWhichEndsWithIt() throws InterruptedException {
    SynchronousQueue<Thread> ranOn = new SynchronousQueue<>();
    Thread thread;
    try (SystemTimeSource time = new SystemTimeSource("time-test")) {
      time.schedule(
          Duration.ofMillis(1),
          () -> {
            try {
              ranOn.put(Thread.currentThread());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      thread = ranOn.poll(10, SECONDS);
      assertThat(thread).isNotNull();
      assertThat(thread.getName()).isEqualTo("time-test");
    }
    Awaitility.await().until(() -> !thread.isAlive());
  }

  @Test
  void aTaskThatFailsLeavesTheLaterOnesRunning() throws InterruptedException {
    try (SystemTimeSource time = new SystemTimeSource("time-test-failure")) {
      CountDownLatch later = new CountDownLatch(1);
      time.schedule(
          0,
          () -> {
            throw new IllegalStateException("on purpose");
          });
      time.schedule(1, later::countDown);
      assertThat(later.await(10, SECONDS)).isTrue();
    }
  }

  @Test
  void afterCloseTimersAreDroppedQuietly() {
    SystemTimeSource time = new SystemTimeSource("time-test-closed");
    time.close();
    CountDownLatch never = new CountDownLatch(1);
    time.schedule(0, never::countDown).cancel();
    assertThat(never.getCount()).isOne();
  }

  @Test
  void tellsTheTimeOfTheMachine() {
    try (SystemTimeSource time = new SystemTimeSource("time-test-clock")) {
      assertThat(time.now())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
    }
  }
}
