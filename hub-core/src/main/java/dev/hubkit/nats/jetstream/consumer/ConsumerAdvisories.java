package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Ack;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Publishes advisories and metrics about a consumer on {@code $JS.EVENT}. Writes nothing when there
 * is no subscriber.
 */
public final class ConsumerAdvisories {
  private static final String ADVISORY = "$JS.EVENT.ADVISORY.CONSUMER.";
  private static final String ACK_METRIC = "$JS.EVENT.METRIC.CONSUMER.ACK";

  private final AccountContext jetStream;
  private final Account account;
  private final String stream;
  private final String consumer;

  ConsumerAdvisories(AccountContext jetStream, String stream, String consumer) {
    this.jetStream = jetStream;
    this.account = jetStream.account();
    this.stream = stream;
    this.consumer = consumer;
  }

  public void created(WorkBatch batch) {
    action("CREATED", "create", batch);
  }

  public void deleted(WorkBatch batch) {
    action("DELETED", "delete", batch);
  }

  private void action(String subject, String action, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + subject, "advisory.v1.consumer_action");
    if (out != null) {
      send(ADVISORY + subject, named(out).field("action", action), batch);
    }
  }

  public void paused(@Nullable OffsetDateTime until, boolean paused, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "PAUSE", "advisory.v1.consumer_pause");
    if (out != null) {
      named(out)
          .field("paused", paused)
          .field("pause_until", Rfc3339.format(until == null ? Rfc3339.ZERO : until));
      send(ADVISORY + "PAUSE", out, batch);
    }
  }

  public void exceeded(long streamSeq, long deliveries, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "MAX_DELIVERIES", "advisory.v1.max_deliver");
    if (out != null) {
      named(out).field("stream_seq", streamSeq).field("deliveries", deliveries);
      send(ADVISORY + "MAX_DELIVERIES", out, batch);
    }
  }

  void nakked(Ack ack, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "MSG_NAKED", "advisory.v1.nak");
    if (out != null) {
      position(named(out), ack.consumerSeq(), ack.streamSeq(), ack.deliveries());
      send(ADVISORY + "MSG_NAKED", out, batch);
    }
  }

  void terminated(
      long streamSeq, long consumerSeq, long deliveries, String reason, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "MSG_TERMINATED", "advisory.v1.terminated");
    if (out != null) {
      position(named(out), consumerSeq, streamSeq, deliveries).fieldIfSet("reason", reason);
      send(ADVISORY + "MSG_TERMINATED", out, batch);
    }
  }

  /**
   * Publishes the metric that {@code delay} nanoseconds passed between delivery and
   * acknowledgement.
   */
  public void acknowledged(Ack ack, long delay, WorkBatch batch) {
    JsonWriter out = begin(ACK_METRIC, "metric.v1.consumer_ack");
    if (out != null) {
      named(out)
          .field("consumer_seq", ack.consumerSeq())
          .field("stream_seq", ack.streamSeq())
          .field("ack_time", delay)
          .field("deliveries", ack.deliveries());
      send(ACK_METRIC, out, batch);
    }
  }

  public void pinned(String group, String pin, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "PINNED", "advisory.v1.consumer_group_pinned");
    if (out != null) {
      grouped(out).field("group", group).field("pinned_id", pin);
      close(ADVISORY + "PINNED", out, batch);
    }
  }

  /** Publishes that a client has lost its pin; the reason is {@code admin} or {@code timeout}. */
  public void unpinned(String group, String reason, WorkBatch batch) {
    JsonWriter out = begin(ADVISORY + "UNPINNED", "advisory.v1.consumer_group_unpinned");
    if (out != null) {
      grouped(out).field("group", group).field("reason", reason);
      close(ADVISORY + "UNPINNED", out, batch);
    }
  }

  private @Nullable JsonWriter begin(String subject, String type) {
    if (!account.hasInterest(subject + '.' + stream + '.' + consumer)) {
      return null;
    }
    return JsonWriter.compact()
        .beginObject()
        .field("type", "io.nats.jetstream." + type)
        .field("id", Nuid.next())
        .field("timestamp", Rfc3339.format(jetStream.time().epochNanos()));
  }

  private JsonWriter named(JsonWriter out) {
    return out.field("stream", stream).field("consumer", consumer);
  }

  private JsonWriter grouped(JsonWriter out) {
    return named(out.fieldIfSet("account", account.name()))
        .fieldIfSet("domain", jetStream.options().domain());
  }

  private static JsonWriter position(
      JsonWriter out, long consumerSeq, long streamSeq, long deliveries) {
    return out.field("consumer_seq", consumerSeq)
        .field("stream_seq", streamSeq)
        .field("deliveries", deliveries);
  }

  private void send(String subject, JsonWriter out, WorkBatch batch) {
    close(subject, out.fieldIfSet("domain", jetStream.options().domain()), batch);
  }

  private void close(String subject, JsonWriter out, WorkBatch batch) {
    account.publish(
        Message.of(subject + '.' + stream + '.' + consumer, null, out.endObject().toBytes()),
        batch);
  }
}
