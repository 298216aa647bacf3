package dev.hubkit.nats.jetstream.backup;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.archive.ArchiveException;
import dev.hubkit.nats.jetstream.archive.ArchiveReader;
import dev.hubkit.nats.jetstream.config.ConsumerTypes;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamTypes;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.ApiResponse;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.text.FriendlyBytes;
import dev.hubkit.time.GoDuration;
import dev.hubkit.work.WorkStep;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Receives the archive of a stream from a client, in chunks that are acknowledged once they are
 * written. The stream is staged beside those of the account and joins them when it is complete; a
 * failed restore leaves nothing behind. Runs on an executor of its own.
 */
public final class Restore implements AccountJetStream.OngoingRestore {
  private static final Log log = Log.of(Restore.class);
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
  private static final byte[] NOTHING = {};

  private final AccountJetStream jetStream;
  private final StreamConfig config;
  private final String deliverSubject;
  private final SerialExecutor executor;
  private final SerialTimer stall;
  private final RestoreAdvisories advisories;
  private final StagedStream restored;
  private final ArchiveReader reader;
  private @Nullable Subscription subscription;
  private long began;
  private long received;
  private boolean ended;
  private @Nullable ApiException failure;

  /**
   * Prepares to receive the archive of a stream with this configuration.
   *
   * @param requester the client that sends the archive
   */
  public Restore(AccountJetStream jetStream, StreamConfig config, @Nullable Requester requester) {
    this.jetStream = jetStream;
    this.config = config;
    this.deliverSubject = "$JS.SNAPSHOT.RESTORE." + config.name() + "." + Nuid.next();
    this.executor =
        new SerialExecutor(
            "restore of " + config.name(),
            jetStream.supervisor(),
            jetStream.workers(),
            true,
            batch -> {});
    this.stall = new SerialTimer(jetStream.time(), executor, this::stalled);
    this.advisories = new RestoreAdvisories(jetStream, config.name(), requester);
    this.restored = new StagedStream(jetStream, config);
    this.reader =
        new ArchiveReader(config.name(), restored, StreamTypes.STATE, ConsumerTypes.ARCHIVED);
  }

  /** Returns the subject to send the chunks to. */
  public String deliverSubject() {
    return deliverSubject;
  }

  private String label() {
    return "stream '" + jetStream.account().name() + " > " + config.name() + "'";
  }

  /** Begins to receive chunks. */
  public void start(WorkBatch batch) {
    began = jetStream.time().nanoTime();
    log.info("Starting restore for {}", label());
    advisories.created(batch);
    subscription = jetStream.account().subscribe(deliverSubject, null, this::deliver);
    jetStream.restoring(this);
    executor.submit(taskBatch -> stall.set(PATIENCE), batch);
  }

  // Runs on the thread of the publisher.
  private void deliver(Subscription mine, Message message, WorkBatch batch) {
    Message kept = message.retain();
    executor.submit(taskBatch -> receive(kept, taskBatch), batch);
  }

  private void receive(Message chunk, WorkBatch batch) {
    if (ended) {
      return;
    }
    String reply = chunk.reply();
    if (reply == null) {
      log.warn("restore for {} requires reply subject for each chunk", label());
      reportFailure();
      abandon(batch);
      return;
    }
    if (failure != null) {
      drain(chunk, reply, failure, batch);
      return;
    }
    try {
      WorkStep.RESTORE_CHUNK.reach();
      if (chunk.payloadLength() == 0) {
        log.debug("Finished streaming restore for {}", label());
        reader.finish();
        restored.complete();
        stop();
        register(reply, batch);
        return;
      }
      received += chunk.payloadLength();
      reader.accept(chunk.buffer(), chunk.payloadOffset(), chunk.payloadLength());
      restored.flush();
      // An archive that would fill the disk must be refused before the disk is full.
      restored.checkRoom();
      stall.set(PATIENCE);
      acknowledge(reply, batch);
    } catch (ApiException e) {
      refuse(e, chunk, reply, batch);
    } catch (ArchiveException | JsonException | StoreException e) {
      ApiException error = ApiError.STREAM_RESTORE.exception(String.valueOf(e.getMessage()));
      refuse(error, chunk, reply, batch);
    } catch (Throwable e) {
      refuse(unexpected(e), chunk, reply, batch);
    }
  }

  private void acknowledge(String reply, WorkBatch batch) {
    jetStream.account().publish(Message.of(reply, null, NOTHING), batch);
  }

