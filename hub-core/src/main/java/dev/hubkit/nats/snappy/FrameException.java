package dev.hubkit.nats.snappy;

/** Bytes that are no S2 frames; the message is that of nats-server's S2 library. */
public final class FrameException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FrameException(String message) {
    super(message);
  }
}
