package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a listener puts between the sockets it accepts and the connections on them. */
public final class Carrier {
  /** Nothing. */
  public static final Carrier TCP = new Carrier(null, false, null, null);

  private static final Log log = Log.of(Carrier.class);

  private final @Nullable Supplier<TlsContext> tls;
  private final boolean tlsOptional;
  private final @Nullable WebSocketSettings webSocket;
  private final @Nullable TimeSource time;

  private Carrier(
      @Nullable Supplier<TlsContext> tls,
      boolean tlsOptional,
      @Nullable WebSocketSettings webSocket,
      @Nullable TimeSource time) {
    this.tls = tls;
    this.tlsOptional = tlsOptional;
    this.webSocket = webSocket;
    this.time = time;
  }

  /**
   * TLS behind INFO, or before it where its settings say so.
   *
   * @param context asked for every connection, so that certificates can be exchanged
   * @param optional whether a client may go on without
   */
  public static Carrier tls(Supplier<TlsContext> context, boolean optional, TimeSource time) {
    return new Carrier(context, optional, null, time);
  }

  /** WebSocket, on TLS if there is a context. */
  public static Carrier webSocket(
      WebSocketSettings settings, @Nullable Supplier<TlsContext> context, TimeSource time) {
    return new Carrier(context, false, settings, time);
  }

  /** Makes a connection on an accepted socket. On the thread of its loop. */
  void carry(TcpTransport socket, Clients clients) {
    Interference interference = clients.interference();
    if (interference != null && !interference.admits(socket.remoteAddress())) {
      socket.reset();
      return;
    }
    TlsLayer secured = null;
    Layer top = null;
    TimeSource clock = time == null ? clients.time() : time;
    SpoiledTransport link = interference == null ? null : new SpoiledTransport(socket, clock);
    Transport transport = link == null ? socket : link;
    if (tls != null) {
      secured =
          new TlsLayer(
              transport, tls.get(), clock, clients.memory(), tlsOptional, webSocket != null);
      top = secured;
      transport = secured;
    }
    if (webSocket != null) {
      Layer framed =
          new WebSocketLayer(
              transport,
              webSocket,
              clock,
              clients.memory(),
              clients.compression(),
              clients.mostInflated());
      if (secured != null) {
        secured.above(framed);
      }
      top = framed;
      transport = framed;
    }
    Connection connection = clients.connect(transport);
    try {
      WorkStep.CONNECTION_CARRY.reach();
      if (top != null) {
        top.above(connection.inbound());
      }
      if (secured != null) {
        secured.start();
      }
      Inbound first = secured != null ? secured : top != null ? top : connection.inbound();
      if (link == null) {
        socket.start(first);
      } else {
        link.above(first);
        connection.link(link);
        socket.start(link);
      }
    } catch (IOException e) {
      log.debug("{}: can't be read from: {}", connection, e.getMessage());
      connection.close(CloseReason.READ_ERROR);
    } catch (Throwable failure) {
      connection.broken(failure);
    }
  }
}
