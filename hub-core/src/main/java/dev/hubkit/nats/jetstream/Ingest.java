package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.jetstream.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.subject.SubjectTransform;
import dev.hubkit.nats.wire.Message;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of a published message into a stream: what it expects of the stream is checked, it is
 * stored, and once the round's messages are safe it is acknowledged and shown to the consumers. The
 * order of the checks is that of nats-server. Confined to the stream's lane.
 */
final class Ingest {
  private static final Logger log = LoggerFactory.getLogger(Ingest.class);
  private static final int MAX_HEADER = 0xffff;

  private final Stream stream;
  private final Deduplication duplicates;
  private final Schedules schedules;
  private final AtomicBatches batches;
  private final List<Outcome> outcomes = new ArrayList<>();
  private final byte[] ackPrefix;
  private @Nullable SubjectTransform transform;
  private @Nullable Republisher republish;
  private String lastMessageId = "";
  private String safeMessageId = "";

  /**
   * What became of a message, told when the round is safe.
   *
   * @param sequence where it is stored, or would be were it not a duplicate; 0 when refused
   * @param subject the subject it is stored under; null when it was not stored
   * @param reply where the answer goes; null for nowhere
   * @param answer the whole answer of a refused message, or the end of an acknowledgement behind
   *     the sequence
   * @param republished what is published again now that it is stored
   */
  private record Outcome(
      long sequence,
      @Nullable String subject,
      @Nullable String reply,
      byte[] answer,
      @Nullable Message republished) {
    Outcome(long sequence, @Nullable String subject, @Nullable String reply, byte[] answer) {
      this(sequence, subject, reply, answer, null);
    }
  }

  private static final byte[] STORED = {'}'};
  private static final byte[] NOTHING = {};
  private static final byte[] DUPLICATE =
      ",\"duplicate\": true}".getBytes(StandardCharsets.ISO_8859_1);

  Ingest(Stream stream) {
    this.stream = stream;
    this.duplicates = new Deduplication(stream);
    this.schedules = new Schedules(stream);
    this.batches = new AtomicBatches(stream, this);
    JsonWriter prefix = JsonWriter.compact().beginObject().field("stream", stream.name());
    prefix.fieldIfSet("domain", stream.jetStream().options().domain());
    String text = new String(prefix.endObject().toBytes(), StandardCharsets.UTF_8);
    ackPrefix =
        (text.substring(0, text.length() - 1) + ",\"seq\":").getBytes(StandardCharsets.UTF_8);
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
            : new Republisher(stream.name(), again);
  }

