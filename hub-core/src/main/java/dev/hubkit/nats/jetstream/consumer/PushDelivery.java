package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Handle;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.protocol.ConsumerPrefix;
import dev.hubkit.nats.jetstream.protocol.StatusMessage;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages of a push consumer: knows whether there is a subscriber, waits for a slow
 * one (flow control, ADR-6 of the clients' ordered consumer) and sends heartbeats to an idle one.
 * Confined to the stream's executor.
 */
final class PushDelivery implements DeliveryMode {
  /** The largest window of bytes in flight; it starts with a sixteenth of that. */
  private static final long MAX_WINDOW = 32L * 1024 * 1024;

  private static final String FLOW_CONTROL = "$JS.FC.";
  private static final int FLOW_CONTROL_ID = 4;

  private final ConsumerContext consumer;
  private final Cursor cursor;
  private final Acknowledgements acknowledgements;
  private final Watcher watcher;
  private final DeliveredMessage form;

  /** The queue group that a subscriber must be in to count; null for no group. */
  private final @Nullable String group;

  private final Account account;
  private final SerialTimer heartbeat;
  private @Nullable Subscription flowControl;
  private @Nullable Subscription scopedFlowControl;
  private @Nullable Handle interest;
  private boolean active;
  private long lastSent;
  private long window;
  private long inFlight;
  private long requested;
  private @Nullable String requestId;

  /** Is told of changes of interest. */
  @FunctionalInterface
  interface Watcher {
    /** Notes that the first subscriber has come, or the last one has gone. */
    void interestChanged(boolean present, WorkBatch batch);
  }

  PushDelivery(
      ConsumerContext consumer, Cursor cursor, Acknowledgements acknowledgements, Watcher watcher) {
    this.consumer = consumer;
    this.cursor = cursor;
    this.acknowledgements = acknowledgements;
    this.watcher = watcher;
    this.form = new DeliveredMessage(consumer);
    String deliverGroup = consumer.config().deliverGroup();
    this.group = deliverGroup.isEmpty() ? null : deliverGroup;
    this.account = consumer.stream().account();
    this.heartbeat =
        new SerialTimer(
            consumer.stream().time(), consumer.stream().executor(), this::sendHeartbeat);
  }

  @Override
  public void open() {
    if (consumer.config().flowControl()) {
      window = MAX_WINDOW / 16;
      inFlight = 0;
      requested = 0;
      requestId = null;
      flowControl = subscribe(consumer.plainPrefix());
      scopedFlowControl = subscribe(consumer.scopedPrefix());
    }
    watch();
    if (consumer.config().idleHeartbeat() > 0) {
      lastSent = time();
      heartbeat.set(consumer.config().idleHeartbeat());
    }
  }

  private Subscription subscribe(ConsumerPrefix prefix) {
    return account.subscribe(FLOW_CONTROL + prefix.text() + ".*", null, this::onFlowControl);
  }

  @Override
  public void close() {
    heartbeat.cancel();
    active = false;
    if (interest != null) {
      interest.close();
      interest = null;
    }
    if (flowControl != null) {
      account.unsubscribe(flowControl);
      flowControl = null;
    }
    if (scopedFlowControl != null) {
      account.unsubscribe(scopedFlowControl);
      scopedFlowControl = null;
    }
  }

  /** Switches to another delivery subject. */
  void retarget(WorkBatch batch) {
    if (interest != null) {
      interest.close();
    }
    watch();
    watcher.interestChanged(active, batch);
  }

  private void watch() {
    String subject = consumer.config().deliverSubject();
    interest =
        account
            .interest()
            .watchSubscriptions(
                subject,
                group,
                present ->
                    consumer.stream()
                        .executor()
                        .execute(batch -> interestMayHaveChanged(subject, batch)));
    active = account.interest().hasSubscription(subject, group);
  }

  private void interestMayHaveChanged(String subject, WorkBatch batch) {
    if (subject.equals(consumer.config().deliverSubject())) {
      checkInterest(batch);
    }
  }

  private void checkInterest(WorkBatch batch) {
    boolean now = account.interest().hasSubscription(consumer.config().deliverSubject(), group);
    if (now != active && consumer.isServing()) {
      active = now;
      watcher.interestChanged(now, batch);
    }
  }

  @Override
  public boolean isWanted() {
    return active;
  }

  @Override
  public boolean isReady() {
    return active && (window == 0 || inFlight <= window);
  }

  @Override
  public String choose(StoredMessage message, String reply, long pending, WorkBatch batch) {
    return consumer.config().deliverSubject();
  }

  @Override
  public Message form(StoredMessage message, String reply) {
    return form.of(message, reply);
  }

  @Override
  public void undelivered(WorkBatch batch) {
    checkInterest(batch);
  }

  @Override
  public void onIdle(boolean exhausted, WorkBatch batch) {
    // Later messages are sent then.
  }

  @Override
  public void request(String reply, byte[] payload, WorkBatch batch) {
    account.publish(StatusMessage.plain(reply, "409 Consumer is push based"), batch);
  }

  @Override
  public void onActivity() {
    // The consumer is used as long as there is a subscriber.
  }

  @Override
  public long inUse(long threshold, WorkBatch batch) {
    return active ? UNTIL_TOLD : 0;
  }

  @Override
  public void consumerDeleted(WorkBatch batch) {
    // No client waits for an answer.
  }

  @Override
  public void serverShutdown(WorkBatch batch) {
    // No client waits for an answer.
  }

  @Override
  public void sent(String to, long bytes, boolean taken, WorkBatch batch) {
    lastSent = time();
    if (!taken) {
      checkInterest(batch);
    }
    if (window == 0) {
      return;
    }
    inFlight += bytes;
    boolean outstanding = requestId != null;
    if (!outstanding
        && (inFlight > window / 2 || (isAcknowledging() && acknowledgements.isFull()))) {
      requestFlowControl(batch);
    } else if (outstanding && inFlight - requested >= window) {
      requested += bytes;
    }
  }

  private boolean isAcknowledging() {
    return consumer.config().ackPolicy() == AckPolicy.FLOW_CONTROL;
  }

  private void requestFlowControl(WorkBatch batch) {
    String id = FLOW_CONTROL + consumer.prefix().text() + '.' + Nuid.of(FLOW_CONTROL_ID);
    requested = inFlight;
    requestId = id;
    account.publish(StatusMessage.flowControl(consumer.config().deliverSubject(), id), batch);
  }

  private void onFlowControl(Subscription subscription, Message message, WorkBatch batch) {
    String id = message.subject();
    byte[] header = message.header();
    consumer.stream().executor().submit(taskBatch -> answered(id, header, taskBatch), batch);
  }

  private void answered(String id, byte[] header, WorkBatch batch) {
    if (!id.equals(requestId) || !consumer.isServing()) {
      return;
    }
    window = Math.min(window * 2, MAX_WINDOW);
    inFlight = Math.max(0, inFlight - requested);
    requestId = null;
    requested = 0;
    if (isAcknowledging() && header.length > 0) {
      long streamSeq = HeaderLines.number(header, "Nats-Last-Stream");
      long consumerSeq = HeaderLines.number(header, "Nats-Last-Consumer");
      if (streamSeq > 0) {
        acknowledgements.acknowledgeAll(streamSeq, Math.max(0, consumerSeq), batch);
      }
    }
    consumer.wake(batch);
  }

  private void sendHeartbeat(WorkBatch batch) {
    long every = consumer.config().idleHeartbeat();
    long quiet = time() - lastSent;
    if (quiet < every) {
      heartbeat.set(every - quiet);
      return;
    }
    if (active) {
      account.publish(
          StatusMessage.heartbeat(
              consumer.config().deliverSubject(),
              acknowledgements.lastConsumerSeq(),
              cursor.next() - 1,
              requestId),
          batch);
      if (isAcknowledging() && acknowledgements.pending() > 0 && requestId == null) {
        requestFlowControl(batch);
      }
    }
    lastSent = time();
    heartbeat.set(every);
  }

  private long time() {
    return consumer.stream().time().nanoTime();
  }
}
