package dev.hubkit.junit.journal;

import dev.hubkit.fossil.web.ExchangeObserver;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.wire.Message;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Records in a journal what servers report. */
final class Recorder implements TrafficObserver, ExchangeObserver {
  private static final byte[] NOTHING = {};
  private static final String INBOX = "_INBOX.";
  // nats-server/server/stream.go: how it begins a PubAck.
  private static final byte[] PUB_ACK = "{\"stream\":".getBytes(StandardCharsets.UTF_8);

  private final JournalStore store;

  Recorder(JournalStore store) {
    this.store = store;
  }

  private JournalEntry.Builder of(Kind kind, Connection client) {
    AuthenticatedUser user = client.user();
    return new JournalEntry.Builder(kind)
        .client(client.id(), client.options().name(), user == null ? null : user.account().name())
        .server(cluster(client) ? client.server().serverName() : null)
        .background(Journal.TOOLKIT_CLIENT.equals(client.options().name()));
  }

  private static boolean cluster(Connection client) {
    String name = client.server().cluster();
    return name != null && !name.isEmpty();
  }

  private JournalEntry.Builder message(Kind kind, Connection client, Message message) {
    int kept = Math.min(message.payloadLength(), Journal.KEPT_PAYLOAD);
    int from = message.payloadOffset();
    return of(kind, client)
        .subject(message.subject(), message.reply())
        .content(
            message.headerLength() == 0 ? NOTHING : message.header(),
            Arrays.copyOfRange(message.buffer(), from, from + kept),
            message.payloadLength());
  }

  @Override
  public void connected(Connection client) {
    if (store.isRunning()) {
      store.add(of(Kind.CONNECTED, client));
    }
  }

  @Override
  public void disconnected(Connection client, CloseReason reason) {
    if (store.isRunning()) {
      store.add(of(Kind.DISCONNECTED, client).detail(reason.text()));
    }
  }

  @Override
  public void published(Connection client, Message message) {
    if (store.isRunning()) {
      store.add(message(Kind.PUBLISHED, client, message));
    }
  }

  @Override
  public void subscribed(Connection client, String subject, @Nullable String queue, String sid) {
    if (store.isRunning()) {
      store.add(
          of(Kind.SUBSCRIBED, client)
              .subject(subject, null)
              .background(subject.startsWith(INBOX))
              .sid(sid)
              .detail(queue == null ? "" : "in queue group " + queue));
    }
  }

  @Override
  public void unsubscribed(Connection client, String sid, int max) {
    if (store.isRunning()) {
      store.add(
          of(Kind.UNSUBSCRIBED, client)
              .sid(sid)
              .detail(max > 0 ? "after " + max + " messages" : ""));
    }
  }

  @Override
  public void delivered(Connection client, Subscription subscription, Message message) {
    if (store.isRunning()) {
      store.add(
          message(Kind.DELIVERED, client, message)
              .unflushed(store.isTraced() ? client.pendingBytes() : 0)
              .background(isPubAck(message))
              .sid(subscription.sid()));
    }
  }

  private static boolean isPubAck(Message message) {
    int from = message.payloadOffset();
    return message.subject().startsWith(INBOX)
        && message.headerLength() == 0
        && message.payloadLength() >= PUB_ACK.length
        && Arrays.equals(message.buffer(), from, from + PUB_ACK.length, PUB_ACK, 0, PUB_ACK.length);
  }

  @Override
  public void received(Connection client, String operation) {
    if (store.isRunning()) {
      store.add(of(Kind.RECEIVED, client).background(true).detail(operation));
    }
  }

  @Override
  public void sent(Connection client, byte[] line) {
    if (store.isRunning()) {
      String text = new String(line, StandardCharsets.UTF_8).strip();
      boolean error = text.startsWith("-ERR");
      store.add(
          of(error ? Kind.ERROR : Kind.SENT, client)
              .background(!error)
              .detail(error ? text.substring("-ERR".length()).strip() : operation(text)));
    }
  }

  private static String operation(String line) {
    int blank = line.indexOf(' ');
    return blank < 0 ? line : line.substring(0, blank);
  }

  @Override
  public void answered(Exchange exchange) {
    if (store.isRunning()) {
      String path = URI.create(exchange.uri()).getPath();
      store.add(
          new JournalEntry.Builder(Kind.EXCHANGED)
              .subject(path == null ? "/" : path, null)
              .detail(exchange.method() + " " + exchange.uri())
              .exchange(exchange.status(), exchange.sync()));
    }
  }
}
