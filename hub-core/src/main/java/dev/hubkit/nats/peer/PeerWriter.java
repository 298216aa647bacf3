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
  // The other server may take so long to accept a part of what is left when a connection is closed.
  private static final Duration END_PATIENCE = Duration.ofSeconds(1);
  private static final Duration BETWEEN_LOOKS = END_PATIENCE.dividedBy(2);
  // In all it may take as long as the write deadline of nats-server allows
  // (DEFAULT_FLUSH_DEADLINE),
  // which a machine with much to do may need to get to it.
  private static final int MOST_LOOKS = 20;

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
      lookLater(new EndWatch());
    } else {
      disconnect();
    }
  }

  private synchronized void lookLater(EndWatch watch) {
    endTimer = time.schedule(BETWEEN_LOOKS, new SupervisedTask(() -> look(watch), e -> cut()));
  }

  private void look(EndWatch watch) {
    if (watch.isOver()) {
      cut();
    } else if (thread.isAlive()) {
      lookLater(watch);
    }
  }

  /**
   * Tells when to wait no more for the end of the thread: when it has been seen twice in the same
   * write. A thread that has yet to begin its last write does not wait for the other server.
   */
  private final class EndWatch {
    private long seen = PeerOutput.NOT_WRITING;
    private int looks;

    boolean isOver() {
      long present = output.presentRound();
      boolean stuck = present != PeerOutput.NOT_WRITING && present == seen;
      seen = present;
      looks++;
      return stuck || looks >= MOST_LOOKS;
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
   * Waits until the thread has ended, or is cut because it is stuck: in real time, which goes on
   * when the server's clock stands still.
   */
  public void join() {
    EndWatch watch = new EndWatch();
    while (!PeerThreads.join(thread, BETWEEN_LOOKS)) {
      if (watch.isOver()) {
        cut();
        if (!PeerThreads.join(thread, END_PATIENCE)) {
          log.error("{}: {} does not end, and is left alone", owner, thread.getName());
        }
        return;
      }
    }
  }
}
