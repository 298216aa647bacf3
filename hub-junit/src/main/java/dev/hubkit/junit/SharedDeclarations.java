package dev.hubkit.junit;

import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Who has declared what in a hub that is shared: the first has it made, the others have it
 * compared, and the last has it taken away. Thread-safe.
 */
final class SharedDeclarations {
  private final Map<String, Integer> holders = new HashMap<>();

  /** Work on the hub. */
  interface Work {
    void run() throws IOException, JetStreamApiException;
  }

  /**
   * Notes one more who has declared it.
   *
   * @param make makes it, for the first
   * @param compare fails where what is there is not the same, for the others
   */
  synchronized void take(String what, Work make, Work compare)
      throws IOException, JetStreamApiException {
    if (holders.getOrDefault(what, 0) > 0) {
      compare.run();
    } else {
      make.run();
    }
    holders.merge(what, 1, Integer::sum);
  }

  /** Notes one less; {@code delete} takes it away after the last. */
  synchronized void release(String what, Work delete) throws IOException, JetStreamApiException {
    int left = holders.merge(what, -1, Integer::sum);
    if (left == 0) {
      holders.remove(what);
      delete.run();
    }
  }
}
