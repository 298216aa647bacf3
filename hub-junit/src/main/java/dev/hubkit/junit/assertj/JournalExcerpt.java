package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.journal.JournalEntry;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import java.util.function.Predicate;

/** The entries of the journal that a failure shows: those about the subject of the assertion. */
final class JournalExcerpt {
  private static final int LINES = 20;
  private static final String API = "$JS.API.";

  private final HubResource hub;
  private final Predicate<JournalEntry> relevant;

  private JournalExcerpt(HubResource hub, Predicate<JournalEntry> relevant) {
    this.hub = hub;
    this.relevant = relevant;
  }

  /** Selects the messages, API requests and acknowledgements of a stream. */
  static JournalExcerpt ofStream(HubResource hub, String stream, List<String> subjects) {
    return new JournalExcerpt(
        hub,
        entry ->
            entry.acknowledgement().filter(ack -> ack.stream().equals(stream)).isPresent()
                || (isMessage(entry)
                    && (subjects.stream()
                            .anyMatch(pattern -> Subjects.matches(entry.subject(), pattern))
                        || isChangeOf(entry.subject(), stream))));
  }

  private static boolean isMessage(JournalEntry entry) {
    return entry.kind() == Kind.PUBLISHED || entry.kind() == Kind.DELIVERED;
  }

  // The assertions' own requests are of no interest.
  private static boolean isChangeOf(String subject, String stream) {
    return subject.startsWith(API)
        && Subjects.tokens(subject).contains(stream)
        && !subject.contains(".INFO.")
        && !subject.contains(".MSG.GET.");
  }

  /** Selects logins, ends of connections and errors. */
  static JournalExcerpt ofConnections(HubResource hub) {
    return new JournalExcerpt(
        hub,
        entry ->
            entry.kind() == Kind.CONNECTED
                || entry.kind() == Kind.DISCONNECTED
                || entry.kind() == Kind.ERROR);
  }

  /** Selects requests to the repository. */
  static JournalExcerpt ofRepository(HubResource hub) {
    return new JournalExcerpt(hub, entry -> entry.kind() == Kind.EXCHANGED);
  }

  /** Selects API requests that change streams. */
  static JournalExcerpt ofApi(HubResource hub) {
    return new JournalExcerpt(
        hub,
        entry ->
            entry.kind() == Kind.PUBLISHED
                && entry.subject().startsWith(API)
                && !entry.subject().contains(".INFO"));
  }

  /** Returns a text to append to a message; empty for external servers, which have no journal. */
  @Override
  public String toString() {
    if (hub.isExternal(Service.NATS) || hub.isExternal(Service.FOSSIL)) {
      return "";
    }
    return "\nThe journal:\n" + hub.journal().tail(LINES, relevant);
  }
}
