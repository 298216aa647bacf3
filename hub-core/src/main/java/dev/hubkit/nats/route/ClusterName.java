package dev.hubkit.nats.route;

import dev.hubkit.nats.wire.ProtocolException;

/**
 * The name of a cluster, which its servers must agree on; a server without a configured name makes
 * one up, which gives way to others. Thread-safe.
 */
final class ClusterName {
  private String text;
  private boolean madeUp;

  /**
   * The name as one server has it at first.
   *
   * @param configured empty for none
   */
  ClusterName(String configured, String madeUpName) {
    madeUp = configured.isEmpty();
    text = madeUp ? madeUpName : configured;
  }

  synchronized String text() {
    return text;
  }

  synchronized boolean isMadeUp() {
    return madeUp;
  }

  /** Adopts a newly configured name; an empty one changes nothing. */
  synchronized void configure(String name) {
    if (!name.isEmpty()) {
      text = name;
      madeUp = false;
    }
  }

  /**
   * Adopts the name of another server if this one's is made up and the other's is not, or is the
   * greater.
   *
   * @throws ProtocolException if the names are different ones
   */
  synchronized void agree(String other, boolean otherMadeUp) throws ProtocolException {
    if (other.isEmpty() || other.equals(text)) {
      return;
    }
    if (madeUp && (!otherMadeUp || text.compareTo(other) < 0)) {
      text = other;
      madeUp = otherMadeUp;
    } else if (!otherMadeUp) {
      String error =
          "Rejecting connection, cluster name \"" + other + "\" does not match \"" + text + "\"";
      throw new ProtocolException(error, error);
    }
  }
}