  /**
   * Gives up what has come. As in nats-server from 2.15 on, the client learns it from the answer to
   * the empty chunk that ends the archive; until then its chunks are acknowledged.
   */
  private void refuse(ApiException error, Message chunk, String reply, WorkBatch batch) {
    if (chunk.payloadLength() == 0 || !jetStream.compatibility().atLeast(Compatibility.V2_15)) {
      fail(error, reply, batch);
      return;
    }
    failure = error;
    restored.discard();
    stall.set(PATIENCE);
    acknowledge(reply, batch);
  }

  /** Takes a chunk after a failure. */
  private void drain(Message chunk, String reply, ApiException error, WorkBatch batch) {
    if (chunk.payloadLength() == 0) {
      fail(error, reply, batch);
    } else {
      received += chunk.payloadLength();
      stall.set(PATIENCE);
      acknowledge(reply, batch);
    }
  }

  private ApiException unexpected(Throwable failure) {
    jetStream.supervisor().failed(executor, failure, null);
    return failure instanceof OutOfMemoryError
        ? ApiError.INSUFFICIENT_RESOURCES.exception()
        : ApiError.STREAM_RESTORE.exception(String.valueOf(failure));
  }

  private void fail(ApiException error, String reply, WorkBatch batch) {
    reportFailure();
    log.warn("The restore of {} failed: {}", label(), error.description());
    JsonWriter out = response();
    error.writeTo(out);
    answer(reply, out, batch);
    abandon(batch);
  }

  private void reportFailure() {
    log.warn(
        "Restore failed for {} for {} in {}",
        FriendlyBytes.format(received),
        label(),
        GoDuration.format(jetStream.time().nanoTime() - began));
  }

  private void stalled(WorkBatch batch) {
    log.warn("restore for {} is stalled", label());
    reportFailure();
    if (jetStream.compatibility().atLeast(Compatibility.V2_15)) {
      abandon(batch);
    } else {
      discard();
    }
  }

  private void abandon(WorkBatch batch) {
    discard();
    advisories.completed(received, batch);
  }

  private void stop() {
    ended = true;
    stall.cancel();
    if (subscription != null) {
      jetStream.account().unsubscribe(subscription);
    }
    jetStream.restoreEnded(this);
  }

  private void discard() {
    stop();
    if (failure == null) {
      restored.discard();
    }
  }

  @Override
  public SerialExecutor executor() {
    return executor;
  }

  @Override
  public void close(WorkBatch batch) {
    if (!ended) {
      discard();
    }
  }

  private void register(String reply, WorkBatch batch) {
    jetStream.mutate(
        (taskBatch, done) -> {
          Stream stream;
          try {
            WorkStep.RESTORE_REGISTER.reach();
            if (jetStream.stream(config.name()) != null) {
              throw ApiError.STREAM_NAME_EXIST_RESTORE_FAILED.exception();
            }
            restored.checkCreation();
            jetStream.making(config.name());
            stream = restored.toStream();
          } catch (Throwable e) {
            jetStream.making(null);
            ApiException error =
                e instanceof ApiException refusal
                    ? refusal
                    : e instanceof StoreException
                        ? ApiError.STREAM_RESTORE.exception(String.valueOf(e.getMessage()))
                        : unexpected(e);
            done.run(taskBatch);
            executor.submit(ownBatch -> fail(error, reply, ownBatch), taskBatch);
            return;
          }
          try {
            jetStream.add(stream, taskBatch);
          } finally {
            jetStream.making(null);
          }
          stream.submit(streamBatch -> end(stream, reply, done, streamBatch), taskBatch);
        },
        batch);
  }

  /** Responds that the stream has been restored. Runs on the executor of the new stream. */
  private void end(Stream stream, String reply, SerialExecutor.Task done, WorkBatch batch) {
    try {
      WorkStep.RESTORE_REGISTERED.reach();
      restored.restoreConsumers(stream, batch);
      advisories.completed(received, batch);
      log.info(
          "Completed restore of {} for {} in {}",
          FriendlyBytes.format(received),
          label(),
          GoDuration.formatMillis(jetStream.time().nanoTime() - began));
      JsonWriter out = response();
      new StreamReport(stream).withoutSources().writeTo(out);
      answer(reply, out, batch);
    } catch (Throwable e) {
      JsonWriter out = response();
      unexpected(e).writeTo(out);
      answer(reply, out, batch);
    } finally {
      done.run(batch);
    }
  }

  private static JsonWriter response() {
    return ApiResponse.begin("stream_create_response");
  }

  private void answer(String reply, JsonWriter out, WorkBatch batch) {
    jetStream.account().publish(Message.of(reply, null, out.endObject().toBytes()), batch);
  }
}
