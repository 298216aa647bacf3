package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.JsonException;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.PriorityPolicy;
import dev.hubkit.nats.jetstream.protocol.StatusMessage;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the messages of a pull consumer: takes requests, chooses which one gets the next
 * message, and ends those that cannot be fulfilled. Texts and conditions are those of nats-server
 * 2.14. Confined to the stream's executor.
 */
final class PullDelivery implements DeliveryMode {
  private static final String TIMEOUT = "408 Request Timeout";
  private static final String WRONG_PIN = "423 Nats-Wrong-Pin-Id";

  /** The shortest time between two searches for dead requests in a full queue. */
  private static final long SWEEP_INTERVAL = TimeUnit.SECONDS.toNanos(1);

  private final ConsumerContext consumer;
  private final Cursor cursor;
  private final Acknowledgements acknowledgements;
  private final @Nullable ConsumerReplication replication;
  private final DeliveredMessage form;
  private final Account account;
  private final PinnedClient pinned;
  private final PullQueue queue;
  private final SerialTimer timer;
  private long lastSweep;
  private long lastActive;

  /** The bytes that the last chosen request leaves unused if the message completes it. */
  private long unusedBytes;

  PullDelivery(
      ConsumerContext consumer,
      Cursor cursor,
      Acknowledgements acknowledgements,
      ConsumerAdvisories advisories,
      @Nullable ConsumerReplication replication) {
    this.consumer = consumer;
    this.cursor = cursor;
    this.acknowledgements = acknowledgements;
    this.replication = replication;
    this.form = new DeliveredMessage(consumer);
    this.account = consumer.stream().account();
    this.pinned = new PinnedClient(consumer, advisories);
    ConsumerConfig config = consumer.config();
    this.queue =
        new PullQueue(
            config.maxWaiting(),
            config.priorityPolicy() == PriorityPolicy.PRIORITIZED,
            replication);
    this.timer =
        new SerialTimer(
            consumer.stream().time(),
            consumer.stream().executor(),
            batch -> {
              if (consumer.isServing()) {
                sweep(true, batch);
              }
            });
    this.lastActive = time();
    this.lastSweep = time() - SWEEP_INTERVAL;
  }

  public PinnedClient pinned() {
    return pinned;
  }

  /** Returns how many requests wait; those whose askers are gone do not count. */
  public int waiting() {
    long now = time();
    int waiting = 0;
    for (PullQueue.Entry entry = queue.peek(); entry != null; entry = PullQueue.next(entry)) {
      if (entry.expiresAt > now && account.isAwaited(entry.reply)) {
        waiting++;
      }
    }
    return waiting;
  }

  @Override
  public void open() {
    // Clients send requests by themselves.
    lastActive = time();
  }

  @Override
  public boolean isWanted() {
    return !queue.isEmpty();
  }

  @Override
  public boolean isReady() {
    return !queue.isEmpty();
  }

  @Override
  public void onActivity() {
    lastActive = time();
  }

  @Override
  public long inUse(long threshold, WorkBatch batch) {
    sweep(true, batch);
    if (!queue.isEmpty()) {
      return threshold;
    }
    long quiet = time() - lastActive;
    if (quiet < threshold) {
      return threshold - quiet;
    }
    if (acknowledgements.pending() == 0) {
      return 0;
    }
    // No request waits, but a client may still be working on what was delivered.
    long now = consumer.stream().time().epochNanos();
    return Math.max(0, acknowledgements.latestDeadline() + threshold - now);
  }

  @Override
  public void request(String reply, byte[] payload, WorkBatch batch) {
    PullRequest request;
    try {
      request = PullRequest.parse(payload);
    } catch (JsonException | IllegalArgumentException e) {
      refuse(reply, "400 Bad Request - " + e.getMessage(), batch);
      return;
    }
    ConsumerConfig config = consumer.config();
    String complaint = request.complaint(config);
    if (complaint != null) {
      refuse(reply, complaint, batch);
      return;
    }
    if (request.priority() != null
        && config.priorityPolicy() != PriorityPolicy.NONE
        && !pinned.isPinned(request.priority().id())) {
      refuse(reply, "423 Nats-Pin-Id mismatch", batch);
      return;
    }
    long now = time();
    if (queue.isFull() && now - lastSweep > SWEEP_INTERVAL) {
      sweep(false, batch);
    }
    if (request.noWait()) {
      long there = cursor.pending() + acknowledgements.redeliveries().size();
      if (there == 0 && request.expires() == 0) {
        lastActive = now;
        refuse(reply, "404 No Messages", batch);
        return;
      }
      if (there > 0 && there < sweep(false, batch)) {
        lastActive = now;
        refuse(reply, "408 Requests Pending", batch);
        return;
      }
    }
    if (queue.add(new PullQueue.Entry(request, reply, now))) {
      lastActive = now;
      consumer.wake(batch);
    } else if (request.heartbeat() == 0) {
      // A client with a heartbeat will miss it and ask again later, not at once.
      refuse(reply, "409 Exceeded MaxWaiting", batch);
    }
  }

