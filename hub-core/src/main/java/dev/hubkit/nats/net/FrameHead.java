package dev.hubkit.nats.net;

import java.io.IOException;

/**
 * The first two bytes of a WebSocket frame (RFC 6455, 5.2). What is wrong with them is told in
 * nats-server's words (wsReadLoop in {@code websocket.go}).
 */
public final class FrameHead {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** The bit of the first byte that marks the last frame of a message. */
  public static final int FINAL = 0x80;

  /** The bit of the first byte that marks a compressed message (RFC 7692). */
  public static final int COMPRESSED = 0x40;

  /** The bit of the second byte that marks a masked payload. */
  public static final int MASKED = 0x80;

  private static final int OTHER_EXTENSIONS = 0x30;
  private static final int OPCODE = 0x0f;
  private static final int SIZE = 0x7f;
  private static final int MOST_CONTROL = 125;

  private FrameHead() {}

  /** Returns what kind of frame the first byte tells. */
  public static int opcode(int first) {
    return first & OPCODE;
  }

  /** Returns whether a frame of that kind is about the connection, and no part of a message. */
  public static boolean isControl(int opcode) {
    return opcode >= CLOSE;
  }

  /**
   * Checks that a frame may come.
   *
   * @param mayCompress whether both sides have agreed on compression
   * @param mustMask whether the other side is the client, which masks
   * @param inMessage whether a message has begun that is not complete
   * @throws IOException if it may not
   */
  public static void check(
      int first, int second, boolean mayCompress, boolean mustMask, boolean inMessage)
      throws IOException {
    boolean compressed = (first & COMPRESSED) != 0;
    if ((first & OTHER_EXTENSIONS) != 0) {
      throw new IOException("RSV2 and RSV3 must be clear");
    }
    if (compressed && !mayCompress) {
      throw new IOException("compressed frame received without negotiated permessage-deflate");
    }
    if (mustMask && (second & MASKED) == 0) {
      throw new IOException("mask bit missing");
    }
    int opcode = opcode(first);
    switch (opcode) {
      case CLOSE, PING, PONG -> checkControl(first, second);
      case TEXT, BINARY -> {
        if (inMessage) {
          throw new IOException(
              "new message started before final frame for previous message was received");
        }
      }
      case CONTINUATION -> {
        if (!inMessage || compressed) {
          throw new IOException("invalid continuation frame");
        }
      }
      default -> throw new IOException("unknown opcode " + opcode);
    }
  }

  private static void checkControl(int first, int second) throws IOException {
    if ((second & SIZE) > MOST_CONTROL) {
      throw new IOException(
          "control frame length bigger than maximum allowed of " + MOST_CONTROL + " bytes");
    }
    if ((first & FINAL) == 0) {
      throw new IOException("control frame does not have final bit set");
    }
    if ((first & COMPRESSED) != 0) {
      throw new IOException("control frame must not be compressed");
    }
  }
}
