package dev.hubkit.time;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "1, 1ns",
    "1100, 1.1µs",
    "2200000, 2.2ms",
    "3300000000, 3.3s",
    "120000000000, 2m0s",
    "245000000000, 4m5s",
    "245001000000, 4m5.001s",
    "18367001000000, 5h6m7.001s",
    "480000000001, 8m0.000000001s",
    "9223372036854775807, 2562047h47m16.854775807s",
    "-9223372036854775808, -2562047h47m16.854775808s",
    "-1500000000, -1.5s",
  })
  void printsAsGo(long nanos, String text) {
    assertThat(GoDuration.format(nanos)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "5s, 5000000000",
    "1.5h, 5400000000000",
    "1h15m30.918s, 4530918000000",
    "0, 0",
    "-7ms, -7000000",
    "+.5s, 500000000",
    "12us, 12000",
    "12µs, 12000",
  })
  void readsWhatGoReads(String text, long nanos) {
    assertThat(GoDuration.parse(text)).hasValue(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3", "-", "s", ".", "-.", "1.s.", "1x", "3000000h", "1s2", " 1s"})
  void refusesWhatGoRefuses(String text) {
    assertThat(GoDuration.parse(text)).isEmpty();
  }

  @Property
  void readsBackWhatItPrints(@ForAll @LongRange(min = -Long.MAX_VALUE) long nanos) {
    assertThat(GoDuration.parse(GoDuration.format(nanos))).hasValue(nanos);
  }

  @Property
  void survivesAnyText(@ForAll String text) {
    GoDuration.parse(text);
  }
}
