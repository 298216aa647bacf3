package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.tls.TlsContext;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Consumer;

/** Connections through an HTTP proxy (establishHTTPProxyTunnel in nats-server's leafnode.go). */
final class ProxyTunnel {
  private static final int MOST_HEAD = 16 * 1024;

  private ProxyTunnel() {}

  /**
   * Connects to a server.
   *
   * @param target {@code host:port} of the server
   * @param connected takes the socket to the proxy, to close it when it is waited for no more
   * @throws IOException if the proxy can't be reached in time, or refuses
   */
  static Socket open(LeafProxy proxy, String target, Consumer<Socket> connected)
      throws IOException {
    Socket socket = connect(proxy);
    boolean ready = false;
    try {
      connected.accept(socket);
      Socket present = proxy.secured() ? secured(socket, proxy) : socket;
      present.getOutputStream().write(request(target, proxy.login()));
      present.getOutputStream().flush();
      ResponseHead answer = answer(present, proxy);
      if (!answer.is(200)) {
        throw new IOException("proxy CONNECT failed: " + answer.status());
      }
      ready = true;
      return present;
    } finally {
      if (!ready) {
        PeerSocket.close(socket);
      }
    }
  }

  private static Socket connect(LeafProxy proxy) throws IOException {
    try {
      return PeerSocket.connect(
          proxy.host(), proxy.port(), (int) Math.max(1, proxy.timeout().toMillis()));
    } catch (IOException e) {
      throw new IOException("failed to connect to proxy: " + e.getMessage(), e);
    }
  }

  private static Socket secured(Socket socket, LeafProxy proxy) throws IOException {
    try {
      TlsContext tls = proxy.tls();
      return PeerSocket.secure(
          socket, proxy.host(), true, tls == null ? HubConnection.ordinary() : tls, false);
    } catch (IOException e) {
      throw new IOException("proxy TLS handshake failed: " + e.getMessage(), e);
    }
  }

  private static ResponseHead answer(Socket socket, LeafProxy proxy) throws IOException {
    try {
      return ResponseHead.read(
          new TimedInput(socket, socket.getInputStream(), proxy.timeout(), MOST_HEAD));
    } catch (IOException e) {
      throw new IOException("failed to read proxy response: " + e.getMessage(), e);
    }
  }

  private static byte[] request(String target, String login) {
    String text = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!login.isEmpty()) {
      byte[] bytes = login.getBytes(StandardCharsets.UTF_8);
      text += "Proxy-Authorization: Basic " + Base64.getEncoder().encodeToString(bytes) + "\r\n";
    }
    return (text + "\r\n").getBytes(StandardCharsets.UTF_8);
  }
}
