package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Greets leaf nodes that connect: with INFO and then TLS, or the other way round where the
 * configuration has it. Thread-safe.
 */
final class LeafGreeting {
  private static final SecureRandom RANDOM = new SecureRandom();
  // nonceRawLen of nats-server.
  private static final int NONCE_BYTES = 11;
  // What nats-server waits for before it takes the other side for one that begins with TLS.
  private static final int SIGN_OF_TLS = 4;

  private LeafGreeting() {}

  /** Returns what a leaf node is to sign. */
  static String newNonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * Sends the INFO, and secures the socket. Closes it if that fails.
   *
   * @param tls null for no TLS
   */
  static Socket greet(Socket socket, byte[] info, @Nullable TlsContext tls) throws IOException {
    boolean ready = false;
    try {
      socket.setTcpNoDelay(true);
      Socket greeted = tls == null ? said(socket, info) : secured(socket, info, tls);
      ready = true;
      return greeted;
    } finally {
      if (!ready) {
        PeerSocket.close(socket);
      }
    }
  }

  private static Socket said(Socket socket, byte[] info) throws IOException {
    socket.getOutputStream().write(info);
    socket.getOutputStream().flush();
    return socket;
  }

  private static Socket secured(Socket socket, byte[] info, TlsContext tls) throws IOException {
    String host = HostPort.text(socket.getInetAddress());
    if (!tls.settings().handshakeFirst()) {
      return PeerSocket.secure(said(socket, info), host, false, tls, false);
    }
    long fallback = tls.settings().fallbackNanos();
    if (fallback == 0) {
      return said(PeerSocket.secure(socket, host, false, tls, false), info);
    }
    byte[] begun = begun(socket, fallback);
    return begun.length == 0
        ? PeerSocket.secure(said(socket, info), host, false, tls, false)
        : said(PeerSocket.secure(socket, new ByteArrayInputStream(begun), tls), info);
  }

  // The first bytes of the other side, which has been told nothing yet.
  private static byte[] begun(Socket socket, long nanos) throws IOException {
    socket.setSoTimeout((int) Math.max(1, nanos / 1_000_000));
    InputStream in = socket.getInputStream();
    byte[] bytes = new byte[SIGN_OF_TLS];
    int count = 0;
    try {
      while (count < bytes.length) {
        int more = in.read(bytes, count, bytes.length - count);
        if (more < 0) {
          throw new IOException("the leaf node has closed the connection");
        }
        count += more;
      }
    } catch (SocketTimeoutException e) {
      // What has come by then decides.
    } finally {
      socket.setSoTimeout(0);
    }
    return Arrays.copyOf(bytes, count);
  }
}
