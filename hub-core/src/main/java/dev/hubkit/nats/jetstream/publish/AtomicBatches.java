package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Timer;
import dev.hubkit.work.MemoryBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Atomic batches (ADR-50), whose messages are stored all or none: collected until the publisher
 * commits, then checked and stored together. Confined to the stream's executor.
 */
final class AtomicBatches {
  private static final int MAX_ID = 64;
  private static final long OVERHEAD = 256;

  private final PublishContext stream;
  private final MessageAppender appender;
  private final Map<String, Open> open = new HashMap<>();

  /** A batch that is not committed yet. */
  private static final class Open {
    private final List<Message> messages = new ArrayList<>();
    private Timer timer;
    private long reserved;

    private Open(Timer timer) {
      this.timer = timer;
    }

    /**
     * Reserves memory for a message until the batch is complete; returns false if there is none.
     */
    private boolean reserve(Message message) {
      long bytes = OVERHEAD + message.length();
      if (!MemoryBudget.BUFFERS.reserve(bytes)) {
        return false;
      }
      reserved += bytes;
      return true;
    }

    private void release() {
      timer.cancel();
      MemoryBudget.BUFFERS.release(reserved);
      reserved = 0;
    }
  }

  AtomicBatches(PublishContext stream, MessageAppender appender) {
    this.stream = stream;
    this.appender = appender;
  }

  /** The result for a message: it was added to its batch, or has committed it. */
  record Result(String id, List<Message> messages) {
    static final Result GATHERED = new Result("", List.of());

    boolean isCommit() {
      return !id.isEmpty();
    }
  }

  /**
   * Receives a message of a batch.
   *
   * @return the result; on commit, with the messages to store, checked unless the stream has
   *     replicas
   * @throws ApiException if the batch is refused, which also drops it
   */
  public Result receive(Message message, PublishHeaders headers, WorkBatch batch) {
    String id = headers.text(Name.BATCH_ID);
    check(message, id);
    long sequence = PublishHeaders.digits(headers.text(Name.BATCH_SEQUENCE));
    if (sequence < 0) {
      throw ApiError.ATOMIC_PUBLISH_MISSING_SEQ.exception();
    }
    String commit = headers.text(Name.BATCH_COMMIT);
    boolean atEnd = commit.equals("eob");
    long size = atEnd ? sequence - 1 : sequence;
    Open gathering = open.get(id);
    if (gathering == null) {
      gathering = begin(id, sequence, size);
    }
    if (headers.get(Name.BATCH_COMMIT) != null && !atEnd && !commit.equals("1")) {
      close(id);
      throw ApiError.ATOMIC_PUBLISH_INVALID_BATCH_COMMIT.exception();
    }
    Message kept = withoutApiLevel(id, message, headers, batch);
    gathering.timer.cancel();
    gathering.timer = timer(id);
    if (gathering.messages.size() + 1 != sequence || (sequence == 1 && atEnd)) {
      abandon(id, "incomplete", batch);
      throw ApiError.ATOMIC_PUBLISH_INCOMPLETE_BATCH.exception();
    }
    if (size > limits().atomicBatchMessages()) {
      abandon(id, "large", batch);
      throw ApiError.ATOMIC_PUBLISH_TOO_LARGE_BATCH.exception(limits().atomicBatchMessages());
    }
    if (PublishChecks.isTooLarge(kept, kept.subject(), stream.store())) {
      // nats-server keeps a batch in a store of the kind of the stream's.
      abandon(id, "incomplete", batch);
      throw ApiError.ATOMIC_PUBLISH_INCOMPLETE_BATCH.exception();
    }
    if (!gathering.reserve(kept)) {
      abandon(id, "large", batch);
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    if (!atEnd) {
      gathering.messages.add(kept);
    }
    return commit.isEmpty() ? Result.GATHERED : commit(id, gathering, atEnd, batch);
  }

  private void check(Message message, String id) {
    StreamConfig config = stream.config();
    if (config.sealed()) {
      throw ApiError.STREAM_SEALED.exception();
    }
    appender.checkRoom(message.subject(), message, config);
    PublishChecks.checkSize(message, config);
    if (!config.allowAtomicPublish()) {
      throw ApiError.ATOMIC_PUBLISH_DISABLED.exception();
    }
    if (id.length() > MAX_ID) {
      throw ApiError.ATOMIC_PUBLISH_INVALID_BATCH_ID.exception();
    }
  }

  private Result commit(String id, Open gathering, boolean atEnd, WorkBatch batch) {
    close(id);
    List<Message> messages = new ArrayList<>(gathering.messages);
    if (atEnd) {
      int last = messages.size() - 1;
      messages.set(last, HeaderBlock.with(messages.get(last), Name.BATCH_COMMIT.text(), "1"));
    }
    if (appender.isReplicated()) {
      // All replicas check it when a majority has it.
      return new Result(id, messages);
    }
    stream.commitPending(batch);
    return new Result(id, new BatchCheck(stream, appender).check(messages));
  }

  private Open begin(String id, long sequence, long size) {
    if (sequence != 1) {
      throw size > limits().atomicBatchMessages()
          ? ApiError.ATOMIC_PUBLISH_TOO_LARGE_BATCH.exception(limits().atomicBatchMessages())
          : ApiError.ATOMIC_PUBLISH_INCOMPLETE_BATCH.exception();
    }
    if (open.size() >= limits().openAtomicBatches()
        || !stream.jetStream().batches().atomic().acquire(limits().openAtomicBatchesTotal())) {
      throw ApiError.ATOMIC_PUBLISH_TOO_MANY_INFLIGHT.exception();
    }
    boolean begun = false;
    try {
      Open gathering = new Open(timer(id));
      open.put(id, gathering);
      begun = true;
      return gathering;
    } finally {
      if (!begun) {
        stream.jetStream().batches().atomic().release();
      }
    }
  }

  private Message withoutApiLevel(
      String id, Message message, PublishHeaders headers, WorkBatch batch) {
    try {
      return AssetVersions.withoutRequiredLevel(
          message, headers, stream.jetStream().compatibility());
    } catch (ApiException e) {
      abandon(id, "unsupported", batch);
      throw e;
    }
  }

  private Timer timer(String id) {
    return stream
        .time()
        .schedule(
            limits().batchTimeoutNanos(),
            () -> stream.executor().execute(batch -> abandon(id, "timeout", batch)));
  }

  private void abandon(String id, String reason, WorkBatch batch) {
    if (close(id)) {
      stream.batchAbandoned(id, reason, batch);
    }
  }

  private boolean close(String id) {
    Open gathering = open.remove(id);
    if (gathering == null) {
      return false;
    }
    gathering.release();
    stream.jetStream().batches().atomic().release();
    return true;
  }

  /** Drops all batches, because the stream ends or no longer accepts them. */
  public void clear() {
    List.copyOf(open.keySet()).forEach(this::close);
  }

  // Asked each time, since a reload can change them.
  private JetStreamLimits limits() {
    return stream.jetStream().serverLimits();
  }
}
