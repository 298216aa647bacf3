package dev.hubkit.http;

import java.io.Closeable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a peer sends before it has its answer, such as the next request. Keeps them until
 * the connection reads them. Not thread-safe.
 */
final class UnreadInput implements Closeable {
  private final SpoolSpace space;
  private @Nullable ByteBuffer kept;

  UnreadInput(SpoolSpace space) {
    this.space = space;
  }

  /** Keeps all that remains of {@code input}; returns false when there is no room for it. */
  boolean keep(ByteBuffer input) {
    int count = input.remaining();
    if (!space.takeMemory(count)) {
      return false;
    }
    boolean done = false;
    try {
      kept = ByteBuffer.allocate(count).put(input).flip();
      done = true;
      return true;
    } finally {
      if (!done) {
        space.giveMemory(count);
      }
    }
  }

  /** Returns what was kept, and keeps it no longer; null for nothing. */
  @Nullable ByteBuffer take() {
    ByteBuffer taken = kept;
    kept = null;
    if (taken != null) {
      space.giveMemory(taken.capacity());
    }
    return taken;
  }

  /** Drops what was kept. */
  @Override
  public void close() {
    take();
  }
}
