package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a listener puts between the sockets it accepts and the connections on them. */
public final class ConnectionFactory {
  /** Nothing. */
  public static final ConnectionFactory TCP =
      new ConnectionFactory(null, false, null, null, false, null);

  private static final Log log = Log.of(ConnectionFactory.class);
  private static final Supervisor SUPERVISOR = new Supervisor("connection");

  private final @Nullable Supplier<TlsContext> tls;
  private final boolean tlsOptional;
  private final @Nullable WebSocketSettings webSocket;
  private final @Nullable TimeSource time;
  private final boolean proxied;
  private final @Nullable UpgradingSockets upgrading;

  private ConnectionFactory(
      @Nullable Supplier<TlsContext> tls,
      boolean tlsOptional,
      @Nullable WebSocketSettings webSocket,
      @Nullable TimeSource time,
      boolean proxied,
      @Nullable UpgradingSockets upgrading) {
    this.tls = tls;
    this.tlsOptional = tlsOptional;
    this.webSocket = webSocket;
    this.time = time;
    this.proxied = proxied;
    this.upgrading = upgrading;
  }

  /**
   * Returns a factory of TLS connections; TLS begins after INFO, or before it where its settings
   * say so.
   *
   * @param context asked for every connection, so that certificates can be exchanged
   * @param optional whether a client may go on without
   */
  public static ConnectionFactory tls(
      Supplier<TlsContext> context, boolean optional, TimeSource time) {
    return new ConnectionFactory(context, optional, null, time, false, null);
  }

  /**
   * Returns a factory of WebSocket connections, on TLS if there is a context.
   *
   * @param leafNodes takes those of leaf nodes; null when none are accepted
   */
  public static ConnectionFactory webSocket(
      WebSocketSettings settings,
      @Nullable Supplier<TlsContext> context,
      TimeSource time,
      @Nullable Predicate<UpgradedSocket> leafNodes) {
    return new ConnectionFactory(
        context, false, settings, time, false, new UpgradingSockets(leafNodes));
  }

  /** Returns a factory of the same connections, which may begin with the header of a proxy. */
  public ConnectionFactory behindProxy() {
    return new ConnectionFactory(tls, tlsOptional, webSocket, time, true, upgrading);
  }

  // How long a client that may do without TLS has for its first bytes, before anything else.
  private Duration sniffing() {
    TlsContext context = tls == null || !tlsOptional ? null : tls.get();
    return context == null || context.settings().handshakeFirst()
        ? Duration.ZERO
        : Duration.ofNanos(context.settings().handshakeNanos());
  }

  /** Makes a connection on an accepted socket. On the thread of its loop. */
  void carry(TcpTransport socket, Clients clients) {
    FaultInjector faultInjector = clients.faults();
    if (faultInjector != null && !faultInjector.admits(socket.remoteAddress())) {
      socket.reset();
      return;
    }
    TlsFilter secured = null;
    TransportFilter top = null;
    TimeSource clock = time == null ? clients.time() : time;
    FaultyTransport link = faultInjector == null ? null : new FaultyTransport(socket, clock);
    Transport transport = link == null ? socket : link;
    ProxyProtocolFilter proxy = null;
    if (proxied) {
      proxy = new ProxyProtocolFilter(transport, clock, clients.memory(), sniffing());
      transport = proxy;
    }
    if (tls != null) {
      secured =
          new TlsFilter(
              transport,
              tls.get(),
              clock,
              clients.handshakes(),
              clients.memory(),
              tlsOptional,
              webSocket != null);
      top = secured;
      transport = secured;
    }
    InboundHandler handler;
    if (webSocket != null && upgrading != null) {
      WebSocketFilter framed =
          new WebSocketFilter(
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
      handler = upgrading.await(framed, clients, link);
    } else {
      ClientConnection connection = clients.connect(transport);
      if (link != null) {
        connection.link(link);
      }
      handler = connection.inbound();
    }
    start(handler, socket, link, proxy, secured, top);
  }

  private static void start(
      InboundHandler handler,
      TcpTransport socket,
      @Nullable FaultyTransport link,
      @Nullable ProxyProtocolFilter proxy,
      @Nullable TlsFilter secured,
      @Nullable TransportFilter top) {
    try {
      WorkStep.CONNECTION_CARRY.reach();
      if (top != null) {
        top.above(handler);
      }
      if (secured != null && proxy == null) {
        secured.start();
      }
      InboundHandler first = secured != null ? secured : top != null ? top : handler;
      if (proxy != null) {
        proxy.above(first);
        proxy.start(secured == null ? () -> {} : secured.behindProxy());
        first = proxy;
      }
      if (link == null) {
        socket.start(first);
      } else {
        link.above(first);
        socket.start(link);
      }
    } catch (ClosedChannelException e) {
      // A client that is refused may have been closed before; the log tells why.
      handler.close(CloseReason.READ_ERROR);
    } catch (IOException e) {
      log.debug("{} - can't be read from: {}", handler.label(), e.getMessage());
      handler.close(CloseReason.READ_ERROR);
    } catch (Throwable failure) {
      SUPERVISOR.failed(handler.label(), failure, handler::abort);
    }
  }

  /** Closes what has not become a client or a leaf node yet. */
  void close() {
    if (upgrading != null) {
      upgrading.close();
    }
  }
}
