package dev.hubkit.nats.peer;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The bytes on their way to another server over a link that can be slow or cut in this direction:
 * what is written arrives later, or when the link is whole again, in order. Thread-safe.
 */
public final class DelayedOutput extends OutputStream {
  /** Who is told when bytes that were held back cannot be written. */
  public interface Failed {
    void failed(IOException e);
  }

  private record Late(long due, byte[] bytes) {}

  private final OutputStream out;
  private final TimeSource time;
  private final Failed failed;
  // Guarded by this object's monitor.
  private final Deque<Late> late = new ArrayDeque<>();
  private boolean held;
  private long delayNanos;
  private boolean writing;
  private @Nullable Timer timer;

  /**
   * Writes at once until {@link #change} says otherwise.
   *
   * @param time the clock of the delays
   */
  public DelayedOutput(OutputStream out, TimeSource time, Failed failed) {
    this.out = out;
    this.time = time;
    this.failed = failed;
  }

  /**
   * Changes the link. What waits already goes on its way at the time it was to, or at once where
   * the link was cut.
   *
   * @param hold whether nothing arrives until the link is changed again
   * @param nanos how long what is written from now on takes
   */
  public void change(boolean hold, long nanos) {
    synchronized (this) {
      held = hold;
      delayNanos = nanos;
    }
    pump();
  }

  /** Returns whether the link is slow or cut, or something waits because it was. */
  public synchronized boolean isDelayed() {
    return held || delayNanos > 0 || !late.isEmpty() || writing;
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  // One thread writes, so nothing comes between the look and the write.
  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    if (delays(source, offset, length)) {
      pump();
    } else {
      out.write(source, offset, length);
    }
  }

  private synchronized boolean delays(byte[] source, int offset, int length) {
    if (!isDelayed()) {
      return false;
    }
    byte[] bytes = Arrays.copyOfRange(source, offset, offset + length);
    late.add(new Late(time.nanoTime() + delayNanos, bytes));
    return true;
  }

  @Override
  public void flush() throws IOException {
    if (!isDelayed()) {
      out.flush();
    }
  }

  private void pump() {
    for (byte[] next = begin(); next != null; next = begin()) {
      try {
        out.write(next);
        out.flush();
        end();
      } catch (IOException e) {
        abandon();
        failed.failed(e);
        return;
      }
    }
  }

  // Null when nothing is due, or another thread is at it and goes on.
  private synchronized byte @Nullable [] begin() {
    Late first = late.peek();
    if (writing || held || first == null) {
      return null;
    }
    long left = first.due() - time.nanoTime();
    if (left > 0) {
      if (timer != null) {
        timer.cancel();
      }
      timer = time.schedule(left, this::pump);
      return null;
    }
    writing = true;
    return late.remove().bytes();
  }

  private synchronized void end() {
    writing = false;
  }

  private synchronized void abandon() {
    writing = false;
    late.clear();
  }

  @Override
  public void close() throws IOException {
    abandon();
    out.close();
  }
}
