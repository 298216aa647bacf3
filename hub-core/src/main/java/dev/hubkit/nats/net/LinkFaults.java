package dev.hubkit.nats.net;

import java.time.Duration;

/**
 * The faults of the link between one client and the server. Each fault concerns both directions
 * unless its method says otherwise, and stays until it is taken back. All times are the server's.
 * Thread-safe.
 */
public interface LinkFaults {
  /** Resets the connection at once. */
  void cut();

  /** Stops or resumes all traffic in both directions; the connection stays open. */
  void stall(boolean stalled);

  /**
   * Limits the bytes per second in each direction.
   *
   * @param bytesPerSecond the limit; 0 for none
   */
  void limit(long bytesPerSecond);

  /** Returns whether the link has a fault, or still holds bytes back because of one. */
  boolean hasFaults();

  /** Delays all traffic; zero for no delay. */
  void delay(Duration delay);

  /**
   * Changes bytes on their way to the client, but none on the way from it.
   *
   * @param every the distance from one changed byte to the next; 0 to change none
   */
  void corrupt(int every);
}
