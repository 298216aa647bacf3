package dev.hubkit.nats.jetstream.protocol;

import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Messages without payload in which a consumer tells its client how things stand (ADR-9, ADR-13,
 * ADR-37).
 */
public final class StatusMessage {
  private static final byte[] NOTHING = new byte[0];

  private StatusMessage() {}

  /** A status that says no more than its text: {@code 409 Exceeded MaxWaiting}. */
  public static Message plain(String to, String status) {
    return of(to, null, "NATS/1.0 " + status + "\r\n\r\n");
  }

  /** The end of a pull request, with what of it is left unfulfilled. */
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

  /** A sign of life, with the last sequences delivered. */
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

  /** A request to answer once everything before it was received. */
  public static Message flowControl(String to, String reply) {
    return of(to, reply, "NATS/1.0 100 FlowControl Request\r\n\r\n");
  }

  private static Message of(String to, @Nullable String reply, String header) {
    return Message.of(to, reply, header.getBytes(StandardCharsets.UTF_8), NOTHING);
  }
}
