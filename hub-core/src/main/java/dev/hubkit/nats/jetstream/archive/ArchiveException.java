package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.snappy.FrameException;

/** Bytes that are no archive of a stream; the message says what is wrong with them. */
public final class ArchiveException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ArchiveException(String message) {
    super(message);
  }

  ArchiveException(FrameException cause) {
    super(cause.getMessage(), cause);
  }
}
