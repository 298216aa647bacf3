package dev.hubkit.nats.jetstream.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.SerialExecutorTest;
import dev.hubkit.work.Supervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamChangeQueueTest {
  private final Supervisor supervisor = new Supervisor("test");
  private final StreamChangeQueue mutations = new StreamChangeQueue(supervisor);
  private final SerialExecutor executor =
      new SerialExecutor("account", supervisor, Runnable::run, true, mutations::advance);
  private final List<String> done = new ArrayList<>();
  private final List<SerialExecutor.Task> ends = new ArrayList<>();

  private void add(StreamChange mutation) {
    WorkBatch batch = new WorkBatch();
    mutations.add(mutation, executor, batch);
    batch.flush();
  }

  private void end(int index) {
    WorkBatch batch = new WorkBatch();
    ends.get(index).run(batch);
    batch.flush();
  }

  @Test
  void waitForEachOther() {
    add((batch, end) -> ends.add(end));
    add(
        (batch, end) -> {
          done.add("second");
          end.run(batch);
        });
    assertThat(done).isEmpty();
    end(0);
    assertThat(done).containsExactly("second");
  }

  @ParameterizedTest
  @MethodSource("dev.hubkit.nats.jetstream.runtime.SerialExecutorTest#failures")
  void areOverWhenTheyThrow(Throwable failure) {
    add((batch, end) -> SerialExecutorTest.<RuntimeException>raise(failure));
    add((batch, end) -> done.add("second"));
    assertThat(done).containsExactly("second");
  }

  @Test
  void endOnceHoweverOftenSomebodySaysSo() {
    add((batch, end) -> ends.add(end));
    add((batch, end) -> ends.add(end));
    add((batch, end) -> done.add("third"));
    end(0);
    end(0);
    assertThat(done).as("changes done while the second has not ended").isEmpty();
    end(1);
    assertThat(done).containsExactly("third");
  }

  @ParameterizedTest
  @MethodSource("dev.hubkit.nats.jetstream.runtime.SerialExecutorTest#failures")
  void areOverWhenTheyThrowAfterTheirEnd(Throwable failure) {
    add(
        (batch, end) -> {
          end.run(batch);
          SerialExecutorTest.<RuntimeException>raise(failure);
        });
    add((batch, end) -> ends.add(end));
    add((batch, end) -> done.add("third"));
    assertThat(ends).as("changes begun after the failure").hasSize(1);
    assertThat(done).as("changes done before the second has ended").isEmpty();
  }

  @Test
  void areOverWhenTheirRestIsRejected() {
    add(
        (batch, end) -> {
          throw new RejectedExecutionException("a test's");
        });
    add((batch, end) -> done.add("second"));
    assertThat(done).containsExactly("second");
  }
}
