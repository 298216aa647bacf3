package dev.hubkit.nats.crash;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What clients have requested of the server, and what it has confirmed. Thread-safe. */
final class CrashLedger {
  /**
   * Published messages by id, with the sequence that the server assigned; 0 while there is no ack.
   */
  final Map<String, Long> log = new ConcurrentHashMap<>();

  /** Sequences whose removal was requested; true when the server confirmed it. */
  final Map<Long, Boolean> removed = new ConcurrentHashMap<>();

  /** Jobs by id, with the sequence that the server assigned; 0 while there is no ack. */
  final Map<String, Long> jobs = new ConcurrentHashMap<>();

  /** Jobs that a client acknowledged; true when the server confirmed it. */
  final Map<String, Boolean> done = new ConcurrentHashMap<>();

  /** Messages of the log that its durable consumer has acknowledged, with confirmation. */
  final Set<Long> seen = ConcurrentHashMap.newKeySet();

  /** Messages of the log whose acknowledgement was sent, confirmed or not. */
  final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();

  /** Ids of messages published to the ring, the stream that discards its oldest messages. */
  final Set<String> ringTried = ConcurrentHashMap.newKeySet();

  /** Messages of the ring by the sequence that the server confirmed. */
  final Map<Long, String> ring = new ConcurrentHashMap<>();

  /** Sequences of the ring that a purge was meant to remove; true when the server confirmed it. */
  final Map<Long, Boolean> purged = new ConcurrentHashMap<>();

  /**
   * By key, the last value that the server confirmed, and the last one that a client tried to put.
   */
  final Map<String, long[]> values = new ConcurrentHashMap<>();

  /** Returns whether the server has confirmed at least one thing of each kind. */
  boolean hasSomethingOfEachKind() {
    return log.values().stream().anyMatch(sequence -> sequence > 0)
        && done.containsValue(true)
        && removed.containsValue(true)
        && !seen.isEmpty()
        && !ring.isEmpty()
        && !values.isEmpty();
  }
}
