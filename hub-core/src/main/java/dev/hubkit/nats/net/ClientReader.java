package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.WorkStep;
import java.nio.ByteBuffer;

/**
 * Reads from one client: parses and handles what its transport reads at once, unless a login is
 * still undecided. Called on the thread that reads, but for {@link #writable} and {@link #close}.
 */
final class ClientReader implements InboundHandler, ConnectionLifecycle.Input {
  private static final String LINE_TOO_LONG = "maximum control line exceeded";
  private static final Log log = Log.of(ClientReader.class);
  private static final String UNAUTHORIZED = "Authorization Violation";

  private final ConnectionControl connection;
  private final Transport transport;
  private final TimeSource time;
  private final ClientProtocol protocol;
  private final ReadBuffer readBuffer;
  private final ClientWriter out;
  private volatile boolean payloadUnread;

  ClientReader(
      ConnectionControl connection,
      ClientContext context,
      Transport transport,
      ClientProtocol protocol,
      ClientWriter out) {
    this.connection = connection;
    this.transport = transport;
    this.time = context.time();
    this.protocol = protocol;
    this.readBuffer = new ReadBuffer(protocol.parser(), context.memory());
    this.out = out;
  }

  @Override
  public ByteBuffer inputBuffer(ByteBuffer shared) {
    // The buffer of a closed connection may be full and would never have room again.
    return connection.isOpen() ? readBuffer.buffer(shared) : shared.clear();
  }

  @Override
  public void received(ByteBuffer buffer, WorkBatch batch) {
    parse(batch, () -> readBuffer.received(buffer));
  }

  @Override
  public boolean proceed(WorkBatch batch) {
    try {
      if (protocol.isWaiting() && !protocol.resolve(batch)) {
        return false;
      }
    } catch (Throwable failure) {
      batch.abandon();
      connection.broken(failure);
      return false;
    }
    parse(batch, readBuffer::proceed);
    return connection.isOpen() && !protocol.isWaiting();
  }

  // The failure may have happened in the middle of an operation, so nothing that was read is
  // parsed again: the connection ends.
  private void parse(WorkBatch batch, Parsing parsing) {
    if (!connection.isOpen()) {
      return;
    }
    try {
      protocol.begin(batch);
      try {
        WorkStep.CONNECTION_PARSE.reach();
        parsing.run();
        WorkStep.CONNECTION_PARSED.reach();
      } catch (ProtocolException e) {
        report(e);
        refuse(e);
      } finally {
        protocol.end();
      }
      BackPressure target = batch.takeCongestion();
      if (target != null && connection.isOpen() && !protocol.isWaiting()) {
        ProducerStall.stall(connection, transport, target, time);
      }
    } catch (Throwable failure) {
      batch.abandon();
      connection.broken(failure);
    }
  }

  // readLoop of nats-server reports what parsing a WebSocket ends with, whoever has reported it
  // already.
  private void report(ProtocolException e) {
    String problem = problem(e);
    boolean inFrames = transport.type() == ConnectionType.WEBSOCKET;
    boolean reported = e.error() != null && closeReason(e) != CloseReason.PROTOCOL_VIOLATION;
    if (!inFrames || reported) {
      log.error("{} - {}", connection, problem);
    }
    if (inFrames) {
      log.error(
          "{} - read error: {}", connection, problem.replaceFirst("(payload exceeded):.*", "$1"));
    }
  }

  private static String problem(ProtocolException e) {
    String text = e.error();
    if (UNAUTHORIZED.equals(text)) {
      return "authentication error";
    }
    return LINE_TOO_LONG.equals(text) ? LINE_TOO_LONG : String.valueOf(e.getMessage());
  }

  private void refuse(ProtocolException e) {
    String text = e.error();
    payloadUnread = "Maximum Payload Violation".equals(text) && readBuffer.leavesUnread();
    CloseReason reason = closeReason(e);
    if (reason == CloseReason.PROTOCOL_VIOLATION && transport.type() == ConnectionType.WEBSOCKET) {
      reason = CloseReason.READ_ERROR;
    }
    if (text == null) {
      connection.close(reason);
    } else {
      connection.fail(reason, text);
      if (reason == CloseReason.AUTHENTICATION_VIOLATION) {
        protocol.reportRefusal(reason);
      }
    }
  }

  private static CloseReason closeReason(ProtocolException e) {
    String text = e.error();
    if (text == null) {
      return CloseReason.PROTOCOL_VIOLATION;
    }
    return switch (text) {
      case "Maximum Payload Violation" -> CloseReason.MAX_PAYLOAD_EXCEEDED;
      case "maximum control line exceeded" -> CloseReason.MAX_CONTROL_LINE_EXCEEDED;
      case UNAUTHORIZED -> CloseReason.AUTHENTICATION_VIOLATION;
      default -> CloseReason.PROTOCOL_VIOLATION;
    };
  }

  /**
   * Returns whether nats-server would have left part of a refused payload unread, see {@link
   * ReadBuffer#leavesUnread}.
   */
  @Override
  public boolean leftPayloadUnread() {
    return payloadUnread;
  }

  /** Returns how much of the shared memory its buffers take. Any thread. */
  long held() {
    return readBuffer.held();
  }

  /** Stops reading and gives back the buffers. Any thread. */
  @Override
  public void close() {
    readBuffer.close();
    protocol.close();
  }

  @Override
  public void writable() {
    out.writable();
  }

  @Override
  public void close(CloseReason reason) {
    connection.close(reason);
  }

  @Override
  public String label() {
    return connection.toString();
  }

  @Override
  public void abort(Throwable failure) {
    connection.failed(failure);
  }

  @Override
  public String toString() {
    return connection.toString();
  }

  private interface Parsing {
    void run() throws ProtocolException;
  }
}
