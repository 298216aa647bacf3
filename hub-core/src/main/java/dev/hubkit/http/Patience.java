package dev.hubkit.http;

/** How long one peer has had for what it does. For the loop's thread. */
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

  /** No request follows the present one. */
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

  /** The first byte of a head has come. The first head of a connection has begun with it. */
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

  /** Returns whether a body has not come on enough; to be asked again and again. */
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
