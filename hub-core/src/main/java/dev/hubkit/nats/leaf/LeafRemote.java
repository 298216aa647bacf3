package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.peer.PeerThreads;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A hub that this server connects to as a leaf node, for ever: it owns the one connection there is,
 * or the timer that leads to the next one. Thread-safe.
 */
final class LeafRemote {
  /** Connects to hubs. */
  interface Dialer {
    /**
     * Connects to a hub and serves the connection until its end.
     *
     * @throws IOException if it can't be connected to
     */
    void dial(LeafRemote remote, URI url) throws IOException;
  }

  private static final Log log = Log.of(LeafRemote.class);
  // DEFAULT_CONNECT_ERROR_REPORTS of nats-server.
  private static final int REPORTED = 3600;

  private volatile LeafRemoteSettings settings;
  private final RemoteAddresses addresses;
  private final PeerThreads threads;
  private final TimeSource time;
  private final Dialer dialer;
  private final RemoteProgress progress;
  // Guarded by this object's monitor.
  private boolean ended;
  private boolean busy;
  private @Nullable Timer timer;
  private @Nullable Leaf leaf;
  private @Nullable Socket connecting;
  private Duration delay = Duration.ZERO;
  private int attempts;

  LeafRemote(
      LeafRemoteSettings settings,
      PeerThreads threads,
      TimeSource time,
      Dialer dialer,
      Runnable changed) {
    this.settings = settings;
    this.addresses = new RemoteAddresses(settings.urls(), settings.randomize());
    this.threads = threads;
    this.time = time;
    this.dialer = dialer;
    this.progress = new RemoteProgress(settings, time, changed);
  }

  LeafRemoteSettings settings() {
    return settings;
  }

  /** Takes over settings that differ in the compression only. */
  void compress(LeafRemoteSettings changed) {
    settings = changed;
    Leaf open;
    synchronized (this) {
      open = leaf;
    }
    if (open != null && open.compress(changed.compression())) {
      open.close("Client Closed");
    }
  }

  RemoteAddresses addresses() {
    return addresses;
  }

  RemoteProgress progress() {
    return progress;
  }

  /** Begins to connect, unless it is disabled. */
  void start() {
    if (!settings.disabled()) {
      connect();
    }
  }

  private void connect() {
    synchronized (this) {
      timer = null;
      if (ended || busy) {
        return;
      }
      busy = true;
    }
    URI url = addresses.next();
    boolean spawned = false;
    try {
      spawned = threads.spawn("leaf-to-" + url.getHost() + ":" + url.getPort(), () -> serve(url));
    } finally {
      if (!spawned) {
        synchronized (this) {
          busy = false;
        }
      }
    }
  }

  private void serve(URI url) {
    Duration wait = settings.reconnect();
    try {
      dialer.dial(this, url);
    } catch (IOException e) {
      report(url, e);
      progress.failed(String.valueOf(e.getMessage()));
      wait = wait.plusNanos(ThreadLocalRandom.current().nextLong(Math.max(1, wait.toNanos())));
    } finally {
      synchronized (this) {
        busy = false;
        leaf = null;
        connecting = null;
        wait = wait.plus(delay);
        delay = Duration.ZERO;
      }
      progress.ended();
      connectLater(wait);
    }
  }

  private void report(URI url, IOException problem) {
    int attempt;
    synchronized (this) {
      attempts++;
      attempt = attempts;
    }
    String text =
        "Error trying to connect as leafnode to remote server \""
            + url.getHost()
            + ":"
            + url.getPort()
            + "\" (attempt "
            + attempt
            + "): "
            + problem.getMessage();
    if (attempt == 1 || attempt % REPORTED == 0) {
      log.error(text);
    } else {
      log.debug(text);
    }
  }

  private synchronized void connectLater(Duration wait) {
    if (!ended) {
      timer = time.schedule(wait, new SupervisedTask(this::connect, failure -> connectLater(wait)));
    }
  }

  /** Notes a socket on which the hub is waited for, which is closed when this one ends. */
  void connecting(Socket socket) {
    boolean late;
    synchronized (this) {
      connecting = socket;
      late = ended;
    }
    if (late) {
      PeerSocket.close(socket);
    }
  }

  /** Notes the connection, which is closed when this one ends; returns false when it has ended. */
  synchronized boolean connected(Leaf made) {
    leaf = made;
    connecting = null;
    attempts = 0;
    return !ended;
  }

  /** Returns whether the hub is to be connected and is not. */
  synchronized boolean isMissing() {
    return !settings.disabled() && (leaf == null || leaf.account() == null);
  }

  /** Has the next connection made later than usual, because this one is of no use. */
  synchronized void delay(Duration longer) {
    delay = longer;
  }

  /** Connects no more; the connection that there is stays. */
  synchronized void retire() {
    ended = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  /** Connects no more, and closes the connection. */
  void end(String reason) {
    Leaf open;
    Socket waiting;
    synchronized (this) {
      ended = true;
      if (timer != null) {
        timer.cancel();
      }
      open = leaf;
      waiting = connecting;
    }
    if (waiting != null) {
      PeerSocket.close(waiting);
    }
    if (open != null) {
      open.close(reason);
    }
  }
}
