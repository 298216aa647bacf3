package dev.hubkit.junit.history;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.subject.Subjects;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer's configuration says about the messages it delivers.
 *
 * @param filters the subjects; none for all
 * @param ackPolicy {@code none}, {@code all} or {@code explicit}
 * @param deliverPolicy {@code all}, {@code new}, {@code last} and so on
 * @param maxDeliver how often it delivers a message; 0 for any number
 * @param ackWait how long it waits for an acknowledgement at most, in nanoseconds
 */
record ConsumerTerms(
    String name,
    List<String> filters,
    String ackPolicy,
    String deliverPolicy,
    long startSequence,
    @Nullable Instant startTime,
    long maxDeliver,
    long ackWait) {
  // nats-server/server/consumer.go: JsAckWaitDefault
  private static final long DEFAULT_ACK_WAIT = 30_000_000_000L;

  static ConsumerTerms of(String name, JsonObject config) {
    List<String> filters = new ArrayList<>(config.strings("filter_subjects"));
    String one = config.string("filter_subject", "");
    if (!one.isEmpty()) {
      filters.add(one);
    }
    List<Long> backoff = config.integers("backoff");
    long ackWait = config.integer("ack_wait", DEFAULT_ACK_WAIT);
    return new ConsumerTerms(
        name,
        List.copyOf(filters),
        config.string("ack_policy", "none"),
        config.string("deliver_policy", "all"),
        config.integer("opt_start_seq", 0),
        time(config.string("opt_start_time", "")),
        Math.max(0, config.integer("max_deliver", 0)),
        backoff.isEmpty() ? ackWait : Collections.max(backoff));
  }

  static @Nullable Instant time(String text) {
    try {
      return text.isEmpty() ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  boolean wantsSubject(String subject) {
    return filters.isEmpty()
        || filters.stream().anyMatch(filter -> Subjects.matches(subject, filter));
  }

  boolean acknowledges() {
    return !ackPolicy.equals("none");
  }

  boolean acknowledgesAllBefore() {
    return ackPolicy.equals("all");
  }
}
