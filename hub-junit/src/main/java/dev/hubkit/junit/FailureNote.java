package dev.hubkit.junit;

/**
 * A short report that a failure carries as a suppressed exception, because consoles and reports of
 * build tools and IDEs show these with the failure. It has no stack trace.
 */
final class FailureNote extends RuntimeException {
  private static final long serialVersionUID = 1;

  FailureNote(String text) {
    super(text, null, false, false);
  }

  // Without the name of this class, which would be all that a short console line has room for.
  @Override
  @SuppressWarnings("OverrideThrowableToString")
  public String toString() {
    return String.valueOf(getMessage());
  }
}
