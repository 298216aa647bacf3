package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A client's end of a connection within the JVM: the bytes of the NATS protocol without a socket.
 * What the client writes is handled on its own thread, so that a request costs no change of thread
 * on its way in.
 *
 * <p>One thread may read while another writes.
 */
public final class Pipe implements AutoCloseable {
  private static final int READ_BUFFER = 32 * 1024;

  private final ServerEnd serverEnd = new ServerEnd();
  private final ClientConnection connection;

  // What the server has written and the client has not read. Guarded by its own monitor.
  private final Incoming incoming;

  // Held by the thread that hands bytes to the connection. Only a client's own write waits for it:
  // a thread that resumes this pipe may hold the lock of another one.
  private final ReentrantLock reading = new ReentrantLock();
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_BUFFER);
  private final WorkBatch batch = new WorkBatch();
  // Guarded by its own monitor, which nobody holds while taking another lock.
  private final Object pause = new Object();
  private boolean paused;
  // The server wants to read on. Whichever thread holds `reading` looks at it after letting go.
  private volatile boolean resumeRequested;
  private volatile boolean closed;

  private Pipe(Clients clients) {
    this.incoming = new Incoming(clients.memory().budget());
    this.connection = clients.connect(serverEnd);
  }

  /** Connects to a server in this JVM. */
  public static Pipe connect(Clients clients) {
    return new Pipe(clients);
  }

  /**
   * Reads what the server has sent, waiting for the first byte.
   *
   * @return how many bytes were read, -1 when the connection is closed and nothing is left
   */
  public int read(byte[] to, int offset, int length) throws IOException {
    try {
      WorkStep.PIPE_READ.reach();
      int count = incoming.take(to, offset, length);
      if (count >= 0 && incoming.takeAwaited()) {
        connection.inbound().writable();
      }
      return count;
    } catch (IOException e) {
      throw e;
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  // The server's failure happened on the client's own thread, which must learn no more of it than
  // other clients do.
  private IOException broken(Throwable failure) {
    connection.broken(failure);
    serverEnd.close();
    return new IOException("The server has closed the connection for an internal error");
  }

  /**
   * Sends bytes to the server, which has handled them when this returns.
   *
   * @throws IOException if the connection is closed
   */
  public void write(byte[] from, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      awaitResumed();
      if (closed) {
        throw new IOException("The connection is closed");
      }
      reading.lock();
      try {
        WorkStep.PIPE_WRITE.reach();
        ByteBuffer buffer = connection.inbound().inputBuffer(readBuffer);
        int count = Math.min(left, buffer.remaining());
        buffer.put(from, at, count);
        at += count;
        left -= count;
        connection.inbound().received(buffer, batch);
        batch.flush();
      } catch (Throwable failure) {
        throw broken(failure);
      } finally {
        reading.unlock();
      }
      if (resumeRequested) {
        connection.resumeReading();
      }
    }
  }

  private void awaitResumed() throws IOException {
    synchronized (pause) {
      while (paused && !closed) {
        try {
          pause.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("Interrupted while the server was not reading");
        }
      }
    }
  }

  // Does nothing while another thread is reading, or this one further up: it will come here next.
  private void resumeIfRequested() {
    while (resumeRequested && !reading.isHeldByCurrentThread() && reading.tryLock()) {
      try {
        if (resumeRequested) {
          resumeRequested = false;
          resume();
        }
      } finally {
        reading.unlock();
      }
    }
  }

  private void resume() {
    boolean goOn = connection.inbound().proceed(batch);
    batch.flush();
    if (goOn) {
      synchronized (pause) {
        paused = false;
        pause.notifyAll();
      }
    }
  }

  /** Ends every {@link #read} from now on, and drops whatever the server still sends. */
  public void endReading() {
    incoming.discard();
    if (incoming.takeAwaited()) {
      connection.inbound().writable();
    }
  }

  /** Ends the connection. */
  @Override
  public void close() {
    connection.close(CloseReason.CLIENT_CLOSED);
    serverEnd.close();
  }

  private final class ServerEnd implements Transport {
    @Override
    public boolean write(ByteBuffer[] buffers, int count) throws IOException {
      for (int i = 0; i < count; i++) {
        if (!incoming.put(buffers[i])) {
          return false;
        }
      }
      return true;
    }

    @Override
    public void awaitWritable() {
      if (incoming.await()) {
        connection.inbound().writable();
      }
    }

    @Override
    public void pauseReading() {
      synchronized (pause) {
        paused = true;
      }
    }

    @Override
    public void resumeReading() {
      resumeRequested = true;
      resumeIfRequested();
    }

    @Override
    public void close() {
      closed = true;
      incoming.close();
      synchronized (pause) {
        pause.notifyAll();
      }
    }

    @Override
    public @Nullable InetSocketAddress remoteAddress() {
      return null;
    }

    @Override
    public ConnectionType type() {
      return ConnectionType.IN_PROCESS;
    }
  }

  /** Bytes on their way to the client: a ring that grows up to a limit. */
  private static final class Incoming {
    private static final int FIRST = 4 * 1024;
    private static final int MOST = 1024 * 1024;

    private final MemoryBudget memory;
    private byte[] ring = new byte[FIRST];
    private int reserved;
    private int start;
    private int size;
    private boolean ended;
    private boolean discarding;
    private boolean awaited;

    Incoming(MemoryBudget memory) {
      this.memory = memory;
    }

    /** Copies what there is room for; returns false when something is left. */
    synchronized boolean put(ByteBuffer from) throws IOException {
      if (ended) {
        throw new IOException("The client has closed");
      }
      if (discarding) {
        from.position(from.limit());
        return true;
      }
      int wanted = from.remaining();
      if (wanted > ring.length - size && ring.length < MOST) {
        grow(size + wanted);
      }
      int count = Math.min(wanted, ring.length - size);
      int at = (start + size) % ring.length;
      int first = Math.min(count, ring.length - at);
      from.get(ring, at, first);
      from.get(ring, 0, count - first);
      if (size == 0 && count > 0) {
        notifyAll();
      }
      size += count;
      return count == wanted;
    }

    private void grow(int wanted) {
      int capacity = ring.length;
      while (capacity < wanted && capacity < MOST) {
        capacity *= 2;
      }
      // Without memory the server has to wait for the client.
      if (!memory.reserve(capacity - ring.length)) {
        return;
      }
      reserved += capacity - ring.length;
      byte[] larger = new byte[capacity];
      int first = Math.min(size, ring.length - start);
      System.arraycopy(ring, start, larger, 0, first);
      System.arraycopy(ring, 0, larger, first, size - first);
      ring = larger;
      start = 0;
    }

    synchronized int take(byte[] to, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (size == 0) {
        if (ended || discarding) {
          return -1;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("Interrupted while reading");
        }
      }
      int count = Math.min(length, size);
      int first = Math.min(count, ring.length - start);
      System.arraycopy(ring, start, to, offset, first);
      System.arraycopy(ring, 0, to, offset + first, count - first);
      start = (start + count) % ring.length;
      size -= count;
      return count;
    }

    /** Asks for a call when there is room; returns true when there is room already. */
    synchronized boolean await() {
      awaited = size == ring.length && !ended;
      return !awaited;
    }

    /**
     * Returns whether the writer waits for room and there is some now; it does not wait any more
     * then.
     */
    synchronized boolean takeAwaited() {
      boolean was = awaited && size <= ring.length / 2;
      if (was) {
        awaited = false;
      }
      return was;
    }

    synchronized void discard() {
      discarding = true;
      start = 0;
      size = 0;
      releaseMemory();
      notifyAll();
    }

    synchronized void close() {
      ended = true;
      releaseMemory();
      notifyAll();
    }

    // The client may still read what is in here already, however long that takes.
    private void releaseMemory() {
      memory.release(reserved);
      reserved = 0;
    }
  }
}
