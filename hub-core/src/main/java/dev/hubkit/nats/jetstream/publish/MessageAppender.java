package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamObserver;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.FastBatchStep;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.AccountUsage;
import dev.hubkit.nats.jetstream.runtime.CommandLog;
import dev.hubkit.nats.jetstream.runtime.PublishState;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.runtime.StreamCommand.Origin;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.WorkStep;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores published messages: checks what a message expects of the stream, appends it, and once the
 * messages of the round are durable acknowledges them and tells the consumers. The order of the
 * checks is that of nats-server. Confined to the stream's executor.
 */
public final class MessageAppender {
  private static final byte[] NOTHING = {};
  private static final long SECOND = 1_000_000_000L;

  private final PublishContext stream;
  private final Deduplication duplicates;
  private final Schedules schedules;
  private final AtomicBatches batches;
  private final FastBatches fastBatches;
  private final PubAcks answers;
  private final WriteFailures failures;
  private final @Nullable StreamObserver observer;
  private @Nullable SubjectTransform transform;
  private @Nullable Republisher republish;
  // The trace of the current message, and why the message was refused.
  private MessageTrace.@Nullable StreamTrace tracing;
  private String refusal = "";
  private String lastMessageId = "";
  private String safeMessageId = "";
  // Null in a stream without replicas.
  private @Nullable CommandLog log;
  // The command that is being applied, if one is.
  private boolean applying;
  private boolean answering;
  private boolean unwantedByCommand;
  private long commandTime;

  public MessageAppender(PublishContext stream, WriteFailures failures) {
    this.stream = stream;
    this.failures = failures;
    this.observer = stream.jetStream().options().observer();
    this.duplicates = new Deduplication(stream);
    this.schedules = new Schedules(stream);
    this.batches = new AtomicBatches(stream, this);
    this.answers = new PubAcks(stream);
    this.fastBatches = new FastBatches(stream, this, answers);
    readTransforms();
  }

  private void readTransforms() {
    StreamConfig.TransformConfig change = stream.config().subjectTransform();
    transform =
        change == null || change.destination().isEmpty()
            ? null
            : SubjectTransform.of(change.source(), change.destination());
    StreamConfig.Republish again = stream.config().republish();
    republish =
        again == null || again.destination().isEmpty()
            ? null
            : new Republisher(stream.name(), again, stream.jetStream().compatibility());
  }

  /**
   * Makes this the appender of one replica: what is received is proposed, and stored when a
   * majority has it.
   */
  public void replicate(CommandLog commands) {
    log = commands;
    duplicates.replicate();
    schedules.replicate(commands);
  }

  /** Begins to receive messages, because this replica leads now. */
  public void lead() {
    schedules.recover();
  }

  /** Forgets what only a leader knows: batches that are not complete, and when schedules fire. */
  public void follow() {
    batches.clear();
    fastBatches.clear();
    schedules.close();
  }

  /** Returns whether received messages are to be proposed now. */
  boolean isReplicated() {
    return log != null && !applying;
  }

  /** Proposes a message that was received. */
  void propose(Message message, Origin origin) {
    CommandLog commands = log;
    if (commands != null) {
      String subject = transform(message.subject());
      if (origin == Origin.CLIENT) {
        // What this server has room for is not for the other replicas to say.
        checkRoom(subject, message, stream.config());
      }
      commands.propose(
          new StreamCommand.Publish(message.retain(), origin, isUnwanted(subject), now()));
    }
  }

  /** Returns the command that stores a message of a source. */
  public StreamCommand.Sourced sourced(
      Message message, String source, SourcePositions.Position position) {
    boolean unwanted = isUnwanted(transform(message.subject()));
    return new StreamCommand.Sourced(message.retain(), source, position, unwanted, now());
  }

  private boolean isUnwanted(String subject) {
    return stream.config().retention() == RetentionPolicy.INTEREST && !stream.isInterested(subject);
  }

  /** Returns the time of what is done now, in nanoseconds since the Unix epoch. */
  long now() {
    return applying ? commandTime : stream.time().epochNanos();
  }

  /**
   * Begins to apply a command that a majority has, until {@link #applied}.
   *
   * @param time the time of the command
   * @param answers whether this replica has received it, and tells its publisher
   */
  public void applying(long time, boolean answers) {
    applying = true;
    answering = answers;
    unwantedByCommand = false;
    commandTime = time;
  }

  /** Notes that the command is applied. */
  public void applied() {
    applying = false;
  }

