package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.consumer.ConsumerInfo;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.ClusterAccount;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reports streams for {@code /jsz}: the {@code StreamDetail} of nats-server. Waits for the executor
 * of each stream, so threads that read from clients must not use it.
 */
final class StreamDetails {
  private static final Log log = Log.of(StreamDetails.class);
  private static final long PATIENCE_SECONDS = 5;

  private final JetStreamServer.Details wanted;

  StreamDetails(JetStreamServer.Details wanted) {
    this.wanted = wanted;
  }

  /**
   * Returns the details of all streams, ordered by name; leaves out streams that do not answer
   * within five seconds.
   */
  public List<StreamDetail> of(AccountJetStream jetStream) {
    List<CompletableFuture<StreamDetail>> asked = new ArrayList<>();
    WorkBatch batch = new WorkBatch();
    for (Stream stream : jetStream.streams()) {
      CompletableFuture<StreamDetail> answer = new CompletableFuture<>();
      asked.add(answer);
      stream.submit(taskBatch -> answer(stream, answer), batch);
    }
    batch.flush();
    List<StreamDetail> details = new ArrayList<>();
    for (CompletableFuture<StreamDetail> each : asked) {
      try {
        details.add(each.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
      } catch (ExecutionException | TimeoutException e) {
        if (!(e.getCause() instanceof StoreException.Closed)) {
          log.warn("A report leaves out a stream of {}", jetStream.account(), e);
        } // else the stream was deleted meanwhile
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return details;
      }
    }
    return details;
  }

  private void answer(Stream stream, CompletableFuture<StreamDetail> answer) {
    try {
      long led =
          stream.consumers().all().stream()
              .filter(consumer -> !consumer.config().direct() && consumer.isServing())
              .count();
      answer.complete(
          new StreamDetail(
              Json.parseObject(describe(stream).toBytes()), stream.leads(), (int) led));
    } catch (RuntimeException e) {
      answer.completeExceptionally(e);
    }
  }

  private JsonWriter describe(Stream stream) {
    StreamReport report = new StreamReport(stream);
    JsonWriter out =
        JsonWriter.compact()
            .beginObject()
            .field("name", stream.name())
            .field("created", Rfc3339.format(stream.created()));
    report.writeCluster(out);
    if (wanted.config()) {
      out.beginObject("config");
      stream.config().writeTo(out);
      out.endObject();
    }
    report.writeState(out);
    if (wanted.consumers()) {
      consumers(stream, "consumer_detail", false, out);
      if (wanted.directConsumers()) {
        consumers(stream, "direct_consumer_detail", true, out);
      }
    }
    stream.sources().writeTo(out);
    ClusterAccount cluster = stream.jetStream().cluster();
    if (wanted.raft() && cluster != null) {
      groups(stream, cluster, out);
    }
    return out.endObject();
  }

  // As in nats-server, the groups of consumers come with the consumers only.
  private void groups(Stream stream, ClusterAccount cluster, JsonWriter out) {
    out.fieldIfSet("stream_raft_group", cluster.raftGroupOf(stream.name()));
    List<Consumer> listed = new ArrayList<>(stream.consumers().all());
    listed.removeIf(consumer -> consumer.config().direct());
    if (!wanted.consumers() || listed.isEmpty()) {
      return;
    }
    out.beginArray("consumer_raft_groups");
    for (Consumer consumer : listed) {
      out.beginObject()
          .field("name", consumer.name())
          .field("raft_group", cluster.raftGroupOf(stream.name(), consumer.name()))
          .endObject();
    }
    out.endArray();
  }

  private void consumers(Stream stream, String field, boolean direct, JsonWriter out) {
    List<Consumer> some = new ArrayList<>(stream.consumers().all());
    some.removeIf(consumer -> consumer.config().direct() != direct);
    if (some.isEmpty()) {
      return;
    }
    out.beginArray(field);
    for (Consumer consumer : some) {
      out.beginObject();
      ConsumerInfo.write(consumer, wanted.config() ? consumer.config() : null, out);
      out.endObject();
    }
    out.endArray();
  }
}
