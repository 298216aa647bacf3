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
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
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
 * @param in the bytes of the hub
 * @param out where those for the hub go
 * @param info the INFO to introduce this server by
 * @param mode how they are compressed
 */
record HubConnection(
    long id,
    Socket socket,
    InputStream in,
    PeerOutputStream out,
    LeafInfo info,
    PeerCompression.Mode mode) {
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
    String host = url.getHost();
    Socket socket =
        PeerSocket.connect(
            host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
            url.getPort(),
            millis(settings.dialTimeout()));
    boolean ready = false;
    try {
      connected.accept(socket);
      long id = ids.getAsLong();
      HubConnection opened = introduced(id, socket, settings, tlsName, time, offer);
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

  private static HubConnection introduced(
      long id,
      Socket socket,
      LeafRemoteSettings settings,
      String tlsName,
      TimeSource time,
      Offer offer)
      throws IOException, ProtocolException {
    long begun = time.nanoTime();
    TlsContext tls = settings.tls();
    boolean first = tls != null && tls.settings().handshakeFirst();
    Socket present = tls != null && first ? secured(socket, tlsName, tls) : socket;
    LeafInfo info = readInfo(socket, present.getInputStream(), settings.firstInfoTimeout());
    if (info.clientId() == 0 || (info.leafUrls().isEmpty() && !info.infoOnConnect())) {
      throw new IOException("attempted to connect to wrong port");
    }
    if (!first && (tls != null || info.tlsRequired())) {
      present = secured(present, tlsName, tls == null ? ordinary() : tls);
    }
    PeerCompression wanted = settings.compression();
    PeerCompression.Mode mode =
        wanted.negotiate(info.compression(), Duration.ofNanos(time.nanoTime() - begun));
    InputStream in = present.getInputStream();
    PeerOutputStream out = new PeerOutputStream(present.getOutputStream());
    if (mode.isNegotiated()) {
      out.write(offer.of(id, wanted.told(mode)));
      out.flush();
      out.compress(mode);
      in = new FrameInputStream(in);
      info = readInfo(socket, in, settings.firstInfoTimeout());
    }
    return new HubConnection(id, present, in, out, info, mode);
  }

  private static Socket secured(Socket socket, String name, TlsContext tls) throws IOException {
    return PeerSocket.secure(socket, name, true, tls, false);
  }

  // What a hub is trusted by that asks for TLS though the configuration says nothing of it.
  private static TlsContext ordinary() throws IOException {
    try {
      return TlsContext.load(
          new TlsSettings(
              List.of(), "", false, false, false, List.of(), List.of(), 0, 0, Set.of(), false, 0,
              "TLSv1.2", false));
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  // Byte by byte, since what comes next may belong to the handshake.
  private static LeafInfo readInfo(Socket plain, InputStream in, Duration patience)
      throws IOException, ProtocolException {
    long end = System.nanoTime() + patience.toNanos();
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      plain.setSoTimeout(millis(patience));
      int read = in.read();
      while (read != '\n') {
        if (read < 0) {
          throw new EOFException("the hub has closed the connection");
        }
        line.write(read);
        if (line.size() > MOST_INFO) {
          throw new IOException("the INFO of the hub is too long");
        }
        // However slowly it comes.
        plain.setSoTimeout(millis(Duration.ofNanos(end - System.nanoTime())));
        read = in.read();
      }
      String text = line.toString(StandardCharsets.UTF_8).strip();
      if (!text.startsWith(INFO)) {
        throw new IOException("the hub begins with something else than INFO");
      }
      return LeafInfo.read(text.substring(INFO.length()).getBytes(StandardCharsets.UTF_8));
    } catch (SocketTimeoutException e) {
      throw new IOException("the hub has sent no INFO within " + patience, e);
    } finally {
      plain.setSoTimeout(0);
    }
  }

  private static int millis(Duration duration) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, duration.toMillis()));
  }
}
