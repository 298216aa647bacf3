package dev.hubkit.junit.history;

import dev.hubkit.json.JsonObject;
import java.util.List;

/**
 * What a stream's configuration says about the messages it keeps.
 *
 * @param subjects what it takes; empty for a mirror, and for one that only has sources
 * @param retention {@code limits}, {@code interest} or {@code workqueue}
 * @param maxMessages how many messages it keeps; 0 for any number
 * @param maxBytes how much it keeps; 0 for any size
 * @param maxAge how long it keeps a message, in nanoseconds; 0 for ever
 * @param maxPerSubject how many messages of a subject it keeps; 0 for any number
 * @param discardsOld whether it makes room for a new message by removing the oldest
 */
record StreamTerms(
    List<String> subjects,
    String retention,
    boolean inMemory,
    long maxMessages,
    long maxBytes,
    long maxAge,
    long maxPerSubject,
    boolean discardsOld,
    boolean discardsOldPerSubject) {

  static StreamTerms of(JsonObject config) {
    List<String> subjects = config.strings("subjects");
    boolean discardsOld = !config.string("discard", "old").equals("new");
    return new StreamTerms(
        subjects.isEmpty() && !config.has("mirror") && !config.has("sources")
            ? List.of(config.string("name", ""))
            : List.copyOf(subjects),
        config.string("retention", "limits"),
        config.string("storage", "file").equals("memory"),
        Math.max(0, config.integer("max_msgs", 0)),
        Math.max(0, config.integer("max_bytes", 0)),
        Math.max(0, config.integer("max_age", 0)),
        Math.max(0, config.integer("max_msgs_per_subject", 0)),
        discardsOld,
        discardsOld || !config.bool("discard_new_per_subject", false));
  }

  /** Returns whether the stream keeps messages only until they are acknowledged. */
  boolean endsWithAcknowledgement() {
    return !retention.equals("limits");
  }
}
