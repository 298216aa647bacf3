package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.Traffic;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that wait to be written to one connection. Any thread appends; the first thread that
 * flushes writes what is there and what is appended meanwhile, so that others have nothing to do.
 */
final class WriteQueue {
  private static final int FIRST_BUFFER = 512;
  private static final int SMALL_BUFFER = 4 * 1024;
  private static final int FULL_BUFFER = BufferPool.SIZE;
  private static final byte[] NO_BYTES = {};

  /** Returned when there is no memory for what was to be appended. */
  static final long NO_ROOM = -1;

  // All guarded by this object's monitor, but for `taken`, which belongs to the writing thread.
  private final BufferPool pool;
  private final MemoryBudget memory;
  // The bytes of all buffers here, except for the small ones.
  private long held;
  private byte[] tail = NO_BYTES;
  private int length;
  private byte @Nullable [] spare;
  private @Nullable ArrayDeque<ByteBuffer> full;
  private long pending;
  private long flushed;
  private boolean writing;
  private boolean closed;
  // Written with the monitor held, read by anyone: a report waits for nobody who writes.
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong messageBytes = new AtomicLong();
  private final AtomicLong imported = new AtomicLong();
  private final AtomicLong importedBytes = new AtomicLong();

  private final ByteBuffer[] taken = new ByteBuffer[1];
  private int takenCount;
  private long takenBytes;

  WriteQueue(BufferPool pool, MemoryBudget memory) {
    this.pool = pool;
    this.memory = memory;
  }

  /**
   * Appends protocol text, even when there is no memory for it.
   *
   * @return the bytes that are pending now
   */
  synchronized long append(byte[] bytes) {
    if (closed) {
      return 0;
    }
    reserve(bytes.length, true);
    System.arraycopy(bytes, 0, tail, length, bytes.length);
    length += bytes.length;
    pending += bytes.length;
    return pending;
  }

  /**
   * Appends a message as MSG, or HMSG when it has headers and the client knows them. The caller
   * holds the monitor.
   *
   * @param foreign whether it comes from another account
   * @param anyway whether to append it even without memory for it
   * @return the bytes that are pending now; {@link #NO_ROOM} when it is not appended
   */
  long append(
      Subscription subscription,
      Message message,
      boolean headers,
      boolean foreign,
      boolean anyway) {
    if (closed) {
      return pending;
    }
    byte[] subject = message.subjectBytes();
    byte[] sid = subscription.sidBytes();
    int replyLength = message.replyLength();
    int headerLength = headers ? message.headerLength() : 0;
    int skipped = message.headerLength() - headerLength;
    int size = message.length() - skipped;
    // The fixed parts: the name, four spaces, two sizes of up to ten digits, two line ends.
    if (!reserve(subject.length + sid.length + replyLength + size + 33, anyway)) {
      return NO_ROOM;
    }
    byte[] to = tail;
    int start = length;
    int at = start;
    if (headerLength > 0) {
      to[at++] = 'H';
    }
    to[at++] = 'M';
    to[at++] = 'S';
    to[at++] = 'G';
    to[at++] = ' ';
    System.arraycopy(subject, 0, to, at, subject.length);
    at += subject.length;
    to[at++] = ' ';
    System.arraycopy(sid, 0, to, at, sid.length);
    at += sid.length;
    to[at++] = ' ';
    if (replyLength > 0) {
      at = message.copyReply(to, at);
      to[at++] = ' ';
    }
    if (headerLength > 0) {
      at = number(headerLength, to, at);
      to[at++] = ' ';
    }
    at = number(size, to, at);
    to[at++] = '\r';
    to[at++] = '\n';
    System.arraycopy(message.buffer(), message.offset() + skipped, to, at, size);
    at += size;
    to[at++] = '\r';
    to[at++] = '\n';
    length = at;
    pending += at - start;
    AtomicLong count = foreign ? imported : messages;
    count.setRelease(count.getPlain() + 1);
    AtomicLong bytes = foreign ? importedBytes : messageBytes;
    bytes.setRelease(bytes.getPlain() + size);
    return pending;
  }

