package dev.hubkit.http;

/** Measures how long one peer has taken. For the loop's thread. */
final class Patience {
  private final TimeLimits limits;
  private long since = System.nanoTime();
  private long came;
  private boolean served;
  private boolean last;

  Patience(TimeLimits limits) {
    this.limits = limits;
  }

  /** Returns whether a request has been answered. */
  boolean hasServed() {
    return served;
  }

  /** Lets no request follow the present one. */
  void last() {
    last = true;
  }

  boolean isLast() {
    return last;
  }

  void idleBegins() {
    since = System.nanoTime();
    served = true;
  }

  /**
   * Notes the first byte of a head. The time for the first head of a connection began with the
   * connection.
   */
  void headBegins() {
    if (served) {
      since = System.nanoTime();
    }
  }

  boolean isHeadOver(long now, boolean nothingCame) {
    return now - since > (served && nothingCame ? limits.idle() : limits.head()).toNanos();
  }

  void bodyBegins() {
    since = System.nanoTime();
    came = 0;
  }

  void bodyComesOn(int bytes) {
    came += bytes;
  }

  /** Returns whether a body arrives too slowly; has to be called regularly. */
  boolean isBodyOver(long now) {
    if (now - since <= limits.body().toNanos()) {
      return false;
    }
    if (came < limits.bodyBytes()) {
      return true;
    }
    since = now;
    came = 0;
    return false;
  }

  void lingeringBegins() {
    since = System.nanoTime();
  }

  boolean isLingeringOver(long now) {
    return now - since > limits.linger().toNanos();
  }
}
