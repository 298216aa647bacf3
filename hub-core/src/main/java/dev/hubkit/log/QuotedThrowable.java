package dev.hubkit.log;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A copy of a throwable whose messages can be shown. */
@SuppressWarnings("OverrideThrowableToString") // it shows as what it stands for, not as itself
final class QuotedThrowable extends Throwable {
  private static final long serialVersionUID = 1L;

  private final String shown;

  private QuotedThrowable(Throwable original, @Nullable Throwable cause) {
    super(null, cause);
    shown = Quoted.plain(original.toString());
    setStackTrace(original.getStackTrace());
  }

  /** Returns the same throwable, unless a message of it or of its causes must not be shown. */
  static Throwable of(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    if (isPlain(thrown, seen)) {
      return thrown;
    }
    Throwable copy = copy(thrown, seen);
    return copy == null ? thrown : copy;
  }

  private static boolean isPlain(Throwable thrown, Set<Throwable> seen) {
    if (!seen.add(thrown)) {
      return true;
    }
    boolean plain = isPlain(String.valueOf(thrown));
    Throwable cause = thrown.getCause();
    plain &= cause == null || isPlain(cause, seen);
    for (Throwable suppressed : thrown.getSuppressed()) {
      plain &= isPlain(suppressed, seen);
    }
    return plain;
  }

  @SuppressWarnings("ReferenceEquality") // plain() returns the same string when all of it prints
  private static boolean isPlain(String text) {
    return Quoted.plain(text) == text;
  }

  /** Copies a throwable and its causes, each once. */
  private static @Nullable Throwable copy(Throwable thrown, Set<Throwable> left) {
    if (!left.remove(thrown)) {
      return null;
    }
    Throwable cause = thrown.getCause();
    QuotedThrowable copy = new QuotedThrowable(thrown, cause == null ? null : copy(cause, left));
    for (Throwable suppressed : thrown.getSuppressed()) {
      Throwable other = copy(suppressed, left);
      if (other != null) {
        copy.addSuppressed(other);
      }
    }
    return copy;
  }

  @Override
  public String toString() {
    return shown;
  }
}
