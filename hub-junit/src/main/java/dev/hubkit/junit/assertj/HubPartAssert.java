package dev.hubkit.junit.assertj;

import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions about a part of a hub, whose failures show the journal's entries about it.
 *
 * @param <S> the assertions
 * @param <A> what is asserted about
 */
abstract class HubPartAssert<S extends HubPartAssert<S, A>, A> extends AbstractAssert<S, A> {
  private final String part;
  private final JournalExcerpt excerpt;

  /**
   * Makes assertions about a part.
   *
   * @param part names the part in failures, as in "stream ORDERS"
   */
  HubPartAssert(A actual, Class<S> type, String part, JournalExcerpt excerpt) {
    super(actual, type);
    this.part = part;
    this.excerpt = excerpt;
  }

  /** Verifies that {@code what}, as in "the subject", is as expected. */
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
              + excerpt);
    }
    return myself;
  }

  /** Verifies a condition; {@code wish} and {@code instead} describe expected and actual. */
  final S check(boolean so, String wish, String instead) {
    if (!so) {
      throw failure("%s", "Expected " + part + " " + wish + ", but " + instead + "." + excerpt);
    }
    return myself;
  }

  JournalExcerpt excerpt() {
    return excerpt;
  }
}
