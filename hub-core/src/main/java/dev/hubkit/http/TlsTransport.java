package dev.hubkit.http;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * HTTPS: the server's side of TLS. Reading and writing may be on two threads, as the engine allows;
 * what touches the bytes that go out holds this object.
 */
final class TlsTransport implements SocketTransport {
  private static final Log log = Log.of(TlsTransport.class);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  // A record of TLS (RFC 8446, 5.2) and a little more.
  private static final int RECORD = 17 * 1024 + 512;

  private final SocketChannel channel;
  private final SSLEngine engine;
  // Ready to be read from; empty ones hold no memory.
  private ByteBuffer received = NOTHING;
  private ByteBuffer outgoing = NOTHING;
  private boolean begun;
  private boolean needsTask;

  TlsTransport(SocketChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.engine = engine;
  }

  /**
   * {@inheritDoc}
   *
   * @param into must have room for a record
   */
  @Override
  public int read(ByteBuffer into) throws IOException {
    needsTask = false;
    int before = into.position();
    while (true) {
      if (!advance()) {
        return into.position() - before;
      }
      if (!begun && looksLikeHttp()) {
        throw plainHttp();
      }
      SSLEngineResult result;
      try {
        result = engine.unwrap(received, into);
      } catch (SSLException e) {
        synchronized (this) {
          alert();
        }
        throw e;
      }
      begun |= result.bytesConsumed() > 0;
      switch (result.getStatus()) {
        case BUFFER_UNDERFLOW -> {
          int more = receive();
          if (more <= 0) {
            release();
            return into.position() > before || more == 0 ? into.position() - before : -1;
          }
        }
        case BUFFER_OVERFLOW -> {
          return into.position() - before;
        }
        case CLOSED -> {
          return into.position() > before ? into.position() - before : -1;
        }
        case OK -> {
          // More may be there.
        }
      }
    }
  }

  private int receive() throws IOException {
    ByteBuffer grown = ByteBuffer.allocate(RECORD);
    grown.put(received);
    int count = channel.read(grown);
    received = grown.flip();
    return count;
  }

  private void release() {
    if (!received.hasRemaining()) {
      received = NOTHING;
    }
  }

  /** Does what the handshake wants done on this side; returns whether to read on. */
  private boolean advance() throws IOException {
    while (true) {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        needsTask = true;
        return false;
      }
      if (status != HandshakeStatus.NEED_WRAP) {
        return true;
      }
      if (engine.isOutboundDone()) {
        return true;
      }
      synchronized (this) {
        if (!flush()) {
          return false;
        }
        wrap(NOTHING);
        if (!flush()) {
          return false;
        }
      }
    }
  }

  @Override
  public synchronized void write(ByteBuffer from) throws IOException {
    while (from.hasRemaining() && flush()) {
      if (wrap(from).getStatus() == SSLEngineResult.Status.CLOSED) {
        throw new IOException("TLS is closed");
      }
    }
    flush();
  }

  /** Encrypts one record's worth, when nothing waits. */
  private SSLEngineResult wrap(ByteBuffer from) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(RECORD);
    SSLEngineResult result = engine.wrap(from, target);
    outgoing = target.flip();
    return result;
  }

  @Override
  public synchronized boolean flush() throws IOException {
    if (outgoing.hasRemaining()) {
      channel.write(outgoing);
    }
    if (outgoing.hasRemaining()) {
      return false;
    }
    outgoing = NOTHING;
    return true;
  }

  @Override
  public @Nullable Runnable task() {
    if (!needsTask) {
      return null;
    }
    return () -> {
      for (Runnable task = engine.getDelegatedTask();
          task != null;
          task = engine.getDelegatedTask()) {
        task.run();
      }
    };
  }

  @Override
  public boolean hasReceived() {
    return received.hasRemaining();
  }

  // As Go answers a client that takes an HTTPS port for one of HTTP.
  private synchronized IOException plainHttp() throws IOException {
    outgoing =
        ByteBuffer.wrap(
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
                .getBytes(StandardCharsets.US_ASCII));
    flush();
    return new SSLException("an HTTP request to an HTTPS server");
  }

  private boolean looksLikeHttp() {
    return received.remaining() >= 5
        && received.get(received.position()) >= 'A'
        && received.get(received.position()) <= 'Z';
  }

  private void alert() {
    try {
      engine.closeOutbound();
      for (int i = 0; i < 4 && !engine.isOutboundDone() && flush(); i++) {
        wrap(NOTHING);
      }
      flush();
    } catch (IOException e) {
      log.trace("No alert could be sent", e);
    }
  }

  @Override
  public synchronized void end() throws IOException {
    alert();
    channel.shutdownOutput();
  }
}
