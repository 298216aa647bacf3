package dev.hubkit.nats.jetstream.config;

import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Which acknowledgements of a consumer are measured, for whoever listens to the metrics.
 *
 * @param percent how many of a hundred, on average
 */
public record AckSampling(int percent) {
  /**
   * Reads {@code sample_freq} of a configuration, a number that a percent sign may follow.
   *
   * @throws ApiException if it is something else
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

  /** Is this one to be measured? */
  public boolean sampleNext() {
    return percent >= 100 || (percent > 0 && ThreadLocalRandom.current().nextInt(100) < percent);
  }
}
