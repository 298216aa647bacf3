package dev.hubkit.junit.explore;

import org.jspecify.annotations.Nullable;

/**
 * A delivery of a JetStream message, as the subject to acknowledge it on tells. The subject is
 * {@code $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>…}, or with domain and account hash
 * before the stream (nats-architecture-and-design ADR-15).
 *
 * @param sequence the sequence number in the stream
 * @param deliveries how often the message has been delivered, with this delivery
 */
record AckToken(String stream, String consumer, long sequence, long deliveries) {
  static final String PREFIX = "$JS.ACK.";
  private static final int SHORT_FORM = 9;
  private static final int LONG_FORM = 11;

  /** Returns the delivery of a subject; null if the subject is of another form. */
  static @Nullable AckToken parse(String subject) {
    if (!subject.startsWith(PREFIX)) {
      return null;
    }
    String[] tokens = subject.split("\\.", -1);
    int at = tokens.length == SHORT_FORM ? 2 : 4;
    if (tokens.length != SHORT_FORM && tokens.length < LONG_FORM) {
      return null;
    }
    try {
      return new AckToken(
          tokens[at],
          tokens[at + 1],
          Long.parseLong(tokens[at + 3]),
          Long.parseLong(tokens[at + 2]));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Returns what all deliveries of this message to this consumer have in common. */
  PendingMessage message() {
    return new PendingMessage(stream, consumer, sequence);
  }

  /** A message that a consumer has to acknowledge. */
  record PendingMessage(String stream, String consumer, long sequence) {}
}
