package dev.hubkit.nats.peer;

import dev.hubkit.nats.peer.PeerCompression.Mode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How what one connection to another server sends is compressed. Thread-safe. */
public final class AgreedCompression {
  private final PeerOutputStream out;
  // All guarded by this object's monitor.
  private PeerCompression wanted;
  private @Nullable Mode mode;

  /**
   * Compresses nothing before both sides have agreed.
   *
   * @param wanted what the configuration says
   */
  public AgreedCompression(PeerOutputStream out, PeerCompression wanted) {
    this.out = out;
    this.wanted = wanted;
  }

  public synchronized PeerCompression wanted() {
    return wanted;
  }

  public synchronized boolean isAgreed() {
    return mode != null;
  }

  /** Notes what both sides have agreed on, which holds for all that is sent afterwards. */
  public synchronized void agree(Mode agreed) {
    mode = agreed;
    out.compress(agreed);
  }

  /** Chooses the level anew by a round trip, where the configuration wants that. */
  public synchronized void adapt(Duration roundTrip) {
    if (wanted.mode() == Mode.AUTO && mode != null && mode.isNegotiated()) {
      Mode level = wanted.at(roundTrip);
      if (level != mode) {
        agree(level);
      }
    }
  }

  /**
   * Changes the level by a changed configuration (applyCompressionChanges in nats-server's {@code
   * reload.go}).
   *
   * @return whether both sides must agree anew, on another connection
   */
  public synchronized boolean change(PeerCompression other, Duration roundTrip) {
    Mode before = mode;
    boolean changed = !wanted.equals(other);
    wanted = other;
    if (!changed || before == null || before == Mode.NOT_SUPPORTED || before == other.mode()) {
      return false;
    }
    if (before == Mode.OFF || !other.mode().isNegotiated() || other.mode() == Mode.ACCEPT) {
      return true;
    }
    if (other.mode() == Mode.AUTO) {
      adapt(roundTrip);
    } else {
      agree(other.mode());
    }
    return false;
  }

  /** Returns what to tell the other server of what was agreed on (see {@link PeerCompression}). */
  public synchronized String told() {
    return mode == null ? "" : wanted.told(mode).text();
  }

  /** Returns how it is compressed, as nats-server calls it; empty before both have agreed. */
  public synchronized String text() {
    return mode == null ? "" : mode.text();
  }
}
