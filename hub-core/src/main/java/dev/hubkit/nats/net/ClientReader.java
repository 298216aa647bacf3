package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.BackPressure;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.WorkStep;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads from one client: parses and handles what its transport reads at once, unless a login is
 * still undecided. Called on the thread that reads, but for {@link #writable} and {@link #close}.
 */
final class ClientReader implements InboundHandler, ConnectionLifecycle.Input {
  private static final Log log = Log.of(ClientReader.class);
  private static final String UNKNOWN = "unknown protocol operation: ";
  private static final Pattern ARGUMENTS =
      Pattern.compile("wrong arguments: (\\w+)\\s+(.*?)\\s*", Pattern.DOTALL);

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
        log.error("{} - {}", connection, problem(e));
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

  // In nats-server's words, as far as they do not tell of the inside of its parser (parser.go).
  private static String problem(ProtocolException e) {
    String text = e.error();
    if ("Authorization Violation".equals(text)) {
      return "authentication error";
    }
    if (text != null && text.equals("maximum control line exceeded")) {
      return text;
    }
    // The parser quotes what it shows, the end of the line included.
    String message = String.valueOf(e.getMessage()).replaceFirst("(\\\\x0[ad])+$", "");
    Matcher arguments = ARGUMENTS.matcher(message);
    if (arguments.matches()) {
      return "process"
          + operation(arguments.group(1))
          + " Parse Error: "
          + Quoted.of(arguments.group(2));
    }
    return message.startsWith(UNKNOWN)
        ? "Client parser ERROR, proto='"
            + Quoted.of(message.substring(UNKNOWN.length()).strip())
            + "...'"
        : message;
  }

  private static String operation(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "PUB" -> "Pub";
      case "HPUB" -> "HeaderPub";
      case "SUB" -> "Sub";
      default -> "Unsub";
    };
  }

  private void refuse(ProtocolException e) {
    String text = e.error();
    payloadUnread = "Maximum Payload Violation".equals(text) && readBuffer.leavesUnread();
    if (text == null) {
      connection.close(CloseReason.PROTOCOL_VIOLATION);
    } else {
      connection.fail(
          switch (text) {
            case "Maximum Payload Violation" -> CloseReason.MAX_PAYLOAD_EXCEEDED;
            case "maximum control line exceeded" -> CloseReason.MAX_CONTROL_LINE_EXCEEDED;
            case "Authorization Violation" -> CloseReason.AUTHENTICATION_VIOLATION;
            default -> CloseReason.PROTOCOL_VIOLATION;
          },
          text);
    }
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