  private static int number(int value, byte[] to, int at) {
    int digits = 1;
    for (int limit = 10; digits < 10 && value >= limit; limit *= 10) {
      digits++;
    }
    int rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      to[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return at + digits;
  }

  private boolean reserve(int more, boolean anyway) {
    if (length + more <= tail.length) {
      return true;
    }
    byte[] next = spare;
    if (length == 0 && next != null && more <= next.length) {
      spare = null;
      drop(tail);
      tail = next;
      return true;
    }
    if (length + more <= SMALL_BUFFER) {
      move(new byte[small(more)]);
      return true;
    }
    if (length + more <= FULL_BUFFER) {
      if (!hold(FULL_BUFFER, anyway)) {
        return false;
      }
      move(pool.take());
      return true;
    }
    boolean fits = next != null && more <= next.length;
    if (!fits && !hold(Math.max(more, FULL_BUFFER), anyway)) {
      return false;
    }
    boolean intact = false;
    try {
      if (length > 0) {
        if (full == null) {
          full = new ArrayDeque<>();
        }
        full.add(ByteBuffer.wrap(tail, 0, length));
      } else {
        drop(tail);
      }
      if (next != null && fits) {
        spare = null;
        tail = next;
      } else {
        tail = more <= FULL_BUFFER ? pool.take() : new byte[more];
      }
      length = 0;
      intact = true;
    } finally {
      if (!intact) {
        // Without memory, what waits may be incomplete, so nothing of it may be sent.
        close();
      }
    }
    return true;
  }

  private void move(byte[] bigger) {
    System.arraycopy(tail, 0, bigger, 0, length);
    drop(tail);
    tail = bigger;
  }

  private boolean hold(int bytes, boolean anyway) {
    if (anyway) {
      memory.take(bytes);
    } else if (!memory.reserve(bytes)) {
      return false;
    }
    held += bytes;
    return true;
  }

  private void drop(byte[] buffer) {
    releaseMemory(buffer);
    pool.give(buffer);
  }

  private void releaseMemory(byte[] buffer) {
    if (buffer.length > SMALL_BUFFER) {
      held -= buffer.length;
      memory.release(buffer.length);
    }
  }

  private int small(int more) {
    int size = Math.max(FIRST_BUFFER, tail.length * 2);
    while (size < length + more) {
      size *= 2;
    }
    return size;
  }

  /** How a flush ended. */
  enum Flush {
    /** Everything is written. */
    DONE,
    /** The transport accepts no more for now; {@link #resume} goes on later. */
    BLOCKED,
    /** Another thread writes, or waits for the transport, and will see what was appended. */
    BUSY
  }

  /** Writes until nothing is left. */
  Flush flush(Transport transport) throws IOException {
    synchronized (this) {
      if (writing) {
        return Flush.BUSY;
      }
      if (pending == 0 || closed) {
        return Flush.DONE;
      }
      writing = true;
      takeBuffers();
    }
    return resume(transport);
  }

  /** Continues a blocked write. */
  Flush resume(Transport transport) throws IOException {
    do {
      if (!transport.write(taken, takenCount)) {
        return Flush.BLOCKED;
      }
    } while (takeMore());
    return Flush.DONE;
  }

  private synchronized boolean takeMore() {
    pending -= takenBytes;
    flushed += takenBytes;
    recycle();
    if (pending == 0 || closed) {
      writing = false;
      return false;
    }
    takeBuffers();
    return true;
  }

  // One buffer at a time: what the JDK copies for the system call then stays in the cache.
  private void takeBuffers() {
    ByteBuffer oldest = full == null ? null : full.poll();
    if (oldest != null) {
      taken(oldest);
      return;
    }
    full = null;
    taken(ByteBuffer.wrap(tail, 0, length));
    byte[] next = spare;
    spare = null;
    tail = next != null ? next : NO_BYTES;
    length = 0;
  }

  private void taken(ByteBuffer buffer) {
    taken[0] = buffer;
    takenCount = 1;
    takenBytes = buffer.remaining();
  }

  // Every buffer here was made by wrap(), so its array begins where it does.
  @SuppressWarnings("ByteBufferBackingArray")
  private void recycle() {
    takenCount = 0;
    if (closed) {
      return;
    }
    byte[] array = taken[0].array();
    byte[] other = spare;
    if (array.length <= FULL_BUFFER && (other == null || array.length > other.length)) {
      spare = array;
      if (other != null) {
        drop(other);
      }
    } else {
      drop(array);
    }
  }

  /** Gives back the memory of a connection that has nothing to send. */
  synchronized void trim() {
    if (pending == 0 && !closed) {
      drop(tail);
      tail = NO_BYTES;
      byte[] unused = spare;
      spare = null;
      if (unused != null) {
        drop(unused);
      }
    }
  }

  /** Drops what waits and accepts nothing more. */
  synchronized void close() {
    closed = true;
    tail = NO_BYTES;
    length = 0;
    spare = null;
    full = null;
    memory.release(held);
    held = 0;
  }

  /** Returns whether a thread is writing, or waits for the transport to take more. */
  synchronized boolean isWriting() {
    return writing;
  }

  /** Returns how much of the shared memory the buffers take. */
  synchronized long held() {
    return held;
  }

  /**
   * Returns how many bytes the transport has accepted since the beginning. On the thread that
   * writes.
   */
  synchronized long accepted() {
    long rest = 0;
    for (int i = 0; i < takenCount; i++) {
      rest += taken[i].remaining();
    }
    return writing ? flushed + takenBytes - rest : flushed;
  }

  /** Returns how many bytes wait that the transport has not accepted. On the thread that writes. */
  synchronized long unaccepted() {
    return flushed + pending - accepted();
  }

  /** Returns the bytes that wait, those being written included. */
  synchronized long pending() {
    return pending;
  }

  /** Returns the messages of the client's account appended; final once this is closed. */
  Traffic own() {
    return new Traffic(messages.getAcquire(), messageBytes.getAcquire());
  }

  /** Returns the messages of other accounts appended; final once this is closed. */
  Traffic foreign() {
    return new Traffic(imported.getAcquire(), importedBytes.getAcquire());
  }
}