  @Override
  public @Nullable String choose(
      StoredMessage message, String reply, long pending, WorkBatch batch) {
    long size = (long) message.subject().length() + reply.length() + form.length(message);
    PullQueue.Entry chosen = choose(size, pending, batch);
    if (chosen == null) {
      return null;
    }
    unusedBytes = chosen.remaining <= 0 ? chosen.remainingBytes : 0;
    return chosen.reply;
  }

  /** Chooses the request that gets a message of this size, and counts the message for it. */
  private PullQueue.@Nullable Entry choose(long size, long pending, WorkBatch batch) {
    int passed = 0;
    // If a newly pinned client turns out to be gone, the next one can be pinned.
    boolean unpinned =
        consumer.config().priorityPolicy() == PriorityPolicy.PINNED_CLIENT && pinned.id().isEmpty();
    for (PullQueue.Entry entry = queue.peek(); entry != null; entry = queue.peek()) {
      if (entry.expiresAt <= time()) {
        waitedUntil(entry.expiresAt);
        if (endsLater(entry)) {
          queue.removeFirst();
        } else {
          end(entry, TIMEOUT, batch);
        }
        continue;
      }
      boolean newlyPinned = false;
      boolean pass = false;
      if (consumer.config().priorityPolicy() == PriorityPolicy.PINNED_CLIENT) {
        if (entry.pin.isEmpty()) {
          if (unpinned) {
            newlyPinned = pin(entry, batch);
          } else {
            pass = true;
          }
        } else if (!entry.pin.equals(pinned.id())) {
          end(entry, WRONG_PIN, batch);
          continue;
        }
      }
      if (pass || isReserved(entry, pending)) {
        queue.cycle();
        if (++passed >= queue.size()) {
          return null;
        }
        continue;
      }
      if (!entry.takeBytes(size)) {
        end(entry, "409 Message Size Exceeds MaxBytes", batch);
        if (newlyPinned) {
          pinned.unpin();
        }
        continue;
      }
      if (account.isAwaited(entry.reply)) {
        queue.serve();
        if (entry.remaining > 0) {
          entry.onActivity(time());
        }
        return entry;
      }
      queue.removeFirst();
    }
    return null;
  }

  private boolean pin(PullQueue.Entry entry, WorkBatch batch) {
    if (entry.priority == null || entry.priority.group().isEmpty()) {
      return false;
    }
    pinned.pin(entry.priority.group(), batch);
    entry.pin = pinned.id();
    return true;
  }

  /** Returns whether the request wants no message until more are pending. */
  private boolean isReserved(PullQueue.Entry entry, long pending) {
    PullRequest.Priority priority = entry.priority;
    if (consumer.config().priorityPolicy() != PriorityPolicy.OVERFLOW
        || priority == null
        || (priority.minPending() <= 0 && priority.minAckPending() <= 0)) {
      return false;
    }
    boolean enough = priority.minPending() > 0 && priority.minPending() <= pending;
    boolean enoughUnacknowledged =
        priority.minAckPending() > 0 && priority.minAckPending() <= acknowledgements.pending();
    return !enough && !enoughUnacknowledged;
  }

  @Override
  public Message form(StoredMessage message, String reply) {
    return consumer.config().priorityPolicy() == PriorityPolicy.PINNED_CLIENT
        ? form.of(message, reply, "Nats-Pin-Id", pinned.id())
        : form.of(message, reply);
  }

