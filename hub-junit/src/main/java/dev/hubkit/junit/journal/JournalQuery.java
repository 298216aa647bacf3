package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.junit.message.MessageMatcher;
import java.util.function.Predicate;

/**
 * Selects entries of a journal. Subjects may have wildcards.
 *
 * @param <T> the result of a selection
 */
public abstract class JournalQuery<T> {
  JournalQuery() {}

  /** Returns the result for a condition. */
  abstract T select(JournalCondition condition);

  private T select(String text, Predicate<JournalEntry> test) {
    return select(JournalCondition.of(text, test));
  }

  private T select(String text, Kind kind, Predicate<JournalEntry> test) {
    return select(JournalCondition.of(text, kind, test));
  }

  /** Selects all entries. */
  public T everything() {
    return select("anything", entry -> true);
  }

  /** Selects the entries that satisfy a condition, which {@code what} describes in messages. */
  public T matching(String what, Predicate<JournalEntry> condition) {
    return select(what, condition);
  }

  /**
   * Selects messages, published or delivered, that match, such as those with {@code json("$.id",
   * 42)}.
   */
  public T matching(MessageMatcher matcher) {
    return select(
        JournalCondition.of("messages", Requirement::isMessage).and(Requirement.of(matcher)));
  }

  /** Selects messages that clients published, including API requests and acknowledgements. */
  public T published(String subject) {
    return select(JournalCondition.onSubject("published on", Kind.PUBLISHED, subject));
  }

  /** Selects messages that the server sent to clients, by subject. */
  public T delivered(String subject) {
    return select(JournalCondition.onSubject("delivered on", Kind.DELIVERED, subject));
  }

  /** Selects subscriptions to exactly this subject, or to all subjects by {@code >}. */
  public T subscribed(String subject) {
    return select(JournalCondition.onSubject("subscribed to", Kind.SUBSCRIBED, subject));
  }

  /** Selects acknowledgements, of any kind, of messages of a stream. */
  public T acked(String stream) {
    return select(
        "acknowledgements of " + stream,
        entry -> entry.acknowledgement().filter(ack -> ack.stream().equals(stream)).isPresent());
  }

  /** Selects acknowledgements, of any kind, of messages that a consumer delivered. */
  public T acked(String stream, String consumer) {
    return select(
        "acknowledgements of " + stream + " by " + consumer,
        entry ->
            entry
                .acknowledgement()
                .filter(ack -> ack.stream().equals(stream) && ack.consumer().equals(consumer))
                .isPresent());
  }

  /**
   * Selects requests to the JetStream API.
   *
   * @param request the subject after {@code $JS.API.} or {@code $JS.<domain>.API.}, such as {@code
   *     STREAM.CREATE.*}
   */
  public T apiRequests(String request) {
    Predicate<JournalEntry> plain = onApi("$JS.API." + request);
    Predicate<JournalEntry> ofDomain = onApi("$JS.*.API." + request);
    return select("API requests " + request, plain.or(ofDomain));
  }

  private static Predicate<JournalEntry> onApi(String pattern) {
    return JournalCondition.onSubject("published on", Kind.PUBLISHED, pattern).base();
  }

  /** Selects logins of clients. */
  public T connected() {
    return select("logins", Kind.CONNECTED, entry -> true);
  }

  /** Selects ends of connections. */
  public T disconnected() {
    return select("ends of connections", Kind.DISCONNECTED, entry -> true);
  }

  /** Selects errors that the server sent to clients. */
  public T errors() {
    return select("errors", Kind.ERROR, entry -> true);
  }

  /** Selects requests of the sync protocol: clone, pull, push and the like. */
  public T syncRequests() {
    return select("sync requests", Kind.EXCHANGED, entry -> entry.sync().isPresent());
  }

  /**
   * Selects HTTP requests for pages and files.
   *
   * @param path the beginning of the path, such as {@code /timeline}
   */
  public T pageRequests(String path) {
    return select(
        "requests for " + path,
        Kind.EXCHANGED,
        entry -> entry.sync().isEmpty() && entry.subject().startsWith(path));
  }
}