  /** Stores a message that a majority has; returns whether it is stored. */
  public boolean apply(StreamCommand.Publish command, WorkBatch batch) {
    unwantedByCommand = command.unwanted();
    Message message = command.message();
    if (command.origin() != Origin.FAST_BATCH) {
      return receive(message, command.origin() == Origin.CLIENT, batch);
    }
    try {
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      fastBatches.apply(message, headers, answering, batch);
      stream.grew(message.length());
      return true;
    } catch (ApiException e) {
      answers.refuse(reply(message), e);
    } catch (StoreException.LimitReached e) {
      refuse(message, e);
    }
    return false;
  }

  private @Nullable String reply(Message message) {
    return stream.config().noAck() || (applying && !answering) ? null : message.reply();
  }

  private void refuse(Message message, StoreException e) {
    answers.refuse(
        reply(message), ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
  }

  /** Stores a message of a source that a majority has; returns whether it is stored. */
  public boolean apply(StreamCommand.Sourced command, WorkBatch batch) {
    unwantedByCommand = command.unwanted();
    return receive(command.message(), false, batch);
  }

  /** Checks and stores an atomic batch that a majority has. */
  public void apply(StreamCommand.PublishBatch command, WorkBatch batch) {
    String reply = answering && !stream.config().noAck() ? command.reply() : null;
    List<Message> checked;
    try {
      if (stream.config().sealed()) {
        throw ApiError.STREAM_SEALED.exception();
      }
      duplicates.expire(commandTime);
      checked = new BatchCheck(stream, this).check(command.messages());
    } catch (ApiException e) {
      answers.refuse(reply, e);
      return;
    }
    storeAll(command.id(), checked, command.unwanted(), reply, batch);
  }

  /** Makes the messages of schedules that are due. */
  public void apply(StreamCommand.FireSchedules command, WorkBatch batch) {
    schedules.fire(command, batch);
  }

  /** Returns what is known of published messages besides those that are stored. */
  public PublishState state() {
    return new PublishState(duplicates.known(), safeMessageId);
  }

  /** Replaces what is known of published messages, after what is stored was replaced. */
  public void restore(PublishState state) {
    duplicates.restore(state.ids());
    lastMessageId = state.lastMessageId();
    safeMessageId = lastMessageId;
    schedules.recover();
  }

  /** Recovers from the stored messages what the stream knows of them. */
  public void recover() {
    StreamStore store = stream.store();
    duplicates.recover(store);
    schedules.recover();
    StoredMessage last = store.lastSequence() == 0 ? null : store.get(store.lastSequence());
    if (last != null && last.headerLength() > 0) {
      lastMessageId =
          PublishHeaders.parse(last.buffer(), last.offset(), last.headerLength())
              .text(Name.MESSAGE_ID);
      safeMessageId = lastMessageId;
    }
  }

  public void configChanged(StreamConfig before) {
    readTransforms();
    if (!stream.config().allowAtomicPublish()) {
      batches.clear();
    }
    if (!stream.config().allowBatchPublish()) {
      fastBatches.clear();
    }
    if (before.duplicateWindow() != stream.config().duplicateWindow()) {
      duplicates.windowChanged();
    }
  }

  /** Receives a message from a publisher. */
  public void receive(Message message, WorkBatch batch) {
    receive(message, true, batch);
  }

  /** Receives a message from a publisher that is traced, or only traced and not stored. */
  public void receive(Message message, MessageTrace.StreamTrace step, WorkBatch batch) {
    tracing = step;
    refusal = "";
    try {
      receive(message, true, batch);
    } finally {
      tracing = null;
    }
    step.done(refusal);
  }

  /** Receives a message made by this server, or from a stream that has already checked it. */
  public boolean receiveTrusted(Message message, WorkBatch batch) {
    return receive(message, false, batch);
  }

  private boolean receive(Message message, boolean checked, WorkBatch batch) {
    if (stream.isClosed()) {
      return false;
    }
    String reply = reply(message);
    if (!stream.store().isUsable()) {
      if (applying) {
        throw new IllegalStateException("The store has failed and takes no messages");
      }
      // What a failed store knows may be wrong, so the message is refused without any check.
      answers.refuse(reply, ApiError.STREAM_STORE_FAILED.exception("closed until a restart"));
      return false;
    }
    long before = stream.store().lastSequence();
    int told = answers.count();
    try {
      WorkStep.INGEST_RECEIVE.reach();
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      boolean proposing = log != null && !applying;
      boolean classified = !checked || applying;
      String marked = classified ? null : FastBatchStep.marked(message.reply(), headers);
      if (marked != null) {
        fastBatches.receive(message, marked, headers, batch);
      } else if (!classified && headers.has(Name.BATCH_ID)) {
        receiveBatched(message, headers, reply, batch);
      } else if (proposing && !isOnlyTraced()) {
        propose(message, checked ? Origin.CLIENT : Origin.SERVER);
      } else {
        store(message, headers, reply, checked, PubAcks.STORED, batch);
      }
      if (!proposing) {
        stream.grew(message.length());
      }
      return true;
    } catch (ApiException e) {
      refusal = e.getMessage() + " (" + e.error().errorCode() + ")";
      answers.refuse(reply, e);
    } catch (StoreException.LimitReached e) {
      answers.refuse(reply, ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
    } catch (StoreException e) {
      failures.add(e);
      if (applying) {
        throw e; // the other replicas have stored it
      }
      answers.refuse(reply, ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
    } catch (Throwable e) {
      if (applying) {
        throw e;
      }
      if (reply != null && !answers.holdsAnswer(reply, told)) {
        answers.refuse(reply, e);
      }
      failRound(e, stream.store().lastSequence() != before, batch);
    }
    return false;
  }

  /**
   * Handles an unexpected failure of a message. If the message may be stored in part, everything of
   * this round that is not durable yet is rolled back, as after a failed commit: nothing of it was
   * acknowledged, and its sequences are free again.
   */
  void failRound(Throwable failure, boolean changed, WorkBatch batch) {
    stream.jetStream().supervisor().failed(stream, failure, null);
    StreamStore store = stream.store();
    if (changed && store.isUsable()) {
      try {
        store.rollBack();
      } catch (Throwable again) {
        store.fail(again);
      }
    }
    if (changed || !store.isUsable()) {
      giveUp(answers.refusal(failure), batch);
    }
  }

  /** Tells the publishers of messages that are not durable that these are lost. */
  private void giveUp(byte[] refusal, WorkBatch batch) {
    StreamStore store = stream.store();
    // Nobody knows what of a failed store is durable, so nothing is acknowledged.
    long safe = store.isUsable() ? store.lastSequence() : 0;
    lastMessageId = safeMessageId;
    answers.flush(safe, refusal, batch);
    duplicates.truncate(safe);
    fastBatches.clear();
    if (store.isUsable()) {
      stream.restartSources(batch);
    } else {
      stream.writingHasFailed();
    }
  }

  private void receiveBatched(
      Message message, PublishHeaders headers, @Nullable String reply, WorkBatch batch) {
    AtomicBatches.Result result = batches.receive(message, headers, batch);
    if (!result.isCommit()) {
      // An empty response means that the batch continues.
      if (reply != null) {
        answers.addResponse(reply, NOTHING, 0);
      }
      return;
    }
    CommandLog commands = log;
    if (commands != null) {
      commands.propose(
          new StreamCommand.PublishBatch(
              result.id(),
              result.messages(),
              result.messages().stream()
                  .map(each -> isUnwanted(transform(each.subject())))
                  .toList(),
              message.reply(),
              now()));
      return;
    }
    storeAll(result.id(), result.messages(), List.of(), reply, batch);
    commit(batch);
  }

  private void storeAll(
      String id,
      List<Message> messages,
      List<Boolean> unwanted,
      @Nullable String reply,
      WorkBatch batch) {
    int count = messages.size();
    JsonWriter tail = JsonWriter.compact().beginObject().field("batch", id);
    String fields =
        new String(tail.field("count", count).endObject().toBytes(), StandardCharsets.UTF_8);
    byte[] committed = ("," + fields.substring(1)).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < count; i++) {
      Message each = messages.get(i);
      PublishHeaders own = PublishHeaders.parse(each.buffer(), each.offset(), each.headerLength());
      unwantedByCommand = i < unwanted.size() && unwanted.get(i);
      store(each, own, i == count - 1 ? reply : null, false, committed, batch);
    }
  }

  /** Stores a message of a batch, which has been checked and answers for its messages. */
  void storeBatched(Message message, PublishHeaders headers, WorkBatch batch) {
    store(message, headers, null, false, PubAcks.STORED, batch);
  }

  /** Returns the response that refuses a message before any check. Any thread. */
  public byte[] refusal(ApiException error) {
    return answers.refusal(error);
  }

  /** Returns about how much of the heap the parts of this object take, in bytes. */
  public long footprint() {
    return duplicates.footprint();
  }

  /**
   * Returns the sequence of the message with this id in the duplicate window, or 0 if there is
   * none.
   */
  long duplicateOf(String id) {
    return duplicates.sequenceOf(id);
  }

  /** Returns the outcomes of the present round. */
  PubAcks outcomes() {
    return answers;
  }

  /** Returns what republishes stored messages; null if the configuration says nothing of it. */
  @Nullable Republisher republisher() {
    return republish;
  }

  Schedules schedules() {
    return schedules;
  }

  private void store(
      Message given,
      PublishHeaders headers,
      @Nullable String reply,
      boolean checked,
      byte[] tail,
      WorkBatch batch) {
    StreamConfig config = stream.config();
    StreamStore store = stream.store();
    if (config.sealed()) {
      throw ApiError.STREAM_SEALED.exception();
    }
    Message message = given;
    String subject = transform(message.subject());
    String id = "";
    String rollup = "";
    byte[] acknowledgement = tail;
    BigInteger increment = null;
    if (headers.has(Name.REQUEST_INFO)) {
      // Readers of the stream must not see what another account told about the client.
      message = HeaderBlock.without(message, Name.REQUEST_INFO.text());
    }
    PublishChecks.checkSize(message, config);
    PublishChecks.checkHeaderSize(message);
    if (headers != PublishHeaders.NONE) {
      increment = Counter.increment(headers);
      boolean schedule = false;
      if (checked) {
        Counter.check(headers, increment, message, config);
        PublishChecks.checkExpectations(stream, headers, subject);
        schedule = schedules.check(headers, subject, now());
        PublishChecks.checkSource(stream, headers);
      }
      id = headers.text(Name.MESSAGE_ID);
      if (!id.isEmpty() && config.mirror() == null && isDuplicate(id, reply)) {
        return;
      }
      checkLastMessageId(headers);
      rollup = headers.rollup();
      PublishChecks.checkRollup(rollup, config, checked);
      if (schedule && rollup.isEmpty()) {
        // A subject has at most one schedule.
        message = HeaderBlock.with(message, Name.ROLLUP.text(), "sub");
        rollup = "sub";
      }
    }
    if (config.allowMessageCounter()) {
      if (increment == null) {
        throw ApiError.MESSAGE_INCR_MISSING.exception();
      }
      Counter.Step step = Counter.add(message, subject, headers, increment, store.last(subject));
      message = step.message();
      acknowledgement = tail == PubAcks.STORED ? step.acknowledgement() : tail;
    }
    PublishChecks.checkSize(message, config);
    PublishChecks.checkHeaderSize(message);
    long now = now();
    boolean unwanted = applying ? unwantedByCommand : isUnwanted(subject);
    if (isOnlyTraced(subject, unwanted)) {
      return;
    }
    if (unwanted) {
      store.skip(1, now);
      long sequence = store.lastSequence();
      remember(sequence, id, now);
      answers.skipped(sequence, reply, acknowledgement);
      purgeOlder(headers, rollup, subject, 0, batch);
      return;
    }
    if (!applying) {
      checkRoom(subject, message, config);
    }
    long previous = republish == null ? 0 : republish.lastSequence(store, subject);
    // Messages from a source may have times to live that do not apply here.
    long ttl = checked || config.allowMessageTtl() ? MessageTtl.parse(headers.text(Name.TTL)) : 0;
    if (ttl > 0 && ttl < shortestTtl(config)) {
      ttl = shortestTtl(config);
      message = HeaderBlock.with(message, Name.TTL.text(), Long.toString(ttl));
    }
    long lifetime = MessageTtl.nanos(ttl);
    long sequence = store.append(subject, message, now, lifetime, !rollup.isEmpty());
    WorkStep.INGEST_STORED.reach();
    remember(sequence, id, now);
    observe(given, sequence);
    answers.stored(
        sequence,
        subject,
        reply,
        acknowledgement,
        republish == null || isSilent()
            ? null
            : republish.copy(message, subject, sequence, now, previous));
    WorkStep.INGEST_NOTED.reach();
    schedules.stored(subject, sequence, headers, now);
    purgeOlder(headers, rollup, subject, 1, batch);
  }

  /** Tells the observer of the server, if there is one, of a stored message. */
  void observe(Message given, long sequence) {
    if (observer != null && !isSilent()) {
      observer.stored(
          stream.account().name(), stream.name(), sequence, given.subject(), given.reply());
    }
  }

  /** Returns whether another replica tells of the message. */
  boolean isSilent() {
    return applying && !answering;
  }

  private boolean isDuplicate(String id, @Nullable String reply) {
    if (applying) {
      duplicates.expire(commandTime);
    }
    long known = duplicates.sequenceOf(id);
    if (known <= 0) {
      return false;
    }
    refusal = "msgid is duplicate";
    answers.duplicate(known, reply);
    return true;
  }

  private void checkLastMessageId(PublishHeaders headers) {
    String expected = headers.text(Name.EXPECTED_LAST_MESSAGE_ID);
    if (!expected.isEmpty() && !expected.equals(lastMessageId)) {
      throw ApiError.STREAM_WRONG_LAST_MSG_ID.exception(lastMessageId);
    }
  }

  private boolean isOnlyTraced() {
    MessageTrace.StreamTrace step = tracing;
    return step != null && step.only();
  }

  /** Notes in the trace, if there is one, that the message would be stored. */
  private boolean isOnlyTraced(String subject, boolean unwanted) {
    MessageTrace.StreamTrace step = tracing;
    if (step == null) {
      return false;
    }
    step.passed(subject, unwanted);
    return step.only();
  }

  /**
   * Returns the shortest time to live, in seconds, with which a message outlives its predecessor's
   * marker.
   */
  private static long shortestTtl(StreamConfig config) {
    return config.maxMessagesPerSubject() == 1 ? 0 : config.subjectDeleteMarkerTtl() / SECOND;
  }

  void purgeOlder(
      PublishHeaders headers, String rollup, String subject, long keep, WorkBatch batch) {
    StreamConfig config = stream.config();
    if (headers == PublishHeaders.NONE || !config.allowRollup() || config.denyPurge()) {
      return;
    }
    if (!rollup.isEmpty()) {
      stream.purge(rollup.equals("sub") ? subject : "", 0, keep, batch);
    }
    if (headers.text(Name.SCHEDULE_NEXT).equals(Schedules.PURGE) && headers.has(Name.SCHEDULER)) {
      stream.purge(headers.text(Name.SCHEDULER), 0, 0, batch);
    }
  }

  void remember(long sequence, String id, long now) {
    lastMessageId = id;
    if (!id.isEmpty()) {
      duplicates.add(id, sequence, now);
    }
  }

  /** Returns the subject under which a message of this subject is stored. */
  public String transform(String subject) {
    return transform == null ? subject : transform.apply(subject).orElse(subject);
  }

  /**
   * Checks that server and account have room for a message.
   *
   * @throws ApiException if they have not
   */
  public void checkRoom(String subject, Message message, StreamConfig config) {
    AccountUsage resources = stream.jetStream().resources();
    long bytes = 0;
    if (resources.isLimited(config.storage())) {
      long size =
          stream.store().sizeOf(subject.length(), message.headerLength(), message.payloadLength());
      bytes = stream.unaccountedBytes() + size;
    }
    resources.checkRoom(config, bytes);
  }

  /** Makes the messages of the round durable, then tells publishers and consumers. */
  public void commit(WorkBatch batch) {
    if (answers.isEmpty()) {
      return;
    }
    try {
      WorkStep.INGEST_COMMIT.reach();
      stream.store().commit();
      WorkStep.INGEST_SAFE.reach();
    } catch (StoreException e) {
      failures.add(e);
      if (hasFallenBehind(e)) {
        return;
      }
      giveUp(
          answers.refusal(ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage()))),
          batch);
      return;
    } catch (Throwable e) {
      if (!hasFallenBehind(e)) {
        failRound(e, true, batch);
      }
      return;
    }
    safeMessageId = lastMessageId;
    failures.clear();
    answers.flush(Long.MAX_VALUE, PubAcks.STORED, batch);
  }

  // Nobody is told anything: the other replicas have stored what this one has not.
  private boolean hasFallenBehind(Throwable failure) {
    CommandLog commands = log;
    if (commands == null) {
      return false;
    }
    answers.drop();
    commands.failed(failure);
    return true;
  }

  /** Notes that a message has left the stream. */
  public void removed(long sequence, String subject) {
    schedules.removed(sequence, subject);
  }

  /** Notes that many messages have left the stream. */
  public void recount() {
    schedules.recount();
  }

  public void close() {
    duplicates.close();
    schedules.close();
    batches.clear();
    fastBatches.clear();
  }
}
