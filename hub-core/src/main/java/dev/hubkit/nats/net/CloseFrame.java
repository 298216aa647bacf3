package dev.hubkit.nats.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * What WebSocket's close frames carry (RFC 6455, 5.5.1): a status and a text, those of nats-server
 * ({@code server/websocket.go}).
 */
public final class CloseFrame {
  public static final int PROTOCOL_ERROR = 1002;

  private static final int NORMAL = 1000;
  private static final int GOING_AWAY = 1001;
  private static final int NO_STATUS = 1005;
  private static final int INVALID_PAYLOAD = 1007;
  private static final int POLICY_VIOLATION = 1008;
  private static final int TOO_BIG = 1009;
  private static final int SERVER_ERROR = 1011;
  private static final int TLS_HANDSHAKE = 1015;
  private static final int MOST_TEXT = 123;

  private CloseFrame() {}

  /** Returns the status that stands for a reason (wsEnqueueCloseMessage). */
  public static int status(CloseReason reason) {
    return switch (reason) {
      case CLIENT_CLOSED -> NORMAL;
      case AUTHENTICATION_TIMEOUT,
          AUTHENTICATION_VIOLATION,
          MAX_ACCOUNT_CONNECTIONS_EXCEEDED,
          MAX_CONNECTIONS_EXCEEDED,
          MAX_CONTROL_LINE_EXCEEDED,
          MAX_SUBSCRIPTIONS_EXCEEDED,
          MISSING_ACCOUNT,
          AUTHENTICATION_EXPIRED,
          REVOCATION ->
          POLICY_VIOLATION;
      case PARSE_ERROR, PROTOCOL_VIOLATION, BAD_CLIENT_PROTOCOL_VERSION -> PROTOCOL_ERROR;
      case MAX_PAYLOAD_EXCEEDED -> TOO_BIG;
      case STALE_CONNECTION, SERVER_SHUTDOWN -> GOING_AWAY;
      default -> SERVER_ERROR;
    };
  }

  /** Returns the payload of a frame; shortens a text that is too long for it. */
  public static byte[] body(int status, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    ByteBuffer body = ByteBuffer.allocate(2 + Math.min(MOST_TEXT, bytes.length));
    body.putShort((short) status);
    if (bytes.length > MOST_TEXT) {
      body.put(bytes, 0, MOST_TEXT - 3).put("...".getBytes(UTF_8));
    } else {
      body.put(bytes);
    }
    return body.array();
  }

  /**
   * Returns the payload that answers another, which is empty or has at least two bytes.
   *
   * @throws IOException if a client must not send its status
   */
  public static byte[] answer(byte[] body) throws IOException {
    if (body.length == 0) {
      return body;
    }
    int status = ByteBuffer.wrap(body).getShort() & 0xffff;
    if (!isValid(status)) {
      throw new IOException("invalid close status code " + status);
    }
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(body, 2, body.length - 2));
    } catch (CharacterCodingException e) {
      return body(INVALID_PAYLOAD, "invalid utf8 body in close frame");
    }
    return body;
  }

  private static boolean isValid(int status) {
    return status >= NORMAL
        && status < 5000
        && status != 1004
        && status != NO_STATUS
        && status != 1006
        && (status < TLS_HANDSHAKE || status > 2999);
  }
}
