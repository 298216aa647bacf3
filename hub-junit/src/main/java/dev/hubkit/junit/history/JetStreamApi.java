package dev.hubkit.junit.history;

import java.io.IOException;

/** Asks the JetStream of the account that a history is about. */
@FunctionalInterface
public interface JetStreamApi {
  /**
   * Returns the answer to a request.
   *
   * @param subject the subject, such as {@code $JS.API.STREAM.INFO.ORDERS}
   * @throws IOException if the server does not answer
   */
  byte[] request(String subject, byte[] payload) throws IOException;
}