  /** Brings back what a stream knows of its last messages. */
  void recover() {
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

  void configChanged(StreamConfig before) {
    readTransforms();
    if (!stream.config().allowAtomicPublish()) {
      batches.clear();
    }
    if (before.duplicateWindow() != stream.config().duplicateWindow()) {
      duplicates.windowChanged();
    }
  }

  /** Takes a message from a publisher. */
  void receive(Message message, Batch batch) {
    receive(message, true, batch);
  }

  /** Takes a message that this server has made, or that comes from a stream that has checked it. */
  boolean receiveTrusted(Message message, Batch batch) {
    return receive(message, false, batch);
  }

  /**
   * Takes a message of the stream that this one mirrors, under the same sequence; sequences that
   * are missing there are missing here.
   *
   * @return false when it can't be stored
   */
  boolean receiveMirrored(Message message, long sequence, long timestamp, Batch batch) {
    StreamStore store = stream.store();
    StreamConfig config = stream.config();
    String subject = transform(message.subject());
    try {
      long last = store.lastSequence();
      if (last == 0 && sequence > 1) {
        store.compact(sequence);
      } else if (sequence > last + 1) {
        store.skip(sequence - last - 1, timestamp);
      }
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      long previous = republish == null ? 0 : republish.lastSequence(store, subject);
      long ttl = config.allowMessageTtl() ? MessageTtl.parseOrNone(headers.text(Name.TTL)) : 0;
      store.appendAt(
          sequence,
          subject,
          message.buffer(),
          message.offset(),
          message.headerLength(),
          message.length(),
          timestamp,
          ttl);
      remember(sequence, headers.text(Name.MESSAGE_ID), timestamp);
      outcomes.add(
          new Outcome(
              sequence,
              subject,
              null,
              STORED,
              republish == null
                  ? null
                  : republish.copy(message, subject, sequence, timestamp, previous)));
      purgeOlder(headers, headers.rollup(), subject, 1, batch);
      return true;
    } catch (StoreException e) {
      reportFailure(e);
      return false;
    }
  }

  private boolean receive(Message message, boolean checked, Batch batch) {
    if (stream.isClosed()) {
      return false;
    }
    String reply = stream.config().noAck() ? null : message.reply();
    try {
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      if (checked && headers.has(Name.BATCH_ID)) {
        receiveBatched(message, headers, reply, batch);
      } else {
        store(message, headers, reply, checked, STORED, batch);
      }
      return true;
    } catch (ApiException e) {
      refuse(reply, e);
    } catch (StoreException.LimitReached e) {
      refuse(reply, ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
    } catch (StoreException e) {
      log.error("Stream {} could not store a message", stream.name(), e);
      refuse(reply, ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
    }
    return false;
  }

  private void receiveBatched(
      Message message, PublishHeaders headers, @Nullable String reply, Batch batch) {
    AtomicBatches.Result result = batches.receive(message, headers, batch);
    if (!result.isCommit()) {
      // An empty answer says that it goes on.
      outcomes.add(new Outcome(0, null, reply, NOTHING));
      return;
    }
    int count = result.messages().size();
    JsonWriter tail = JsonWriter.compact().beginObject().field("batch", result.id());
    String fields =
        new String(tail.field("count", count).endObject().toBytes(), StandardCharsets.UTF_8);
    byte[] committed = ("," + fields.substring(1)).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < count; i++) {
      Message each = result.messages().get(i);
      PublishHeaders own = PublishHeaders.parse(each.buffer(), each.offset(), each.headerLength());
      store(each, own, i == count - 1 ? reply : null, false, committed, batch);
    }
    commit(batch);
  }

  /**
   * Is a message no bigger than the stream takes?
   *
   * @throws ApiException if it is
   */
  void checkSize(Message message, StreamConfig config) {
    if (config.maxMessageSize() >= 0 && message.length() > config.maxMessageSize()) {
      throw ApiError.STREAM_MESSAGE_EXCEEDS_MAXIMUM.exception();
    }
    if (message.headerLength() > MAX_HEADER) {
      throw ApiError.STREAM_HEADER_EXCEEDS_MAXIMUM.exception();
    }
  }

  /** Is there a message of this id within the duplicate window? */
  boolean isDuplicate(String id) {
    return duplicates.sequenceOf(id) > 0;
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
      Batch batch) {
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
    if (headers != PublishHeaders.NONE) {
      increment = Counter.increment(headers);
      boolean schedule = false;
      if (checked) {
        Counter.check(headers, increment, message, config);
        checkExpectations(headers, subject, config);
        schedule = schedules.check(headers, subject);
      }
      id = headers.text(Name.MESSAGE_ID);
      if (!id.isEmpty() && config.mirror() == null) {
        long known = duplicates.sequenceOf(id);
        if (known > 0) {
          outcomes.add(new Outcome(known, null, reply, DUPLICATE));
          return;
        }
      }
      String expected = headers.text(Name.EXPECTED_LAST_MESSAGE_ID);
      if (!expected.isEmpty() && !expected.equals(lastMessageId)) {
        throw ApiError.STREAM_WRONG_LAST_MSG_ID.exception(lastMessageId);
      }
      rollup = headers.rollup();
      checkRollup(rollup, config, checked);
      if (schedule && rollup.isEmpty()) {
        // There is one schedule for a subject.
        message = withHeader(message, Name.ROLLUP, "sub");
        rollup = "sub";
      }
    }
    if (config.allowMessageCounter()) {
      if (increment == null) {
        throw ApiError.MESSAGE_INCR_MISSING.exception();
      }
      Counter.Step step = Counter.add(message, subject, headers, increment, store.last(subject));
      message = step.message();
      if (tail == STORED) {
        acknowledgement =
            (",\"val\":\"" + step.value() + "\"}").getBytes(StandardCharsets.ISO_8859_1);
      }
    }
    checkSize(message, config);
    long now = stream.time().epochNanos();
    if (config.retention() == RetentionPolicy.INTEREST
        && !stream.consumers().isInterested(subject)) {
      store.skip(1, now);
      long sequence = store.lastSequence();
      remember(sequence, id, now);
      outcomes.add(new Outcome(sequence, null, reply, acknowledgement));
      purgeOlder(headers, rollup, subject, 0, batch);
      return;
    }
    checkAccount(subject, message, config);
    long previous = republish == null ? 0 : republish.lastSequence(store, subject);
    // A source may have times to live that mean nothing here.
    long ttl = checked || config.allowMessageTtl() ? MessageTtl.parse(headers.text(Name.TTL)) : 0;
    long shortest = config.subjectDeleteMarkerTtl() / 1_000_000_000L * 1_000_000_000L;
    if (ttl > 0 && ttl < shortest && config.maxMessagesPerSubject() != 1) {
      // Else the message could be gone before the marker of the one before it.
      ttl = shortest;
      message = withHeader(message, Name.TTL, Long.toString(shortest / 1_000_000_000L));
    }
    long sequence =
        store.append(
            subject,
            message.buffer(),
            message.offset(),
            message.headerLength(),
            message.length(),
            now,
            ttl,
            rollup.equals("sub"));
    remember(sequence, id, now);
    outcomes.add(
        new Outcome(
            sequence,
            subject,
            reply,
            acknowledgement,
            republish == null ? null : republish.copy(message, subject, sequence, now, previous)));
    schedules.stored(subject, sequence, headers, now);
    purgeOlder(headers, rollup, subject, 1, batch);
  }

  private static Message withHeader(Message message, Name name, String value) {
    return Message.of(
        message.subject(),
        message.reply(),
        HeaderBlock.set(message.header(), name.text(), value),
        message.payload());
  }

  private void purgeOlder(
      PublishHeaders headers, String rollup, String subject, long keep, Batch batch) {
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

  private void remember(long sequence, String id, long now) {
    lastMessageId = id;
    if (!id.isEmpty()) {
      duplicates.add(id, sequence, now);
    }
  }

  /** The subject a message of this subject is stored under. */
  String transform(String subject) {
    return transform == null ? subject : transform.apply(subject).orElse(subject);
  }

  private void checkAccount(String subject, Message message, StreamConfig config) {
    JetStream jetStream = stream.jetStream();
    if (jetStream.isLimited(config.storage())) {
      long size =
          stream.store().sizeOf(subject.length(), message.headerLength(), message.payloadLength());
      jetStream.checkRoom(config, stream.unaccountedBytes() + size);
    }
  }

  private void checkExpectations(PublishHeaders headers, String subject, StreamConfig config) {
    StreamStore store = stream.store();
    String expectedStream = headers.text(Name.EXPECTED_STREAM);
    if (!expectedStream.isEmpty() && !expectedStream.equals(stream.name())) {
      throw ApiError.STREAM_NOT_MATCH.exception();
    }
    if (headers.has(Name.TTL)
        && !config.allowMessageTtl()
        && MessageTtl.parseOrNone(headers.text(Name.TTL)) != 0) {
      throw ApiError.MESSAGE_TTL_DISABLED.exception();
    }
    if (headers.has(Name.EXPECTED_LAST_SUBJECT_SEQUENCE)) {
      String of =
          headers.has(Name.EXPECTED_LAST_SUBJECT)
              ? headers.text(Name.EXPECTED_LAST_SUBJECT)
              : subject;
      StoredMessage last = store.last(of);
      long sequence = last == null ? 0 : last.sequence();
      if (sequence != headers.sequence(Name.EXPECTED_LAST_SUBJECT_SEQUENCE)) {
        throw ApiError.STREAM_WRONG_LAST_SEQUENCE.exception(sequence);
      }
    } else if (headers.has(Name.EXPECTED_LAST_SUBJECT)) {
      throw ApiError.STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID.exception();
    }
    if (headers.has(Name.EXPECTED_LAST_SEQUENCE)
        && headers.sequence(Name.EXPECTED_LAST_SEQUENCE) != store.lastSequence()) {
      throw ApiError.STREAM_WRONG_LAST_SEQUENCE.exception(
          Long.toUnsignedString(store.lastSequence()));
    }
  }

  /**
   * May a message roll up the others?
   *
   * @throws ApiException {@link ApiError#STREAM_ROLLUP_FAILED}
   */
  static void checkRollup(String rollup, StreamConfig config, boolean checked) {
    if (rollup.isEmpty()) {
      return;
    }
    if (checked && (!config.allowRollup() || config.denyPurge())) {
      throw ApiError.STREAM_ROLLUP_FAILED.exception("rollup not permitted");
    }
    if (!rollup.equals("sub") && !rollup.equals("all")) {
      throw ApiError.STREAM_ROLLUP_FAILED.exception("rollup value invalid: \"" + rollup + "\"");
    }
  }

  private void refuse(@Nullable String reply, ApiException error) {
    if (reply != null) {
      outcomes.add(new Outcome(0, null, reply, refusal(error)));
    }
  }

  private byte[] refusal(ApiException error) {
    JsonWriter out = JsonWriter.compact().beginObject();
    error.writeTo(out);
    return out.field("stream", stream.name()).field("seq", 0).endObject().toBytes();
  }

  /** Makes the messages of the round safe, then tells publishers and consumers. */
  void commit(Batch batch) {
    if (outcomes.isEmpty()) {
      return;
    }
    StreamStore store = stream.store();
    long safe = Long.MAX_VALUE;
    byte[] failure = STORED;
    try {
      store.commit();
      safeMessageId = lastMessageId;
    } catch (StoreException e) {
      reportFailure(e);
      failure = refusal(ApiError.STREAM_STORE_FAILED.exception(String.valueOf(e.getMessage())));
      safe = store.lastSequence();
      lastMessageId = safeMessageId;
      duplicates.truncate(safe);
      stream.feeds().restart(batch);
    }
    for (Outcome outcome : outcomes) {
      boolean isLost = outcome.sequence() > safe;
      if (outcome.reply() != null) {
        byte[] answer = isLost ? failure : outcome.answer();
        if (!isLost && outcome.sequence() > 0) {
          answer = ack(outcome.sequence(), answer);
        }
        stream.account().publish(Message.of(outcome.reply(), null, answer), batch);
      }
      if (outcome.republished() != null && !isLost) {
        stream.account().publish(outcome.republished(), batch);
      }
      if (outcome.subject() != null && !isLost) {
        stream.consumers().appended(outcome.sequence(), outcome.subject(), batch);
      }
    }
    outcomes.clear();
  }

  void reportFailure(StoreException failure) {
    log.error("Stream {} could not write", stream.name(), failure);
  }

  private byte[] ack(long sequence, byte[] tail) {
    int digits = 1;
    for (long rest = sequence; rest >= 10; rest /= 10) {
      digits++;
    }
    byte[] ack = new byte[ackPrefix.length + digits + tail.length];
    System.arraycopy(ackPrefix, 0, ack, 0, ackPrefix.length);
    long rest = sequence;
    for (int at = ackPrefix.length + digits - 1; at >= ackPrefix.length; at--) {
      ack[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    System.arraycopy(tail, 0, ack, ackPrefix.length + digits, tail.length);
    return ack;
  }

  /** A message is gone. */
  void removed(long sequence, String subject) {
    schedules.removed(sequence, subject);
  }

  /** Many messages are gone. */
  void recount() {
    schedules.recount();
  }

  void close() {
    duplicates.close();
    schedules.close();
    batches.clear();
  }
}
