package dev.hubkit.nats.jetstream.source;

import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One delivery of the consumer through which a stream reads another one, as its reply subject
 * describes it (ADR-15).
 *
 * @param consumer the name of the consumer
 * @param deliveries how often the message was delivered
 * @param stream the sequence in the other stream
 * @param deliver the number of the delivery
 * @param time when the message was stored, in nanoseconds since the epoch
 * @param pending how many messages follow
 */
record SourceDelivery(
    String consumer, long deliveries, long stream, long deliver, long time, long pending) {
  /** Returns the description in a reply subject, or null if there is none. */
  static @Nullable SourceDelivery of(@Nullable String reply) {
    if (reply == null || !reply.startsWith("$JS.ACK.")) {
      return null;
    }
    List<String> tokens = Subjects.tokens(reply);
    int at = tokens.size() == 9 ? 4 : 6;
    if (tokens.size() < at + 5) {
      return null;
    }
    return new SourceDelivery(
        tokens.get(at - 1),
        PublishHeaders.digits(tokens.get(at)),
        PublishHeaders.digits(tokens.get(at + 1)),
        PublishHeaders.digits(tokens.get(at + 2)),
        PublishHeaders.digits(tokens.get(at + 3)),
        PublishHeaders.digits(tokens.get(at + 4)));
  }
}
