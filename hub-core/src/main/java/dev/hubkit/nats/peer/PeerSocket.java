package dev.hubkit.nats.peer;

import dev.hubkit.log.Log;
import dev.hubkit.nats.tls.PinnedKeys;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Sockets between servers, and TLS on them. */
public final class PeerSocket {
  private static final Log log = Log.of(PeerSocket.class);

  private PeerSocket() {}

  /** Connects to another server. */
  public static Socket connect(String host, int port, int millis) throws IOException {
    Socket socket = new Socket();
    boolean connected = false;
    try {
      socket.connect(new InetSocketAddress(host, port), millis);
      socket.setTcpNoDelay(true);
      connected = true;
      return socket;
    } finally {
      if (!connected) {
        close(socket);
      }
    }
  }

  /**
   * Makes the TLS handshake, within the time that the settings allow. The socket stays open when it
   * fails.
   *
   * @param host the name that the other server's certificate must have, where this one is the
   *     client
   * @param mutual whether the other server must prove its identity whatever the settings say
   */
  public static Socket secure(
      Socket socket, String host, boolean client, TlsContext tls, boolean mutual)
      throws IOException {
    SSLSocket secured =
        (SSLSocket)
            (client ? tls.clientContext() : tls.sslContext())
                .getSocketFactory()
                .createSocket(socket, host, socket.getPort(), true);
    secured.setUseClientMode(client);
    return shakeHands(socket, secured, client, tls, mutual);
  }

  /**
   * Makes the TLS handshake as the server, after some of it has been read.
   *
   * @param begun what has been read
   */
  public static Socket secure(Socket socket, InputStream begun, TlsContext tls) throws IOException {
    SSLSocket secured =
        (SSLSocket) tls.sslContext().getSocketFactory().createSocket(socket, begun, true);
    return shakeHands(socket, secured, false, tls, false);
  }

  private static Socket shakeHands(
      Socket socket, SSLSocket secured, boolean client, TlsContext tls, boolean mutual)
      throws IOException {
    socket.setSoTimeout((int) Math.max(1, tls.settings().handshakeNanos() / 1_000_000));
    try {
      SSLParameters parameters = tls.parameters();
      if (client && !tls.settings().insecure()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      if (mutual) {
        parameters.setNeedClientAuth(true);
      }
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

  /** Closes a socket that is of no use. */
  public static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.trace("Closing a useless socket failed", e);
    }
  }
}
