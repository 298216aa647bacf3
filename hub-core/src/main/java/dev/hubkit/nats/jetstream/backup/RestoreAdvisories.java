package dev.hubkit.nats.jetstream.backup;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.ClientInfo;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import org.jspecify.annotations.Nullable;

/** Publishes advisories about the restore of a stream. */
final class RestoreAdvisories {
  private final AccountJetStream jetStream;
  private final String stream;
  private final @Nullable Requester requester;
  private final long start;

  RestoreAdvisories(AccountJetStream jetStream, String stream, @Nullable Requester requester) {
    this.requester = requester;
    this.jetStream = jetStream;
    this.stream = stream;
    this.start = jetStream.time().epochNanos();
  }

  public void created(WorkBatch batch) {
    send("RESTORE_CREATE.", begin("restore_create", start), batch);
  }

  /** Publishes that the restore has ended, successfully or not, after so many bytes. */
  void completed(long bytes, WorkBatch batch) {
    long end = jetStream.time().epochNanos();
    send(
        "RESTORE_COMPLETE.",
        begin("restore_complete", end)
            .field("start", Rfc3339.format(start))
            .field("end", Rfc3339.format(end))
            .field("bytes", bytes),
        batch);
  }

  private JsonWriter begin(String type, long now) {
    return JsonWriter.compact()
        .beginObject()
        .field("type", "io.nats.jetstream.advisory.v1." + type)
        .field("id", Nuid.next())
        .field("timestamp", Rfc3339.format(now))
        .field("stream", stream);
  }

  private void send(String event, JsonWriter out, WorkBatch batch) {
    String subject = "$JS.EVENT.ADVISORY.STREAM." + event + stream;
    if (jetStream.account().hasInterest(subject)) {
      ClientInfo.write(out, requester, jetStream);
      out.fieldIfSet("domain", jetStream.options().domain());
      jetStream.account().publish(Message.of(subject, null, out.endObject().toBytes()), batch);
    }
  }
}
