package dev.hubkit.junit.history;

/** What an operation did to a register, as far as its answer tells. */
sealed interface RegisterAction {
  /** No particular revision was expected. */
  long ANY = -1;

  /** The answer did not tell the revision, or there was none. */
  long UNKNOWN = -1;

  /** The revision of a key without messages. */
  long NOTHING = 0;

  /** When values that are kept for ever expire. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Wrote a value.
   *
   * @param expected the revision that the writer expected; {@link #NOTHING} to create
   * @param revision the revision that the value got
   * @param expires when the server may remove the value, in nanoseconds since the epoch
   */
  record Write(RegisterValue value, long expected, long revision, long expires)
      implements RegisterAction {}

  /**
   * Was refused because the revision was not the expected one.
   *
   * @param actual the revision that the server named instead
   */
  record Refused(long expected, long actual) implements RegisterAction {}

  /**
   * Read the newest value.
   *
   * @param revision {@link #NOTHING} if there was none
   */
  record Read(long revision, RegisterValue value) implements RegisterAction {
    static final RegisterValue NONE = RegisterValue.of("");
  }

  /** Removed the messages with revisions below this one. */
  record Purge(long below) implements RegisterAction {}

  /** Removed messages, after which nothing is known of the register. */
  record Forget() implements RegisterAction {}
}
