package dev.hubkit.nats.peer;

import dev.hubkit.log.Log;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one other server on a thread of its own, and closes the socket at the end, when
 * everything is written or the other server does not accept it in time. Thread-safe.
 */
public final class PeerWriter {
  /** The connection whose bytes this writes. */
  public interface Owner {
    /** Closes the connection because nothing can be written. */
    void close(String reason);

    /**
     * Called when all is written that there was, before the socket is closed. On the writing
     * thread.
     *
     * @throws IOException if the other side is gone
     */
    default void written() throws IOException {}

    /** Logs a failure and ends the connection. Throws nothing. */
    void broken(Throwable failure);
  }

  private static final Log log = Log.of(PeerWriter.class);
  // How long the other server may take to accept what is left when a connection is closed.
  private static final Duration END_PATIENCE = Duration.ofSeconds(1);

  private final Owner owner;
  private final PeerOutput output;
  private final Closeable socket;
  private final TimeSource time;
  private final Runnable progress;
  private final Thread thread;
  // Guarded by this object's monitor.
  private @Nullable Timer endTimer;

  /**
   * Writes nothing until {@link #start}.
   *
   * @param out the stream to the socket
   * @param progress called after each write
   */
  public PeerWriter(
      Owner owner,
      PeerOutput output,
      OutputStream out,
      Closeable socket,
      TimeSource time,
      Runnable progress,
      String threadName) {
    this.owner = owner;
    this.output = output;
    this.socket = socket;
    this.time = time;
    this.progress = progress;
    this.thread = new Thread(() -> write(out), threadName);
    this.thread.setDaemon(true);
  }

  public void start() {
    thread.start();
  }

  private void write(OutputStream out) {
    try {
      WorkStep.ROUTE_WRITE.reach();
      output.writeTo(out, progress);
      owner.written();
    } catch (IOException e) {
      owner.close(String.valueOf(e.getMessage()));
    } catch (Throwable failure) {
      owner.broken(failure);
    } finally {
      output.close();
      disconnect();
    }
  }

  /** Closes the socket as soon as everything is written, or after a while. */
  public void end() {
    output.end();
    progress.run();
    if (thread.isAlive()) {
      // The thread closes the socket when it has written everything; if it is stuck, this does.
      synchronized (this) {
        endTimer = time.schedule(END_PATIENCE, new SupervisedTask(this::cut, e -> cut()));
      }
    } else {
      disconnect();
    }
  }

  /** Closes the socket at once, whatever waits. */
  public void cut() {
    output.close();
    disconnect();
  }

  private void disconnect() {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("{}: closing its socket failed: {}", owner, e.getMessage());
    }
  }

  /** Cancels the time limit for closing the socket. */
  public synchronized void cancelTimer() {
    if (endTimer != null) {
      endTimer.cancel();
    }
  }

  /**
   * Waits until the thread has ended: a little longer than the time after which the socket is cut,
   * in real time, which goes on when the server's clock stands still.
   */
  public void join() {
    if (!PeerThreads.join(thread, END_PATIENCE.multipliedBy(2))) {
      cut();
      if (!PeerThreads.join(thread, END_PATIENCE)) {
        log.error("{}: {} does not end, and is left alone", owner, thread.getName());
      }
    }
  }
}
