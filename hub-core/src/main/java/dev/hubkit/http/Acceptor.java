package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Accepts the connections of a server. When no descriptor is left, it pauses, says so once, and
 * tries again later. For the loop's thread.
 */
final class Acceptor implements SelectorLoop.Turn {
  private static final Log log = Log.of(Acceptor.class);
  private static final int AT_ONCE = 64;
  private static final long PAUSE_NANOS = Duration.ofMillis(100).toNanos();
  private static final long CALM_NANOS = Duration.ofSeconds(10).toNanos();

  private final ServerSocketChannel listening;
  private final HttpConnections connections;
  private @Nullable SelectionKey key;
  private long failedAt;
  private boolean troubled;
  private boolean paused;

  Acceptor(ServerSocketChannel listening, HttpConnections connections) {
    this.listening = listening;
    this.connections = connections;
  }

  void register() throws ClosedChannelException {
    key = listening.register(connections.loop().selector(), SelectionKey.OP_ACCEPT, this);
  }

  @Override
  public void ready() {
    for (int i = 0; i < AT_ONCE; i++) {
      SocketChannel channel;
      try {
        WorkStep.HTTP_ACCEPT.reach();
        channel = listening.accept();
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        refused(e);
        return;
      }
      if (channel == null) {
        return;
      }
      accept(channel);
    }
  }

  private void accept(SocketChannel channel) {
    HttpConnection connection = null;
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      connection = new HttpConnection(connections, channel, transport(channel));
      connections.add(connection);
      connection.register();
      connection = null;
      channel = null;
    } catch (IOException e) {
      log.debug("A connection was lost as soon as it was accepted", e);
    } finally {
      if (connection != null) {
        connections.forget(connection);
      }
      if (channel != null) {
        close(channel);
      }
    }
  }

  private SocketTransport transport(SocketChannel channel) {
    var engines = connections.options().engines();
    if (engines == null) {
      return new SocketTransport.Plain(channel);
    }
    SSLEngine engine = engines.get();
    return new TlsTransport(channel, engine);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("Closing a connection failed", e);
    }
  }

  // Mostly "Too many open files": trying again at once would only fill the processor and the log.
  private void refused(IOException problem) {
    if (!troubled) {
      log.warn(
          "{} can't take a connection with {} open ({}); it goes on as soon as it can."
              + " Raise the limit of open files if this is too few",
          connections.supervisor(),
          connections.size(),
          problem.getMessage());
    }
    troubled = true;
    if (!connections.closeIdle()) {
      pause();
    }
    failedAt = System.nanoTime();
  }

  @Override
  public void failed(Throwable failure) {
    failedAt = System.nanoTime();
    pause();
  }

  private void pause() {
    paused = true;
    wants(0);
  }

  // Another thread may stop the server meanwhile.
  private void wants(int ops) {
    SelectionKey registered = key;
    try {
      if (registered != null) {
        registered.interestOps(ops);
      }
    } catch (CancelledKeyException e) {
      log.trace("Stopped", e);
    }
  }

  /** Returns whether it waits for the end of a pause. */
  boolean isPaused() {
    return paused || troubled;
  }

  /** Goes on when a pause has ended. */
  void tick(long now) {
    SelectionKey registered = key;
    if (registered == null || !registered.isValid()) {
      paused = false;
      troubled = false;
      return;
    }
    if (paused && now - failedAt > PAUSE_NANOS) {
      paused = false;
      wants(SelectionKey.OP_ACCEPT);
    }
    if (troubled && now - failedAt > CALM_NANOS) {
      troubled = false;
      log.info("{} takes connections again", connections.supervisor());
    }
  }
}
