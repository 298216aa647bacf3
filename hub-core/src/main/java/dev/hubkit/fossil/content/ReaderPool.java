package dev.hubkit.fossil.content;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections that read from a repository file: at most {@value #MOST} at once, of which the
 * pool keeps one when they are idle and closes the others after ten seconds. Thread-safe.
 *
 * <p>SQLite closes the log of a closed connection at once. While other connections hold locks, it
 * keeps the descriptor of the file itself for the next connection, since under POSIX a process
 * loses its locks when it closes any descriptor of the file. So there are never more descriptors
 * than readers at once.
 */
final class ReaderPool implements AutoCloseable {
  /** The most readers at once; further ones wait. */
  static final int MOST = 8;

  /** How long an idle reader stays open. */
  static final Duration IDLE = Duration.ofSeconds(10);

  private static final int KEPT = 1;

  private final Supplier<DbTransaction> connector;
  private final TimeSource time;
  private final Semaphore permits = new Semaphore(MOST, true);

  // Guarded by this; the latest first.
  private final Deque<Idle> idle = new ArrayDeque<>();
  private @Nullable Timer timer;
  private boolean closed;

  private record Idle(DbTransaction reader, long since) {}

  /** Makes a pool of connections that {@code connector} opens. */
  ReaderPool(Supplier<DbTransaction> connector, TimeSource time) {
    this.connector = connector;
    this.time = time;
  }

  /** Waits for a reader. The borrower calls {@link #release} or {@link #discard}. */
  DbTransaction borrow() {
    permits.acquireUninterruptibly();
    boolean borrowed = false;
    try {
      DbTransaction reader = latest();
      if (reader == null) {
        reader = connector.get();
      }
      borrowed = true;
      return reader;
    } finally {
      if (!borrowed) {
        permits.release();
      }
    }
  }

  private synchronized @Nullable DbTransaction latest() {
    Idle latest = idle.pollFirst();
    return latest == null ? null : latest.reader();
  }

  /** Takes a borrowed reader back for the next one to borrow. */
  void release(DbTransaction reader) {
    try {
      if (!keep(reader)) {
        reader.close();
      }
    } finally {
      permits.release();
    }
  }

  /** Closes a borrowed reader that must not be used again. */
  void discard(DbTransaction reader) {
    try {
      reader.close();
    } finally {
      permits.release();
    }
  }

  private synchronized boolean keep(DbTransaction reader) {
    if (closed) {
      return false;
    }
    idle.addFirst(new Idle(reader, time.nanoTime()));
    scheduleClosing();
    return true;
  }

  private synchronized void scheduleClosing() {
    if (timer == null && !closed && idle.size() > KEPT) {
      timer = time.schedule(IDLE, this::closeIdle);
    }
  }

  private void closeIdle() {
    try {
      closeAll(expired());
    } finally {
      scheduleClosing();
    }
  }

  private synchronized List<DbTransaction> expired() {
    timer = null;
    List<DbTransaction> expired = new ArrayList<>();
    long now = time.nanoTime();
    while (idle.size() > KEPT && now - idle.getLast().since() >= IDLE.toNanos()) {
      expired.add(idle.removeLast().reader());
    }
    return expired;
  }

  /** Closes the idle readers; borrowed ones are closed when they are released. */
  @Override
  public void close() {
    List<DbTransaction> left = new ArrayList<>();
    synchronized (this) {
      closed = true;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
      idle.forEach(each -> left.add(each.reader()));
      idle.clear();
    }
    closeAll(left);
  }

  /** Closes all of them, also when closing one fails. */
  private static void closeAll(List<DbTransaction> readers) {
    RepositoryException failure = null;
    for (DbTransaction reader : readers) {
      try {
        reader.close();
      } catch (RepositoryException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
