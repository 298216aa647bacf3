package dev.hubkit.nats.jetstream;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Which acknowledgements of a consumer are measured, for whoever listens to the metrics.
 *
 * @param percent how many of a hundred, on average
 */
record AckSampling(int percent) {
  /**
   * Reads {@code sample_freq} of a configuration, a number that a percent sign may follow.
   *
   * @throws ApiException if it is something else
   */
  static AckSampling parse(String text) {
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
  boolean takes() {
    return percent >= 100 || (percent > 0 && ThreadLocalRandom.current().nextInt(100) < percent);
  }
}
