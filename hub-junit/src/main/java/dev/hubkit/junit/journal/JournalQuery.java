package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.function.Predicate;

/**
 * Selects entries of a journal. Subjects may have wildcards.
 *
 * @param <T> the result of a selection
 */
public abstract class JournalQuery<T> {
  JournalQuery() {}

  /** Returns the result for a condition, which {@code what} describes in messages. */
  abstract T select(String what, Predicate<JournalEntry> condition);

  private T select(String what, Kind kind, Predicate<JournalEntry> condition) {
    return select(what, entry -> entry.kind() == kind && condition.test(entry));
  }

  private static Predicate<JournalEntry> onSubject(String pattern) {
    if (!Subjects.isValid(pattern)) {
      throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
    }
    return entry -> Subjects.matches(entry.subject(), pattern);
  }

  /** Selects all entries. */
  public T everything() {
    return select("anything", entry -> true);
  }

  /** Selects the entries that satisfy a condition, which {@code what} describes in messages. */
  public T matching(String what, Predicate<JournalEntry> condition) {
    return select(what, condition);
  }

  /** Selects messages that clients published, including API requests and acknowledgements. */
  public T published(String subject) {
    return select("published on " + subject, Kind.PUBLISHED, onSubject(subject));
  }

  /** Selects messages that the server sent to clients, by subject. */
  public T delivered(String subject) {
    return select("delivered on " + subject, Kind.DELIVERED, onSubject(subject));
  }

  /** Selects subscriptions to exactly this subject, or to all subjects by {@code >}. */
  public T subscribed(String subject) {
    return select("subscribed to " + subject, Kind.SUBSCRIBED, onSubject(subject));
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
    Predicate<JournalEntry> plain = onSubject("$JS.API." + request);
    Predicate<JournalEntry> ofDomain = onSubject("$JS.*.API." + request);
    return select("API requests " + request, Kind.PUBLISHED, plain.or(ofDomain));
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
