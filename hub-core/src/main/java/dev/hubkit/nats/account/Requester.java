package dev.hubkit.nats.account;

import dev.hubkit.json.JsonWriter;

/** The publisher of a message, as services and events describe it. Thread-safe. */
public interface Requester {
  /** Returns the name of the account it is in. */
  String accountName();

  /** Returns the last round trip in nanoseconds; 0 when none has been measured. */
  long roundTripNanos();

  /**
   * Writes the fields of nats-server's {@code ClientInfo}, without the braces around them.
   *
   * @param service the account whose service was asked on the way; empty for none
   */
  void describe(JsonWriter json, RequesterShare disclosure, String service);
}
