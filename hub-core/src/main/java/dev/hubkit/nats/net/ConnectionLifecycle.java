package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The life of one connection: it reserves memory when it begins, is closed once, for one reason,
 * and releases its transport once, when what waits is written or can't be. Thread-safe.
 */
final class ConnectionLifecycle implements ConnectionEnd.Closing {
  /** The entry of the connection in the lists of its server. */
  interface Registration {
    /** Notes that the connection is closed, but may have something left to write. */
    void leaving();

    /** Takes the connection off the list of open ones. */
    void disconnected(CloseReason reason);

    /**
     * Notes an end with failed steps, which are tried again as soon as other clients come or go.
     */
    void unfinished(ConnectionEnd end);

    /** Notes that the transport is released. */
    void released();
  }

  /** What is read from the client. */
  interface Input {
    /** Reads nothing any more. */
    void close();

    /** Returns whether a payload was refused before all of it was read. */
    boolean leftPayloadUnread();
  }

  /** The parts of the connection that end with it. */
  record Parts(
      Input in,
      ClientWriter out,
      Heartbeat heartbeat,
      ClientIdentity identity,
      ClientSubscriptions subscriptions) {}

  private static final Log log = Log.of(ConnectionLifecycle.class);

  private final Connection connection;
  private final ClientContext context;
  private final Transport transport;
  private final Registration registration;
  private final Parts parts;
  private final Supervisor supervisor;
  private final ConnectionEnd end;
  private final AtomicReference<@Nullable CloseReason> closed = new AtomicReference<>();
  private final AtomicBoolean released = new AtomicBoolean();
  private final AtomicInteger reserved = new AtomicInteger();
  private volatile long stopped;

  ConnectionLifecycle(
      Connection connection,
      ClientContext context,
      Transport transport,
      Registration registration,
      Parts parts,
      Supervisor supervisor) {
    this.connection = connection;
    this.context = context;
    this.transport = transport;
    this.registration = registration;
    this.parts = parts;
    this.supervisor = supervisor;
    this.end = new ConnectionEnd(this, supervisor);
  }

  /**
   * Reserves the memory of an idle connection of this kind.
   *
   * @return false when there is no memory for one more
   */
  boolean reserve() {
    int bytes = transport.footprint();
    if (!context.memory().reserveConnection(bytes)) {
      return false;
    }
    reserved.set(bytes);
    return true;
  }

  /** Returns why the connection was closed; null when it is open. */
  @Nullable CloseReason reason() {
    return closed.get();
  }

  /** Returns when it was closed, in nanoseconds since the epoch; 0 when it is open. */
  long stopped() {
    return stopped;
  }

  /** Closes the connection once what waits has been written, if it can be written. */
  void close(CloseReason reason) {
    if (!closed.compareAndSet(null, reason)) {
      return;
    }
    boolean complete = end.complete(reason);
    // What waits behind a handshake that has failed or never began can never be written
    // (markConnAsClosed of
    // nats-server).
    if (reason == CloseReason.SLOW_CONSUMER_PENDING_BYTES
        || reason == CloseReason.TLS_HANDSHAKE_ERROR
        || transport.isPending()) {
      release();
    } else {
      parts.out.flush();
    }
    if (!complete) {
      release();
      registration.unfinished(end);
    }
  }

  @Override
  public boolean completeEnd() {
    CloseReason reason = closed.get();
    return reason == null || end.complete(reason);
  }

  @Override
  public void endTimers() {
    stopped = context.time().epochNanos();
    parts.heartbeat.stop();
    parts.identity.cancelTimers();
  }

  @Override
  public void endSubscriptions() {
    if (parts.identity.user() != null) {
      parts.subscriptions.removeAll();
    }
  }

  @Override
  public void leaveAccount() {
    parts.identity.leave();
    parts.identity.forgetReplies();
  }

  @Override
  public void awaitWrites() {
    registration.leaving();
    if (released.get()) {
      // By another thread meanwhile, which found nothing to take out.
      registration.released();
    }
  }

  @Override
  public void unregister(CloseReason reason) {
    registration.disconnected(reason);
  }

  @Override
  public void notifyObservers(CloseReason reason) {
    context.observer().disconnected(connection, reason.text(), true);
    TrafficObserver traffic = context.traffic();
    if (traffic != null) {
      traffic.disconnected(connection, reason);
    }
    log.debug("{} - Client connection closed: {}", connection, reason);
  }

  /** Releases the transport, whatever still waits. */
  void release() {
    if (!released.compareAndSet(false, true)) {
      return;
    }
    try {
      WorkStep.CONNECTION_RELEASE.reach();
      parts.out.close();
      parts.in.close();
      MemoryBudget.CONNECTIONS.release(reserved.getAndSet(0));
    } catch (Throwable failure) {
      supervisor.failed(connection, failure, null);
    }
    try {
      CloseReason reason = closed.get();
      if (reason != null && reason.hasListener()) {
        transport.announceEnd(reason);
      }
      if (reason == CloseReason.MAX_PAYLOAD_EXCEEDED) {
        // nats-server leaves the payload unread, which breaks the connection when it closes it;
        // clients tell that from an end.
        transport.abandon(parts.in.leftPayloadUnread());
      } else {
        transport.close();
      }
    } catch (Throwable failure) {
      supervisor.failed(connection, failure, null);
    }
    context.deliveries().end(parts.out);
    registration.released();
  }
}
