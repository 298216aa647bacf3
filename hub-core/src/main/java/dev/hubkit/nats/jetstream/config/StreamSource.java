package dev.hubkit.nats.jetstream.config;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.wire.NameHash;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream that another one mirrors or sources from.
 *
 * @param name the name of the stream
 * @param startSequence the sequence to begin with; 0 for none
 * @param startTime the time to begin with; null for none
 * @param filterSubject the subject to take; empty for all
 * @param transforms the subjects to take, and the subjects to store them under
 * @param external how to reach the name of the stream in another account or domain; null for in
 *     this account
 * @param consumer the durable consumer to read through (ADR-60); null to let the server create one
 */
public record StreamSource(
    String name,
    long startSequence,
    @Nullable OffsetDateTime startTime,
    String filterSubject,
    List<StreamConfig.TransformConfig> transforms,
    @Nullable External external,
    @Nullable SourceConsumer consumer) {

  /** The API prefix of another account or domain, and the prefix for its deliveries. */
  public record External(String apiPrefix, String deliverPrefix) {}

  /** A consumer that a user has created for the source. */
  public record SourceConsumer(String name, String deliverSubject) {}

  public static StreamSource parse(JsonObject json) {
    JsonObject external = json.object("external");
    JsonObject consumer = json.object("consumer");
    String startTime = json.string("opt_start_time");
    return new StreamSource(
        json.string("name", ""),
        json.unsigned("opt_start_seq", 0),
        startTime == null ? null : Rfc3339.parse(startTime),
        json.string("filter_subject", ""),
        json.objects("subject_transforms").stream()
            .map(StreamConfig.TransformConfig::parse)
            .toList(),
        external == null
            ? null
            : new External(external.string("api", ""), external.string("deliver", "")),
        consumer == null
            ? null
            : new SourceConsumer(
                consumer.string("name", ""), consumer.string("deliver_subject", "")));
  }

  public void writeTo(JsonWriter out) {
    out.field("name", name);
    if (startSequence != 0) {
      out.unsigned("opt_start_seq", startSequence);
    }
    if (startTime != null) {
      out.field("opt_start_time", Rfc3339.format(startTime));
    }
    out.fieldIfSet("filter_subject", filterSubject);
    writeTransforms(out);
    writeExternal(out);
    if (consumer != null) {
      out.beginObject("consumer")
          .fieldIfSet("name", consumer.name())
          .fieldIfSet("deliver_subject", consumer.deliverSubject())
          .endObject();
    }
  }

  public void writeTransforms(JsonWriter out) {
    if (!transforms.isEmpty()) {
      out.beginArray("subject_transforms");
      for (StreamConfig.TransformConfig transform : transforms) {
        out.beginObject();
        transform.writeTo(out);
        out.endObject();
      }
      out.endArray();
    }
  }

  public void writeExternal(JsonWriter out) {
    if (external != null) {
      out.beginObject("external")
          .field("api", external.apiPrefix())
          .field("deliver", external.deliverPrefix())
          .endObject();
    }
  }

  /**
   * Returns what distinguishes the sources of a stream and marks their messages: name (with a hash
   * of the external API), filters and destinations, in the form that nats-server writes into the
   * {@code Nats-Stream-Source} header.
   */
  public String indexName() {
    StringBuilder name = new StringBuilder(this.name);
    if (external != null) {
      name.append(':').append(NameHash.of(external.apiPrefix()));
    }
    if (consumer != null) {
      name.append(":C=").append(NameHash.of(consumer.name()));
    }
    String sources;
    String destinations;
    if (transforms.isEmpty()) {
      sources = filterSubject.isEmpty() ? ">" : filterSubject;
      destinations = ">";
    } else {
      StringBuilder from = new StringBuilder();
      StringBuilder to = new StringBuilder();
      for (StreamConfig.TransformConfig transform : transforms) {
        from.append(from.length() == 0 ? "" : "\f");
        from.append(transform.source().isEmpty() ? ">" : transform.source());
        to.append(to.length() == 0 ? "" : "\f");
        to.append(transform.destination().isEmpty() ? ">" : transform.destination());
      }
      sources = from.toString();
      destinations = to.toString();
    }
    return name.append(' ').append(sources).append(' ').append(destinations).toString();
  }

  /** Returns what distinguishes the consumers of users that the stream reads through. */
  public String consumerIndexName() {
    return name
        + (external == null ? "" : ":" + NameHash.of(external.apiPrefix()))
        + " "
        + (consumer == null ? "" : consumer.name());
  }
}
