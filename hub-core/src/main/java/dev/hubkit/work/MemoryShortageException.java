package dev.hubkit.work;

/** What was asked for needs more memory than there is for things of its kind at present. */
public final class MemoryShortageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes one.
   *
   * @param what what there is no memory for, for whoever is told
   */
  public MemoryShortageException(String what) {
    super("no memory for " + what + " at present, try again later", null, false, false);
  }
}
