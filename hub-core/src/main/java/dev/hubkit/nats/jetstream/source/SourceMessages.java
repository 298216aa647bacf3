package dev.hubkit.nats.jetstream.source;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The form in which the messages of another stream are stored: their subjects transformed, without
 * the headers that were meant for the other stream, and, from a source, with the {@code
 * Nats-Stream-Source} header, which says where a message comes from. Not thread-safe.
 */
final class SourceMessages {
  private final String indexName;
  private final String[] origin;
  private final List<SubjectTransform> transforms = new ArrayList<>();

  SourceMessages(StreamSource source) {
    indexName = source.indexName();
    origin = indexName.split(" ", -1);
    for (StreamConfig.TransformConfig each : source.transforms()) {
      if (!each.destination().isEmpty()) {
        transforms.add(SubjectTransform.of(each.source(), each.destination()));
      }
    }
  }

  /** Returns a message of a mirror as it is stored. */
  public Message mirrored(Message message) {
    Message plain = message;
    if (message.headerLength() > 0) {
      plain = message.withHeader(withoutPublishing(message.header()));
    }
    return plain.withSubject(transformed(message.subject()), null);
  }

  /**
   * Returns a message of a source as it is stored.
   *
   * @param sequence its sequence in the other stream
   * @param identity the identity of the other stream; empty if it is not known
   */
  public Message sourced(Message message, long sequence, String identity) {
    String subject = message.subject();
    String from = origin[0] + " " + sequence + " " + origin[1] + " " + origin[2] + " " + subject;
    byte[] header = HeaderBlock.remove(message.header(), Name.STREAM_SOURCE.text());
    header =
        HeaderBlock.add(
            withoutPublishing(header),
            Name.STREAM_SOURCE.text(),
            identity.isEmpty() ? from : from + " " + identity);
    return Message.of(transformed(subject), null, header, message.payload());
  }

  private String transformed(String subject) {
    for (SubjectTransform transform : transforms) {
      Optional<String> changed = transform.apply(subject);
      if (changed.isPresent()) {
        return changed.get();
      }
    }
    return subject;
  }

  // The publisher meant these headers for the other stream.
  private static byte[] withoutPublishing(byte[] header) {
    return HeaderBlock.removePrefix(
        HeaderBlock.removePrefix(header, "Nats-Expected-"), "Nats-Batch-");
  }

  /**
   * Returns the position in the other stream if a {@code Nats-Stream-Source} header belongs to this
   * source, otherwise the start.
   */
  public SourcePositions.Position positionIn(String header) {
    String[] fields = header.split(" ", -1);
    if (fields.length >= 4 && (fields[0] + " " + fields[2] + " " + fields[3]).equals(indexName)) {
      return new SourcePositions.Position(
          Math.max(0, PublishHeaders.digits(fields[1])), fields.length >= 6 ? fields[5] : "");
    }
    return SourcePositions.Position.START;
  }
}
