package dev.hubkit.junit.journal;

import java.util.List;
import java.util.Optional;

/**
 * An acknowledgement of a client, read from the subject it was published on (ADR-15).
 *
 * @param stream the stream of the message
 * @param consumer the consumer that delivered it
 * @param deliveries how often the consumer has delivered the message
 * @param streamSequence the sequence of the message in the stream
 * @param consumerSequence the sequence of the delivery in the consumer
 * @param how the payload: {@code +ACK} also for an empty one, {@code -NAK}, {@code +WPI}, {@code
 *     +TERM}, {@code +NXT}, each with what follows it
 */
public record Acknowledgement(
    String stream,
    String consumer,
    long deliveries,
    long streamSequence,
    long consumerSequence,
    String how) {

  private static final String PREFIX = "$JS.ACK.";
  private static final int SHORT_TOKENS = 9;
  private static final int LONG_TOKENS = 11;

  /**
   * Reads an acknowledgement; the reply subject of a delivered message has the same form.
   *
   * @param subject the subject on which a client acknowledged
   * @return empty if the subject is not one of acknowledgements
   */
  public static Optional<Acknowledgement> of(String subject, String payload) {
    if (!subject.startsWith(PREFIX)) {
      return Optional.empty();
    }
    List<String> tokens = List.of(subject.split("\\.", -1));
    // The long form begins with the domain and the account hash.
    int at = tokens.size() == SHORT_TOKENS ? 2 : 4;
    if (tokens.size() != SHORT_TOKENS && tokens.size() < LONG_TOKENS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Acknowledgement(
              tokens.get(at),
              tokens.get(at + 1),
              Long.parseLong(tokens.get(at + 2)),
              Long.parseLong(tokens.get(at + 3)),
              Long.parseLong(tokens.get(at + 4)),
              payload.isEmpty() ? "+ACK" : payload));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Returns a line such as {@code +ACK of ORDERS 3 by kitchen, delivery 1}. */
  @Override
  public String toString() {
    return how
        + " of "
        + stream
        + " "
        + streamSequence
        + " by "
        + consumer
        + ", delivery "
        + deliveries;
  }

  /** Returns whether the consumer will not deliver the message again. */
  public boolean isFinal() {
    return how.startsWith("+ACK") || how.startsWith("+NXT") || how.startsWith("+TERM");
  }
}
