package dev.hubkit.junit.trace;

import org.jspecify.annotations.Nullable;

/**
 * The failure of a test, as a trace shows it.
 *
 * @param type the simple name of the class of what was thrown
 * @param message its message, shortened if it is very long
 * @param at the file and line in the test class; null where the stack trace has none
 */
public record TraceFailure(String type, String message, @Nullable String at) {
  private static final int MOST_CHARACTERS = 8000;

  /**
   * Describes what a test has thrown.
   *
   * @param testClass the name of the test class; empty for none
   */
  public static TraceFailure of(Throwable thrown, String testClass) {
    String message = String.valueOf(thrown.getMessage());
    String at = null;
    for (StackTraceElement frame : thrown.getStackTrace()) {
      boolean ofTest =
          !testClass.isEmpty()
              && (frame.getClassName().equals(testClass)
                  || frame.getClassName().startsWith(testClass + "$"));
      if (at == null && ofTest && frame.getFileName() != null && frame.getLineNumber() > 0) {
        at = frame.getFileName() + ":" + frame.getLineNumber();
      }
    }
    return new TraceFailure(
        thrown.getClass().getSimpleName(),
        message.length() <= MOST_CHARACTERS ? message : message.substring(0, MOST_CHARACTERS) + "…",
        at);
  }
}
