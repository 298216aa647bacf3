package dev.hubkit.fossil.sync;

/** A message that was taken up on a snapshot turns out to change something. */
final class WriteNeededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WriteNeededException() {
    super("The message is to be taken up again in a write transaction", null, false, false);
  }
}
