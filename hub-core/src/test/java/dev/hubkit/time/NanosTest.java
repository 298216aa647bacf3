package dev.hubkit.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NanosTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1000000000",
    "-1, -1000000000",
    "9223372036, 9223372036000000000",
    "9223372037, 9223372036854775807",
    "-9223372037, -9223372036854775808",
    "9007199254740991, 9223372036854775807",
    "9223372036854775807, 9223372036854775807",
    "-9223372036854775808, -9223372036854775808"
  })
  void secondsAreHeldAtTheEnds(long seconds, long nanos) {
    assertThat(Nanos.ofSeconds(seconds)).isEqualTo(nanos);
    assertThat(Nanos.of(Duration.ofSeconds(seconds))).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2, 3, -1",
    "9223372036854775807, 1, 9223372036854775807, 9223372036854775806",
    "9223372036854775807, -1, 9223372036854775806, 9223372036854775807",
    "-9223372036854775808, -1, -9223372036854775808, -9223372036854775807",
    "-9223372036854775808, 1, -9223372036854775807, -9223372036854775808",
    "0, -9223372036854775808, -9223372036854775808, 9223372036854775807"
  })
  void sumsAndDifferencesAreHeldAtTheEnds(long a, long b, long sum, long difference) {
    assertThat(Nanos.plus(a, b)).isEqualTo(sum);
    assertThat(Nanos.minus(a, b)).isEqualTo(difference);
  }
}
