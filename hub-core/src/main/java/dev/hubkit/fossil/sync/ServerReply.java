package dev.hubkit.fossil.sync;

import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** The answer to a message, under construction. Not thread-safe. */
final class ServerReply {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private final MessageBuffer message = new MessageBuffer();
  private final XferCardWriter cards = new XferCardWriter(message);
  private final MessageFormat requested;
  private MessageFormat format;
  private int errors;

  ServerReply(MessageFormat requested) {
    this.requested = requested;
    this.format = requested;
  }

  XferCardWriter cards() {
    return cards;
  }

  /** Sends the answer uncompressed, since its content is compressed already. */
  void leaveUncompressed() {
    format = MessageFormat.UNCOMPRESSED;
  }

  /** Drops everything, to begin anew. */
  void reset() {
    message.reset();
    cards.reset();
    format = requested;
    errors = 0;
  }

  /** Replaces the answer by an error. */
  void fail(String text) throws IOException {
    reset();
    refuse(text);
  }

  /** Adds an error to the answer. */
  void refuse(String text) throws IOException {
    cards.write(new Card.Failure(text));
    errors++;
  }

  SyncReply finish(TimeSource time) throws IOException {
    cards.write(new Card.Comment("timestamp " + SECONDS.format(time.now()) + " errors " + errors));
    return new SyncReply(format, message);
  }
}
