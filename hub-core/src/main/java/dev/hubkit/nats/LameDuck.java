package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lame duck mode: a server's clients and leaf nodes move to other servers before it closes.
 * Thread-safe.
 */
final class LameDuck {
  private static final Log log = Log.of(LameDuck.class);
  private static final Duration LONGEST_EVICTION_PAUSE = Duration.ofSeconds(1);

  private final TimeSource time;
  private final Clients clients;
  private final LeafNodes leafNodes;
  private final InfoUpdater info;
  private final @Nullable SystemAccount systemAccount;
  private final @Nullable Cluster cluster;
  private final ServerClosing closing;
  private final Runnable resign;
  private final AtomicBoolean entered = new AtomicBoolean();

  /**
   * Makes it for a server.
   *
   * @param resign has other servers lead the streams and consumers that this one leads
   */
  LameDuck(
      TimeSource time,
      Clients clients,
      LeafNodes leafNodes,
      InfoUpdater info,
      @Nullable SystemAccount systemAccount,
      @Nullable Cluster cluster,
      ServerClosing closing,
      Runnable resign) {
    this.resign = resign;
    this.time = time;
    this.clients = clients;
    this.leafNodes = leafNodes;
    this.info = info;
    this.systemAccount = systemAccount;
    this.cluster = cluster;
    this.closing = closing;
  }

  /**
   * Enters it; see {@link NatsServer#lameDuck}.
   *
   * @param closeListeners stops accepting clients
   */
  void enter(Duration grace, Duration duration, Runnable closeListeners) {
    if (closing.hasBegun() || !entered.compareAndSet(false, true)) {
      return;
    }
    log.info("Entering lame duck mode, stop accepting new clients");
    closeListeners.run();
    leafNodes.refuseOthers();
    if (systemAccount != null) {
      systemAccount.lameDuck();
    }
    // Before anybody is sent away, as in runLameDuckMode of nats-server.
    resign.run();
    if (cluster != null) {
      cluster.lameDuck();
    }
    info.lameDuck();
    if (present().isEmpty()) {
      closing.closeOnOwnThread();
    } else {
      time.schedule(
          grace, new SupervisedTask(() -> evict(duration), failure -> closing.closeOnOwnThread()));
    }
  }

  boolean isEntered() {
    return entered.get();
  }

  /** The time for closing connections that is left of {@code total} after the grace period. */
  static Duration evictionTime(Duration total, Duration grace) {
    Duration rest = total.minus(grace);
    return rest.isNegative() || rest.isZero() ? LONGEST_EVICTION_PAUSE : rest;
  }

  private List<AuthenticatedPeer> present() {
    return Stream.<AuthenticatedPeer>concat(clients.all().stream(), leafNodes.leafs().stream())
        .toList();
  }

  private void evict(Duration duration) {
    log.info("Closing existing clients");
    List<AuthenticatedPeer> present = present();
    long step = present.isEmpty() ? 0 : duration.toNanos() / present.size();
    step = Math.min(step, LONGEST_EVICTION_PAUSE.toNanos());
    long delay = 0;
    for (AuthenticatedPeer connection : present) {
      time.schedule(
          delay,
          new SupervisedTask(() -> connection.close(CloseReason.SERVER_SHUTDOWN), connection));
      delay += step;
    }
    time.schedule(
        Math.max(0, delay - step),
        new SupervisedTask(closing::closeOnOwnThread, failure -> closing.closeOnOwnThread()));
  }
}
