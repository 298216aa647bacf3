package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.peer.PeerHeartbeat;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.wire.ProtocolException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Handles the operations of the other side of a leaf node connection: first its introduction, then
 * its subscriptions and messages. Confined to the thread that reads.
 *
 * <p>The hub begins with INFO, the leaf node answers with CONNECT, and another INFO of the hub
 * tells it which account it has there and what may cross. Where both take part in compression, the
 * leaf node sends an INFO before CONNECT, and the hub one more, which is compressed like all that
 * follows.
 */
final class LeafProtocol {
  /** The connection whose operations these are. */
  interface Session {
    /** Returns whether this server has connected to the other. */
    boolean isSolicited();

    /** Handles the CONNECT of a leaf node. */
    void connect(LeafConnect connect) throws ProtocolException;

    /** Handles an INFO of a hub that is not its first, or one of a leaf node. */
    void info(LeafInfo info) throws ProtocolException;

    /** Ends the connection, because something else has come before CONNECT. */
    void stranger();

    /** Handles the answer to a ping. */
    void answered();

    /** Handles what the other side says is wrong. */
    void error(String text);

    void send(byte[] line);
  }

  private static final Log log = Log.of(LeafProtocol.class);
  private static final byte[] PONG = "PONG\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final String UNKNOWN = "Unknown Protocol Operation";
  private static final int LINE_AFTER_LOGIN = 1024 * 1024;

  private final Session session;
  private final PeerInput input;
  private final LeafReceiver receiver;
  private final PeerHeartbeat heartbeat;
  private @Nullable RemoteSubscriptions subscriptions;

  LeafProtocol(Session session, PeerInput input, LeafReceiver receiver, PeerHeartbeat heartbeat) {
    this.session = session;
    this.input = input;
    this.receiver = receiver;
    this.heartbeat = heartbeat;
  }

  /** Takes subscriptions and messages from now on. */
  void bind(LeafBinding agreed, RemoteSubscriptions taken) {
    subscriptions = taken;
    receiver.bind(agreed);
    input.limitLines(LINE_AFTER_LOGIN);
  }

  /** Handles the operation that the input has read. */
  void handle() throws IOException, ProtocolException {
    if (input.words() == 0) {
      throw new ProtocolException(UNKNOWN, "an empty line of a leaf node");
    }
    if (isTooEarly()) {
      session.stranger();
    } else if (input.is(0, "LMSG")) {
      receiver.receive(false);
      heartbeat.onActivity();
    } else if (input.is(0, "HMSG")) {
      receiver.receive(true);
      heartbeat.onActivity();
    } else if (input.is(0, "PING")) {
      heartbeat.onActivity();
      session.send(PONG);
    } else if (input.is(0, "PONG")) {
      heartbeat.answered();
      session.answered();
    } else if (input.is(0, "LS+")) {
      tell(subscriptions().subscribe(input));
    } else if (input.is(0, "LS-")) {
      subscriptions().unsubscribe(input);
    } else if (input.is(0, "INFO")) {
      info();
    } else if (input.is(0, "CONNECT")) {
      connect();
    } else if (input.is(0, "-ERR")) {
      String text = input.words() > 1 ? input.word(1) : "";
      log.error("{} - Leafnode Error {}", session, text);
      session.error(text);
    } else if (!input.is(0, "+OK")) {
      throw new ProtocolException(UNKNOWN, "unknown operation of a leaf node: " + input.word(0));
    }
  }

  // As in nats-server's parser: a leaf node begins with CONNECT, or with INFO before it.
  private boolean isTooEarly() {
    return subscriptions == null
        && !session.isSolicited()
        && !input.is(0, "CONNECT")
        && !input.is(0, "INFO");
  }

  private void tell(String error) {
    if (!error.isEmpty()) {
      log.error("{} - {}", session, error);
      session.send(("-ERR '" + error + "'\r\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private RemoteSubscriptions subscriptions() throws ProtocolException {
    RemoteSubscriptions known = subscriptions;
    if (known == null) {
      throw new ProtocolException("Authorization Violation", "a subscription before CONNECT");
    }
    return known;
  }

  private void info() throws ProtocolException {
    session.info(LeafInfo.read(input.bytes(1)));
  }

  private void connect() throws ProtocolException {
    if (session.isSolicited() || subscriptions != null) {
      throw new ProtocolException(UNKNOWN, "an unexpected CONNECT");
    }
    session.connect(LeafConnect.read(input.bytes(1)));
  }
}
