package dev.hubkit.junit.history;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Checks a history, or a selected part of it, for what should not have happened. Each check returns
 * a text for each finding, which tells what happened to the messages concerned; none if all is
 * well. With AssertJ, {@link dev.hubkit.junit.assertj.HubAssertions} makes assertions of them.
 *
 * <p>Checks ask the server which messages it still has and what its consumers wait for, so they
 * need one that runs: after a crash, recover it first. They throw an {@link AssertionError} if the
 * history had too many events to keep, or has nothing of a stream, consumer or bucket that was
 * selected by name. Immutable and thread-safe.
 */
public final class HistoryCheck {
  private final Function<Selection, Inspection> history;
  private final Selection selection;

  HistoryCheck(Function<Selection, Inspection> history, Selection selection) {
    this.history = history;
    this.selection = selection;
  }

  private HistoryCheck with(UnaryOperator<Selection> change) {
    return new HistoryCheck(history, change.apply(selection));
  }

  /** Selects a stream; without it, checks concern all streams. */
  public HistoryCheck ofStream(String name) {
    Objects.requireNonNull(name, "name");
    return with(all -> all.ofStream(name));
  }

  /** Selects a consumer; without it, checks concern all consumers that acknowledge messages. */
  public HistoryCheck ofConsumer(String name) {
    Objects.requireNonNull(name, "name");
    return with(all -> all.ofConsumer(name));
  }

  /** Selects a key-value bucket for {@link #anomalies}. */
  public HistoryCheck ofBucket(String name) {
    Objects.requireNonNull(name, "name");
    return with(all -> all.ofBucket(name));
  }

  /**
   * Sets what tells that two messages are the same one; without it, the header {@code Nats-Msg-Id}
   * does.
   */
  public HistoryCheck identifiedBy(MessageKey identity) {
    Objects.requireNonNull(identity, "identity");
    return with(all -> all.identifiedBy(identity));
  }

  /** Sets which messages have to stay in order; without it, those with the same subject have to. */
  public HistoryCheck keyedBy(MessageKey key) {
    Objects.requireNonNull(key, "key");
    return with(all -> all.keyedBy(key));
  }

  /**
   * Lets what the application {@linkplain History#record recorded} tell which messages it has
   * handled. Without it, the acknowledgements of the consumers' clients tell.
   *
   * @param what what it recorded, each with the {@linkplain #identifiedBy identity} of the message;
   *     for messages without {@code Nats-Msg-Id}, with their subject
   */
  public HistoryCheck handledAs(String what) {
    Objects.requireNonNull(what, "what");
    return with(all -> all.handledAs(what));
  }

  /**
   * Finds lost messages: those that a stream has acknowledged, and
   *
   * <ul>
   *   <li>that the stream does not have any more, unless its configuration (limits, ages, interest,
   *       a work queue whose consumer has handled them) or a client (purge, deletion, rollup) says
   *       so
   *   <li>that a consumer has not handled and will not deliver again: after its last delivery, or
   *       because it has gone past them; a message that the application refuses for ever (+TERM) is
   *       not lost
   *   <li>with {@link #handledAs}, that were acknowledged by a consumer's client and not recorded
   * </ul>
   *
   * A message that waits for a consumer is not lost. One that was published without an
   * acknowledgement may be there or not.
   */
  public List<String> losses() {
    return new LossCheck(history.apply(selection)).losses();
  }

  /**
   * Finds messages that a stream has acknowledged and some consumer, for which they were, has not
   * handled, also those that still wait. With {@link #handledAs}, those that were not recorded.
   */
  public List<String> unhandled() {
    return new LossCheck(history.apply(selection)).unhandled();
  }

  /**
   * Finds messages with the same identity that a stream has stored as several, messages that a
   * consumer's clients have acknowledged in several deliveries, even if the server never got all of
   * these acknowledgements, and, with {@link #handledAs}, what was recorded several times.
   */
  public List<String> duplicates() {
    return new DuplicateCheck(history.apply(selection)).duplicates();
  }

  /**
   * Finds messages with the same {@linkplain #keyedBy key} that were handled for the first time in
   * another order than the stream has them in, and messages with an identity that the stream has in
   * another order than that in which their client began to publish them.
   */
  public List<String> disorder() {
    return new OrderCheck(history.apply(selection)).disorder();
  }

  /**
   * Finds keys of key-value buckets that did not behave as registers: where no order of the puts,
   * creates, updates, deletes, purges and gets explains their answers, with each taking effect at
   * one moment between its request and its answer. Those without an answer may have taken effect or
   * not.
   *
   * @param atMost how long the search may take; a key for which this is not enough is a finding
   */
  public List<String> anomalies(Duration atMost) {
    return new RegisterCheck(history.apply(selection), atMost).anomalies();
  }

  /** Describes what is selected. */
  @Override
  public String toString() {
    return selection.toString();
  }
}
