package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.ClusterInfo;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Writes the info of a consumer as the API reports it. Confined to the stream's executor. */
public final class ConsumerInfo {
  private ConsumerInfo() {}

  /**
   * Writes the fields into an open object.
   *
   * @param shown the configuration to show; null to leave it out
   */
  public static void write(Consumer consumer, @Nullable ConsumerConfig shown, JsonWriter out) {
    ConsumerConfig config = consumer.config();
    ConsumerStore state = consumer.state();
    Acknowledgements acks = consumer.acknowledgements();
    long now = consumer.stream().time().epochNanos();
    out.field("stream_name", consumer.stream().name())
        .field("name", consumer.name())
        .field("created", Rfc3339.format(consumer.created()));
    if (shown != null) {
      out.beginObject("config");
      shown.writeTo(out);
      out.endObject();
    }
    writeSequences(
        out,
        "delivered",
        state.deliveredConsumer(),
        consumer.isServing() && (config.direct() || !state.tellsDelivered())
            ? consumer.lastStreamSeq()
            : state.deliveredStream(),
        acks.lastActive().delivery());
    writeSequences(
        out,
        "ack_floor",
        state.floorConsumer(),
        config.direct() ? acks.floor() : state.floorStream(),
        acks.lastActive().ack());
    // With max_deliver 1 nothing is redelivered; the entries are then messages that were given up.
    int redelivered = config.maxDeliver() == 1 ? 0 : acks.redelivered();
    out.field("num_ack_pending", acks.pending())
        .field("num_redelivered", redelivered)
        .field("num_waiting", consumer.waiting())
        .field("num_pending", consumer.checkedPending());
    new ClusterInfo(consumer.stream().jetStream())
        .write(consumer.stream().config(), consumer.name(), config, consumer.created(), out);
    out.fieldIfSet("push_bound", consumer.isPushBound());
    writePause(out, config.pauseUntil(), now);
    out.field("ts", Rfc3339.format(now));
    if (!config.priorityGroups().isEmpty()) {
      writePriorityGroup(out, config.priorityGroups().get(0), consumer.pinned());
    }
  }

  /** Writes the fields of a consumer none of whose servers runs into an open object. */
  public static void writeOffline(
      AccountContext jetStream,
      String stream,
      String name,
      ConsumerConfig config,
      long created,
      JsonWriter out) {
    out.field("stream_name", "").field("name", "").field("created", Rfc3339.format(created));
    out.beginObject("config");
    config.writeTo(out);
    out.endObject();
    writeSequences(out, "delivered", 0, 0, 0);
    writeSequences(out, "ack_floor", 0, 0, 0);
    out.field("num_ack_pending", 0)
        .field("num_redelivered", 0)
        .field("num_waiting", 0)
        .field("num_pending", 0);
    StreamConfig on = jetStream.configOf(stream);
    if (on != null) {
      new ClusterInfo(jetStream).write(on, name, config, created, out);
    }
    out.field("ts", Rfc3339.format(jetStream.time().epochNanos()));
  }

  private static void writePause(JsonWriter out, @Nullable OffsetDateTime pause, long now) {
    if (pause != null) {
      long until = Rfc3339.epochNanos(pause);
      if (until > now) {
        out.field("paused", true).field("pause_remaining", until - now);
      }
    }
  }

  private static void writePriorityGroup(
      JsonWriter out, String group, @Nullable PinnedClient pinned) {
    String pin = pinned == null ? "" : pinned.id();
    out.beginArray("priority_groups")
        .beginObject()
        .field("group", group)
        .fieldIfSet("pinned_client_id", pin)
        .field(
            "pinned_ts",
            pinned == null || pin.isEmpty()
                ? Rfc3339.format(Rfc3339.ZERO)
                : Rfc3339.format(pinned.since()))
        .endObject()
        .endArray();
  }

  private static void writeSequences(
      JsonWriter out, String name, long consumerSeq, long streamSeq, long last) {
    out.beginObject(name).field("consumer_seq", consumerSeq).unsigned("stream_seq", streamSeq);
    if (last != 0) {
      out.field("last_active", Rfc3339.format(last));
    }
    out.endObject();
  }
}
