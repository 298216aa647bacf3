package dev.hubkit.nats.jetstream.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.Supervisor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

public class SerialExecutorTest {
  private final ArrayDeque<Runnable> workers = new ArrayDeque<>();
  private final Supervisor supervisor = new Supervisor("test");
  private final List<String> done = new ArrayList<>();

  @Test
  public void runsOnWhoeverComesAlong() {
    SerialExecutor executor =
        new SerialExecutor("quiet", supervisor, workers::add, false, batch -> done.add("commit"));
    WorkBatch batch = new WorkBatch();
    executor.submit(b -> done.add("1"), batch);
    executor.submit(b -> done.add("2"), batch);
    assertThat(done).isEmpty();
    batch.flush();
    assertThat(done).containsExactly("1", "2", "commit");
    assertThat(workers).isEmpty();
  }

  @Test
  public void commitsInOneGoWhatCameWhileItWaitedForTheDisk() {
    WorkBatch publishers = new WorkBatch();
    List<SerialExecutor> self = new ArrayList<>();
    SerialExecutor executor =
        new SerialExecutor(
            "waiting",
            supervisor,
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
    self.add(executor);
    executor.submit(b -> done.add("1"), publishers);
    publishers.flush();
    assertThat(done).as("work that the publisher ran").isEmpty();
    assertThat(workers).hasSize(1);
    // A slow machine takes a second turn for what came in the first.
    while (!workers.isEmpty()) {
      workers.remove().run();
    }
    assertThat(done).containsExactly("1", "commit", "2", "3", "4", "commit");
  }

  @Test
  public void beginsOnTheCallersThread() {
    SerialExecutor executor =
        SerialExecutor.held("new", supervisor, workers::add, true, batch -> done.add("commit"));
    executor.begin(b -> done.add("begun"));
    assertThat(done).containsExactly("begun", "commit");
    executor.execute(b -> done.add("later"));
    assertThat(done).hasSize(2);
    workers.remove().run();
    assertThat(done).endsWith("later", "commit");
  }

  @Test
  public void holdsWhatComesBeforeItBegins() {
    SerialExecutor executor =
        SerialExecutor.held(
            "known early", supervisor, workers::add, false, batch -> done.add("commit"));
    WorkBatch early = new WorkBatch();
    executor.submit(b -> done.add("early"), early);
    early.flush();
    executor.execute(b -> done.add("timer"));
    assertThat(done).isEmpty();
    assertThat(workers).isEmpty();
    assertThat(executor.isIdle()).isFalse();
    executor.begin(
        b -> {
          // A thread that submits work while the first task runs must not run the executor as well.
          WorkBatch late = new WorkBatch();
          executor.submit(later -> done.add("late"), late);
          late.flush();
          done.add("begun");
        });
    assertThat(done).containsExactly("begun", "early", "timer", "commit", "late", "commit");
    assertThat(executor.isIdle()).isTrue();
  }

  /** An executor that always has more work must not keep a worker from other executors. */
  @Test
  public void leavesItsWorkerToOthers() throws InterruptedException {
    ExecutorService worker = Executors.newSingleThreadExecutor();
    AtomicBoolean over = new AtomicBoolean();
    try {
      SerialExecutor busy = new SerialExecutor("busy", supervisor, worker, true, batch -> {});
      WorkBatch batch = new WorkBatch();
      busy.submit(again(busy, over), batch);
      batch.flush();
      SerialExecutor other = new SerialExecutor("other", supervisor, worker, true, b -> {});
      CountDownLatch served = new CountDownLatch(1);
      other.submit(b -> served.countDown(), batch);
      batch.flush();
      assertThat(served.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      over.set(true);
      worker.shutdown();
    }
  }

  private static SerialExecutor.Task again(SerialExecutor executor, AtomicBoolean over) {
    return batch -> {
      if (!over.get()) {
        executor.submit(again(executor, over), batch);
      }
    };
  }

  public static Stream<Throwable> failures() {
    return Stream.of(
        new IllegalStateException("a test's"),
        new StackOverflowError("a test's"),
        new OutOfMemoryError("a test's"));
  }

  @SuppressWarnings("TypeParameterUnusedInFormals")
  public static <T extends Throwable> void raise(Throwable failure) throws T {
    @SuppressWarnings("unchecked")
    T unchecked = (T) failure;
    throw unchecked;
  }

  @ParameterizedTest
  @MethodSource("failures")
  public void goesOnAfterWhateverATaskThrows(Throwable failure) {
    SerialExecutor executor =
        new SerialExecutor("failing", supervisor, workers::add, false, batch -> done.add("commit"));
    WorkBatch batch = new WorkBatch();
    executor.submit(b -> SerialExecutorTest.<RuntimeException>raise(failure), batch);
    executor.submit(b -> done.add("next"), batch);
    batch.flush();
    assertThat(done).containsExactly("next", "commit");
    assertThat(executor.isIdle()).isTrue();
    assertThat(executor.isCurrent()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("failures")
  public void goesOnAfterWhateverTheCommitThrows(Throwable failure) {
    SerialExecutor executor =
        new SerialExecutor(
            "failing",
            supervisor,
            workers::add,
            false,
            batch -> SerialExecutorTest.<RuntimeException>raise(failure));
    executor.execute(b -> done.add("1"));
    executor.execute(b -> done.add("2"));
    assertThat(done).containsExactly("1", "2");
    assertThat(executor.isIdle()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("failures")
  public void runsOnTheCallersThreadWhenTheWorkersFail(Throwable failure) {
    SerialExecutor executor =
        new SerialExecutor(
            "without workers",
            supervisor,
            task -> SerialExecutorTest.<RuntimeException>raise(failure),
            true,
            batch -> done.add("commit"));
    executor.execute(b -> done.add("1"));
    executor.execute(b -> done.add("2"));
    assertThat(done).containsExactly("1", "commit", "2", "commit");
    assertThat(executor.isIdle()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("failures")
  public void isRunOnceByWorkersThatTakeItAndFail(Throwable failure) {
    SerialExecutor executor =
        new SerialExecutor(
            "taken",
            supervisor,
            task -> {
              workers.add(task);
              SerialExecutorTest.<RuntimeException>raise(failure);
            },
            true,
            batch -> done.add("commit"));
    executor.execute(b -> done.add("1"));
    assertThat(done).containsExactly("1", "commit");
    // A worker that comes for the executor later must not run it while another thread does.
    executor.execute(
        b -> {
          workers.remove().run();
          done.add("2");
        });
    assertThat(done).containsExactly("1", "commit", "2", "commit");
  }

  @Test
  public void flushesTheOtherTargetsOfABatchWhenOneFails() {
    SerialExecutor executor =
        new SerialExecutor("timer", supervisor, workers::add, false, batch -> {});
    executor.execute(
        batch -> {
          batch.defer(
              target -> {
                throw new OutOfMemoryError("a test's");
              });
          batch.defer(target -> done.add("flushed"));
        });
    assertThat(done).containsExactly("flushed");
  }

  @Test
  public void isNotWaitedForLongerThanThereIsTime() throws InterruptedException {
    CountDownLatch free = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      SerialExecutor stuck = new SerialExecutor("stuck", supervisor, thread, true, batch -> {});
      SerialExecutor other =
          new SerialExecutor("other", supervisor, Runnable::run, true, batch -> {});
      stuck.execute(batch -> awaitUninterruptibly(free));
      AwaitedTasks work = new AwaitedTasks(supervisor, 1);
      work.begin(stuck, batch -> done.add("never"));
      work.begin(other, batch -> done.add("other"));
      assertThat(work.await()).isFalse();
      assertThat(done).containsExactly("other");
    } finally {
      free.countDown();
      thread.shutdown();
      assertThat(thread.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
