package dev.hubkit.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 s",
    "PT0.2S, 200 ms",
    "PT0.0015S, 1.5 ms",
    "PT0.00002S, 20 µs",
    "PT1.5S, 1.5 s",
    "PT10S, 10 s",
    "PT2H5M, 2 h 5 min",
    "PT25H0.25S, 1 d 1 h 250 ms",
    "PT-1M, -1 min",
  })
  void readsAsPeopleWrite(Duration duration, String text) {
    assertThat(DurationText.of(duration)).isEqualTo(text);
  }
}
