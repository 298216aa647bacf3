package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void countsFractionsOfBytes() {
    RateLimit limit = new RateLimit(4, 5, 0);

    assertThat(limit.reserve(5, 0)).isZero();
    assertThat(limit.reserve(1, 0)).isEqualTo(2 * SECOND);
  }

  @Test
  void letsALargerMessageThanTheBucketHoldsPassOnceItIsPaidFor() {
    RateLimit limit = new RateLimit(80, 10, 0);

    assertThat(limit.reserve(30, 0)).isEqualTo(2 * SECOND);
    assertThat(limit.reserve(10, 2 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void keepsItsLevelWhenItChanges() {
    RateLimit limit = new RateLimit(80, 10, 0);
    limit.reserve(10, 0);

    limit.change(160, 100, 0);

    assertThat(limit.reserve(10, 0)).isEqualTo(SECOND / 2);
  }
}
