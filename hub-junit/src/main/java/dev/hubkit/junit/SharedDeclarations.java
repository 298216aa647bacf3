package dev.hubkit.junit;

import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the declarations of each stream, bucket and consumer in a shared hub: the first
 * declaration creates it, further ones verify that it is the same, and the end of the last deletes
 * it. Thread-safe.
 */
final class SharedDeclarations {
  private final Map<String, Integer> holders = new HashMap<>();

  /** An operation on the hub. */
  interface Work {
    void run() throws IOException, JetStreamApiException;
  }

  /**
   * Counts one more declaration.
   *
   * @param what identifies what is declared
   * @param make creates it, for the first declaration
   * @param compare fails if it exists with another configuration, for further ones
   */
  synchronized void acquire(String what, Work make, Work compare)
      throws IOException, JetStreamApiException {
    if (holders.getOrDefault(what, 0) > 0) {
      compare.run();
    } else {
      make.run();
    }
    holders.merge(what, 1, Integer::sum);
  }

  /** Counts one declaration less; after the last, {@code delete} deletes what was declared. */
  synchronized void release(String what, Work delete) throws IOException, JetStreamApiException {
    int left = holders.merge(what, -1, Integer::sum);
    if (left == 0) {
      holders.remove(what);
      delete.run();
    }
  }
}
