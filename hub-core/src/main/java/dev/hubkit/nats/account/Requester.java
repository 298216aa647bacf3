package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;

/** Who publishes a message, as far as services and events tell of it. Thread-safe. */
public interface Requester {
  /** The account it is in. */
  Account account();

  /** The last round trip in nanoseconds; 0 when none has been measured. */
  long roundTripNanos();

  /**
   * Writes the fields of nats-server's {@code ClientInfo}, without the braces around them.
   *
   * @param service the account whose service was asked on the way; empty for none
   */
  void describe(JsonWriter json, RequesterShare disclosure, String service);
}
