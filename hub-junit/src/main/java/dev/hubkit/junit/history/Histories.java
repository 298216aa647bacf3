package dev.hubkit.junit.history;

import dev.hubkit.junit.fault.CrashObserver;
import dev.hubkit.junit.history.HistoryEvent.Acked;
import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Client;
import dev.hubkit.junit.history.HistoryEvent.Delivered;
import dev.hubkit.junit.history.HistoryEvent.Incident;
import dev.hubkit.junit.history.HistoryEvent.Published;
import dev.hubkit.junit.journal.Acknowledgement;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The histories that are being recorded of a hub. While there are none, traffic passes by without
 * being looked at. Thread-safe.
 */
@SuppressWarnings("exports") // the packages of the servers
public final class Histories implements TrafficObserver, CrashObserver {
  private static final byte[] NOTHING = {};
  private static final String ACK = "$JS.ACK.";
  private static final int FIXED_SIZE = 200;
  private static final long ALL_CLIENTS = 0;

  private final TimeSource time;
  private final TrafficObserver next;
  private final List<History> running = new CopyOnWriteArrayList<>();
  private volatile String toolkitAccount = NatsServer.GLOBAL_ACCOUNT;

  /**
   * Makes an object that records nothing yet.
   *
   * @param time the clock of the hub
   * @param next the observer that is told, too
   */
  public Histories(TimeSource time, TrafficObserver next) {
    this.time = time;
    this.next = next;
  }

  /**
   * Begins a history.
   *
   * @param most how many events it may have
   * @param jetStream answers questions about streams, when the history is checked
   */
  public History begin(int most, JetStreamApi jetStream) {
    History history =
        new History(new EventLog(most), time, () -> toolkitAccount, jetStream, running::remove);
    running.add(history);
    return history;
  }

  /** Ends all histories, with their hub. */
  public void stop() {
    running.forEach(History::stop);
  }

  private void add(int size, Consumer<Recording> event) {
    Instant now = time.now();
    for (History history : running) {
      event.accept(new Recording(history.log(), size, now));
    }
  }

  /** The place and time of an event. */
  private record Recording(EventLog log, int size, Instant now) {}

  private void incident(Incident.Kind kind, long client, String text) {
    add(
        FIXED_SIZE,
        to -> to.log().add(to.size(), n -> new Incident(n, to.now(), kind, client, text)));
  }

  @Override
  public void crashed(boolean powerLoss) {
    incident(
        powerLoss ? Incident.Kind.POWER_LOST : Incident.Kind.CRASHED,
        ALL_CLIENTS,
        powerLoss ? "the server lost its power" : "the server crashed");
  }

  @Override
  public void recovered() {
    incident(Incident.Kind.RECOVERED, ALL_CLIENTS, "the server was started again");
  }

  /** Notes that the hub was put back to an earlier state: histories begin anew. */
  public void rewound() {
    incident(Incident.Kind.REWOUND, ALL_CLIENTS, "the test put the hub back to a snapshot");
  }

  private static Client client(Connection client) {
    String name = client.options().name();
    return new Client(client.id(), name == null ? "" : name, account(client));
  }

  private static String account(Connection client) {
    AuthenticatedUser user = client.user();
    return user == null ? "" : user.account().name();
  }

  @Override
  public void connected(Connection client) {
    if (Journal.TOOLKIT_CLIENT.equals(client.options().name())) {
      toolkitAccount = account(client);
    }
    next.connected(client);
  }

  @Override
  public void disconnected(Connection client, CloseReason reason) {
    if (!running.isEmpty() && client.user() != null) {
      incident(
          Incident.Kind.DISCONNECTED,
          client.id(),
          client(client) + " disconnected: " + reason.text());
    }
    next.disconnected(client, reason);
  }

  @Override
  public void published(Connection client, Message message) {
    if (!running.isEmpty()) {
      record(client, message);
    }
    next.published(client, message);
  }

  private void record(Connection client, Message message) {
    String subject = message.subject();
    Client by = client(client);
    if (subject.startsWith(ACK)) {
      Optional<Acknowledgement> ack = Acknowledgement.of(subject, message.text());
      ack.ifPresent(
          known ->
              add(
                  FIXED_SIZE,
                  to -> to.log().add(to.size(), n -> new Acked(n, to.now(), by, known))));
    } else if (Requests.matter(subject)) {
      byte[] header = message.headerLength() == 0 ? NOTHING : message.header();
      byte[] payload = message.payload();
      String reply = message.reply();
      add(
          FIXED_SIZE + header.length + payload.length,
          to ->
              to.log()
                  .add(
                      to.size(),
                      n -> new Published(n, to.now(), by, subject, reply, header, payload)));
    }
  }

  @Override
  public void delivered(Connection client, Subscription subscription, Message message) {
    if (!running.isEmpty()) {
      recordDelivery(client, message);
    }
    next.delivered(client, subscription, message);
  }

  private void recordDelivery(Connection client, Message message) {
    String reply = message.reply();
    if (reply != null && reply.startsWith(ACK)) {
      Optional<Acknowledgement> token = Acknowledgement.of(reply, "");
      if (token.isPresent()) {
        Client to = client(client);
        add(
            FIXED_SIZE,
            log ->
                log.log()
                    .add(
                        log.size(),
                        n -> new Delivered(n, log.now(), to, message.subject(), token.get())));
      }
      return;
    }
    String subject = message.subject();
    add(
        FIXED_SIZE + message.length(),
        to -> {
          Long request = to.log().answered(subject);
          if (request != null) {
            byte[] header = message.headerLength() == 0 ? NOTHING : message.header();
            byte[] payload = message.payload();
            to.log().add(to.size(), n -> new Answered(n, to.now(), request, header, payload));
          }
        });
  }

  @Override
  public void subscribed(Connection client, String subject, @Nullable String queue, String sid) {
    next.subscribed(client, subject, queue, sid);
  }

  @Override
  public void unsubscribed(Connection client, String sid, int max) {
    next.unsubscribed(client, sid, max);
  }

  @Override
  public void received(Connection client, String operation) {
    next.received(client, operation);
  }

  @Override
  public void sent(Connection client, byte[] line) {
    next.sent(client, line);
  }
}
