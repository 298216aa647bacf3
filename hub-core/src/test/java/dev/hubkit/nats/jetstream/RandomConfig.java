package dev.hubkit.nats.jetstream;

import java.util.Random;

/** A JSON object with some fixed fields, and others that it has by chance. */
final class RandomConfig {
  private final Random random;
  private final StringBuilder json = new StringBuilder("{");

  RandomConfig(Random random) {
    this.random = random;
  }

  /** Adds a field. */
  RandomConfig field(String name, Object value) {
    json.append(json.length() > 1 ? "," : "").append('"').append(name).append("\":").append(value);
    return this;
  }

  /** Adds a field one time in {@code oneIn}. */
  RandomConfig sometimes(int oneIn, String name, Object value) {
    return random.nextInt(oneIn) == 0 ? field(name, value) : this;
  }

  /** Adds a string. */
  RandomConfig text(String name, String value) {
    return field(name, '"' + value + '"');
  }

  @Override
  public String toString() {
    return json + "}";
  }
}
