package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.nats.peer.AgreedCompression;
import dev.hubkit.nats.peer.PeerCompression;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.wire.ProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Handles the operations of another server: first its introduction, then its subscriptions and the
 * messages it forwards. Confined to the thread that reads from the other server, except for {@link
 * #remote}.
 *
 * <p>The server that was connected to begins with INFO. The other, if it wants this route, answers
 * with CONNECT, its own INFO and PING; the PONG tells it that the route is established. Where both
 * take part in compression, the other sends one more INFO before its own, and the first one answers
 * with another, compressed like all that follows.
 */
final class RouteProtocol {
  /** The cluster, as far as an introduction concerns it. */
  interface Membership {
    ClusterName clusterName();

    String serverName();

    /** Refuses a server that this one can't be in a cluster with. */
    void check(RouteInfo other) throws ProtocolException;

    /** Connects to a server that another one has named. */
    void addImplicit(RouteInfo other);

    /** Notes that something may have changed that clients are told. */
    void changed();
  }

  /** The route whose operations these are. */
  interface Introduction {
    /** Returns whether this server has connected to the other. */
    boolean isSolicited();

    /** Returns a URL for a server that does not name one itself. */
    String urlOf(RouteInfo other);

    /**
     * Checks the credentials of the other server.
     *
     * @return false when the route was closed meanwhile
     * @throws ProtocolException if they are wrong
     */
    boolean logIn(RouteConnect credentials) throws ProtocolException;

    /** Asks the other server for this route; returns false when there is one to it already. */
    boolean request(RouteInfo other);

    /** Tells the other server that has been asked who this one is. */
    void introduce();

    /** Tells the other server that all that follows is in S2 frames, in both directions. */
    void compress(PeerCompression.Mode mode) throws IOException;

    /** Returns how long it has been connected, in nanoseconds. */
    long uptimeNanos();

    /** Establishes the route, or closes it if there is one to the same server. */
    void join();

    /** Notes that the other server has answered a ping. */
    void answered();

    /** Sends the other server all interest that it wants. */
    void sendInterest();

    void send(byte[] line);

    void close(String reason);
  }

  private static final Log log = Log.of(RouteProtocol.class);
  private static final byte[] PONG = "PONG\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int LINE_AFTER_LOGIN = 1024 * 1024;

  private final Introduction route;
  private final Membership cluster;
  private final PeerInput input;
  private final RouteReceiver receiver;
  private final RemoteInterest wanted;
  private final PeerHeartbeat heartbeat;
  private final AgreedCompression compression;
  private volatile @Nullable RouteInfo remote;
  private boolean introduced;
  // Whether the INFO is still to come that follows the one by which both agree on compression.
  private boolean agreeing;

  RouteProtocol(
      Introduction route,
      Membership cluster,
      PeerInput input,
      RouteReceiver receiver,
      RemoteInterest wanted,
      PeerHeartbeat heartbeat,
      AgreedCompression compression) {
    this.route = route;
    this.cluster = cluster;
    this.input = input;
    this.receiver = receiver;
    this.wanted = wanted;
    this.heartbeat = heartbeat;
    this.compression = compression;
  }

  /** Returns the INFO of the other server; null before it has come. Any thread. */
  @Nullable RouteInfo remote() {
    return remote;
  }

  /** Handles the operation that the input has read. */
  void handle() throws IOException, ProtocolException {
    if (input.words() == 0) {
      throw new ProtocolException("Unknown Protocol Operation", "an empty line on a route");
    }
    if (input.is(0, "RMSG")) {
      receive(RouteReceiver.Form.PLAIN);
    } else if (input.is(0, "HMSG")) {
      receive(RouteReceiver.Form.HEADERS);
    } else if (input.is(0, "LMSG")) {
      receive(RouteReceiver.Form.OF_LEAF);
    } else if (input.is(0, "PING")) {
      heartbeat.onActivity();
      route.send(PONG);
    } else if (input.is(0, "PONG")) {
      pong();
    } else if (input.is(0, "RS+")) {
      requireIntroduction();
      wanted.subscribe(input, false);
    } else if (input.is(0, "RS-")) {
      requireIntroduction();
      wanted.unsubscribe(input, false);
    } else if (input.is(0, "LS+")) {
      requireIntroduction();
      wanted.subscribe(input, true);
    } else if (input.is(0, "LS-")) {
      requireIntroduction();
      wanted.unsubscribe(input, true);
    } else if (input.is(0, "INFO")) {
      info();
    } else if (input.is(0, "CONNECT")) {
      connect();
    } else if (input.is(0, "-ERR")) {
      log.warn("{}: the other server says {}", route, input.word(1));
      route.close("refused by the other server");
    } else if (!input.is(0, "+OK")) {
      throw new ProtocolException(
          "Unknown Protocol Operation", "unknown operation on a route: " + input.word(0));
    }
  }

  private void requireIntroduction() throws ProtocolException {
    if (!introduced) {
      throw new ProtocolException("Authorization Violation", "not introduced yet");
    }
  }

  private void receive(RouteReceiver.Form form) throws IOException, ProtocolException {
    requireIntroduction();
    receiver.receive(form);
    heartbeat.onActivity();
  }

  private void pong() throws ProtocolException {
    requireIntroduction();
    heartbeat.answered();
    route.answered();
  }

  private void connect() throws ProtocolException {
    if (route.isSolicited() || introduced) {
      throw new ProtocolException("Unknown Protocol Operation", "an unexpected CONNECT");
    }
    RouteConnect options = RouteConnect.read(input.bytes(1));
    if (route.logIn(options)) {
      cluster.clusterName().agree(options.cluster(), options.dynamic());
      introduced();
    }
  }

  /** Allows everything from now on. */
  void introduced() {
    introduced = true;
    input.limitLines(LINE_AFTER_LOGIN);
  }

  private void info() throws IOException, ProtocolException {
    byte[] json = input.bytes(1);
    RouteInfo told = RouteInfo.read(json, 0, json.length);
    RouteInfo known = remote;
    if (known != null && !agreeing) {
      update(known, told);
    } else if (route.isSolicited()) {
      meet(told);
    } else {
      requireIntroduction();
      welcome(told);
    }
  }

  // The server that this one has connected to.
  private void meet(RouteInfo told) throws IOException, ProtocolException {
    boolean first = !agreeing;
    agreeing = false;
    if (first) {
      cluster.clusterName().agree(told.cluster(), told.dynamic());
    }
    cluster.check(told);
    remote = told;
    if (!first || (route.request(told) && !agree(told))) {
      route.introduce();
    }
  }

  // A server that has connected to this one.
  private void welcome(RouteInfo told) throws IOException, ProtocolException {
    if (told.serverName().equals(cluster.serverName())) {
      log.error("{}: Remote server has a duplicate name: \"{}\"", route, told.serverName());
      route.close("duplicate server name");
      return;
    }
    cluster.check(told);
    if (!compression.isAgreed() && agree(told)) {
      return;
    }
    remote = told.routeUrl().isEmpty() ? told.reachedAt(route.urlOf(told)) : told;
    route.join();
  }

  // Returns whether the INFO counts that follows, because all is compressed from here on
  // (negotiateRouteCompression in nats-server's route.go).
  private boolean agree(RouteInfo told) throws IOException, ProtocolException {
    Duration age = Duration.ofNanos(route.uptimeNanos());
    PeerCompression.Mode mode = compression.wanted().negotiate(told.compression(), age);
    if (mode.isNegotiated()) {
      agreeing = route.isSolicited();
      route.compress(mode);
      return true;
    }
    compression.agree(mode);
    return false;
  }

  private void update(RouteInfo known, RouteInfo told) {
    if (!told.serverId().equals(known.serverId())) {
      cluster.addImplicit(told);
      return;
    }
    remote = told.routeUrl().isEmpty() ? told.reachedAt(known.routeUrl()) : told;
    if (!told.permissions().equals(known.permissions())) {
      // The other server may now accept subscriptions that it ignored before.
      route.sendInterest();
    }
    cluster.changed();
  }
}
