package dev.hubkit.junit.history;

import java.util.function.Predicate;

/**
 * A client had messages removed from a stream.
 *
 * @param until the number of the event before which it may have happened
 * @param test tells which messages this concerns
 */
record Removal(long until, Predicate<AcknowledgedMessage> test) {
  boolean covers(AcknowledgedMessage message) {
    return message.first().published().number() < until && test.test(message);
  }
}
