package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.subject.ReservedSubjects;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the copies of stored messages that are published again under another subject (ADR-28). */
final class Republisher {
  private static final byte[] NOTHING = new byte[0];

  private final String stream;
  private final SubjectTransform transform;
  private final boolean headersOnly;
  private final boolean sparingReserved;

  Republisher(String stream, StreamConfig.Republish config, Compatibility compatibility) {
    this.stream = stream;
    this.sparingReserved = compatibility.atLeast(Compatibility.V2_15);
    this.transform = SubjectTransform.of(config.source(), config.destination());
    this.headersOnly = config.headersOnly();
  }

  /**
   * Returns the sequence of the last message of a subject, by which receivers notice gaps; 0 for
   * none.
   */
  public long lastSequence(StreamStore store, String subject) {
    StoredMessage last = store.last(subject);
    return last == null ? 0 : last.sequence();
  }

  /** Returns the copy, or null if the subject is not republished. */
  @Nullable
  public Message copy(
      Message message, String subject, long sequence, long timestamp, long previous) {
    Optional<String> target = transform.apply(subject);
    if (target.isEmpty()
        || !Subjects.isValidLiteral(target.get())
        || (sparingReserved && ReservedSubjects.isDestination(target.get()))) {
      return null;
    }
    StringBuilder lines = new StringBuilder(160);
    lines
        .append("Nats-Stream: ")
        .append(stream)
        .append("\r\nNats-Subject: ")
        .append(subject)
        .append("\r\nNats-Sequence: ")
        .append(sequence)
        .append("\r\nNats-Time-Stamp: ")
        .append(Rfc3339.format(timestamp))
        .append("\r\nNats-Last-Sequence: ")
        .append(previous)
        .append("\r\n");
    if (headersOnly) {
      lines.append("Nats-Msg-Size: ").append(message.payloadLength()).append("\r\n");
    }
    lines.append("\r\n");
    byte[] header = HeaderBlock.append(message.header(), lines.toString());
    byte[] payload = headersOnly ? NOTHING : message.payload();
    return Message.of(target.get(), null, header, payload);
  }
}
