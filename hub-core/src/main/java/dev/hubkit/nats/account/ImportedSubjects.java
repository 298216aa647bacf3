package dev.hubkit.nats.account;

import static dev.hubkit.text.GoQuote.quote;

import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import org.jspecify.annotations.Nullable;

/**
 * The subject of an import in the account that it is from, and in the one that has it.
 *
 * @param remote the subject there, may have wildcards
 * @param local the subject here, may have wildcards
 * @param inward makes the subject here from the one there; null where none does: the subjects are
 *     the same, or have no wildcards
 */
public record ImportedSubjects(String remote, String local, @Nullable SubjectTransform inward) {

  /**
   * Returns those of a service.
   *
   * @param remote the subject there
   * @param local the subject here, with {@code $1}, {@code {{wildcard(1)}}} or wildcards for the
   *     wildcards there
   * @throws IllegalArgumentException in nats-server's words, if they do not go together
   */
  public static ImportedSubjects ofService(String remote, String local) {
    return of(remote, local, "service", local, remote);
  }

  /** Returns those of a stream; see {@link #ofService}. */
  public static ImportedSubjects ofStream(String remote, String local) {
    return of(remote, local, "stream", remote, local);
  }

  private static ImportedSubjects of(
      String remote, String local, String kind, String from, String to) {
    if (Subjects.isLiteral(remote) || remote.equals(local)) {
      return new ImportedSubjects(remote, local, null);
    }
    try {
      SubjectTransform inward =
          SubjectTransform.reversible(remote, SubjectTransform.numbered(local));
      return new ImportedSubjects(remote, inward.reverse().source(), inward);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "failed to create mapping transform for "
              + kind
              + " import subject from "
              + quote(from)
              + " to "
              + quote(to)
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
