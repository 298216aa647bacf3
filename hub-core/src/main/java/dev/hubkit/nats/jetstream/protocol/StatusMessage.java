package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Makes the messages without payload by which a consumer tells its client a status (ADR-9, ADR-13,
 * ADR-37).
 */
public final class StatusMessage {
  private static final byte[] NOTHING = new byte[0];

  private StatusMessage() {}

  /** Returns a status with nothing but its text, such as {@code 409 Exceeded MaxWaiting}. */
  public static Message plain(String to, String status) {
    return of(to, null, "NATS/1.0 " + status + "\r\n\r\n");
  }

  /** Returns the status that ends a pull request, with what is left unfulfilled of it. */
  public static Message unfulfilled(String to, String status, long messages, long bytes) {
    return of(
        to,
        null,
        "NATS/1.0 "
            + status
            + "\r\nNats-Pending-Messages: "
            + messages
            + "\r\nNats-Pending-Bytes: "
            + bytes
            + "\r\n\r\n");
  }

  /** Returns a heartbeat with the last delivered sequences. */
  public static Message heartbeat(
      String to, long consumerSeq, long streamSeq, @Nullable String stalled) {
    return of(
        to,
        null,
        "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: "
            + consumerSeq
            + "\r\nNats-Last-Stream: "
            + streamSeq
            + (stalled == null ? "" : "\r\nNats-Consumer-Stalled: " + stalled)
            + "\r\n\r\n");
  }

  /**
   * Returns a flow control request, which the client answers once it has received everything
   * before.
   */
  public static Message flowControl(String to, String reply) {
    return of(to, reply, "NATS/1.0 100 FlowControl Request\r\n\r\n");
  }

  private static Message of(String to, @Nullable String reply, String header) {
    return Message.of(to, reply, header.getBytes(StandardCharsets.UTF_8), NOTHING);
  }
}
