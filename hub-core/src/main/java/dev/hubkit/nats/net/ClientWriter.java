package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.AccountTraffic;
import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one client: what a thread appends is written at the end of that thread's batch, or as
 * soon as the transport accepts more. Detects a client that is too slow. Thread-safe.
 */
final class ClientWriter implements Flushable {
  private static final Log log = Log.of(ClientWriter.class);

  private final ConnectionControl connection;
  private final Connection client;
  private final ClientContext context;
  private final Transport transport;
  private final ClientIdentity identity;
  private final @Nullable TrafficObserver observer;
  private final WriteQueue queue;
  private final ProducerStall stall;
  // Guarded by the queue's monitor.
  private @Nullable WorkBatch deferredIn;
  // Written with this object's monitor held.
  private volatile @Nullable Timer writeTimer;
  // Guarded by this object's monitor: how much the transport had accepted when the deadline was
  // set, how much it must have accepted by then, and how much it has accepted now.
  private long acceptedBefore;
  private long acceptedAfter;
  private long accepted;

  /**
   * Makes the writer of a connection.
   *
   * @param client the client as observers see it
   */
  ClientWriter(
      ConnectionControl connection,
      Connection client,
      ClientContext context,
      Transport transport,
      ClientIdentity identity) {
    this.client = client;
    this.connection = connection;
    this.context = context;
    this.transport = transport;
    this.identity = identity;
    this.observer = context.traffic();
    this.queue = new WriteQueue(context.buffers(), context.memory().budget());
    this.stall = new ProducerStall(queue, connection.limits().maxPending(), context::countStall);
  }

  /** Appends a message for a subscription, to be written at the end of {@code batch}. */
  void send(Subscription subscription, Message message, boolean headers, WorkBatch batch) {
    try {
      WorkStep.CONNECTION_DELIVER.reach();
      if (batch.requester() != null && isSkipped()) {
        return;
      }
      identity.grantReply(message);
      AccountTraffic exporter = batch.exporter();
      long pending;
      boolean last;
      synchronized (queue) {
        if (!connection.isOpen() || !subscription.countDelivery()) {
          return;
        }
        pending = queue.append(subscription, message, headers, exporter != null, false);
        defer(batch);
        if (observer != null && pending != WriteQueue.NO_ROOM) {
          observer.delivered(client, subscription, message);
        }
        last = subscription.isUsedUp();
      }
      if (pending == WriteQueue.NO_ROOM) {
        pending = sendWithoutRoom(subscription, message, headers, exporter != null);
      }
      if (exporter != null) {
        exporter.countExported(message.length() - (headers ? 0 : message.headerLength()));
      }
      if (last) {
        connection.remove(subscription);
      }
      if (stall.isTooLong(pending)) {
        congested(pending, batch);
      }
    } catch (Throwable failure) {
      // Neither the publisher nor the other subscribers are to blame.
      broken(failure);
    }
  }

  /**
   * Returns whether the client is so far behind that it misses what others publish, rather than
   * that they wait: where no producer is to stall.
   */
  boolean isSkipped() {
    Limits limits = connection.limits();
    return !limits.stallsPublishers() && queue.pending() > limits.maxPending() / 4 * 3;
  }

  // Notes the batch only after it has accepted this: otherwise a failure would keep this from
  // being deferred again. With the queue's monitor held.
  private void defer(WorkBatch batch) {
    if (deferredIn != batch) {
      batch.defer(this);
      deferredIn = batch;
    }
  }

  /** Sends nothing more, for what waits may be cut anywhere, and ends the connection. */
  private void broken(Throwable failure) {
    queue.close();
    connection.broken(failure);
  }

  /** Ends the connection after {@link #flush(WorkBatch)} has failed. */
  @Override
  public void failed(Throwable failure) {
    queue.close();
    connection.failed(failure);
  }

  // Closes the connections that hold most of the memory, which can be this one.
  private long sendWithoutRoom(
      Subscription subscription, Message message, boolean headers, boolean foreign) {
    context.memory().relieve(message.length());
    synchronized (queue) {
      if (!connection.isOpen()) {
        return 0;
      }
      long pending = queue.append(subscription, message, headers, foreign, true);
      if (observer != null) {
        observer.delivered(client, subscription, message);
      }
      return pending;
    }
  }

  private void congested(long pending, WorkBatch batch) {
    if (pending > connection.limits().maxPending()) {
      connection.slow(CloseReason.SLOW_CONSUMER_PENDING_BYTES);
    } else if (connection.limits().stallsPublishers()) {
      batch.congested(stall);
    }
  }

  /** Appends a message that counts for no subscription, to be written at the end of the batch. */
  void sendUncounted(byte[] text, Subscription to, WorkBatch batch, Message message) {
    synchronized (queue) {
      queue.append(text);
      if (observer != null) {
        observer.delivered(client, to, message);
      }
    }
    batch.defer(this);
  }

