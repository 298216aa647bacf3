package dev.hubkit.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ManualTimeSourceTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final ManualTimeSource time = new ManualTimeSource(START);
  private final List<String> ran = new ArrayList<>();

  @Test
  void standsStillUntilAdvanced() {
    assertThat(time.now()).isEqualTo(START);
    time.advance(Duration.ofDays(365));
    assertThat(time.now()).isEqualTo(START.plus(Duration.ofDays(365)));
    assertThat(time.nanoTime()).isEqualTo(Duration.ofDays(365).toNanos());
  }

  @Test
  void runsTimersByDeadlineThenByOrderOfScheduling() {
    time.schedule(Duration.ofSeconds(2), () -> ran.add("late"));
    time.schedule(Duration.ofSeconds(1), () -> ran.add("first"));
    time.schedule(Duration.ofSeconds(1), () -> ran.add("second"));
    time.advance(Duration.ofMillis(999));
    assertThat(ran).isEmpty();
    time.advance(Duration.ofMillis(1));
    assertThat(ran).containsExactly("first", "second");
    time.advance(Duration.ofHours(1));
    assertThat(ran).containsExactly("first", "second", "late");
  }

  @Test
  void aTimerSeesItsDeadlineAsNowAndWhatItSchedulesRunsInTheSameAdvance() {
    List<Instant> seen = new ArrayList<>();
    time.schedule(
        Duration.ofSeconds(1),
        () -> {
          seen.add(time.now());
          time.schedule(Duration.ofSeconds(1), () -> seen.add(time.now()));
        });
    time.advance(Duration.ofSeconds(10));
    assertThat(seen).containsExactly(START.plusSeconds(1), START.plusSeconds(2));
    assertThat(time.now()).isEqualTo(START.plusSeconds(10));
  }

  @Test
  void aCancelledTimerDoesNotRun() {
    Timer timer = time.schedule(Duration.ofSeconds(1), () -> ran.add("cancelled"));
    timer.cancel();
    time.advance(Duration.ofSeconds(2));
    assertThat(ran).isEmpty();
    assertThat(time.pendingTimers()).isZero();
  }

  @Test
  void aDelayBeyondTheEndOfTimeNeverComes() {
    time.schedule(Long.MAX_VALUE, () -> ran.add("never"));
    time.advance(Duration.ofDays(36_500));
    assertThat(ran).isEmpty();
  }

  @Test
  void refusesToGoBack() {
    assertThatIllegalArgumentException().isThrownBy(() -> time.advance(Duration.ofNanos(-1)));
  }
}
