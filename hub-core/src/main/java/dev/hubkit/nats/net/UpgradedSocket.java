package dev.hubkit.nats.net;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.work.MemoryBudget;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection that an event loop has accepted and upgraded to WebSocket, for threads of its own
 * that block while they read and write. What they exchange are the bytes behind the upgrade, frames
 * that nobody has read, without TLS. What nobody reads for now waits here, up to a limit behind
 * which the loop reads no more. Thread-safe; one thread at a time reads, and one writes.
 */
public final class UpgradedSocket implements InboundHandler, Closeable {
  private static final int MOST_WAITING = 64 * 1024;

  private final Transport transport;
  private final boolean compressed;
  private final boolean masked;
  private final InetSocketAddress address;
  private final int memory;
  private final InputStream in = new Input();
  private final OutputStream out = new Output();
  // All guarded by this object's monitor.
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private int used; // of the first piece
  private int waiting;
  private boolean paused;
  private boolean writable;
  private boolean released;
  // What reading ends with behind what has arrived.
  private @Nullable IOException end;

  UpgradedSocket(Transport transport, BufferMemory shared, boolean compressed, boolean masked) {
    this.transport = transport;
    this.compressed = compressed;
    this.masked = masked;
    this.address = Objects.requireNonNull(transport.remoteAddress(), "only TCP is upgraded");
    int footprint = transport.footprint() + MOST_WAITING;
    this.memory = shared.reserveConnection(footprint) ? footprint : 0;
    if (memory == 0) {
      close();
    }
  }

  /** Returns whether both sides may compress messages (RFC 7692). */
  public boolean isCompressed() {
    return compressed;
  }

  /** Returns whether the other side masks what it sends. */
  public boolean isMasked() {
    return masked;
  }

  public InputStream in() {
    return in;
  }

  public OutputStream out() {
    return out;
  }

  public InetSocketAddress remoteAddress() {
    return address;
  }

  /** Returns the TLS session, with the certificates of the other side; null without TLS. */
  public @Nullable SSLSession tlsSession() {
    return transport.tlsSession();
  }

  /** Closes it; whoever reads or writes is told. What is written already still goes out. */
  @Override
  public void close() {
    synchronized (this) {
      end(new SocketException("Socket closed"));
      arrived.clear();
      waiting = 0;
      used = 0;
    }
    release();
  }

  private void release() {
    synchronized (this) {
      if (released) {
        return;
      }
      released = true;
    }
    MemoryBudget.CONNECTIONS.release(memory);
    transport.close();
  }

  private synchronized void end(IOException why) {
    if (end == null) {
      end = why;
    }
    notifyAll();
  }

  // ---- What the event loop calls.

  @Override
  public ByteBuffer inputBuffer(ByteBuffer shared) {
    return shared.clear();
  }

  @Override
  public void received(ByteBuffer buffer, WorkBatch batch) {
    buffer.flip();
    byte[] piece = new byte[buffer.remaining()];
    buffer.get(piece);
    boolean enough;
    synchronized (this) {
      if (end != null || piece.length == 0) {
        return;
      }
      arrived.add(piece);
      waiting += piece.length;
      enough = waiting >= MOST_WAITING && !paused;
      paused |= enough;
      notifyAll();
    }
    if (enough) {
      transport.pauseReading();
    }
  }

  @Override
  public boolean proceed(WorkBatch batch) {
    return true;
  }

  @Override
  public synchronized void writable() {
    writable = true;
    notifyAll();
  }

  @Override
  public void close(CloseReason reason) {
    // What has arrived is still read.
    end(
        reason == CloseReason.CLIENT_CLOSED
            ? new EOFException("The other side has closed the connection")
            : new IOException(reason.text()));
    release();
  }

  @Override
  public String label() {
    return HostPort.of(address).toString();
  }

  @Override
  public void abort(Throwable failure) {
    end(new IOException("an internal failure", failure));
    release();
  }

  // ---- What the threads of the connection call.

  private int take(byte[] bytes, int offset, int length) throws IOException {
    int count;
    boolean resume;
    synchronized (this) {
      while (arrived.isEmpty()) {
        if (end instanceof EOFException) {
          return -1;
        }
        if (end != null) {
          throw new IOException(end.getMessage(), end);
        }
        await();
      }
      byte[] first = arrived.element();
      count = Math.min(length, first.length - used);
      System.arraycopy(first, used, bytes, offset, count);
      used += count;
      waiting -= count;
      if (used == first.length) {
        arrived.remove();
        used = 0;
      }
      resume = paused && waiting < MOST_WAITING / 2;
      paused &= !resume;
    }
    if (resume) {
      transport.resumeReading();
    }
    return count;
  }

  private void put(byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer[] left = {ByteBuffer.wrap(bytes, offset, length)};
    while (true) {
      synchronized (this) {
        if (end != null) {
          throw new SocketException("Socket closed");
        }
        writable = false;
      }
      if (transport.write(left, 1)) {
        return;
      }
      transport.awaitWritable();
      synchronized (this) {
        while (!writable && end == null) {
          await();
        }
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // its callers loop
  private void await() throws InterruptedIOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while the other side was waited for");
    }
  }

  private synchronized int available() {
    return waiting;
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return length == 0 ? 0 : take(bytes, offset, length);
    }

    @Override
    public int available() {
      return UpgradedSocket.this.available();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int each) throws IOException {
      write(new byte[] {(byte) each}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      put(bytes, offset, length);
    }
  }
}
