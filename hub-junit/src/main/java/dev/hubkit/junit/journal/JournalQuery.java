package dev.hubkit.junit.journal;

import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.function.Predicate;

/**
 * Says what of a journal is meant. Subjects may have wildcards.
 *
 * @param <T> what is made of a selection
 */
public abstract class JournalQuery<T> {
  JournalQuery() {}

  /** What is made of the entries that are so; {@code what} says it to people. */
  abstract T select(String what, Predicate<JournalEntry> meant);

  private T select(String what, Kind kind, Predicate<JournalEntry> meant) {
    return select(what, entry -> entry.kind() == kind && meant.test(entry));
  }

  private static Predicate<JournalEntry> onSubject(String pattern) {
    if (!Subjects.isValid(pattern)) {
      throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
    }
    return entry -> Subjects.matches(entry.subject(), pattern);
  }

  /** Everything. */
  public T everything() {
    return select("anything", entry -> true);
  }

  /** What satisfies a condition of the caller's. */
  public T matching(String what, Predicate<JournalEntry> condition) {
    return select(what, condition);
  }

  /** Messages that clients have published on a subject, API requests and acks included. */
  public T published(String subject) {
    return select("published on " + subject, Kind.PUBLISHED, onSubject(subject));
  }

  /** Messages that clients were sent, by the subject they bear. */
  public T delivered(String subject) {
    return select("delivered on " + subject, Kind.DELIVERED, onSubject(subject));
  }

  /** Subscriptions that clients have made to exactly this subject, or to any by {@code >}. */
  public T subscribed(String subject) {
    return select("subscribed to " + subject, Kind.SUBSCRIBED, onSubject(subject));
  }

  /** Acknowledgements of messages of a stream, of whatever kind. */
  public T acked(String stream) {
    return select(
        "acknowledgements of " + stream,
        entry -> entry.acknowledgement().filter(ack -> ack.stream().equals(stream)).isPresent());
  }

  /** Acknowledgements of what a consumer has delivered, of whatever kind. */
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
   * Requests to the JetStream API.
   *
   * @param request what comes behind {@code $JS.API.}, or {@code $JS.<domain>.API.}, such as {@code
   *     STREAM.CREATE.*}
   */
  public T apiRequests(String request) {
    Predicate<JournalEntry> plain = onSubject("$JS.API." + request);
    Predicate<JournalEntry> ofDomain = onSubject("$JS.*.API." + request);
    return select("API requests " + request, Kind.PUBLISHED, plain.or(ofDomain));
  }

  /** Logins of clients. */
  public T connected() {
    return select("logins", Kind.CONNECTED, entry -> true);
  }

  /** Clients that have gone or were closed. */
  public T disconnected() {
    return select("ends of connections", Kind.DISCONNECTED, entry -> true);
  }

  /** Errors that clients were told. */
  public T errors() {
    return select("errors", Kind.ERROR, entry -> true);
  }

  /** Requests of the sync protocol: clone, pull, push, and whatever goes with them. */
  public T syncRequests() {
    return select("sync requests", Kind.EXCHANGED, entry -> entry.sync().isPresent());
  }

  /**
   * HTTP requests for pages and files.
   *
   * @param path how the path begins, such as {@code /timeline}
   */
  public T pageRequests(String path) {
    return select(
        "requests for " + path,
        Kind.EXCHANGED,
        entry -> entry.sync().isEmpty() && entry.subject().startsWith(path));
  }
}
