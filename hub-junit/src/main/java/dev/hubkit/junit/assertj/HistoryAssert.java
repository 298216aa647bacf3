package dev.hubkit.junit.assertj;

import dev.hubkit.junit.history.History;
import dev.hubkit.junit.history.HistoryCheck;
import dev.hubkit.junit.history.MessageKey;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about a history, as far as it has been recorded when they are made. What {@link
 * #ofStream}, {@link #ofConsumer}, {@link #ofBucket}, {@link #identifiedBy}, {@link #keyedBy} and
 * {@link #handledAs} select holds for the assertions after it.
 */
@SuppressWarnings("exports") // the optional libraries
public final class HistoryAssert extends AbstractAssert<HistoryAssert, History> {
  private static final int SHOWN = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private HistoryCheck check;

  HistoryAssert(History history) {
    super(history, HistoryAssert.class);
    check = history.check();
  }

  private HistoryAssert select(UnaryOperator<HistoryCheck> change) {
    check = change.apply(check);
    return this;
  }

  /** Selects a stream; without it, assertions concern all streams. */
  public HistoryAssert ofStream(String name) {
    return select(all -> all.ofStream(name));
  }

  /** Selects a consumer; without it, assertions concern all consumers that acknowledge messages. */
  public HistoryAssert ofConsumer(String name) {
    return select(all -> all.ofConsumer(name));
  }

  /** Selects a key-value bucket; without it, {@link #isLinearizable()} concerns all. */
  public HistoryAssert ofBucket(String name) {
    return select(all -> all.ofBucket(name));
  }

  /** Sets what tells that two messages are the same one, instead of {@code Nats-Msg-Id}. */
  public HistoryAssert identifiedBy(MessageKey identity) {
    return select(all -> all.identifiedBy(identity));
  }

  /** Sets which messages have to stay in order, instead of those with the same subject. */
  public HistoryAssert keyedBy(MessageKey key) {
    return select(all -> all.keyedBy(key));
  }

  /**
   * Lets what the application {@linkplain History#record recorded} tell which messages it has
   * handled, instead of acknowledgements: see {@link HistoryCheck#handledAs}.
   */
  public HistoryAssert handledAs(String what) {
    return select(all -> all.handledAs(what));
  }

  /** Verifies that no acknowledged message was lost: see {@link HistoryCheck#losses}. */
  public HistoryAssert losesNothing() {
    return none("to lose no acknowledged message", check.losses());
  }

  /**
   * Verifies that each acknowledged message has been handled by each consumer that it was for: see
   * {@link HistoryCheck#unhandled}.
   */
  public HistoryAssert handlesEverything() {
    return none("to handle each acknowledged message", check.unhandled());
  }

  /** Verifies that no message was stored or handled twice: see {@link HistoryCheck#duplicates}. */
  public HistoryAssert duplicatesNothing() {
    return none("to store and handle each message once", check.duplicates());
  }

  /**
   * Verifies that messages with the same key stayed in order: see {@link HistoryCheck#disorder}.
   */
  public HistoryAssert keepsOrderPerKey() {
    return none("to keep messages with the same key in order", check.disorder());
  }

  /** Verifies that messages with the same key stayed in order; other assertions keep their key. */
  public HistoryAssert keepsOrderPerKey(MessageKey key) {
    return none("to keep messages with the same key in order", check.keyedBy(key).disorder());
  }

  /**
   * Verifies that the keys of buckets behaved as registers: see {@link HistoryCheck#anomalies}. The
   * search may take 30 seconds.
   */
  public HistoryAssert isLinearizable() {
    return isLinearizable(PATIENCE);
  }

  /**
   * Verifies that the keys of buckets behaved as registers.
   *
   * @param atMost how long the search may take; the assertion fails if it has not ended then
   */
  public HistoryAssert isLinearizable(Duration atMost) {
    return none("to be linearizable", check.anomalies(atMost));
  }

  private HistoryAssert none(String wish, List<String> findings) {
    if (findings.isEmpty()) {
      return this;
    }
    int more = findings.size() - SHOWN;
    throw failure(
        "%s",
        "Expected the history of "
            + check
            + ' '
            + wish
            + ", but:\n"
            + String.join("\n", findings.subList(0, Math.min(SHOWN, findings.size())))
            + (more > 0 ? "\n… and " + more + " more" : ""));
  }
}
