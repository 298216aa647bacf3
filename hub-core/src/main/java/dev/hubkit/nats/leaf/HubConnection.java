package dev.hubkit.nats.leaf;

import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerOutputStream;
import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.snappy.FrameInputStream;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import dev.hubkit.nats.tls.TlsSettings;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A socket to a hub that has sent its first INFO, secured where either side wants that, and
 * compressed where both do.
 *
 * @param id the number of the connection
 * @param info the INFO to introduce this server by
 * @param mode how they are compressed
 */
record HubConnection(long id, LeafWire wire, LeafInfo info, PeerCompression.Mode mode) {
  private static final int MOST_INFO = 32 * 1024;
  private static final String INFO = "INFO ";

  /** Makes the INFO that asks a hub for compression. */
  interface Offer {
    byte[] of(long id, PeerCompression.Mode mode);
  }

  /**
   * Connects to a hub.
   *
   * @param ids numbers the connection once there is one
   * @param offer makes the INFO by which both agree on compression
   * @param tlsName the name that its certificate must have
   * @param connected takes the socket, to close it when the hub is waited for no more
   * @throws IOException if it can't be reached in time, or is no hub
   */
  static HubConnection open(
      URI url,
      LeafRemoteSettings settings,
      String tlsName,
      TimeSource time,
      LongSupplier ids,
      Offer offer,
      Consumer<Socket> connected)
      throws IOException {
    Socket socket = connect(url, settings, connected);
    boolean ready = false;
    try {
      connected.accept(socket);
      long id = ids.getAsLong();
      HubConnection opened = introduced(id, socket, url, settings, tlsName, time, offer);
      ready = true;
      return opened;
    } catch (ProtocolException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      if (!ready) {
        PeerSocket.close(socket);
      }
    }
  }

  private static Socket connect(URI url, LeafRemoteSettings settings, Consumer<Socket> connected)
      throws IOException {
    LeafProxy proxy = settings.proxy();
    if (proxy != null) {
      return ProxyTunnel.open(proxy, url.getHost() + ":" + url.getPort(), connected);
    }
    String host = url.getHost();
    return PeerSocket.connect(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        url.getPort(),
        millis(settings.dialTimeout()));
  }

  private static HubConnection introduced(
      long id,
      Socket socket,
      URI url,
      LeafRemoteSettings settings,
      String tlsName,
      TimeSource time,
      Offer offer)
      throws IOException, ProtocolException {
    long begun = time.nanoTime();
    boolean webSocket = isWebSocket(url);
    TlsContext tls = settings.tls();
    if (tls == null && settings.urls().stream().anyMatch(each -> isScheme(each, "wss"))) {
      tls = ordinary();
    }
    boolean first = tls != null && (webSocket || tls.settings().handshakeFirst());
    Socket present = tls != null && first ? secured(socket, tlsName, tls) : socket;
    PeerOutputStream compressing = new PeerOutputStream(present.getOutputStream());
    WebSocketStreams frames =
        webSocket ? WebSocketHandshake.make(socket, present, compressing, url, settings) : null;
    InputStream in = frames == null ? present.getInputStream() : frames.in();
    LeafInfo info = readInfo(socket, in, settings.firstInfoTimeout());
    if (info.clientId() == 0 || (info.leafUrls().isEmpty() && !info.infoOnConnect())) {
      throw new IOException("attempted to connect to wrong port");
    }
    if (!first && !webSocket && (tls != null || info.tlsRequired())) {
      if (tls == null && settings.proxy() != null) {
        throw new IOException(
            "TLS configuration mismatch: Hub requires TLS but leafnode remote is not configured for"
                + " TLS. When using a proxy, ensure TLS leafnode configuration matches the Hub"
                + " requirements.");
      }
      present = secured(present, tlsName, tls == null ? ordinary() : tls);
      in = present.getInputStream();
      compressing = new PeerOutputStream(present.getOutputStream());
    }
    OutputStream out = frames == null ? compressing : frames.out();
    PeerCompression wanted = settings.compression();
    // What WebSocket compresses is not compressed twice.
    boolean once = frames != null && frames.compress() && wanted.mode().isNegotiated();
    PeerCompression.Mode mode =
        once
            ? PeerCompression.Mode.OFF
            : wanted.negotiate(info.compression(), Duration.ofNanos(time.nanoTime() - begun));
    if (mode.isNegotiated()) {
      out.write(offer.of(id, wanted.told(mode)));
      out.flush();
      compressing.compress(mode);
      if (frames == null) {
        in = new FrameInputStream(in);
      } else {
        frames.in().decompress();
      }
      info = readInfo(socket, in, settings.firstInfoTimeout());
    }
    LeafWire wire =
        frames == null
            ? LeafWire.of(present, in, compressing)
            : LeafWire.of(present, compressing, frames);
    return new HubConnection(id, wire, info, mode);
  }

  private static boolean isScheme(URI url, String scheme) {
    return scheme.equalsIgnoreCase(url.getScheme());
  }

  /** Returns whether a hub is reached through WebSocket. */
  static boolean isWebSocket(URI url) {
    return isScheme(url, "ws") || isScheme(url, "wss");
  }

  private static Socket secured(Socket socket, String name, TlsContext tls) throws IOException {
    return PeerSocket.secure(socket, name, true, tls, false);
  }

  // What a hub is trusted by that asks for TLS though the configuration says nothing of it.
  static TlsContext ordinary() throws IOException {
    try {
      return TlsContext.load(
          new TlsSettings(
              List.of(), "", false, false, false, List.of(), List.of(), 0, 0, Set.of(), false, 0,
              "TLSv1.2", false));
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static LeafInfo readInfo(Socket plain, InputStream in, Duration patience)
      throws IOException, ProtocolException {
    try {
      String text = new TimedInput(plain, in, patience, MOST_INFO).until("\n").strip();
      if (!text.startsWith(INFO)) {
        throw new IOException("the hub begins with something else than INFO");
      }
      return LeafInfo.read(text.substring(INFO.length()).getBytes(StandardCharsets.UTF_8));
    } catch (SocketTimeoutException e) {
      throw new IOException("the hub has sent no INFO within " + patience, e);
    }
  }

  private static int millis(Duration duration) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, duration.toMillis()));
  }
}
