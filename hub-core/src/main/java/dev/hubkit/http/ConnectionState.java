package dev.hubkit.http;

import java.util.function.IntConsumer;

/**
 * How far a connection is with its present request, and whether its peer takes too long. For the
 * loop's thread.
 */
final class ConnectionState {
  /** What a connection is doing. */
  enum Phase {
    HEAD,
    BODY,
    /** A worker decides whether a large body may come. */
    ADMITTING,
    HANDLING,
    /** The answer is complete but not yet sent. */
    DRAINING,
    /** Everything has been sent, and the peer is expected to close. */
    LINGERING,
    CLOSED
  }

  private final Patience patience;
  private final IntConsumer busy;
  private Phase phase = Phase.HEAD;

  /**
   * Waits for the first head.
   *
   * @param busy counts the requests that are being answered: takes 1 when one begins, -1 when it
   *     ends
   */
  ConnectionState(Patience patience, IntConsumer busy) {
    this.patience = patience;
    this.busy = busy;
  }

  Phase phase() {
    return phase;
  }

  boolean is(Phase other) {
    return phase == other;
  }

  void enter(Phase next) {
    boolean was = isBusy();
    phase = next;
    if (was != isBusy()) {
      busy.accept(was ? -1 : 1);
    }
  }

  /** Returns whether a request is being answered. */
  boolean isBusy() {
    return phase == Phase.HANDLING || phase == Phase.DRAINING;
  }

  /** Returns whether a request is arriving, of which no handler knows yet. */
  boolean isReceiving() {
    return phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.ADMITTING;
  }

  /** Returns whether the connection wants to read from its peer. */
  boolean isReading() {
    return phase == Phase.HEAD || phase == Phase.BODY || phase == Phase.LINGERING;
  }

  /** Returns whether the connection only waits for a next request, which may never come. */
  boolean isIdle(boolean isHeadEmpty) {
    return phase == Phase.HEAD && isHeadEmpty && patience.hasServed();
  }

  /** Returns whether the connection has waited too long for a head, or for the peer to close. */
  boolean isOver(long now, boolean isHeadEmpty) {
    return switch (phase) {
      case HEAD -> patience.isHeadOver(now, isHeadEmpty);
      case LINGERING -> patience.isLingeringOver(now);
      default -> false;
    };
  }

  /** Returns whether the connection has waited too long for a body. */
  boolean isBodyOver(long now) {
    return phase == Phase.BODY && patience.isBodyOver(now);
  }
}
