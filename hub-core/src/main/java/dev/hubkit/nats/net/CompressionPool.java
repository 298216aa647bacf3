package dev.hubkit.nats.net;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflaters and deflaters for messages that are compressed one by one (RFC 7692, without context).
 * Each has memory outside the heap, some hundred kilobytes, so that nobody keeps one beyond the
 * message it is for, and only a few wait here for the next. Thread-safe.
 */
final class CompressionPool implements AutoCloseable {
  private static final int MOST_WAITING = 8;

  private final ArrayBlockingQueue<Inflater> inflaters = new ArrayBlockingQueue<>(MOST_WAITING);
  private final ArrayBlockingQueue<Deflater> deflaters = new ArrayBlockingQueue<>(MOST_WAITING);
  private volatile boolean closed;

  /** Takes a fresh inflater, which the caller gives back or ends. */
  Inflater takeInflater() {
    @Nullable Inflater there = inflaters.poll();
    return there != null ? there : new Inflater(true);
  }

  /** Takes a fresh deflater, which the caller gives back or ends. */
  Deflater takeDeflater() {
    @Nullable Deflater there = deflaters.poll();
    return there != null ? there : new Deflater(Deflater.BEST_SPEED, true);
  }

  /** Takes one back, however far it has come. */
  void give(Inflater used) {
    used.reset();
    if (closed || !inflaters.offer(used)) {
      used.end();
    } else if (closed) {
      endAll();
    }
  }

  /** Likewise. */
  void give(Deflater used) {
    used.reset();
    if (closed || !deflaters.offer(used)) {
      used.end();
    } else if (closed) {
      endAll();
    }
  }

  /** Ends those that wait here, and whatever is given back from now on. */
  @Override
  public void close() {
    closed = true;
    endAll();
  }

  private void endAll() {
    for (Inflater each = inflaters.poll(); each != null; each = inflaters.poll()) {
      each.end();
    }
    for (Deflater each = deflaters.poll(); each != null; each = deflaters.poll()) {
      each.end();
    }
  }
}
