package dev.hubkit.junit.history;

import dev.hubkit.junit.journal.Acknowledgement;
import dev.hubkit.junit.message.MessageView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event of a history. */
sealed interface HistoryEvent {
  /** Returns the number of the event, by which events are ordered. */
  long number();

  /** Returns when it happened, in the hub's time. */
  Instant time();

  /**
   * A client.
   *
   * @param name what it calls itself; empty for nothing
   */
  record Client(long id, String name, String account) {
    /** Returns what publishes of a client that connects anew have in common. */
    String publisher() {
      return name.isEmpty() ? "#" + id : name;
    }

    @Override
    public String toString() {
      return name.isEmpty() ? "#" + id : "\"" + name + "\" (#" + id + ")";
    }
  }

  /**
   * A client published a message: for a stream, for anyone, or as a request to JetStream.
   *
   * @param header the header block
   */
  record Published(
      long number,
      Instant time,
      Client client,
      String subject,
      @Nullable String reply,
      byte[] header,
      byte[] payload)
      implements HistoryEvent {

    MessageView view() {
      return MessageView.of(subject, header, payload, payload.length);
    }
  }

  /**
   * The server sent a client the answer to what it had published.
   *
   * @param to the number of the event that published
   */
  record Answered(long number, Instant time, long to, byte[] header, byte[] payload)
      implements HistoryEvent {}

  /**
   * A consumer delivered a message.
   *
   * @param token the part of the reply subject that tells of message and consumer
   */
  record Delivered(long number, Instant time, Client client, String subject, Acknowledgement token)
      implements HistoryEvent {}

  /** A client acknowledged a delivery, in one way or another. */
  record Acked(long number, Instant time, Client client, Acknowledgement ack)
      implements HistoryEvent {}

  /** The application did something, as it says. */
  record Marked(long number, Instant time, String what, String key, String thread)
      implements HistoryEvent {}

  /**
   * What happened to the server or a connection.
   *
   * @param client the ID of the client that it concerns; 0 for all
   */
  record Incident(long number, Instant time, Kind kind, long client, String text)
      implements HistoryEvent {
    enum Kind {
      CRASHED,
      POWER_LOST,
      RECOVERED,
      REWOUND,
      DISCONNECTED
    }
  }
}
