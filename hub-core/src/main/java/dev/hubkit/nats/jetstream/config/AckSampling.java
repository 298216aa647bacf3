package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.text.GoNumber;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Chooses which acknowledgements of a consumer are measured for metrics.
 *
 * @param percent how many of a hundred are measured, on average
 */
public record AckSampling(int percent) {
  /**
   * Parses {@code sample_freq} of a configuration, a number that a percent sign may follow.
   *
   * @throws ApiException if it is anything else
   */
  public static AckSampling parse(String text) {
    if (text.isEmpty()) {
      return new AckSampling(0);
    }
    String number = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
    long percent =
        GoNumber.integer(number)
            .orElseThrow(
                () ->
                    ApiError.CONSUMER_INVALID_SAMPLING.exception(
                        GoNumber.complaint("Atoi", number)));
    if (percent < 0) {
      throw ApiError.CONSUMER_INVALID_SAMPLING.exception("<nil>");
    }
    // nats-server keeps 32 bits of it.
    return new AckSampling((int) percent);
  }

  /** Returns whether to measure the next acknowledgement. */
  public boolean sampleNext() {
    return percent >= 100 || (percent > 0 && ThreadLocalRandom.current().nextInt(100) < percent);
  }
}
