package dev.hubkit.nats.leaf;

import dev.hubkit.nats.net.CloseFrame;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.UpgradedSocket;
import dev.hubkit.nats.peer.PeerOutputStream;
import dev.hubkit.nats.wire.HostPort;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * What carries the bytes of a leaf node connection: a socket, or WebSocket on one.
 *
 * @param in the bytes of the other side
 * @param out where those for the other side go
 * @param compressing what compresses them on their way
 * @param tlsSession null without TLS
 * @param socket what is closed at the end
 * @param frames those of WebSocket; null without it
 */
record LeafWire(
    InputStream in,
    OutputStream out,
    PeerOutputStream compressing,
    InetSocketAddress remoteAddress,
    @Nullable SSLSession tlsSession,
    Closeable socket,
    @Nullable WebSocketStreams frames) {
  /**
   * Returns a socket that is secured, if it is to be.
   *
   * @param in what is read from it
   */
  static LeafWire of(Socket socket, InputStream in, PeerOutputStream out) {
    return of(socket, in, out, out, null);
  }

  /** Returns WebSocket on a socket. */
  static LeafWire of(Socket socket, PeerOutputStream below, WebSocketStreams frames) {
    return of(socket, frames.in(), frames.out(), below, frames);
  }

  private static LeafWire of(
      Socket socket,
      InputStream in,
      OutputStream out,
      PeerOutputStream compressing,
      @Nullable WebSocketStreams frames) {
    return new LeafWire(
        in,
        out,
        compressing,
        new InetSocketAddress(socket.getInetAddress(), socket.getPort()),
        socket instanceof SSLSocket secured ? secured.getSession() : null,
        socket,
        frames);
  }

  /** Returns what has come in at the WebSocket port. */
  static LeafWire of(UpgradedSocket socket) {
    PeerOutputStream below = new PeerOutputStream(socket.out());
    boolean compress = socket.isCompressed();
    WebSocketOutputStream out = new WebSocketOutputStream(below, false, compress);
    WebSocketInputStream in =
        new WebSocketInputStream(
            new BufferedInputStream(socket.in()), out, compress, socket.isMasked());
    return new LeafWire(
        in,
        out,
        below,
        socket.remoteAddress(),
        socket.tlsSession(),
        socket,
        new WebSocketStreams(in, out, compress));
  }

  /** Returns what the log calls the connection of that id. */
  String label(long id) {
    return label(remoteAddress, isWebSocket(), id);
  }

  static String label(InetSocketAddress address, boolean webSocket, long id) {
    return HostPort.of(address) + (webSocket ? " - lid_ws:" : " - lid:") + id;
  }

  boolean isWebSocket() {
    return frames != null;
  }

  /** Returns whether WebSocket compresses what is sent, which is not compressed twice then. */
  boolean compressesFrames() {
    return frames != null && frames.compress();
  }

  /** Tells the other side why the connection ends, where there is a word for that. */
  void announceEnd(String reason) throws IOException {
    CloseReason known = CloseReason.named(reason);
    if (frames != null && known.hasListener()) {
      frames.out().end(CloseFrame.body(CloseFrame.status(known), reason));
    }
  }

  /** Releases what reading has taken. On the reading thread, at its end. */
  void endReading() throws IOException {
    if (frames != null) {
      in.close();
    }
  }
}
