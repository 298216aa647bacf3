package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A TCP socket that one event loop reads from and any thread writes to. */
final class TcpTransport implements Transport, EventLoop.Channel {
  private static final Log log = Log.of(TcpTransport.class);
  private static final Supervisor SUPERVISOR = new Supervisor("socket");
  private static final int MOST_AHEAD = 4096;

  private final SocketChannel channel;
  private final EventLoop loop;
  private final InetSocketAddress remote;
  private @Nullable SelectionKey key;
  private @Nullable InboundHandler reader;
  // Whether what arrives is kept in `ahead`, to notice only the end of the stream for now.
  private boolean awaitingEnd;
  private @Nullable ByteBuffer ahead;

  TcpTransport(SocketChannel channel, EventLoop loop) throws IOException {
    this.channel = channel;
    this.loop = loop;
    this.remote = (InetSocketAddress) channel.getRemoteAddress();
  }

  /** Begins to read. On the loop's thread. */
  void start(InboundHandler above) throws IOException {
    reader = above;
    key = loop.register(channel, SelectionKey.OP_READ, this);
  }

  /** Logs a failure while serving this socket, and ends it. Any thread. */
  void broken(Throwable failure) {
    SUPERVISOR.failed(this, failure, this);
  }

  /** Ends the connection, and closes the socket even if that fails. */
  @Override
  public void failed(Throwable failure) {
    try {
      InboundHandler to = reader;
      if (to != null) {
        to.abort(failure);
      }
    } finally {
      close();
    }
  }

  @Override
  public void ready(SelectionKey selected) {
    InboundHandler to = reader;
    if (to == null) {
      return;
    }
    if (selected.isWritable()) {
      selected.interestOpsAnd(~SelectionKey.OP_WRITE);
      to.writable();
    }
    if (selected.isValid() && selected.isReadable()) {
      if (awaitingEnd) {
        readAhead(to);
      } else {
        read(to);
      }
    }
  }

  private void read(InboundHandler to) {
    WorkStep.CONNECTION_READ.reach();
    ByteBuffer buffer = to.inputBuffer(loop.readBuffer());
    int count;
    try {
      count = channel.read(buffer);
    } catch (IOException e) {
      // As closedStateForErr of nats-server: the reason is all that the log says.
      to.close(CloseReason.READ_ERROR);
      return;
    }
    if (count < 0) {
      to.close(CloseReason.CLIENT_CLOSED);
    } else {
      to.received(buffer, loop.batch());
    }
  }

  private void readAhead(InboundHandler to) {
    ByteBuffer buffer = ahead;
    if (buffer == null) {
      buffer = ByteBuffer.allocate(MOST_AHEAD);
      ahead = buffer;
    }
    try {
      if (channel.read(buffer) < 0) {
        to.close(CloseReason.CLIENT_CLOSED);
      } else if (!buffer.hasRemaining()) {
        interest(SelectionKey.OP_READ, false);
      }
    } catch (IOException e) {
      to.close(CloseReason.READ_ERROR);
    }
  }

  /** Hands on what was read ahead, unless what reads it pauses again. */
  private void deliverAhead(InboundHandler to) {
    ByteBuffer kept = ahead;
    ahead = null;
    if (kept == null) {
      return;
    }
    kept.flip();
    while (kept.hasRemaining() && isReading()) {
      ByteBuffer target = to.inputBuffer(loop.readBuffer());
      int count = Math.min(kept.remaining(), target.remaining());
      target.put(kept.slice(kept.position(), count));
      kept.position(kept.position() + count);
      to.received(target, loop.batch());
    }
    if (kept.hasRemaining()) {
      ahead = kept.compact();
    }
  }

  private boolean isReading() {
    SelectionKey registered = key;
    return !awaitingEnd
        && registered != null
        && registered.isValid()
        && (registered.interestOps() & SelectionKey.OP_READ) != 0;
  }

  @Override
  public boolean write(ByteBuffer[] buffers, int count) throws IOException {
    if (count == 1) {
      channel.write(buffers[0]);
      return !buffers[0].hasRemaining();
    }
    channel.write(buffers, 0, count);
    return !buffers[count - 1].hasRemaining();
  }

  @Override
  public void awaitWritable() {
    execute(() -> interest(SelectionKey.OP_WRITE, true));
  }

  @Override
  public void pauseReading() {
    interest(SelectionKey.OP_READ, false);
  }

  @Override
  public void awaitEnd() {
    awaitingEnd = true;
  }

  @Override
  public void resumeReading() {
    execute(
        () -> {
          InboundHandler to = reader;
          if (to != null && to.proceed(loop.batch())) {
            awaitingEnd = false;
            interest(SelectionKey.OP_READ, true);
            deliverAhead(to);
          }
        });
  }

  /** Reads again what comes in. On the loop's thread. */
  void readOn() {
    interest(SelectionKey.OP_READ, true);
  }

  /** Runs {@code task} on the loop's thread, soon; when it fails, this has failed. */
  void execute(Runnable task) {
    loop.execute(new SupervisedTask(task, this));
  }

  /** Returns the buffer that the loop's thread reads into. On that thread only. */
  ByteBuffer readBuffer() {
    return loop.readBuffer();
  }

  /** Returns the batch of the loop's present round. On its thread only. */
  WorkBatch batch() {
    return loop.batch();
  }

  /** Closes it in a way that the other side sees as a broken connection. */
  void reset() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      log.debug("The socket to {} is closed already: {}", remote, e.getMessage());
    }
    close();
  }

  private void interest(int operation, boolean on) {
    SelectionKey registered = key;
    if (registered != null && registered.isValid()) {
      if (on) {
        registered.interestOpsOr(operation);
      } else {
        registered.interestOpsAnd(~operation);
      }
    }
  }

  @Override
  public void abandon(boolean unread) {
    try {
      // A socket that is closed with bytes in it is reset, but a channel ends its output first.
      if (unread || channel.read(ByteBuffer.allocate(1)) > 0) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException e) {
      log.debug("The socket to {} is gone already: {}", remote, e.getMessage());
    }
    close();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing the socket to {} failed: {}", remote, e.getMessage());
    }
    // The descriptor is given back only when the selector sees that the key is gone.
    loop.wakeUp();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public String toString() {
    return "the socket to " + remote;
  }
}
