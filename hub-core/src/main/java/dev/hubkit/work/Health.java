package dev.hubkit.work;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What of a server cannot go on, from when that is known until it can again. Reports of health
 * ({@code /healthz}, {@code hub status}) read it. Thread-safe.
 */
public final class Health {
  private final ConcurrentSkipListMap<String, String> troubles = new ConcurrentSkipListMap<>();

  /**
   * Reports that a part cannot go on.
   *
   * @param part what: "event loop 0", "stream ORDERS of account $G"
   * @param trouble why, in a few words for an operator
   */
  public void report(String part, String trouble) {
    troubles.put(part, trouble);
  }

  /** Reports that a part can go on; nothing when there was no trouble with it. */
  public void recovered(String part) {
    troubles.remove(part);
  }

  /** The first of the troubles there are, such as {@code event loop 0: no memory}. */
  public Optional<String> trouble() {
    Map.Entry<String, String> first = troubles.firstEntry();
    return first == null ? Optional.empty() : Optional.of(first.getKey() + ": " + first.getValue());
  }

  /** All troubles by part. */
  public Map<String, String> troubles() {
    return Map.copyOf(troubles);
  }
}
