package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.MessageTtl;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
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
    if (!hasRoomFor(message)) {
      return false;
    }
    try {
      store(message, sequence, timestamp, batch);
      return true;
    } catch (StoreException e) {
      failures.add(e);
      return false;
    } catch (Throwable e) {
      appender.failRound(e, true, batch);
      return false;
    }
  }

  /** Stores a message that a majority of the replicas has. */
  public void apply(StreamCommand.Mirrored command, WorkBatch batch) {
    // The mirror may have begun anew while the message was on its way.
    if (command.sequence() > stream.store().lastSequence()) {
      store(command.message(), command.sequence(), command.timestamp(), batch);
    }
  }

  private void store(Message message, long sequence, long timestamp, WorkBatch batch) {
    StreamStore store = stream.store();
    long last = store.lastSequence();
    if (last == 0 && sequence > 1) {
      store.compact(sequence);
    } else if (sequence > last + 1) {
      store.skip(sequence - last - 1, timestamp);
    }
    append(message, appender.transform(message.subject()), sequence, timestamp, batch);
  }

  /** Returns whether a message may be stored, as far as that is for one server to say. */
  public boolean hasRoomFor(Message message) {
    // As in nats-server, a mirror stops at a message that exceeds its limit.
    StreamConfig config = stream.config();
    boolean isTooLarge = config.maxMessageSize() >= 0 && message.length() > config.maxMessageSize();
    return !isTooLarge && stream.jetStream().resources().hasHeap();
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
    appender.observe(message, sequence);
    appender
        .outcomes()
        .stored(
            sequence,
            subject,
            null,
            PubAcks.STORED,
            republisher == null || appender.isSilent()
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
    try {
      appender.commit(batch);
      pass(sequence);
      return true;
    } catch (StoreException e) {
      failures.add(e);
      return false;
    }
  }

  /** Passes over sequences, as a majority of the replicas does. */
  public void apply(StreamCommand.MirrorSkip command) {
    pass(command.sequence());
  }

  private void pass(long sequence) {
    StreamStore store = stream.store();
    if (store.state().messages() == 0) {
      if (sequence > store.lastSequence()) {
        store.compact(sequence + 1);
      }
    } else if (sequence > store.lastSequence()) {
      store.skip(sequence - store.lastSequence(), 0);
    }
  }
}
