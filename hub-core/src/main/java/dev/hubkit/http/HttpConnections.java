package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.Supervisor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The connections of a server and what they share. */
final class HttpConnections implements SelectorLoop.Ticking, SocketWriter.Readers {
  private static final Log log = Log.of(HttpConnections.class);

  private final HttpServerOptions options;
  private final Supervisor supervisor;
  private final Dispatcher dispatcher;
  private final SpoolSpace requestSpace;
  private final SpoolSpace responseSpace;
  private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
  private final Object finished = new Object();
  private int busy;
  private @Nullable SelectorLoop loop;

  HttpConnections(HttpServerOptions options, Supervisor supervisor, Dispatcher dispatcher) {
    this.options = options;
    this.supervisor = supervisor;
    this.dispatcher = dispatcher;
    AtomicLong memory = new AtomicLong(options.sizes().memory());
    this.requestSpace = new SpoolSpace(memory, options.sizes().requestDisk());
    this.responseSpace = new SpoolSpace(memory, options.sizes().responseDisk());
  }

  /** Sets the loop; called once, before the first connection. */
  void runOn(SelectorLoop theLoop) {
    loop = theLoop;
  }

  HttpServerOptions options() {
    return options;
  }

  Supervisor supervisor() {
    return supervisor;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  SpoolSpace requestSpace() {
    return requestSpace;
  }

  SelectorLoop loop() {
    SelectorLoop known = loop;
    if (known == null) {
      throw new IllegalStateException("The server has not been bound");
    }
    return known;
  }

  SocketWriter socketWriter(SocketTransport transport, Runnable wantsToDrain) {
    Spool waiting = new Spool(responseSpace, options.sizes().inMemory());
    return new SocketWriter(transport, waiting, this, wantsToDrain);
  }

  void add(HttpConnection connection) {
    open.add(connection);
  }

  void forget(HttpConnection connection) {
    open.remove(connection);
  }

  int size() {
    return open.size();
  }

  /**
   * Counts the requests that are being answered: adds {@code more}, which is negative when one
   * ends.
   */
  void busy(int more) {
    synchronized (finished) {
      busy += more;
      finished.notifyAll();
    }
  }

  /** Waits until no request is being answered, at most {@code nanos} nanoseconds. */
  void awaitAnswers(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    synchronized (finished) {
      for (long left = nanos; busy > 0 && left > 0; left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(finished, left);
      }
    }
  }

  /** Closes a connection that only waits for a next request; returns false when there is none. */
  boolean closeIdle() {
    for (HttpConnection connection : open) {
      if (connection.isIdle()) {
        connection.close();
        return true;
      }
    }
    return false;
  }

  @Override
  public void ended() {
    for (HttpConnection connection : open) {
      try {
        connection.close();
      } catch (Throwable failure) {
        supervisor.failed(connection, failure, null);
      }
    }
  }

  @Override
  public boolean isNeeded() {
    return !open.isEmpty();
  }

  @Override
  public void tick(long now) {
    for (HttpConnection connection : open) {
      try {
        connection.tick(now);
      } catch (Throwable failure) {
        supervisor.failed(connection, failure, connection);
      }
    }
  }

  @Override
  public boolean makeRoom(SocketWriter asking) {
    long now = System.nanoTime();
    HttpConnection slowest = null;
    for (HttpConnection connection : open) {
      boolean holds = connection.out() == asking || connection.out().isOnDisk();
      if (holds && (slowest == null || connection.out().rate(now) < slowest.out().rate(now))) {
        slowest = connection;
      }
    }
    if (slowest == null || slowest.out() == asking) {
      return false;
    }
    log.warn(
        "{}: cut off {}, which reads too slowly, because answers that wait fill their {} bytes",
        supervisor,
        slowest.remoteAddress(),
        options.sizes().responseDisk());
    slowest.out().cut();
    slowest.closeSoon();
    return true;
  }
}
