package dev.hubkit.work;

/** Thrown when a request needs more memory than its budget has left. */
public final class MemoryShortageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes an exception.
   *
   * @param what what there is no memory for
   */
  public MemoryShortageException(String what) {
    super("no memory for " + what + " at present, try again later", null, false, false);
  }
}
