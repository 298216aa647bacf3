package dev.hubkit.junit.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.history.LinearizabilityCheck.Linearizable;
import dev.hubkit.junit.history.LinearizabilityCheck.Undecided;
import dev.hubkit.junit.history.LinearizabilityCheck.Verdict;
import dev.hubkit.junit.history.LinearizabilityCheck.Violated;
import dev.hubkit.junit.history.RegisterAction.Read;
import dev.hubkit.junit.history.RegisterAction.Refused;
import dev.hubkit.junit.history.RegisterAction.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Generated histories of registers, right and wrong, and what the search says of them. */
class LinearizabilityCheckTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final RegisterValue A = RegisterValue.of("a");
  private static final RegisterValue B = RegisterValue.of("b");

  private static Verdict check(List<RegisterOperation> history) {
    return new LinearizabilityCheck(RegisterState.absent(), history).search(PATIENCE);
  }

  private static RegisterOperation op(long begin, long end, RegisterAction action) {
    return new RegisterOperation(begin, end, 0, "client", action.toString(), action);
  }

  private static Write put(RegisterValue value, long revision) {
    return new Write(value, RegisterAction.ANY, revision, RegisterAction.NEVER);
  }

  @Test
  void acceptsWhatARegisterDid() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      List<RegisterOperation> history =
          GeneratedRegister.of(random, 60, 1 + seed % 8, seed % 2 == 0);
      Collections.shuffle(history, random);
      assertThat(check(history)).as("seed %d", seed).isInstanceOf(Linearizable.class);
      // Nothing is known of what was before.
      assertThat(
              new LinearizabilityCheck(
                      RegisterState.unknown(RegisterAction.NEVER),
                      history.subList(0, history.size()))
                  .search(PATIENCE))
          .as("seed %d", seed)
          .isInstanceOf(Linearizable.class);
    }
  }

  @Test
  void decidesAsEveryOrderDoes() {
    int wrong = 0;
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      List<RegisterOperation> history =
          new ArrayList<>(GeneratedRegister.of(random, 6, 1 + seed % 3, seed % 2 == 0));
      int changes = seed % 3;
      for (int i = 0; i < changes; i++) {
        int at = random.nextInt(history.size());
        history.set(at, changed(history.get(at), random));
      }
      boolean right = EveryOrder.explains(Set.of(RegisterState.absent()), history);
      wrong += right ? 0 : 1;
      assertThat(check(history))
          .as("seed %d: %s", seed, history)
          .isInstanceOf(right ? Linearizable.class : Violated.class);
    }
    assertThat(wrong).isBetween(500, 2500);
  }

  private static RegisterOperation changed(RegisterOperation from, Random random) {
    RegisterAction action = from.action();
    if (action instanceof Read read) {
      action =
          random.nextBoolean()
              ? new Read(read.revision() + 1, read.value())
              : new Read(read.revision(), A);
    } else if (action instanceof Write write) {
      action =
          new Write(
              write.value(),
              random.nextBoolean() ? random.nextInt(4) : write.expected(),
              Math.max(1, write.revision() + random.nextInt(3) - 1),
              write.expires());
    } else if (action instanceof Refused refused) {
      action = new Refused(/* expected= */ refused.actual(), /* actual= */ refused.expected());
    }
    return new RegisterOperation(
        from.begin(), from.end(), from.endTime(), from.who(), action.toString(), action);
  }

  @Test
  void rejectsOldValuesLostWritesAndWritesThatShouldHaveBeenRefused() {
    assertThat(check(List.of(op(1, 2, put(A, 1)), op(3, 4, put(B, 2)), op(5, 6, new Read(1, A)))))
        .isInstanceOf(Violated.class);
    assertThat(check(List.of(op(1, 2, put(A, 1)), op(3, 4, new Read(0, Read.NONE)))))
        .isInstanceOf(Violated.class);
    Write first = new Write(A, 1, 2, RegisterAction.NEVER);
    Write second = new Write(B, 1, 3, RegisterAction.NEVER);
    assertThat(check(List.of(op(1, 2, put(A, 1)), op(3, 6, first), op(4, 5, second))))
        .isInstanceOf(Violated.class);
    assertThat(check(List.of(op(1, 2, put(A, 1)), op(3, 4, new Refused(1, 1)))))
        .isInstanceOf(Violated.class);
    assertThat(check(List.of(op(1, 2, put(A, 2)), op(3, 4, put(B, 1)))))
        .isInstanceOf(Violated.class);
  }

  @Test
  void acceptsEitherFateOfWhatWasNotAnswered() {
    RegisterOperation lost = op(3, 4, put(B, 2)).unanswered();
    assertThat(check(List.of(op(1, 2, put(A, 1)), lost, op(5, 6, new Read(1, A)))))
        .isInstanceOf(Linearizable.class);
    assertThat(check(List.of(op(1, 2, put(A, 1)), lost, op(5, 6, new Read(2, B)))))
        .isInstanceOf(Linearizable.class);
    assertThat(
            check(
                List.of(
                    op(1, 2, put(A, 1)), lost, op(5, 6, new Read(2, B)), op(7, 8, new Read(1, A)))))
        .isInstanceOf(Violated.class);
    // It has not been asked for yet.
    assertThat(check(List.of(op(1, 2, new Read(2, B)), lost))).isInstanceOf(Violated.class);
  }

  @Test
  void whatExpiresMayBeGoneWhenItsTimeIsOver() {
    Write write = new Write(A, RegisterAction.ANY, 1, 100);
    RegisterAction none = new Read(0, Read.NONE);
    assertThat(check(List.of(op(1, 2, write), new RegisterOperation(3, 4, 99, "", "", none))))
        .isInstanceOf(Violated.class);
    assertThat(check(List.of(op(1, 2, write), new RegisterOperation(3, 4, 100, "", "", none))))
        .isInstanceOf(Linearizable.class);
    assertThat(
            check(
                List.of(op(1, 2, write), new RegisterOperation(3, 4, 100, "", "", new Read(1, A)))))
        .isInstanceOf(Linearizable.class);
  }

  @Test
  void saysThatItCouldNotDecide() {
    List<RegisterOperation> history = new ArrayList<>();
    // None of these is answered, so any of them may have come before the value that nobody wrote.
    for (int i = 0; i < 40; i++) {
      history.add(op(i, 0, put(RegisterValue.of("" + i), 1)).unanswered());
    }
    history.add(op(100, 101, new Read(1000, A)));
    assertThat(
            new LinearizabilityCheck(RegisterState.absent(), history).search(Duration.ofMillis(50)))
        .isInstanceOf(Undecided.class);
  }

  @Test
  void showsTheFewOperationsThatAreWrong() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<RegisterOperation> history = new ArrayList<>(GeneratedRegister.of(random, 200, 3, true));
      int at = 100;
      while (!(history.get(at).action() instanceof Read)) {
        at++;
      }
      RegisterOperation broken = history.get(at);
      RegisterAction never = new Read(100_000, A);
      history.set(at, op(broken.begin(), broken.end(), never));
      assertThat(check(history)).isInstanceOf(Violated.class);
      Counterexample small =
          new Counterexample(RegisterState.absent(), history, (Violated) check(history), PATIENCE)
              .shrink();
      assertThat(small.operations()).as("seed %d", seed).hasSizeLessThanOrEqualTo(12);
      assertThat(small.operations()).anyMatch(each -> each.action().equals(never));
    }
  }
}
