package dev.hubkit.nats.net;

import java.time.Duration;

/**
 * The way between a client and the server, for those who want to spoil it: what follows holds for
 * both directions, from now on and until it is taken back. All times are the server's. Thread-safe.
 */
public interface LinkFaults {
  /** Breaks the connection at once, without a word: the client sees it reset. */
  void cut();

  /** Whether nothing gets through any more, either way, while the connection stays open. */
  void stall(boolean stalled);

  /**
   * How many bytes get through in a second, each way.
   *
   * @param bytesPerSecond 0 for as many as can
   */
  void limit(long bytesPerSecond);

  /** Whether anything is wrong with it now. */
  boolean isSpoiled();

  /** How much later everything arrives; zero for at once. */
  void delay(Duration delay);

  /**
   * Changes every so manieth byte on its way to the client, and none on the way from it.
   *
   * @param every 0 for none
   */
  void corrupt(int every);
}
