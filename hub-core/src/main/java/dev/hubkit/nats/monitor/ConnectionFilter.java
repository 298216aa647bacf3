package dev.hubkit.nats.monitor;

import dev.hubkit.nats.net.ConnectionDetails;
import dev.hubkit.nats.subject.Subjects;
import java.util.Comparator;
import java.util.Locale;

/**
 * Which connections {@code /connz} is to tell of, in what order, and how much of each: the {@code
 * ConnzOptions} of nats-server.
 *
 * @param id the ID of the only connection wanted; 0 for all
 * @param account the account of those wanted; empty for all
 * @param user the user of those wanted; empty for all
 * @param mqttClient the MQTT client wanted, which no connection is; empty for all
 * @param subject those wanted subscribe to something that overlaps with it; empty for all
 */
record ConnectionFilter(
    long id,
    State state,
    String account,
    String user,
    String mqttClient,
    String subject,
    Comparator<ConnectionDetails> order,
    Paging paging,
    boolean auth,
    boolean subscriptions,
    boolean subscriptionDetails) {

  /** Whether connections are open. */
  enum State {
    OPEN,
    CLOSED,
    ALL,
    /** A number that stands for no state. */
    NONE;

    static State of(String text) {
      return switch (text.toLowerCase(Locale.ROOT)) {
        case "", "open" -> OPEN;
        case "closed" -> CLOSED;
        case "any", "all" -> ALL;
        default -> throw new Query.BadQueryException("Error decoding state for " + text);
      };
    }

    static State of(long number) {
      return number == 0 ? OPEN : number == 1 ? CLOSED : number == 2 ? ALL : NONE;
    }

    boolean isOpen() {
      return this == OPEN || this == ALL;
    }

    boolean isClosed() {
      return this == CLOSED || this == ALL;
    }
  }

  /**
   * Reads what is asked for, in nats-server's order: the first mistake is the one that is told.
   *
   * @throws Query.BadQueryException if it makes no sense
   */
  static ConnectionFilter of(Query query) {
    boolean auth = query.bool("auth");
    // In a request to the system account, these are two options.
    boolean details =
        query.text("subs").equalsIgnoreCase("detail") || query.bool("subscriptions_detail");
    boolean subscriptions = !details && query.bool("subs");
    Paging paging = Paging.of(query);
    long id = query.unsigned("cid");
    State state =
        query.has("state_number")
            ? State.of(query.integer("state_number"))
            : State.of(query.text("state"));
    Comparator<ConnectionDetails> order = order(query.text("sort"), state);
    String account = query.text("acc");
    String subject = query.text("filter_subject");
    if (subject.equals(">")) {
      subject = "";
    }
    if (!subject.isEmpty() && account.isEmpty()) {
      throw new Query.BadQueryException("filter by subject only valid with account filtering");
    }
    return new ConnectionFilter(
        id,
        state,
        account,
        query.text("user"),
        query.text("mqtt_client"),
        subject,
        order,
        id == 0 ? paging : new Paging(paging.offset(), 1),
        auth,
        subscriptions,
        details);
  }

  private static Comparator<ConnectionDetails> order(String by, State state) {
    Comparator<ConnectionDetails> id = Comparator.comparingLong(ConnectionDetails::id);
    Comparator<ConnectionDetails> order =
        switch (by) {
          // By the ID, too, where the start is asked for.
          case "", "cid", "start" -> id;
          case "subs" -> descending(Comparator.comparingInt(ConnectionDetails::subscriptionCount));
          case "pending" -> descending(Comparator.comparingLong(ConnectionDetails::pendingBytes));
          case "msgs_to" -> descending(Comparator.comparingLong(ConnectionDetails::outMessages));
          case "msgs_from" -> descending(Comparator.comparingLong(ConnectionDetails::inMessages));
          case "bytes_to" -> descending(Comparator.comparingLong(ConnectionDetails::outBytes));
          case "bytes_from" -> descending(Comparator.comparingLong(ConnectionDetails::inBytes));
          case "last" -> descending(Comparator.comparingLong(ConnectionDetails::lastActivity));
          // The longest idle is the one that was active first.
          case "idle" ->
              Comparator.comparingLong(ConnectionDetails::lastActivity)
                  .thenComparing(id.reversed());
          case "uptime" -> Comparator.comparingLong(ConnectionFilter::uptime).thenComparing(id);
          case "stop" -> descending(Comparator.comparingLong(ConnectionDetails::stopped));
          case "reason" ->
              Comparator.comparing((ConnectionDetails each) -> String.valueOf(each.closeReason()))
                  .thenComparing(id);
          case "rtt" -> descending(Comparator.comparingLong(ConnectionDetails::roundTripNanos));
          default -> throw new Query.BadQueryException("invalid sorting option: " + by);
        };
    if ((by.equals("stop") || by.equals("reason")) && state != State.CLOSED) {
      throw new Query.BadQueryException("sort by " + by + " only valid on closed connections");
    }
    return order;
  }

  // The order by ID is turned round with the rest.
  private static Comparator<ConnectionDetails> descending(Comparator<ConnectionDetails> order) {
    return order.thenComparingLong(ConnectionDetails::id).reversed();
  }

  private static long uptime(ConnectionDetails connection) {
    // Of an open connection, the later its start the shorter.
    return (connection.isOpen() ? Long.MAX_VALUE : connection.stopped()) - connection.started();
  }

  /** Returns whether a connection is one of those wanted. */
  boolean admits(ConnectionDetails connection) {
    return (id == 0 || connection.id() == id)
        && (account.isEmpty() || account.equals(accountOf(connection)))
        && (user.isEmpty() || user.equals(connection.user()))
        && mqttClient.isEmpty()
        && (subject.isEmpty() || !connection.isOpen() || isInterested(connection));
  }

  // nats-server remembers of a closed connection no account when it was the global one.
  private static String accountOf(ConnectionDetails connection) {
    String name = connection.account();
    if (name == null || (!connection.isOpen() && name.equals("$G"))) {
      return "";
    }
    return name;
  }

  private boolean isInterested(ConnectionDetails connection) {
    return connection.subscriptions().stream()
        .anyMatch(subscription -> Subjects.overlap(subscription.subject(), subject));
  }
}
