package dev.hubkit.nats.peer;

import dev.hubkit.log.Log;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Listens for other servers of the cluster, on a thread of its own. Thread-safe. */
public final class PeerListener {
  private static final Log log = Log.of(PeerListener.class);
  private static final int BACKLOG = 64;
  // ACCEPT_MIN_SLEEP and ACCEPT_MAX_SLEEP of nats-server.
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  // After so long without it, that servers can't be accepted is news again.
  private static final long EPISODE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ReservedPort port;
  private final Supervisor supervisor;
  private final Predicate<Socket> acceptor;
  private volatile boolean closed;
  private volatile @Nullable Thread thread;
  // Guarded by this object's monitor.
  private @Nullable ServerSocket socket;

  /**
   * Listens when it is {@linkplain #start started}.
   *
   * @param acceptor takes a socket over, or returns false to have it closed
   */
  public PeerListener(ReservedPort port, Supervisor supervisor, Predicate<Socket> acceptor) {
    this.port = port;
    this.supervisor = supervisor;
    this.acceptor = acceptor;
  }

  public int port() {
    return port.number();
  }

  public InetAddress boundAddress() {
    return port.address().getAddress();
  }

  /**
   * Begins to accept other servers.
   *
   * @throws IOException if the address can't be listened on
   */
  public void start(String threadName) throws IOException {
    ServerSocket opened = port.open(PeerListener::bind);
    synchronized (this) {
      socket = opened;
      if (closed) {
        opened.close();
      }
    }
    Thread accepting = new Thread(() -> accept(opened), threadName);
    accepting.setDaemon(true);
    thread = accepting;
    accepting.start();
  }

  private static ServerSocket bind(InetSocketAddress address) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(address, BACKLOG);
      return socket;
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  // While nothing can be accepted, for example for lack of descriptors, it pauses between
  // two tries, as nats-server does (acceptError in server/server.go).
  private void accept(ServerSocket listening) {
    long pause = FIRST_PAUSE_NANOS;
    boolean logged = false;
    long loggedAt = 0;
    while (!closed) {
      try {
        acceptNext(listening);
        pause = FIRST_PAUSE_NANOS;
      } catch (Throwable failure) {
        if (closed) {
          return;
        }
        // One that gets through in between does not begin it anew.
        long now = System.nanoTime();
        if (!logged || now - loggedAt > EPISODE_NANOS) {
          logFailure(failure);
        }
        logged = true;
        loggedAt = now;
        LockSupport.parkNanos(this, pause);
        pause = Math.min(LONGEST_PAUSE_NANOS, 2 * pause);
      }
    }
  }

  private void logFailure(Throwable failure) {
    if (failure instanceof IOException) {
      log.error(
          "Other servers can't be accepted: {}; it is tried again within a second. If the server has too"
              + " many files open, raise the limit (ulimit -n)",
          failure.getMessage());
    } else {
      supervisor.failed("accepting another server", failure, null);
    }
  }

  private void acceptNext(ServerSocket listening) throws IOException {
    WorkStep.ROUTE_ACCEPT.reach();
    Socket accepted = listening.accept();
    boolean taken = false;
    try {
      taken = acceptor.test(accepted);
    } finally {
      if (!taken) {
        PeerSocket.close(accepted);
      }
    }
  }

  /** Accepts no more, and gives the port back. */
  public void close() {
    ServerSocket listening;
    synchronized (this) {
      closed = true;
      listening = socket;
    }
    port.close();
    try {
      if (listening != null) {
        listening.close();
      }
    } catch (IOException e) {
      log.warn("Closing the port for other servers failed", e);
    }
  }

  /** Waits for the end of its thread once it is closed. */
  public void join(Duration patience) {
    Thread accepting = thread;
    if (accepting != null) {
      LockSupport.unpark(accepting);
      PeerThreads.join(accepting, patience);
    }
  }
}
