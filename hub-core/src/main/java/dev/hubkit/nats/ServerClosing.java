package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Shutdown;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Closes a server once, whoever asks for it first. As an activity it is busy from when the server
 * has decided to close by itself until it has closed. Thread-safe.
 */
final class ServerClosing implements Activity {
  private static final Log log = Log.of(ServerClosing.class);

  private final Shutdown shutdown;
  private final int port;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
  private volatile boolean closesByItself;

  /**
   * Closes what {@code shutdown} has.
   *
   * @param port of the server, for the log and the name of a thread
   */
  ServerClosing(Shutdown shutdown, int port) {
    this.shutdown = shutdown;
    this.port = port;
  }

  /** Closes the server; does nothing when that has begun already. */
  void close() {
    if (!begun.compareAndSet(false, true)) {
      return;
    }
    try {
      shutdown.close();
    } finally {
      end.complete(null);
    }
  }

  /** Closes the server on another thread than that of the timers, which ends with the server. */
  void closeOnOwnThread() {
    closesByItself = true;
    try {
      new Thread(this::close, "nats-" + port + "-close").start();
    } catch (Throwable noThread) {
      log.error("Closing port {} without a thread of its own", port, noThread);
      close();
    }
  }

  boolean hasBegun() {
    return begun.get();
  }

  /** Completes when the server has closed. */
  CompletableFuture<@Nullable Void> end() {
    return end.copy();
  }

  @Override
  public boolean isIdle() {
    return !closesByItself || end.isDone();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    try {
      if (closesByItself) {
        end.get(nanos, TimeUnit.NANOSECONDS);
      }
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("The end can't fail", e);
    }
  }
}
