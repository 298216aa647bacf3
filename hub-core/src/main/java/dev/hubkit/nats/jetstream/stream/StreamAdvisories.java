package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.ClientInfo;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes advisories about a stream on {@code $JS.EVENT.ADVISORY.STREAM}. Writes nothing when
 * there is no subscriber.
 */
public final class StreamAdvisories {
  private static final String PREFIX = "$JS.EVENT.ADVISORY.STREAM.";

  private final StreamContext stream;
  private final Consumer<JsonWriter> state;

  /**
   * Makes the advisories of a stream.
   *
   * @param state writes the state of the stream into an open object
   */
  StreamAdvisories(StreamContext stream, Consumer<JsonWriter> state) {
    this.stream = stream;
    this.state = state;
  }

  public void created(WorkBatch batch) {
    action("CREATED", "create", batch);
  }

  void updated(WorkBatch batch) {
    action("UPDATED", "modify", batch);
  }

  public void deleted(WorkBatch batch) {
    action("DELETED", "delete", batch);
  }

  /** Publishes that a batch was given up and will not be stored. */
  public void batchAbandoned(String id, String reason, WorkBatch batch) {
    Account account = stream.account();
    String subject = PREFIX + "BATCH_ABANDONED." + stream.name();
    if (!account.hasInterest(subject)) {
      return;
    }
    JsonWriter out =
        begin("stream_batch_abandoned")
            .field("stream", stream.name())
            .fieldIfSet("domain", stream.jetStream().options().domain())
            .field("batch", id)
            .field("reason", reason);
    account.publish(Message.of(subject, null, out.endObject().toBytes()), batch);
  }

  public void snapshotCreated(@Nullable Requester requester, WorkBatch batch) {
    String subject = PREFIX + "SNAPSHOT_CREATE." + stream.name();
    if (stream.account().hasInterest(subject)) {
      JsonWriter out = begin("snapshot_create").field("stream", stream.name());
      state.accept(out);
      ClientInfo.write(out, requester, stream.jetStream());
      send(subject, out, batch);
    }
  }

  /**
   * Publishes that the sending of a snapshot has ended; it began at {@code start}, in nanoseconds
   * since the Unix epoch.
   *
   * @param failure why it was not sent completely; empty if it was
   */
  public void snapshotCompleted(
      long start, @Nullable Requester requester, String failure, WorkBatch batch) {
    String subject = PREFIX + "SNAPSHOT_COMPLETE." + stream.name();
    if (stream.account().hasInterest(subject)) {
      JsonWriter out =
          begin("snapshot_complete")
              .field("stream", stream.name())
              .field("start", Rfc3339.format(start))
              .field("end", Rfc3339.format(stream.time().epochNanos()));
      ClientInfo.write(out, requester, stream.jetStream());
      out.fieldIfSet("domain", stream.jetStream().options().domain()).fieldIfSet("error", failure);
      stream.account().publish(Message.of(subject, null, out.endObject().toBytes()), batch);
    }
  }

  private void send(String subject, JsonWriter out, WorkBatch batch) {
    out.fieldIfSet("domain", stream.jetStream().options().domain());
    stream.account().publish(Message.of(subject, null, out.endObject().toBytes()), batch);
  }

  private JsonWriter begin(String type) {
    return JsonWriter.compact()
        .beginObject()
        .field("type", "io.nats.jetstream.advisory.v1." + type)
        .field("id", Nuid.next())
        .field("timestamp", Rfc3339.format(stream.time().epochNanos()));
  }

  private void action(String event, String action, WorkBatch batch) {
    Account account = stream.account();
    String subject = PREFIX + event + "." + stream.name();
    if (!account.hasInterest(subject)) {
      return;
    }
    JsonWriter out =
        begin("stream_action")
            .field("stream", stream.name())
            .field("action", action)
            .fieldIfSet("domain", stream.jetStream().options().domain());
    account.publish(Message.of(subject, null, out.endObject().toBytes()), batch);
  }
}
