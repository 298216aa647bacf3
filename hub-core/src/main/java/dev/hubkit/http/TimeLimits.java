package dev.hubkit.http;

import java.time.Duration;

/**
 * How long a server waits for a peer, in real time. Immutable.
 *
 * @param head for a whole head, including the TLS handshake, from the beginning of the connection
 *     or the first byte of a later request
 * @param idle for the next request on a connection that had one
 * @param body in each such period, at least {@code bodyBytes} of a body must arrive
 * @param bodyBytes see {@code body}; at least 1
 * @param write for a client that reads nothing of its answer
 * @param linger for the peer to close after the last answer
 */
public record TimeLimits(
    Duration head, Duration idle, Duration body, int bodyBytes, Duration write, Duration linger) {
  /** Checks that all are positive. */
  public TimeLimits {
    for (Duration each : new Duration[] {head, idle, body, write, linger}) {
      if (each.isNegative() || each.isZero()) {
        throw new IllegalArgumentException("Not a time limit: " + each);
      }
    }
    if (bodyBytes < 1) {
      throw new IllegalArgumentException("Not a number of bytes: " + bodyBytes);
    }
  }

  /**
   * The defaults: 30 s for a head, 60 s between requests, 1 KiB of a body in 30 s, 60 s for a
   * client that does not read.
   */
  public static TimeLimits defaults() {
    return new TimeLimits(
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(30),
        1024,
        Duration.ofSeconds(60),
        Duration.ofSeconds(2));
  }

  /** Returns these limits with another on heads. */
  public TimeLimits withHead(Duration value) {
    return new TimeLimits(value, idle, body, bodyBytes, write, linger);
  }

  /** Returns these limits with another between requests. */
  public TimeLimits withIdle(Duration value) {
    return new TimeLimits(head, value, body, bodyBytes, write, linger);
  }

  /** How often the limits must be checked, in milliseconds. */
  long tickMillis() {
    long least = Long.MAX_VALUE;
    for (Duration each : new Duration[] {head, idle, body, write, linger}) {
      least = Math.min(least, each.toMillis());
    }
    return Math.max(10, Math.min(500, least / 4));
  }
}
