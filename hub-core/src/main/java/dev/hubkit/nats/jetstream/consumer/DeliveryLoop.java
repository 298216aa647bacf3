package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.protocol.AckSubject;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.store.ConsumerStore;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.WorkStep;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages of a consumer: first the redeliveries, then those at the cursor, as long as
 * a client can take them. Confined to the stream's executor.
 */
final class DeliveryLoop {
  /** How many messages are delivered before the executor turns to other tasks. */
  private static final int MESSAGES_AT_ONCE = 1024;

  private static final int BYTES_AT_ONCE = 4 * 1024 * 1024;

  private final ConsumerContext consumer;
  private final StreamContext stream;
  private final Account account;
  private final ConsumerStore state;
  private final Cursor cursor;
  private final Acknowledgements acknowledgements;
  private final DeliveryMode mode;
  private final ConsumerPause pause;
  private final DeliveryPacer pace;
  private final AckSubject ackSubject;
  private final SerialTimer hold;
  private final @Nullable ConsumerReplication replication;
  private @Nullable Held held;

  /** A message with its recipient that waits until it may be sent. */
  private record Held(StoredMessage message, long count, String to, String reply) {}

  DeliveryLoop(
      ConsumerContext consumer,
      ConsumerStore state,
      Cursor cursor,
      Acknowledgements acknowledgements,
      DeliveryMode mode,
      ConsumerPause pause,
      @Nullable ConsumerReplication replication) {
    this.consumer = consumer;
    this.stream = consumer.stream();
    this.account = stream.account();
    this.state = state;
    this.cursor = cursor;
    this.acknowledgements = acknowledgements;
    this.mode = mode;
    this.pause = pause;
    this.replication = replication;
    this.pace = new DeliveryPacer(stream);
    this.ackSubject = new AckSubject(consumer.prefix());
    this.hold = new SerialTimer(stream.time(), stream.executor(), this::release);
  }

  DeliveryPacer pace() {
    return pace;
  }

  /** Delivers what can be delivered now. */
  public void deliver(WorkBatch batch) {
    if (held != null) {
      return;
    }
    long bytes = 0;
    boolean full = false;
    for (int i = 0; i < MESSAGES_AT_ONCE && bytes < BYTES_AT_ONCE; i++) {
      if (!mode.isReady() || pause.isPaused()) {
        onIdle(true, batch);
        return;
      }
      StoredMessage message = nextRedelivery(batch);
      boolean again = message != null;
      if (!again) {
        full = acknowledgements.isFull();
        message = full ? null : cursor.peek();
      }
      if (message == null || !deliver(message, again, batch)) {
        onIdle(!full, batch);
        return;
      }
      bytes += message.length();
    }
    // There may be more messages; lets other tasks of the executor run first.
    stream.executor().submit(consumer::wake, batch);
  }

  private void onIdle(boolean exhausted, WorkBatch batch) {
    pace.reached(cursor.next());
    if (held == null) {
      mode.onIdle(exhausted, batch);
    }
  }

  private @Nullable StoredMessage nextRedelivery(WorkBatch batch) {
    Redeliveries queue = acknowledgements.redeliveries();
    while (!queue.isEmpty()) {
      long seq = queue.first();
      if (acknowledgements.limit().exceededByNext(seq, batch)) {
        continue;
      }
      StoredMessage message = stream.store().get(seq);
      if (message != null) {
        return message;
      }
      if (seq > stream.store().lastSequence()) {
        // This replica of the stream does not have the message yet, which another has delivered.
        return null;
      }
      acknowledgements.onMissing(seq, batch);
    }
    return null;
  }

  /** Delivers a message, or holds it for later; returns false if no client can take it now. */
  private boolean deliver(StoredMessage message, boolean again, WorkBatch batch) {
    long seq = message.sequence();
    long count = again ? acknowledgements.limit().countOfNext(seq) : 1;
    long pending = cursor.pending();
    String reply =
        ackSubject.of(
            count,
            seq,
            state.deliveredConsumer() + 1,
            message.timestamp(),
            again ? pending : Math.max(0, pending - 1));
    String to = mode.choose(message, reply, again ? pending + 1 : pending, batch);
    if (to == null) {
      return false;
    }
    try {
      WorkStep.CONSUMER_CHOSEN.reach();
      return sendOrHold(message, count, to, reply, again, batch);
    } catch (Throwable e) {
      giveBack(seq, again);
      throw e;
    }
  }

  private boolean sendOrHold(
      StoredMessage message, long count, String to, String reply, boolean again, WorkBatch batch) {
    long seq = message.sequence();
    if (again) {
      acknowledgements.redeliveries().remove(seq);
    } else {
      cursor.advance();
    }
    long bytes = (long) to.length() + reply.length() + message.length();
    long wait = pace.waitFor(message.timestamp(), bytes);
    if (wait > 0) {
      held = new Held(message, count, to, reply);
      hold.set(wait);
      return false;
    }
    send(message, count, to, reply, batch);
    return true;
  }

  /** Queues a message for redelivery that was chosen and perhaps not sent. */
  private void giveBack(long seq, boolean again) {
    if (state.isPending(seq)) {
      acknowledgements.undelivered(seq);
    } else if (again) {
      acknowledgements.redeliveries().add(seq);
    } else if (state.deliveredStream() < seq) {
      cursor.seek(seq);
      cursor.recount();
    }
  }

  private void release(WorkBatch batch) {
    Held due = held;
    if (due != null && consumer.isServing()) {
      held = null;
      try {
        send(due.message(), due.count(), due.to(), due.reply(), batch);
      } catch (Throwable e) {
        giveBack(due.message().sequence(), due.count() > 1);
        consumer.wake(batch);
        throw e;
      }
      consumer.wake(batch);
    }
  }

  private void send(StoredMessage stored, long count, String to, String reply, WorkBatch batch) {
    long seq = stored.sequence();
    acknowledgements.delivered(seq, state.deliveredConsumer() + 1, count);
    WorkStep.CONSUMER_NOTED.reach();
    Message message = mode.form(stored, reply);
    boolean taken;
    if (replication != null && replication.holdsDeliveries()) {
      replication.hold(to, message, seq);
      taken = true;
    } else {
      taken = account.publishTo(to, message, batch) > 0;
      WorkStep.CONSUMER_SENT.reach();
    }
    mode.sent(to, (long) to.length() + reply.length() + message.length(), taken, batch);
    if (!taken) {
      acknowledgements.undelivered(seq);
    }
    if (consumer.config().ackPolicy() == AckPolicy.NONE) {
      consumer.settled(seq);
    }
  }

  public void close() {
    hold.cancel();
    held = null;
  }
}
