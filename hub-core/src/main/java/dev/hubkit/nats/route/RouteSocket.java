package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.nats.tls.PinnedKeys;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import dev.hubkit.nats.wire.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Sockets between servers, with TLS where routes have it: the handshake comes before all else. */
final class RouteSocket {
  private static final Log log = Log.of(RouteSocket.class);
  // DEFAULT_ROUTE_DIAL of nats-server.
  private static final int CONNECT_MILLIS = 1_000;

  private RouteSocket() {}

  /** Connects to another server. */
  static Socket connect(URI url, @Nullable TlsContext tls) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      return secured(socket, url.getHost(), true, tls);
    } catch (IOException | RuntimeException e) {
      close(socket);
      throw e;
    }
  }

  /** Prepares a socket that another server has connected; closes it if that fails. */
  static Socket accept(Socket socket, @Nullable TlsContext tls) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      return secured(socket, HostPort.text(socket.getInetAddress()), false, tls);
    } catch (IOException e) {
      close(socket);
      throw e;
    }
  }

  private static Socket secured(
      Socket socket, String host, boolean client, @Nullable TlsContext tls) throws IOException {
    if (tls == null) {
      return socket;
    }
    socket.setSoTimeout((int) Math.max(1, tls.settings().handshakeNanos() / 1_000_000));
    SSLSocket secured =
        (SSLSocket)
            tls.sslContext().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
    secured.setUseClientMode(client);
    try {
      SSLParameters parameters = tls.parameters();
      if (client && !tls.settings().insecure()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      // Whatever the configuration says about verifying, every server must prove its identity.
      parameters.setNeedClientAuth(true);
      secured.setSSLParameters(parameters);
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
    secured.startHandshake();
    if (!PinnedKeys.allow(tls.settings(), secured.getSession())) {
      throw new IOException("the other server's certificate is not among those pinned");
    }
    socket.setSoTimeout(0);
    return secured;
  }

  static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.trace("Closing a useless socket failed", e);
    }
  }
}
