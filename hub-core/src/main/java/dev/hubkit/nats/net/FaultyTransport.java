package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes the bytes of a socket on unchanged, until it is told of a fault; then the bytes of each
 * direction go through a {@link ThrottledPipe}.
 *
 * <p>Reading belongs to the thread of the socket's loop; writing and control come from any thread.
 */
final class FaultyTransport implements Transport, InboundHandler, LinkFaults {
  private static final Log log = Log.of(FaultyTransport.class);
  // The bytes that may be in transit in either direction, as in the buffers of a network.
  private static final int MOST_UNDER_WAY = 64 * 1024;

  private final TcpTransport socket;
  private @Nullable InboundHandler above;

  // Guarded by the monitor of this pipe, which is also held while its bytes are written.
  private final ThrottledPipe outgoing;
  private final ByteBuffer[] written = new ByteBuffer[1];
  private boolean wantsToWrite;

  // On the loop's thread only, except for its faults.
  private final ThrottledPipe incoming;
  private boolean tapped;
  private boolean paused;
  private boolean full;
  private @Nullable CloseReason ended;

  /** Whether bytes go through the pipes, for a fault or because some are still in them. */
  private volatile boolean faulty;

  FaultyTransport(TcpTransport socket, TimeSource time) {
    this.socket = socket;
    this.outgoing = new ThrottledPipe(time, this::pumpOut);
    this.incoming = new ThrottledPipe(time, () -> socket.execute(this::pumpIn));
  }

  /** Sets the handler of the bytes read; must be called before any are read. */
  void above(InboundHandler reader) {
    above = reader;
  }

  private InboundHandler above() {
    InboundHandler reader = above;
    if (reader == null) {
      throw new IllegalStateException("This transport has no reader yet");
    }
    return reader;
  }

  // ---- Faults

  @Override
  public boolean hasFaults() {
    return faulty;
  }

  @Override
  public void cut() {
    socket.reset();
    above().close(CloseReason.CLIENT_CLOSED);
  }

  @Override
  public void stall(boolean stalled) {
    change(pipe -> pipe.stall(stalled));
  }

  @Override
  public void limit(long bytesPerSecond) {
    change(pipe -> pipe.limit(bytesPerSecond));
  }

  @Override
  public void delay(Duration delay) {
    change(pipe -> pipe.delay(delay.toNanos()));
  }

  @Override
  public void corrupt(int every) {
    changeOutgoing(pipe -> pipe.corrupt(every));
  }

  private void change(Consumer<ThrottledPipe> change) {
    change.accept(incoming);
    changeOutgoing(change);
    socket.execute(this::pumpIn);
  }

  private void changeOutgoing(Consumer<ThrottledPipe> change) {
    synchronized (outgoing) {
      faulty = true;
      change.accept(outgoing);
    }
    pumpOut();
  }

  // ---- To the client

  @Override
  public boolean write(ByteBuffer[] buffers, int count) throws IOException {
    if (!faulty) {
      return socket.write(buffers, count);
    }
    boolean all = true;
    synchronized (outgoing) {
      for (int i = 0; i < count; i++) {
        outgoing.take(buffers[i], MOST_UNDER_WAY);
        all &= !buffers[i].hasRemaining();
      }
      writeArrived();
    }
    return all;
  }

  // Called with the monitor of the pipe held.
  private void writeArrived() throws IOException {
    for (ByteBuffer next = outgoing.next(); next != null; next = outgoing.next()) {
      int length = next.remaining();
      written[0] = next;
      boolean all = socket.write(written, 1);
      outgoing.passed(length - next.remaining());
      if (!all) {
        socket.awaitWritable();
        return;
      }
    }
  }

  @Override
  public void awaitWritable() {
    synchronized (outgoing) {
      wantsToWrite = true;
      if (!faulty) {
        socket.awaitWritable();
        return;
      }
    }
    pumpOut();
  }

  @Override
  public void writable() {
    pumpOut();
  }

  private void pumpOut() {
    boolean goOn;
    boolean clear;
    try {
      synchronized (outgoing) {
        writeArrived();
        goOn = wantsToWrite && outgoing.underWay() < MOST_UNDER_WAY;
        wantsToWrite &= !goOn;
        clear = faulty && outgoing.isClear();
      }
    } catch (IOException e) {
      log.debug("Write failed: {}", e.getMessage());
      socket.close();
      above().close(CloseReason.WRITE_ERROR);
      return;
    } catch (Throwable failure) {
      // Without this, nothing would pump again.
      socket.broken(failure);
      return;
    }
    if (clear) {
      socket.execute(this::pumpIn);
    }
    if (goOn) {
      above().writable();
    }
  }

  // ---- From the client

  @Override
  public ByteBuffer inputBuffer(ByteBuffer shared) {
    tapped = faulty;
    if (!tapped) {
      return above().inputBuffer(shared);
    }
    shared.clear();
    return shared;
  }

  @Override
  public void received(ByteBuffer buffer, WorkBatch batch) {
    if (!tapped) {
      above().received(buffer, batch);
      return;
    }
    buffer.flip();
    incoming.take(buffer, Integer.MAX_VALUE);
    pumpIn(batch);
  }

  private void pumpIn() {
    pumpIn(socket.batch());
  }

  private void pumpIn(WorkBatch batch) {
    while (!paused) {
      ByteBuffer next = incoming.next();
      if (next == null) {
        break;
      }
      ByteBuffer to = above().inputBuffer(socket.readBuffer());
      int count = Math.min(to.remaining(), next.remaining());
      to.put(next.limit(count));
      incoming.passed(count);
      above().received(to, batch);
    }
    if (ended != null && incoming.underWay() == 0) {
      above().close(ended);
      return;
    }
    boolean wasFull = full;
    full = incoming.underWay() >= MOST_UNDER_WAY;
    if (full && !wasFull) {
      socket.pauseReading();
    } else if (wasFull && !full && !paused && ended == null) {
      socket.readOn();
    }
    synchronized (outgoing) {
      if (outgoing.isClear() && incoming.isClear()) {
        faulty = false;
      }
    }
  }

  @Override
  public boolean proceed(WorkBatch batch) {
    paused = false;
    if (!above().proceed(batch)) {
      paused = true;
      return false;
    }
    pumpIn(batch);
    return !paused && !full && ended == null;
  }

  @Override
  public void close(CloseReason reason) {
    if (incoming.underWay() == 0) {
      above().close(reason);
    } else {
      // Bytes that the client sent before it left are still in the pipe.
      ended = reason;
      socket.pauseReading();
    }
  }

  @Override
  public String label() {
    return above().label();
  }

  @Override
  public void abort(Throwable failure) {
    above().abort(failure);
  }

  @Override
  public void pauseReading() {
    paused = true;
    socket.pauseReading();
  }

  @Override
  public void resumeReading() {
    socket.resumeReading();
  }

  @Override
  public void close() {
    synchronized (outgoing) {
      outgoing.clear();
    }
    socket.execute(incoming::clear);
    socket.close();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return socket.remoteAddress();
  }

  @Override
  public String toString() {
    return String.valueOf(above);
  }
}
