package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;

/** Checks of published messages: their sizes, and what their headers expect of the stream. */
final class PublishChecks {
  private static final int MAX_HEADER = 0xffff;

  private PublishChecks() {}

  /** Returns whether a store would not take a message because of its size. */
  static boolean isTooLarge(Message message, String subject, StreamStore store) {
    return store.sizeOf(subject.length(), message.headerLength(), message.payloadLength())
        > store.largest();
  }

  /**
   * Checks the size of a message against the limit of the stream.
   *
   * @throws ApiException {@link ApiError#STREAM_MESSAGE_EXCEEDS_MAXIMUM} if it is too large
   */
  public static void checkSize(Message message, StreamConfig config) {
    if (config.maxMessageSize() >= 0 && message.length() > config.maxMessageSize()) {
      throw ApiError.STREAM_MESSAGE_EXCEEDS_MAXIMUM.exception();
    }
  }

  /**
   * Checks the size of the header block, which is limited for all streams.
   *
   * @throws ApiException {@link ApiError#STREAM_HEADER_EXCEEDS_MAXIMUM} if it is too large
   */
  static void checkHeaderSize(Message message) {
    if (message.headerLength() > MAX_HEADER) {
      throw ApiError.STREAM_HEADER_EXCEEDS_MAXIMUM.exception();
    }
  }

  /**
   * Refuses a message that pretends to come from another stream. Only this server says where a
   * message comes from, because sources continue behind it.
   *
   * @throws ApiException {@link ApiError#MESSAGE_SOURCE_HEADER_NOT_ALLOWED}
   */
  static void checkSource(PublishContext stream, PublishHeaders headers) {
    if (headers.has(Name.STREAM_SOURCE)
        && stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
      throw ApiError.MESSAGE_SOURCE_HEADER_NOT_ALLOWED.exception();
    }
  }

  /**
   * Checks that the stream is as the {@code Nats-Expected-*} headers expect.
   *
   * @throws ApiException if it is not
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
   * Checks that a message may roll up others.
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
