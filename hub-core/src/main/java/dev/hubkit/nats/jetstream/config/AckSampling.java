package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
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
    int percent;
    try {
      percent = Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw ApiError.CONSUMER_INVALID_SAMPLING.exception(
          "strconv.Atoi: parsing \"" + number + "\": invalid syntax");
    }
    if (percent < 0) {
      throw ApiError.CONSUMER_INVALID_SAMPLING.exception("<nil>");
    }
    return new AckSampling(percent);
  }

  /** Returns whether to measure the next acknowledgement. */
  public boolean sampleNext() {
    return percent >= 100 || (percent > 0 && ThreadLocalRandom.current().nextInt(100) < percent);
  }
}
