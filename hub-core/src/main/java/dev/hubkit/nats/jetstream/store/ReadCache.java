package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A few stretches of segments, so that reading on from a message rarely asks the file system. */
final class ReadCache {
  private static final int WINDOWS = 4;
  private static final int SINGLE = 4 * 1024;
  private static final int SEQUENTIAL = 64 * 1024;

  private static final class Window {
    @Nullable Segment segment;
    int start;
    int length;
    byte[] bytes = new byte[SINGLE];
    long used;

    boolean holds(Segment wanted, int position, int size) {
      return segment == wanted && position >= start && position + size <= start + length;
    }
  }

  private static final int TAIL = 256 * 1024;

  private final @Nullable Window[] windows = new Window[WINDOWS];
  private final Window tail = new Window();
  private Window current = tail;
  private long clock;

  /** Keeps what has just been written, which is what consumers that are up to date read. */
  void wrote(Segment segment, int position, byte[] bytes, int length) {
    if (tail.segment != segment || tail.start + tail.length != position) {
      tail.segment = segment;
      tail.start = position;
      tail.length = 0;
    }
    if (length > TAIL / 2) {
      tail.segment = null;
      return;
    }
    if (tail.length + length > tail.bytes.length) {
      int kept = Math.min(tail.length, TAIL / 2);
      byte[] room = tail.bytes;
      if (kept + length > room.length) {
        room = new byte[Math.min(TAIL, Integer.highestOneBit(kept + length) * 2)];
      }
      System.arraycopy(tail.bytes, tail.length - kept, room, 0, kept);
      tail.start += tail.length - kept;
      tail.length = kept;
      tail.bytes = room;
    }
    System.arraycopy(bytes, 0, tail.bytes, tail.length, length);
    tail.length += length;
  }

  /**
   * Has {@code size} bytes of a segment at hand, in {@link #bytes} from {@link #at} on. False when
   * the segment ends before.
   */
  boolean load(Segment segment, int position, int size) throws IOException {
    if (position + size > segment.size || size < 0) {
      return false;
    }
    if (current.holds(segment, position, size)) {
      return true;
    }
    if (tail.holds(segment, position, size)) {
      current = tail;
      return true;
    }
    Window oldest = null;
    Window before = null;
    for (int i = 0; i < WINDOWS; i++) {
      Window window = windows[i];
      if (window == null) {
        window = new Window();
        windows[i] = window;
      }
      if (window.holds(segment, position, size)) {
        window.used = ++clock;
        current = window;
        return true;
      }
      if (window.segment == segment
          && position >= window.start
          && position <= window.start + window.length) {
        before = window;
      }
      if (oldest == null || window.used < oldest.used) {
        oldest = window;
      }
    }
    // A reader that comes from just before goes on reading; another one may never.
    Window window = before != null || oldest == null ? before : oldest;
    if (window == null) {
      throw new IllegalStateException("no window");
    }
    fill(window, segment, position, size, before != null ? SEQUENTIAL : SINGLE);
    current = window;
    return window.length >= size;
  }

  /** Reads bytes of a segment into a window: as many as are worth it, or as are needed. */
  private void fill(Window window, Segment segment, int position, int size, int worth)
      throws IOException {
    int wanted = Math.min(Math.max(worth, size), segment.size - position);
    if (window.bytes.length < wanted || window.bytes.length > 4 * SEQUENTIAL) {
      window.bytes = new byte[Math.max(wanted, SINGLE)];
    }
    window.segment = null;
    window.length = segment.read(window.bytes, 0, wanted, position);
    window.start = position;
    window.segment = segment;
    window.used = ++clock;
  }

  byte[] bytes() {
    return current.bytes;
  }

  int at(int position) {
    return position - current.start;
  }

  /** Forgets what it has of a segment, whose bytes have changed. */
  void forget(Segment segment) {
    if (tail.segment == segment) {
      tail.segment = null;
    }
    for (Window window : windows) {
      if (window != null && window.segment == segment) {
        window.segment = null;
      }
    }
  }
}
