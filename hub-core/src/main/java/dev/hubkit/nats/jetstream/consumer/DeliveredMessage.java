package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.Message;

/**
 * Makes what the clients of a consumer get of a stored message: all of it or, with {@code
 * headers_only}, its headers with the length of the payload as one more. Confined to the stream's
 * executor.
 */
final class DeliveredMessage {
  private static final byte[] NOTHING = new byte[0];

  private final ConsumerContext consumer;

  DeliveredMessage(ConsumerContext consumer) {
    this.consumer = consumer;
  }

  private boolean headersOnly() {
    return consumer.config().headersOnly();
  }

  /** Returns the length of the message to send. */
  public long length(StoredMessage stored) {
    return headersOnly() ? sizeHeader(stored).length : stored.length();
  }

  /** Returns the message to send. */
  public Message of(StoredMessage stored, String reply) {
    if (headersOnly()) {
      return Message.of(stored.subject(), reply, sizeHeader(stored), NOTHING);
    }
    return Message.view(
        stored.subject(),
        reply,
        stored.buffer(),
        stored.offset(),
        stored.headerLength(),
        stored.length());
  }

  /** Returns the message to send, with one more header. */
  public Message of(StoredMessage stored, String reply, String name, String value) {
    byte[] header = headersOnly() ? sizeHeader(stored) : stored.header();
    byte[] payload = headersOnly() ? NOTHING : stored.payload();
    return Message.of(stored.subject(), reply, HeaderBlock.add(header, name, value), payload);
  }

  private static byte[] sizeHeader(StoredMessage stored) {
    return HeaderBlock.add(
        stored.header(), "Nats-Msg-Size", Integer.toString(stored.payloadLength()));
  }
}
