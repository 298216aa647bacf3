package dev.hubkit.junit.assertj;

import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about a part of a hub, whose failures show what the journal has on it.
 *
 * @param <S> the assertions
 * @param <A> what is asserted about
 */
abstract class HubPartAssert<S extends HubPartAssert<S, A>, A> extends AbstractAssert<S, A> {
  private final String part;
  private final JournalExcerpt evidence;

  /**
   * Begins.
   *
   * @param part what it is called in failures, as in "stream ORDERS"
   */
  HubPartAssert(A actual, Class<S> type, String part, JournalExcerpt evidence) {
    super(actual, type);
    this.part = part;
    this.evidence = evidence;
  }

  /** That {@code what} is as expected, as in "to have the subject". */
  final S check(String what, @Nullable Object expected, @Nullable Object found) {
    if (!Objects.equals(expected, found)) {
      throw failureWithActualExpected(
          found,
          expected,
          "%s",
          "Expected "
              + part
              + " to have "
              + what
              + " <"
              + expected
              + ">, but it is <"
              + found
              + ">."
              + evidence);
    }
    return myself;
  }

  /** That something is so; {@code wish} and {@code instead} say what was expected and what is. */
  final S check(boolean so, String wish, String instead) {
    if (!so) {
      throw failure("%s", "Expected " + part + " " + wish + ", but " + instead + "." + evidence);
    }
    return myself;
  }

  JournalExcerpt evidence() {
    return evidence;
  }
}