  /** Appends protocol text, to be written at the end of {@code batch}. */
  void send(byte[] text, WorkBatch batch) {
    long pending = append(text);
    batch.defer(this);
    if (context.memory().budget().isUsedUp()) {
      context.memory().relieve(0);
    }
    if (stall.isTooLong(pending)) {
      congested(pending, batch);
    }
  }

  /** Appends {@code -ERR} with the text, to be written at the end of {@code batch}. */
  void sendError(String text, WorkBatch batch) {
    send(errorLine(text), batch);
  }

  /** Returns {@code -ERR} with a text, in which what a client has sent is quoted. */
  static byte[] errorLine(String text) {
    // An error is always one line.
    return ("-ERR '" + Quoted.plain(text) + "'\r\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Appends protocol text.
   *
   * @return the bytes that are pending now
   */
  long append(byte[] text) {
    if (observer == null) {
      return queue.append(text);
    }
    synchronized (queue) {
      long pending = queue.append(text);
      observer.sent(client, text);
      return pending;
    }
  }

  /** Appends protocol text without telling observers. */
  void appendUnobserved(byte[] text) {
    queue.append(text);
  }

  /** Returns whether a subscription has had as many messages as it asked for. */
  boolean isUsedUp(Subscription subscription) {
    synchronized (queue) {
      return subscription.isUsedUp();
    }
  }

  /**
   * Ends a subscription after {@code max} messages in all.
   *
   * @return false when it has had that many
   */
  boolean limit(Subscription subscription, int max) {
    synchronized (queue) {
      return subscription.limit(max);
    }
  }

  @Override
  public void flush(WorkBatch batch) {
    synchronized (queue) {
      deferredIn = null;
    }
    flush();
  }

  /** Writes what waits, as far as the transport accepts it. */
  void flush() {
    try {
      WorkStep.CONNECTION_FLUSH.reach();
      flushed(queue.flush(transport));
    } catch (IOException e) {
      writeFailed(e);
    } catch (Throwable failure) {
      broken(failure);
    }
  }

  /** Goes on writing, now that the transport accepts more. */
  void writable() {
    try {
      WorkStep.CONNECTION_RESUME.reach();
      flushed(queue.resume(transport));
    } catch (IOException e) {
      writeFailed(e);
    } catch (Throwable failure) {
      broken(failure);
    }
  }

  private void flushed(WriteQueue.Flush how) {
    switch (how) {
      case DONE -> {
        if (!connection.isOpen()) {
          connection.release();
        } else if (writeTimer != null) {
          endDeadlineUnlessWriting();
        }
        stall.relieve();
      }
      case BLOCKED -> {
        beginDeadline();
        transport.awaitWritable();
        stall.relieveWhenHalf();
      }
      case BUSY -> {}
    }
  }

  private void writeFailed(IOException e) {
    log.debug("{}: write failed: {}", connection, e.getMessage());
    connection.close(CloseReason.WRITE_ERROR);
    connection.release();
  }

  // As in nats-server, all that waits now is to be written in time; what comes later has a deadline
  // of its own.
  private synchronized void beginDeadline() {
    accepted = queue.accepted();
    if (writeTimer != null && accepted < acceptedAfter) {
      return;
    }
    endDeadline();
    acceptedBefore = accepted;
    acceptedAfter = accepted + queue.unaccepted();
    writeTimer =
        context
            .time()
            .schedule(
                connection.limits().writeDeadline(), new SupervisedTask(this::timeout, connection));
  }

  // Another thread may be writing by now, and have set a deadline for what it could not write.
  private synchronized void endDeadlineUnlessWriting() {
    if (!queue.isWriting()) {
      endDeadline();
    }
  }

  private synchronized void endDeadline() {
    Timer before = writeTimer;
    writeTimer = null;
    if (before != null) {
      before.cancel();
    }
  }

  private void timeout() {
    if (connection.limits().keepsSlowClients() && hasAcceptedSome()) {
      connection.slow();
      return;
    }
    connection.slow(CloseReason.SLOW_CONSUMER_WRITE_DEADLINE);
    connection.release();
  }

  // If so, the time begins anew.
  private synchronized boolean hasAcceptedSome() {
    if (writeTimer == null || accepted == acceptedBefore) {
      return false;
    }
    acceptedBefore = accepted;
    writeTimer =
        context
            .time()
            .schedule(
                connection.limits().writeDeadline(), new SupervisedTask(this::timeout, connection));
    return true;
  }

  /** Returns how much of the shared memory the buffers take. */
  long held() {
    return queue.held();
  }

  /** Gives back memory that is not needed while nothing is sent. */
  void trim() {
    queue.trim();
  }

  /** Writes nothing any more, whatever waits, and lets waiting publishers go on. */
  void close() {
    queue.close();
    stall.end();
    endDeadline();
  }

  /** Returns the bytes that wait to be written. */
  long pending() {
    return queue.pending();
  }

  /** Returns the messages of the client's account appended. */
  Traffic own() {
    return queue.own();
  }

  /** Returns all messages appended. */
  Traffic all() {
    return queue.own().plus(queue.foreign());
  }

  /** Returns how often a publisher had to wait for this client. */
  long stalls() {
    return stall.count();
  }
}
