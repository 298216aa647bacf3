package dev.hubkit.junit.explore;

/**
 * What an exploration has found, which the failure carries as a suppressed exception, because
 * consoles and reports of build tools and IDEs show these with the failure. It has no stack trace.
 */
final class ExplorationNote extends RuntimeException {
  private static final long serialVersionUID = 1;

  ExplorationNote(String text) {
    super(text, null, false, false);
  }

  // Without the name of this class, which says nothing to a reader.
  @Override
  @SuppressWarnings("OverrideThrowableToString")
  public String toString() {
    return String.valueOf(getMessage());
  }
}
