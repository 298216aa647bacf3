package dev.hubkit.nats.jetstream.config;

import org.jspecify.annotations.Nullable;

/**
 * Observes which messages the streams of a server store and remove.
 *
 * <p>Called on the thread that works on the stream, in the order of its changes, so it must be
 * quick, must not block and must not call the server back. It has to be thread-safe, because
 * streams work beside each other.
 */
public interface StreamObserver {
  /**
   * Called when a stream has stored a message, before its publisher and the consumers hear of it.
   * Of a replicated stream only the server that answers the publisher calls this.
   *
   * @param subject the subject that the message was published on
   * @param reply the reply subject of the message; null for none
   */
  void stored(String account, String stream, long sequence, String subject, @Nullable String reply);

  /**
   * Called when messages have left a stream, for whatever reason.
   *
   * @param sequence the sequence of the only one; 0 for many at once
   * @param messages how many
   */
  void removed(String account, String stream, long sequence, long messages);
}
