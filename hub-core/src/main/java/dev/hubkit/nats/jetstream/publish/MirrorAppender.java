package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.wire.Message;

/**
 * Stores the messages of the stream that this one mirrors, under their own sequences. Confined to
 * the stream's executor.
 */
public final class MirrorAppender {
  private final PublishContext stream;
  private final MessageAppender appender;
  private final WriteFailures failures;

  public MirrorAppender(PublishContext stream, MessageAppender appender, WriteFailures failures) {
    this.stream = stream;
    this.appender = appender;
    this.failures = failures;
  }

  /**
   * Receives a message and stores it; sequences that are missing before it are skipped here.
   *
   * @return false if it cannot be stored
   */
  public boolean receive(Message message, long sequence, long timestamp, WorkBatch batch) {
    StreamStore store = stream.store();
    StreamConfig config = stream.config();
    if (config.maxMessageSize() >= 0 && message.length() > config.maxMessageSize()) {
      // As in nats-server, a mirror stops at a message that exceeds its limit.
      return false;
    }
    if (!stream.jetStream().resources().hasHeap()) {
      return false;
    }
    String subject = appender.transform(message.subject());
    try {
      long last = store.lastSequence();
      if (last == 0 && sequence > 1) {
        store.compact(sequence);
      } else if (sequence > last + 1) {
        store.skip(sequence - last - 1, timestamp);
      }
      append(message, subject, sequence, timestamp, batch);
      return true;
    } catch (StoreException e) {
      failures.add(e);
      return false;
    } catch (Throwable e) {
      appender.failRound(e, true, batch);
      return false;
    }
  }

  private void append(
      Message message, String subject, long sequence, long timestamp, WorkBatch batch) {
    StreamStore store = stream.store();
    Republisher republisher = appender.republisher();
    PublishHeaders headers =
        PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
    long previous = republisher == null ? 0 : republisher.lastSequence(store, subject);
    boolean expires = stream.config().allowMessageTtl();
    long ttl = expires ? MessageTtl.parseOrNone(headers.text(Name.TTL)) : 0;
    store.appendAt(sequence, subject, message, timestamp, ttl);
    appender.remember(sequence, headers.text(Name.MESSAGE_ID), timestamp);
    appender
        .outcomes()
        .stored(
            sequence,
            subject,
            null,
            PubAcks.STORED,
            republisher == null
                ? null
                : republisher.copy(message, subject, sequence, timestamp, previous));
    stream.grew(message.length());
    appender.purgeOlder(headers, headers.rollup(), subject, 1, batch);
  }

  /**
   * Notes that the mirrored stream has no more messages up to this sequence.
   *
   * @return false if that cannot be stored
   */
  public boolean skipTo(long sequence, WorkBatch batch) {
    StreamStore store = stream.store();
    try {
      appender.commit(batch);
      if (store.state().messages() == 0) {
        store.compact(sequence + 1);
      } else if (sequence > store.lastSequence()) {
        store.skip(sequence - store.lastSequence(), 0);
      }
      return true;
    } catch (StoreException e) {
      failures.add(e);
      return false;
    }
  }
}
