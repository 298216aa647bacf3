package dev.hubkit.nats.route;

import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Sockets of routes, with TLS where routes have it: the handshake comes before all else. */
final class RouteSocket {
  // DEFAULT_ROUTE_DIAL of nats-server.
  private static final int CONNECT_MILLIS = 1_000;

  private RouteSocket() {}

  /** Connects to another server. */
  static Socket connect(URI url, @Nullable TlsContext tls) throws IOException {
    return secured(
        PeerSocket.connect(url.getHost(), url.getPort(), CONNECT_MILLIS), url.getHost(), true, tls);
  }

  /** Prepares a socket that another server has connected; closes it if that fails. */
  static Socket accept(Socket socket, @Nullable TlsContext tls) throws IOException {
    return secured(socket, HostPort.text(socket.getInetAddress()), false, tls);
  }

  private static Socket secured(
      Socket socket, String host, boolean client, @Nullable TlsContext tls) throws IOException {
    boolean ready = false;
    try {
      socket.setTcpNoDelay(true);
      // Whatever the configuration says about verifying, every server must prove its identity.
      Socket secured = tls == null ? socket : PeerSocket.secure(socket, host, client, tls, true);
      ready = true;
      return secured;
    } finally {
      if (!ready) {
        PeerSocket.close(socket);
      }
    }
  }
}
