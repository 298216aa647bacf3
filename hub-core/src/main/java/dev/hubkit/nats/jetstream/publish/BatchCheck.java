package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Checks the messages of one batch before any of them is stored, each as if those before it were
 * stored (ADR-50). Confined to the stream's executor.
 */
final class BatchCheck {
  private final PublishContext stream;
  private final MessageAppender appender;
  private final Set<String> ids = new HashSet<>();
  private final Map<String, Integer> subjects = new HashMap<>();
  private final Map<String, Long> expected = new HashMap<>();
  private long bytes;

  BatchCheck(PublishContext stream, MessageAppender appender) {
    this.stream = stream;
    this.appender = appender;
  }

  /**
   * Checks all of them.
   *
   * @return the messages in the form to store
   * @throws ApiException for the first message that cannot be stored
   */
  public List<Message> check(List<Message> messages) {
    List<Message> checked = new ArrayList<>(messages.size());
    for (Message message : messages) {
      PublishHeaders headers =
          PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
      if (headers.has(Name.EXPECTED_LAST_MESSAGE_ID)) {
        throw ApiError.ATOMIC_PUBLISH_UNSUPPORTED_HEADER_BATCH.exception(
            Name.EXPECTED_LAST_MESSAGE_ID.text());
      }
      checked.add(check(message, headers));
    }
    return checked;
  }

  /**
   * Checks the next message of the batch.
   *
   * @return the message in the form to store
   * @throws ApiException if it cannot be stored
   */
  public Message check(Message given, PublishHeaders headers) {
    StreamConfig config = stream.config();
    String subject = appender.transform(given.subject());
    if (PublishChecks.isTooLarge(given, subject, stream.store())) {
      throw full(StoreException.Limit.MESSAGE_SIZE);
    }
    PublishChecks.checkSize(given, config);
    PublishChecks.checkHeaderSize(given);
    BigInteger increment = Counter.increment(headers);
    Counter.check(headers, increment, given, config);
    String expectedStream = headers.text(Name.EXPECTED_STREAM);
    if (!expectedStream.isEmpty() && !expectedStream.equals(stream.name())) {
      throw ApiError.STREAM_NOT_MATCH.exception();
    }
    checkTtl(headers, config);
    checkId(headers.text(Name.MESSAGE_ID));
    PublishChecks.checkSource(stream, headers);
    if (config.allowMessageCounter()) {
      if (increment == null) {
        throw ApiError.MESSAGE_INCR_MISSING.exception();
      }
      if (!subjects.containsKey(subject)) {
        Counter.add(given, subject, headers, increment, stream.store().last(subject));
      }
    }
    checkSequences(headers, subject);
    Message message = given;
    String rollup = headers.rollup();
    if (appender.schedules().check(headers, subject, appender.now()) && !headers.has(Name.ROLLUP)) {
      rollup = "sub";
      message = HeaderBlock.with(given, Name.ROLLUP.text(), rollup);
    }
    checkRollup(rollup, subject, config);
    subjects.merge(subject, 1, Integer::sum);
    checkRoom(message, headers, subject, config);
    return message;
  }

  private static void checkTtl(PublishHeaders headers, StreamConfig config) {
    if (!headers.has(Name.TTL)) {
      return;
    }
    try {
      if (MessageTtl.parse(headers.text(Name.TTL)) == 0 || config.allowMessageTtl()) {
        return;
      }
    } catch (ApiException e) {
      if (config.allowMessageTtl()) {
        throw e;
      }
    }
    throw ApiError.MESSAGE_TTL_DISABLED.exception();
  }

  private void checkId(String id) {
    if (!id.isEmpty() && (!ids.add(id) || appender.duplicateOf(id) > 0)) {
      throw ApiError.ATOMIC_PUBLISH_CONTAINS_DUPLICATE_MESSAGE.exception();
    }
  }

  private void checkSequences(PublishHeaders headers, String subject) {
    StreamStore store = stream.store();
    if (headers.has(Name.EXPECTED_LAST_SEQUENCE)) {
      int staged = subjects.values().stream().mapToInt(Integer::intValue).sum();
      long last = store.lastSequence() + staged;
      if (headers.sequence(Name.EXPECTED_LAST_SEQUENCE) != last) {
        throw ApiError.STREAM_WRONG_LAST_SEQUENCE.exception(last);
      }
      if (staged > 0) {
        throw ApiError.STREAM_WRONG_LAST_SEQUENCE_CONSTANT.exception();
      }
    }
    if (!headers.has(Name.EXPECTED_LAST_SUBJECT_SEQUENCE)) {
      if (headers.has(Name.EXPECTED_LAST_SUBJECT)) {
        throw ApiError.STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_INVALID.exception();
      }
      return;
    }
    String of =
        headers.has(Name.EXPECTED_LAST_SUBJECT)
            ? headers.text(Name.EXPECTED_LAST_SUBJECT)
            : subject;
    if (subjects.containsKey(of)) {
      throw ApiError.STREAM_WRONG_LAST_SEQUENCE_CONSTANT.exception();
    }
    long present = expected.computeIfAbsent(of, this::lastSequence);
    if (headers.sequence(Name.EXPECTED_LAST_SUBJECT_SEQUENCE) != present) {
      throw ApiError.STREAM_WRONG_LAST_SEQUENCE.exception(present);
    }
  }

  private long lastSequence(String subject) {
    StoredMessage last = stream.store().last(subject);
    return last == null ? 0 : last.sequence();
  }

  private void checkRollup(String rollup, String subject, StreamConfig config) {
    PublishChecks.checkRollup(rollup, config, true);
    if (rollup.equals("sub") && subjects.containsKey(subject)) {
      throw ApiError.STREAM_ROLLUP_FAILED.exception("batch rollup sub invalid");
    }
    if (rollup.equals("all") && !subjects.isEmpty()) {
      throw ApiError.STREAM_ROLLUP_FAILED.exception("batch rollup all invalid");
    }
  }

  private void checkRoom(
      Message message, PublishHeaders headers, String subject, StreamConfig config) {
    StreamStore store = stream.store();
    bytes += store.sizeOf(subject.length(), message.headerLength(), message.payloadLength());
    if (config.discard() != DiscardPolicy.NEW) {
      return;
    }
    StoreState state = store.state();
    long count = state.messages() + subjects.values().stream().mapToInt(Integer::intValue).sum();
    if (config.maxMessages() > 0 && count > config.maxMessages()) {
      throw full(StoreException.Limit.MESSAGES);
    }
    if (config.maxBytes() > 0 && state.bytes() + bytes > config.maxBytes()) {
      throw full(StoreException.Limit.BYTES);
    }
    if (config.discardNewPerSubject()
        && config.maxMessagesPerSubject() > 0
        && !headers.has(Name.ROLLUP)
        && store.count(subject) + subjects.getOrDefault(subject, 0)
            > config.maxMessagesPerSubject()) {
      throw full(StoreException.Limit.MESSAGES_PER_SUBJECT);
    }
  }

  private static ApiException full(StoreException.Limit limit) {
    return ApiError.STREAM_STORE_FAILED.exception(limit.text());
  }
}
