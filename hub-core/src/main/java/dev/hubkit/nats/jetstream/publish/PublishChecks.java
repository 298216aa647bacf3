package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.wire.Message;

/** What a message must be, and what it may expect of the stream, to be stored. */
final class PublishChecks {
  private static final int MAX_HEADER = 0xffff;

  private PublishChecks() {}

  /**
   * Is a message no bigger than the stream takes?
   *
   * @throws ApiException {@link ApiError#STREAM_MESSAGE_EXCEEDS_MAXIMUM} if it is
   */
  public static void checkSize(Message message, StreamConfig config) {
    if (config.maxMessageSize() >= 0 && message.length() > config.maxMessageSize()) {
      throw ApiError.STREAM_MESSAGE_EXCEEDS_MAXIMUM.exception();
    }
  }

  /**
   * Is the header block no bigger than any stream takes?
   *
   * @throws ApiException {@link ApiError#STREAM_HEADER_EXCEEDS_MAXIMUM} if it is
   */
  static void checkHeaderSize(Message message) {
    if (message.headerLength() > MAX_HEADER) {
      throw ApiError.STREAM_HEADER_EXCEEDS_MAXIMUM.exception();
    }
  }

  /**
   * Is the stream as the {@code Nats-Expected-*} headers say?
   *
   * @throws ApiException if not
   */
  static void checkExpectations(PublishContext stream, PublishHeaders headers, String subject) {
    StreamStore store = stream.store();
    String expectedStream = headers.text(Name.EXPECTED_STREAM);
    if (!expectedStream.isEmpty() && !expectedStream.equals(stream.name())) {
      throw ApiError.STREAM_NOT_MATCH.exception();
    }
    if (headers.has(Name.TTL)
        && !stream.config().allowMessageTtl()
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
}