  @Override
  public void sent(String to, long bytes, boolean taken, WorkBatch batch) {
    lastActive = time();
    if (unusedBytes > 0) {
      account.publish(StatusMessage.unfulfilled(to, "409 Batch Completed", 0, unusedBytes), batch);
      unusedBytes = 0;
    }
  }

  @Override
  public void undelivered(WorkBatch batch) {
    // The next search for a recipient finds out whose asker is gone.
  }

  @Override
  public void onIdle(boolean exhausted, WorkBatch batch) {
    sweep(exhausted, batch);
  }

  private void end(PullQueue.Entry first, String status, WorkBatch batch) {
    tellUnfulfilled(first, status, batch);
    queue.removeFirst();
  }

  private void tellUnfulfilled(PullQueue.Entry entry, String status, WorkBatch batch) {
    account.publish(
        StatusMessage.unfulfilled(entry.reply, status, entry.remaining, entry.remainingBytes),
        batch);
  }

  /**
   * Ends expired requests, sends due heartbeats and sets the timer for the next.
   *
   * @param exhausted whether there is no message for requests that do not wait
   * @return how many messages the remaining requests ask for
   */
  private long sweep(boolean exhausted, WorkBatch batch) {
    long now = time();
    lastSweep = now;
    long wanted = 0;
    long next = PullQueue.Entry.NEVER;
    PullQueue.Entry before = null;
    PullQueue.Entry entry = queue.peek();
    while (entry != null) {
      PullQueue.Entry following = PullQueue.next(entry);
      if (isOver(entry, exhausted, now, batch) || !account.isAwaited(entry.reply)) {
        queue.remove(before, entry);
      } else {
        wanted += entry.remaining;
        if (entry.heartbeatAt <= now) {
          account.publish(
              StatusMessage.heartbeat(
                  entry.reply, acknowledgements.lastConsumerSeq(), cursor.next() - 1, null),
              batch);
          entry.onActivity(now);
        }
        next = Math.min(next, Math.min(entry.heartbeatAt, entry.expiresAt));
        before = entry;
      }
      entry = following;
    }
    // A timer that fires too early does no harm; cancelling it each time would cost more.
    if (next != PullQueue.Entry.NEVER && !timer.isSetWithin(next - now)) {
      timer.set(next - now);
    }
    return wanted;
  }

  private boolean endsLater(PullQueue.Entry entry) {
    return replication != null
        && replication.endsLater(entry.reply, entry.remaining, entry.remainingBytes);
  }

  private boolean isOver(PullQueue.Entry entry, boolean exhausted, long now, WorkBatch batch) {
    boolean isEnding = entry.expiresAt <= now || (exhausted && entry.noWait);
    if (isEnding && endsLater(entry)) {
      return true;
    }
    if (entry.expiresAt <= now) {
      tellUnfulfilled(entry, TIMEOUT, batch);
      waitedUntil(entry.expiresAt);
      return true;
    }
    if (exhausted
        && entry.noWait
        && (entry.expiresAt == PullQueue.Entry.NEVER || entry.delivered > 0)) {
      account.publish(StatusMessage.plain(entry.reply, "404 No Messages"), batch);
      waitedUntil(now);
      return true;
    }
    return false;
  }

  /** Notes that a client has used the consumer until then, as its request waited. */
  private void waitedUntil(long until) {
    if (until > lastActive
        && consumer.stream().jetStream().compatibility().atLeast(Compatibility.V2_15)) {
      lastActive = until;
    }
  }

  @Override
  public void consumerDeleted(WorkBatch batch) {
    for (PullQueue.Entry entry = queue.peek(); entry != null; entry = queue.peek()) {
      account.publish(StatusMessage.plain(entry.reply, "409 Consumer Deleted"), batch);
      queue.removeFirst();
    }
  }

  @Override
  public void serverShutdown(WorkBatch batch) {
    for (PullQueue.Entry each = queue.peek(); each != null; each = PullQueue.next(each)) {
      tellUnfulfilled(each, "409 Server Shutdown", batch);
    }
    // Another replica that leads next tells those clients once more, as in nats-server.
    queue.clear();
  }

  @Override
  public void close() {
    timer.cancel();
    pinned.unpin();
    queue.clear();
  }

  private void refuse(String reply, String status, WorkBatch batch) {
    account.publish(StatusMessage.plain(reply, status), batch);
  }

  private long time() {
    return consumer.stream().time().nanoTime();
  }
}
