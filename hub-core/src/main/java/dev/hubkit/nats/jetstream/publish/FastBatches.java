package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.FastBatchStep;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.StreamCommand.Origin;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.Timer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fast batches (ADR-50), whose messages are stored as they arrive, with an acknowledgement every so
 * many of them and a final one for all. Responses and the treatment of gaps follow {@code
 * processJetStreamFastBatchMsg} of nats-server. Confined to the stream's executor.
 */
final class FastBatches {
  private static final int MAX_ID = 64;

  /** After how many messages the publishers of a stream are acknowledged, taken together. */
  private static final int SHARED_FLOW = 500;

  private final PublishContext stream;
  private final MessageAppender appender;
  private final PubAcks answers;
  private final Map<String, Open> open = new HashMap<>();

  /** A batch that is being published. */
  private static final class Open {
    private final String id;
    private final boolean gapOk;
    private final int maxFlow;
    private int flow;
    private long received;
    private long stored;
    private long answered;
    private long streamSequence;
    private int pending;
    private boolean committing;
    private long touched;
    private @Nullable Timer timer;

    private Open(FastBatchStep step) {
      this.id = step.id();
      this.gapOk = step.gapOk();
      this.maxFlow = step.flow();
    }

    private void cancelTimer() {
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  FastBatches(PublishContext stream, MessageAppender appender, PubAcks answers) {
    this.stream = stream;
    this.appender = appender;
    this.answers = answers;
  }

  /**
   * Receives a message of a batch.
   *
   * @param marked the reply subject that describes the batch, see {@link FastBatchStep#marked}
   * @throws ApiException if the message is refused
   */
  public void receive(Message message, String marked, PublishHeaders headers, WorkBatch batch) {
    StreamConfig config = stream.config();
    if (config.sealed()) {
      throw ApiError.STREAM_SEALED.exception();
    }
    appender.checkRoom(appender.transform(message.subject()), message, config);
    PublishChecks.checkSize(message, config);
    if (!config.allowBatchPublish()) {
      throw ApiError.BATCH_PUBLISH_DISABLED.exception();
    }
    FastBatchStep step = FastBatchStep.parse(marked);
    if (step == null) {
      throw ApiError.BATCH_PUBLISH_INVALID_PATTERN.exception();
    }
    if (step.id().length() > MAX_ID) {
      throw ApiError.BATCH_PUBLISH_INVALID_BATCH_ID.exception();
    }
    Open current = open.get(step.id());
    if (current == null) {
      current = begin(step);
    }
    Message taken;
    try {
      taken =
          AssetVersions.withoutRequiredLevel(message, headers, stream.jetStream().compatibility());
    } catch (ApiException e) {
      close(current);
      throw e;
    }
    current.touched = stream.time().nanoTime();
    String reply = message.reply();
    if (reply == null) {
      return;
    }
    if (step.isPing()) {
      ping(current, step, reply);
    } else if (!current.committing && advance(current, step, reply)) {
      store(current, step, taken, headers, reply, batch);
    }
  }

  private boolean isStrict() {
    return stream.jetStream().compatibility().atLeast(Compatibility.V2_15);
  }

  private Open begin(FastBatchStep step) {
    if (step.sequence() != 1 || (step.isPing() && isStrict())) {
      throw ApiError.BATCH_PUBLISH_UNKNOWN_BATCH_ID.exception();
    }
    if (open.size() >= limits().openFastBatches()
        || !stream.jetStream().batches().fast().acquire(limits().openFastBatchesTotal())) {
      throw ApiError.BATCH_PUBLISH_TOO_MANY_INFLIGHT.exception();
    }
    Open begun = new Open(step);
    open.put(begun.id, begun);
    expectNext(begun, limits().batchTimeoutNanos());
    // A single publisher may run at full speed; several are slowed down at first.
    begun.flow = open.size() > 1 ? 1 : Math.min(SHARED_FLOW, begun.maxFlow);
    return begun;
  }

  private void expectNext(Open current, long delay) {
    current.timer =
        stream.time().schedule(delay, () -> stream.executor().execute(batch -> giveUp(current)));
  }

  private void giveUp(Open current) {
    long quiet = stream.time().nanoTime() - current.touched;
    if (quiet >= limits().batchTimeoutNanos()) {
      close(current);
    } else if (open.get(current.id) == current) {
      expectNext(current, limits().batchTimeoutNanos() - quiet);
    }
  }

  private void ping(Open current, FastBatchStep step, String reply) {
    if (step.sequence() > current.received) {
      gap(current.received + 1, step.sequence() + 1, reply);
      if (current.gapOk) {
        current.received = step.sequence();
        release(current);
        if (answerIfDue(current, reply)) {
          return;
        }
      } else if (commit(current, reply)) {
        return;
      }
    }
    answer(current, reply);
  }

  /** Returns whether this is the next message of the batch; false if there is nothing to store. */
  private boolean advance(Open current, FastBatchStep step, String reply) {
    long expected = current.received + 1;
    if (step.sequence() > expected || (step.sequence() < expected && isStrict())) {
      // A message that comes again or too late is a gap, too, and ends the batch.
      gap(expected, step.sequence(), reply);
    }
    if (step.sequence() != expected && !(current.gapOk && step.sequence() > expected)) {
      commit(current, reply);
      return false;
    }
    current.received = step.sequence();
    if (step.operation() == FastBatchStep.Operation.COMMIT_WITHOUT_MESSAGE) {
      current.received--;
      release(current);
      commit(current, reply);
      return false;
    }
    if (step.isCommit()) {
      current.committing = true;
    } else if (step.sequence() == 1 && !stream.config().noAck()) {
      answers.addResponse(reply, flowAck(0, current.flow), 0);
    }
    return true;
  }

  private void store(
      Open current,
      FastBatchStep step,
      Message given,
      PublishHeaders headers,
      String reply,
      WorkBatch batch) {
    if (appender.isReplicated()) {
      current.pending++;
      appender.propose(given, Origin.FAST_BATCH);
      return;
    }
    Message message;
    try {
      message = check(given, headers);
    } catch (ApiException e) {
      refuse(current, step, headers, reply, e);
      return;
    }
    // As in nats-server, stays so even if the message cannot be stored.
    current.pending++;
    store(message, given, headers, batch);
    current.pending--;
    stored(current, step, reply);
  }

  private void store(Message message, Message given, PublishHeaders headers, WorkBatch batch) {
    PublishHeaders own =
        message == given
            ? headers
            : PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
    appender.storeBatched(message, own, batch);
  }

  /**
   * Stores a message that a majority of the replicas has.
   *
   * @param answers whether this replica has received it from its publisher
   */
  void apply(Message given, PublishHeaders headers, boolean answers, WorkBatch batch) {
    String reply = given.reply();
    String marked = answers ? FastBatchStep.marked(reply, headers) : null;
    FastBatchStep step = marked == null ? null : FastBatchStep.parse(marked);
    Open current = step == null ? null : open.get(step.id());
    Message message;
    try {
      message = check(given, headers);
    } catch (ApiException e) {
      if (current != null && step != null && reply != null) {
        current.pending--;
        refuse(current, step, headers, reply, e);
      }
      return;
    }
    store(message, given, headers, batch);
    if (current != null && step != null && reply != null) {
      current.pending--;
      stored(current, step, reply);
    }
  }

  private void stored(Open current, FastBatchStep step, String reply) {
    current.streamSequence = stream.store().lastSequence();
    current.stored = current.pending == 0 ? current.received : step.sequence();
    if (current.committing && current.received == current.stored) {
      finish(current, reply);
    } else {
      answerIfDue(current, reply);
    }
  }

  private Message check(Message message, PublishHeaders headers) {
    StreamConfig config = stream.config();
    boolean isPlain =
        headers == PublishHeaders.NONE
            && !config.allowMessageCounter()
            && config.discard() == DiscardPolicy.OLD;
    return isPlain ? message : new BatchCheck(stream, appender).check(message, headers);
  }

  private void refuse(
      Open current,
      FastBatchStep step,
      PublishHeaders headers,
      String reply,
      ApiException problem) {
    boolean duplicate = problem.error() == ApiError.ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE;
    if (duplicate) {
      if (current.pending == 0) {
        current.stored = step.sequence();
        answerIfDue(current, reply);
      }
      if (!step.isCommit()) {
        return;
      }
    }
    if (!step.gapOk() && step.sequence() == 1) {
      // Refuses the message as if it had been published alone.
      answers.addResponse(
          reply,
          duplicate
              ? answers.ack(
                  appender.duplicateOf(headers.text(Name.MESSAGE_ID)),
                  tail(",\"duplicate\": true", current, step.sequence()))
              : answers.refusal(problem),
          0);
      close(current);
      return;
    }
    if (!duplicate) {
      JsonWriter out =
          JsonWriter.compact().beginObject().field("type", "err").field("seq", step.sequence());
      problem.writeTo(out);
      answers.addResponse(reply, out.endObject().toBytes(), 0);
      if (step.gapOk() && !step.isCommit()) {
        return;
      }
      current.received--;
      release(current);
    }
    commit(current, reply);
  }

  private static void release(Open current) {
    if (current.pending == 0) {
      current.stored = current.received;
    }
  }

  /** Ends the batch; returns false if it still waits for a message that could not be stored. */
  private boolean commit(Open current, String reply) {
    current.committing = true;
    if (current.received != current.stored) {
      return false;
    }
    finish(current, reply);
    return true;
  }

  private void finish(Open current, String reply) {
    close(current);
    answers.addResponse(
        reply,
        answers.ack(current.streamSequence, tail("", current, current.received)),
        current.streamSequence);
  }

  private static byte[] tail(String before, Open current, long count) {
    byte[] fields =
        JsonWriter.compact()
            .beginObject()
            .field("batch", current.id)
            .field("count", count)
            .endObject()
            .toBytes();
    return (before + "," + new String(fields, 1, fields.length - 1, StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  private boolean answerIfDue(Open current, String reply) {
    long behind = current.stored - current.answered;
    if (behind < current.flow) {
      return false;
    }
    current.answered += behind / current.flow * current.flow;
    int fair = Math.min(Math.max(1, SHARED_FLOW / open.size()), current.maxFlow);
    current.flow =
        current.flow < fair ? Math.min(current.flow * 2, fair) : Math.max(current.flow / 2, fair);
    answer(current, reply);
    return true;
  }

  private void answer(Open current, String reply) {
    answers.addResponse(reply, flowAck(current.answered, current.flow), current.streamSequence);
  }

  private static byte[] flowAck(long sequence, int flow) {
    return JsonWriter.compact()
        .beginObject()
        .field("type", "ack")
        .field("seq", sequence)
        .field("msgs", flow)
        .endObject()
        .toBytes();
  }

  private void gap(long expected, long sequence, String reply) {
    answers.addResponse(
        reply,
        JsonWriter.compact()
            .beginObject()
            .field("type", "gap")
            .field("last_seq", expected)
            .field("seq", sequence)
            .endObject()
            .toBytes(),
        0);
  }

  private void close(Open current) {
    current.cancelTimer();
    if (open.remove(current.id, current)) {
      stream.jetStream().batches().fast().release();
    }
  }

  /** Drops all batches, because the stream ends, no longer accepts them, or has lost messages. */
  public void clear() {
    List.copyOf(open.values()).forEach(this::close);
  }

  // Asked each time, since a reload can change them.
  private JetStreamLimits limits() {
    return stream.jetStream().serverLimits();
  }
}
