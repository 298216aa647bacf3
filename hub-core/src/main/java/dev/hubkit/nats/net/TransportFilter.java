package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.ConnectOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A filter between a transport and its reader that changes the bytes: TLS, WebSocket, or the header
 * of a proxy. It keeps the bytes that it cannot use yet, and pauses reading while the handler above
 * accepts no more.
 *
 * <p>Writing and reading can happen at the same time on two threads; each side is used by one
 * thread at a time.
 */
abstract class TransportFilter implements Transport, InboundHandler {
  private static final byte[] NO_BYTES = {};

  final Transport below;
  private final Holding holding;
  // Another one after the upgrade of WebSocket.
  private volatile @Nullable InboundHandler above;
  private byte[] kept = NO_BYTES;
  private byte[] held = NO_BYTES;
  private boolean paused;

  TransportFilter(Transport below, BufferMemory memory) {
    this.below = below;
    this.holding = new Holding(memory);
  }

  /**
   * Sets the handler of what this filter reads; called before anything is read for it, on the
   * reading thread.
   */
  void above(InboundHandler reader) {
    above = reader;
  }

  final InboundHandler above() {
    InboundHandler reader = above;
    if (reader == null) {
      throw new IllegalStateException("Nobody reads from this yet");
    }
    return reader;
  }

  /**
   * Uses what it can of {@code input}, handing on what comes of it with {@link #handOn}, until
   * {@link #isPaused}. What it leaves is given again with more behind it.
   */
  abstract void use(ByteBuffer input, WorkBatch batch) throws IOException;

  /** Returns the most bytes that can be left over when the other side keeps to the protocol. */
  abstract int mostKept();

  @Override
  public final ByteBuffer inputBuffer(ByteBuffer shared) {
    shared.clear();
    return shared.put(kept);
  }

  @Override
  public final void received(ByteBuffer buffer, WorkBatch batch) {
    buffer.flip();
    useAndKeep(buffer, batch);
  }

  private void useAndKeep(ByteBuffer input, WorkBatch batch) {
    try {
      use(input, batch);
    } catch (IOException e) {
      failed(e);
      return;
    }
    int left = input.remaining();
    if (!paused && left > mostKept()) {
      failed(new IOException("too much that cannot be used"));
    } else if (!holding.hold(left + held.length)) {
      failed(new IOException("no memory for what cannot be used yet"));
    } else {
      kept = left == 0 ? NO_BYTES : new byte[left];
      input.get(kept);
    }
  }

  /** Releases everything that is reserved. Any thread. */
  final void releaseMemory() {
    holding.close();
  }

  @Override
  public long held() {
    return below.held() + holding.held();
  }

  /** Ends the connection because the other side has broken the protocol of this filter. */
  abstract void failed(IOException problem);

  @Override
  public final boolean proceed(WorkBatch batch) {
    if (!above().proceed(batch)) {
      return false;
    }
    paused = false;
    ByteBuffer waiting = ByteBuffer.wrap(held);
    held = NO_BYTES;
    handOn(waiting, sharedBuffer(), batch);
    if (!paused) {
      useAndKeep(ByteBuffer.wrap(kept), batch);
    }
    return !paused;
  }

  final boolean isPaused() {
    return paused;
  }

  /**
   * Returns the thread's shared buffer, which the handler above reads into when it has none of its
   * own.
   */
  abstract ByteBuffer sharedBuffer();

  /** Hands bytes to what reads from this layer; those that come too early for it are held. */
  final void handOn(ByteBuffer plain, ByteBuffer shared, WorkBatch batch) {
    InboundHandler reader = above();
    while (plain.hasRemaining() && !paused) {
      ByteBuffer target = reader.inputBuffer(shared);
      if (!target.hasRemaining()) {
        // Another thread has closed the connection above, which accepts nothing any more.
        plain.position(plain.limit());
        return;
      }
      int count = Math.min(plain.remaining(), target.remaining());
      target.put(plain.slice(plain.position(), count));
      plain.position(plain.position() + count);
      reader.received(target, batch);
    }
    if (plain.hasRemaining()) {
      byte[] left = new byte[held.length + plain.remaining()];
      System.arraycopy(held, 0, left, 0, held.length);
      plain.get(left, held.length, plain.remaining());
      held = left;
    }
  }

  @Override
  public void pauseReading() {
    paused = true;
    below.pauseReading();
  }

  @Override
  public void awaitEnd() {
    paused = true;
    below.awaitEnd();
  }

  @Override
  public void resumeReading() {
    below.resumeReading();
  }

  @Override
  public void whenReady(Runnable task) {
    below.whenReady(task);
  }

  @Override
  public int footprint() {
    return below.footprint() + 1024;
  }

  @Override
  public void announceEnd(CloseReason reason) {
    below.announceEnd(reason);
  }

  @Override
  public void loggedIn() {
    below.loggedIn();
  }

  @Override
  public void close(CloseReason reason) {
    above().close(reason);
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
  public @Nullable InetSocketAddress remoteAddress() {
    return below.remoteAddress();
  }

  @Override
  public @Nullable InetSocketAddress disclosedAddress() {
    return below.disclosedAddress();
  }

  @Override
  public ConnectionType type() {
    return below.type();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return below.tlsSession();
  }

  @Override
  public boolean isPending() {
    return below.isPending();
  }

  @Override
  public boolean isTlsFirst() {
    return below.isTlsFirst();
  }

  @Override
  public ConnectOptions complete(ConnectOptions options) {
    return below.complete(options);
  }
}
