package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Logs the protocol at the level TRACE, in nats-server's words ({@code -V}, {@code trace} in a
 * configuration), and tells another observer of it, too. Nothing secret is logged. Thread-safe.
 */
public final class ProtocolTrace implements TrafficObserver {
  private static final Log log = Log.of(ProtocolTrace.class);

  private final int most;
  private final boolean headersOnly;
  private final @Nullable TrafficObserver other;

  /**
   * Makes an observer that logs the protocol.
   *
   * @param most bytes of a message that are logged; 0 for all
   * @param headersOnly whether only the headers of messages are logged
   * @param other another observer to pass everything on to; null for none
   */
  public ProtocolTrace(int most, boolean headersOnly, @Nullable TrafficObserver other) {
    this.most = most;
    this.headersOnly = headersOnly;
    this.other = other;
  }

  // ---- What clients say.

  @Override
  public void connected(Connection client) {
    if (other != null) {
      other.connected(client);
    }
  }

  @Override
  public void attempted(Connection client, String operation) {
    if (log.isTraceEnabled()) {
      log.trace("{} - <<- [{}]", client, ClientLabel.withoutSecrets(operation));
    }
    if (other != null) {
      other.attempted(client, operation);
    }
  }

  @Override
  public void published(Connection client, Message message) {
    if (log.isTraceEnabled()) {
      boolean headers = message.headerLength() > 0;
      String reply = message.hasReply() ? " " + message.reply() : "";
      String sizes = (headers ? message.headerLength() + " " : "") + message.length();
      String operation = headers ? "HPUB" : "PUB";
      logLine(client, "<<-", operation + " " + message.subject() + reply + " " + sizes);
      payload(client, "<<-", message);
    }
    if (other != null) {
      other.published(client, message);
    }
  }

  @Override
  public void subscribed(Connection client, String subject, @Nullable String queue, String sid) {
    if (log.isTraceEnabled()) {
      logLine(client, "<<-", "SUB " + subject + (queue == null ? " " : " " + queue + " ") + sid);
    }
    if (other != null) {
      other.subscribed(client, subject, queue, sid);
    }
  }

  @Override
  public void unsubscribed(Connection client, String sid, int max) {
    if (log.isTraceEnabled()) {
      logLine(client, "<<-", "UNSUB " + sid + (max > 0 ? " " + max : ""));
      if (max == 0) {
        logLine(client, "<->", "DELSUB " + sid);
      }
    }
    if (other != null) {
      other.unsubscribed(client, sid, max);
    }
  }

  @Override
  public void received(Connection client, String operation) {
    if (log.isTraceEnabled()) {
      logLine(client, "<<-", operation);
    }
    if (other != null) {
      other.received(client, operation);
    }
  }

  @Override
  public void disconnected(Connection client, CloseReason reason) {
    if (other != null) {
      other.disconnected(client, reason);
    }
  }

  // ---- To clients.

  @Override
  public void delivered(Connection client, Subscription subscription, Message message) {
    if (log.isTraceEnabled()) {
      boolean headers = message.headerLength() > 0;
      String reply = message.hasReply() ? " " + message.reply() : "";
      String sizes = (headers ? message.headerLength() + " " : "") + message.length();
      logLine(
          client,
          "->>",
          (headers ? "HMSG " : "MSG ")
              + message.subject()
              + " "
              + subscription.sid()
              + reply
              + " "
              + sizes);
      payload(client, "->>", message);
    }
    if (other != null) {
      other.delivered(client, subscription, message);
    }
  }

  @Override
  public void sent(Connection client, byte[] line) {
    if (log.isTraceEnabled()) {
      String text = new String(line, StandardCharsets.UTF_8).strip();
      // As in nats-server, INFO is left out, and the sign of OK.
      if (text.startsWith("-ERR '") && text.endsWith("'")) {
        logLine(client, "->>", "-ERR " + text.substring("-ERR '".length(), text.length() - 1));
      } else if (!text.startsWith("INFO")) {
        logLine(client, "->>", text.equals("+OK") ? "OK" : text);
      }
    }
    if (other != null) {
      other.sent(client, line);
    }
  }

  // ---- How it is written.

  private static void logLine(Connection client, String way, String operation) {
    log.trace("{} - {} [{}]", client, way, operation);
  }

  private void payload(Connection client, String way, Message message) {
    int length = headersOnly ? message.headerLength() - 2 : message.length();
    if (length > 0) {
      boolean cut = most > 0 && length > most;
      String text = Quoted.inside(message.buffer(), message.offset(), cut ? most : length);
      log.trace("{} - {} MSG_PAYLOAD: [\"{}{}\"]", client, way, text, cut ? "..." : "");
    }
  }
}
