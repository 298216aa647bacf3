package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.runtime.PublishState.KnownId;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.time.Timer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The message ids in the duplicate window of a stream. Confined to the stream's executor.
 *
 * <p>As in nats-server ids leave by a timer, not at the exact end of the window.
 */
final class Deduplication {
  // About what an entry takes in both collections, with an id of ordinary length.
  private static final long ENTRY_BYTES = 192;
  private static final long SHORTEST_WAIT = 50_000_000;

  private final PublishContext stream;
  private final Map<String, Entry> entries = new HashMap<>();
  private final ArrayDeque<Entry> order = new ArrayDeque<>();
  private @Nullable Timer timer;
  private boolean replicated;

  private record Entry(String id, long sequence, long timestamp) {}

  Deduplication(PublishContext stream) {
    this.stream = stream;
  }

  /** Returns the sequence of the message with this id, or 0 if there is none. */
  long sequenceOf(String id) {
    Entry entry = entries.get(id);
    return entry == null ? 0 : entry.sequence();
  }

  /** Returns about how much of the heap the ids take, in bytes. */
  public long footprint() {
    return ENTRY_BYTES * (long) order.size();
  }

  /** Remembers an id for the length of the window. */
  public void add(String id, long sequence, long timestamp) {
    long window = stream.config().duplicateWindow();
    if (window <= 0) {
      return;
    }
    Entry entry = new Entry(id, sequence, timestamp);
    entries.put(id, entry);
    order.add(entry);
    if (timer == null && !replicated) {
      schedule(window);
    }
  }

  /**
   * Has ids leave by the times of commands only, so that all replicas know the same ones; see
   * {@link #expire(long)}.
   */
  void replicate() {
    replicated = true;
    close();
  }

  /** Returns the ids in the window, the oldest first. */
  List<KnownId> known() {
    return order.stream()
        .map(entry -> new KnownId(entry.id(), entry.sequence(), entry.timestamp()))
        .toList();
  }

  /** Replaces all ids. */
  void restore(List<KnownId> known) {
    entries.clear();
    order.clear();
    known.forEach(each -> add(each.id(), each.sequence(), each.timestamp()));
  }

  /** Forgets the ids of messages above {@code sequence}, which could not be stored. */
  public void truncate(long sequence) {
    for (Entry last = order.peekLast();
        last != null && last.sequence() > sequence;
        last = order.peekLast()) {
      order.removeLast();
      entries.remove(last.id(), last);
    }
  }

  /** Adapts to a changed duplicate window. */
  void windowChanged() {
    expire();
  }

  /** Recovers the ids from the messages within the window. */
  public void recover(StreamStore store) {
    long window = stream.config().duplicateWindow();
    if (window <= 0) {
      return;
    }
    long from = Math.max(1, store.sequenceAt(stream.time().epochNanos() - window));
    for (long sequence = store.nextHeaded(from);
        sequence != 0;
        sequence = store.nextHeaded(sequence + 1)) {
      StoredMessage message = store.get(sequence);
      if (message != null) {
        String id =
            PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength())
                .text(PublishHeaders.Name.MESSAGE_ID);
        if (!id.isEmpty()) {
          add(id, sequence, message.timestamp());
        }
      }
    }
  }

  private void expire() {
    close();
    long window = stream.config().duplicateWindow();
    long now = stream.time().epochNanos();
    if (replicated) {
      return;
    }
    Entry oldest = expire(now);
    if (oldest != null) {
      schedule(Math.max(SHORTEST_WAIT, window - (now - oldest.timestamp())));
    }
  }

  /** Forgets the ids that have left the window at a time; returns the oldest that is left. */
  @Nullable Entry expire(long now) {
    long window = stream.config().duplicateWindow();
    Entry oldest = order.peekFirst();
    while (oldest != null && now - oldest.timestamp() >= window) {
      order.removeFirst();
      entries.remove(oldest.id(), oldest);
      oldest = order.peekFirst();
    }
    return oldest;
  }

  private void schedule(long delay) {
    timer = stream.time().schedule(delay, () -> stream.executor().execute(batch -> expire()));
  }

  public void close() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
