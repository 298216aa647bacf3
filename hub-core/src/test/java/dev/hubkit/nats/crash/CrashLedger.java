package dev.hubkit.nats.crash;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What was asked of the server, and what it has confirmed. Thread-safe. */
final class CrashLedger {
  /** Published messages by id, with the sequence the server gave; 0 while there is no ack. */
  final Map<String, Long> log = new ConcurrentHashMap<>();

  /** Sequences whose removal was asked for; true when it was confirmed. */
  final Map<Long, Boolean> removed = new ConcurrentHashMap<>();

  /** Jobs by id, with the sequence the server gave; 0 while there is no ack. */
  final Map<String, Long> jobs = new ConcurrentHashMap<>();

  /** Jobs that were acknowledged; true when that was confirmed. */
  final Map<String, Boolean> done = new ConcurrentHashMap<>();

  /** Messages of the log that its durable consumer has acknowledged, with confirmation. */
  final Set<Long> seen = ConcurrentHashMap.newKeySet();

  /** Messages of the log whose acknowledgement was sent, confirmed or not. */
  final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();

  /** Ids that were published to the ring, the stream that forgets what is old. */
  final Set<String> ringTried = ConcurrentHashMap.newKeySet();

  /** Messages of the ring by sequence, as the server has confirmed them. */
  final Map<Long, String> ring = new ConcurrentHashMap<>();

  /** Sequences of the ring that a purge was to take; true when it was confirmed. */
  final Map<Long, Boolean> purged = new ConcurrentHashMap<>();

  /** Per key, the last value that was confirmed, and the last one that was tried. */
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
