package dev.hubkit.junit.assertj;

import dev.hubkit.fixture.FieldPath;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordingGap;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.subject.Subjects;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/**
 * Assertions about what the clients of a journal have published so far.
 *
 * <p>{@code isLike} compares the messages of each connection, by its name, in their order; where
 * messages of either side come from connections without a name, as {@code hub record} knows none,
 * it compares those of each subject instead. The order of messages of different connections, or on
 * different subjects then, is not compared. Times do not count, nor what is random in inboxes
 * ({@code _INBOX.>}); requests to the APIs of NATS and acknowledgements ({@code $JS.>}, {@code
 * $SYS.>}, {@code $SRV.>}) count only if {@link #onlySubjects} names them. Payloads of JSON are
 * compared by their values, others by their bytes.
 */
@SuppressWarnings("exports") // the optional libraries
public final class JournalAssert extends AbstractAssert<JournalAssert, Journal> {
  private ComparisonRules rules = ComparisonRules.DEFAULT;

  JournalAssert(Journal journal) {
    super(journal, JournalAssert.class);
  }

  /** Ignores a header of messages, by its name in any case, such as {@code Nats-Msg-Id}. */
  public JournalAssert ignoringHeader(String name) {
    rules = rules.withoutHeader(name);
    return this;
  }

  /**
   * Ignores fields of payloads in JSON.
   *
   * @param path as in {@code $.id}, {@code $.items[*].price}, {@code $..time}; see {@link
   *     FieldPath}
   * @throws IllegalArgumentException if it is not a path
   */
  public JournalAssert ignoringJson(String path) {
    rules = rules.withoutField(FieldPath.parse(path));
    return this;
  }

  /** Compares only messages on these subjects, which may have wildcards. */
  public JournalAssert onlySubjects(String... subjects) {
    for (String subject : subjects) {
      if (!Subjects.isValid(subject)) {
        throw new IllegalArgumentException("\"" + subject + "\" is not a subject");
      }
    }
    rules = rules.withSubjects(List.of(subjects));
    return this;
  }

  /** Compares the messages of each subject, whichever connections they come from. */
  public JournalAssert comparingPerSubject() {
    rules = rules.withConnections(false);
    return this;
  }

  /**
   * Verifies that the messages are like those of a saved journal or another fixture.
   *
   * @throws java.io.UncheckedIOException if the file cannot be read
   */
  public JournalAssert isLike(Path recorded) {
    return isLike(Fixture.load(recorded));
  }

  /** Verifies that the messages are like those of another journal. */
  public JournalAssert isLike(Journal recorded) {
    return isLike(recorded.toFixture());
  }

  /** Verifies that the messages are like those of a fixture. */
  public JournalAssert isLike(Fixture recorded) {
    isNotNull();
    Fixture found = actual.toFixture();
    String difference =
        new JournalComparison(rules, recorded.messages(), found.messages()).describe();
    if (!difference.isEmpty()) {
      throw failure(
          "%s",
          "Expected the journal to be like the recording, but:\n"
              + difference
              + gaps("recording", recorded)
              + gaps("journal", found));
    }
    return this;
  }

  private static String gaps(String which, Fixture fixture) {
    List<RecordingGap> gaps = fixture.info().gaps();
    return gaps.isEmpty()
        ? ""
        : "\nMessages may be missing in the "
            + which
            + ": "
            + gaps.stream().map(RecordingGap::reason).collect(Collectors.joining("; "));
  }
}
