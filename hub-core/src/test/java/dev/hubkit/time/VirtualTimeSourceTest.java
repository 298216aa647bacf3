package dev.hubkit.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class VirtualTimeSourceTest {
  private static final int PATIENCE_SECONDS = 20;

  private final VirtualTimeSource time = new VirtualTimeSource("virtual-time-test");
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() {
    time.close();
  }

  @Test
  void flowsWithTheMachine() throws InterruptedException {
    assertThat(Duration.between(Instant.now(), time.now()).abs()).isLessThan(Duration.ofSeconds(5));
    long before = time.nanoTime();
    CountDownLatch due = new CountDownLatch(1);
    time.schedule(Duration.ofMillis(20), due::countDown);
    assertThat(due.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(time.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
  }

  @Test
  void anEarlierTimerIsNotHeldUpByALaterOne() throws InterruptedException {
    time.schedule(Duration.ofHours(1), () -> ran.add("late"));
    CountDownLatch due = new CountDownLatch(1);
    time.schedule(Duration.ofMillis(1), due::countDown);
    assertThat(due.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).isEmpty();
  }

  @Test
  void frozenItStandsStillButForWhatIsDueAlready() throws InterruptedException {
    time.freeze();
    long frozen = time.nanoTime();
    CountDownLatch due = new CountDownLatch(1);
    time.schedule(1, () -> ran.add("later"));
    time.schedule(0, due::countDown);
    assertThat(due.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(time.nanoTime()).isEqualTo(frozen);
    assertThat(time.isFrozen()).isTrue();
    assertThat(ran).isEmpty();
  }

  @Test
  void advancingRunsTimersInOrderOnTheCallersThreadAtTheirTimes() {
    time.freeze();
    Instant start = time.now();
    List<Instant> seen = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    time.schedule(Duration.ofSeconds(2), () -> seen.add(time.now()));
    time.schedule(
        Duration.ofSeconds(1),
        () -> {
          threads.add(Thread.currentThread());
          seen.add(time.now());
          time.schedule(Duration.ofHours(1), () -> seen.add(time.now()));
        });
    time.schedule(Duration.ofHours(3), () -> ran.add("too late"));
    time.advance(Duration.ofHours(2), () -> ran.add("settled"));
    assertThat(seen)
        .containsExactly(start.plusSeconds(1), start.plusSeconds(2), start.plusSeconds(3601));
    assertThat(threads).containsExactly(Thread.currentThread());
    assertThat(ran).containsExactly("settled", "settled", "settled", "settled");
    assertThat(time.now()).isEqualTo(start.plus(Duration.ofHours(2)));
    assertThat(time.isFrozen()).isTrue();
  }

  @Test
  void advancesToTheNextTimerAndNamesIt() {
    time.freeze();
    Instant start = time.now();
    assertThat(time.nextTimer()).isEmpty();
    time.schedule(
        Duration.ofSeconds(2),
        new SupervisedTask(() -> ran.add("a"), failure -> {}).on(Runnable::run));
    time.schedule(Duration.ofSeconds(2), () -> ran.add("b"));
    time.schedule(Duration.ofSeconds(3), () -> ran.add("c"));
    String mine = "virtual time source test";
    assertThat(time.nextTimer())
        .contains(new VirtualTimeSource.NextTimer(mine, Duration.ofSeconds(2)));
    assertThat(time.advanceToNextTimer(Duration.ofSeconds(1), () -> ran.add("settled"))).isEmpty();
    assertThat(time.now()).isEqualTo(start.plusSeconds(1));
    assertThat(time.advanceToNextTimer(Duration.ofHours(1), () -> {})).containsExactly(mine, mine);
    assertThat(time.now()).isEqualTo(start.plusSeconds(2));
    assertThat(ran).containsExactly("settled", "a", "b");
    assertThat(time.advanceToNextTimer(Duration.ZERO, () -> {})).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> time.advanceToNextTimer(Duration.ofNanos(-1), () -> {}));
  }

  @Test
  void flowsOnFromWhereItWasAdvancedTo() {
    long start = time.nanoTime();
    time.advance(Duration.ofDays(1));
    assertThat(time.isFrozen()).isFalse();
    assertThat(time.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofDays(1).toNanos());
    time.freeze();
    long frozen = time.nanoTime();
    time.resume();
    time.resume();
    assertThat(time.nanoTime()).isGreaterThanOrEqualTo(frozen);
    assertThat(time.nanoTime() - frozen).isLessThan(Duration.ofHours(1).toNanos());
  }

  @Test
  void aTimerThatFailsDoesNotStopTheOthers() {
    time.freeze();
    time.schedule(
        Duration.ofSeconds(1),
        () -> {
          throw new IllegalStateException("on purpose");
        });
    time.schedule(Duration.ofSeconds(1), () -> ran.add("next"));
    time.advance(Duration.ofSeconds(1));
    assertThat(ran).containsExactly("next");
  }

  @Test
  void aTimerCannotMoveTime() {
    time.freeze();
    time.schedule(
        Duration.ofSeconds(1),
        () -> {
          try {
            time.advance(Duration.ofSeconds(1));
          } catch (IllegalStateException e) {
            ran.add("refused");
          }
        });
    time.advance(Duration.ofSeconds(1));
    assertThat(ran).containsExactly("refused");
  }

  @Test
  void freezingWaitsForTheTimerThatRuns() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    time.schedule(
        0,
        () -> {
          running.countDown();
          try {
            ran.add(go.await(PATIENCE_SECONDS, TimeUnit.SECONDS) ? "done" : "impatient");
          } catch (InterruptedException e) {
            ran.add("interrupted");
          }
        });
    assertThat(running.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Void> frozen = CompletableFuture.runAsync(time::freeze);
    go.countDown();
    frozen.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(ran).containsExactly("done");
  }

  @Test
  void closedItRunsNothingAndHasNoThread() {
    time.schedule(Duration.ofHours(1), () -> ran.add("never"));
    time.close();
    time.schedule(0, () -> ran.add("never"));
    assertThat(time.pendingTimers()).isZero();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("virtual-time-test");
    time.close();
  }

  @Test
  void refusesToGoBack() {
    assertThatIllegalArgumentException().isThrownBy(() -> time.advance(Duration.ofNanos(-1)));
  }
}
